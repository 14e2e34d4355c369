"""Plan the way back from what really happened, and how long it takes; pure.

Sources: compensation in reverse of real dependencies (saga pattern); a checkpoint's restore
stands for the undos of the covered tasks that came after it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from golive.runbook.backwards import Step, length_of
from golive.runbook.definition import Body, Irreversible, Task
from golive.runbook.duty import Duty, duty_of, hands, is_open, offset
from golive.runbook.graph import Reach
from golive.runbook.lifecycle import TAKEN_BACK, Progress, RollbackStep, TaskState
from golive.runbook.planning import Plan
from golive.runbook.times import parse_instant

__all__ = [
    "Durations",
    "Undoing",
    "Way",
    "WayBack",
    "best_of",
    "effects_of",
    "expected_seconds",
    "past_point_of_no_return",
    "plan_rollback",
    "undoing_of",
    "ways_back",
]

#: Measured seconds by step id, from rehearsals; estimates are used where there is none.
Durations = Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class WayBack:
    """The steps of a rollback and its length R: order, locks and people respected."""

    steps: tuple[RollbackStep, ...]
    length: timedelta
    #: Tasks with effects nothing brings back: irreversible, or without undo and not covered.
    lost: tuple[str, ...]


def effects_of(plan: Plan, progress: Progress) -> tuple[Task, ...]:
    """Return the tasks that may have changed something not yet undone, in the plan's order."""
    return tuple(
        task for task in plan.runbook.tasks if _had_effects(task, progress) and _counts(task)
    )


def _had_effects(task: Task, progress: Progress) -> bool:
    found = progress.tasks.get(task.id)
    return found is not None and found.touched and found.state not in TAKEN_BACK


def _counts(task: Task) -> bool:
    return task.undo not in (None, "none") or bool(task.touches)


def plan_rollback(
    plan: Plan,
    progress: Progress,
    measured: Durations | None = None,
    *,
    begins: datetime | None = None,
) -> WayBack:
    """Return the way back that leaves least behind and is fastest, by undos or a checkpoint.

    Seconds of a step are ``measured``, else what rehearsals showed (``plan.measured``, four fifths
    of them took no longer), else the worst estimate. With ``begins`` the length also counts the
    blackouts and shifts that stand in the way from then on.
    """
    known = undoing_of(plan, measured or {})
    length, way = best_of(ways_back(known, progress), known, begins)
    return WayBack(steps=_steps(way), length=length, lost=way.lost)


@dataclass(frozen=True, slots=True, kw_only=True)
class Undoing:
    """What a plan knows of its ways back, whatever happened: looked up once for many moments."""

    plan: Plan
    duty: Duty
    undos: Mapping[str, Step]
    #: The restores of the checkpoints, in the plan's order.
    restores: tuple[Step, ...]
    #: The tasks that can have effects, in the plan's order.
    counted: tuple[Task, ...]


def undoing_of(plan: Plan, measured: Durations | None = None) -> Undoing:
    """Return what a plan knows of its ways back; a step's seconds as :func:`plan_rollback` says."""
    tasks, place, takes = plan.runbook.tasks, plan.reach.position, measured or {}
    return Undoing(
        plan=plan,
        duty=duty_of(plan),
        undos={
            task.id: _step(plan, task, "undo", task.undo, place[task.id], takes)
            for task in tasks
            if isinstance(task.undo, Body)
        },
        restores=tuple(
            _step(plan, task, "restore", task.restore, len(tasks), takes)
            for task in tasks
            if task.kind == "checkpoint"
        ),
        counted=tuple(task for task in tasks if _counts(task)),
    )


def _step(
    plan: Plan, task: Task, role: str, found: object, place: int, measured: Durations
) -> Step:
    body, name = found if isinstance(found, Body) else None, f"{task.id}.{role}"
    by_hand = body is not None and body.kind == "manual"
    return Step(
        id=name,
        task=task,
        place=place,
        # Estimates at worst: the way back is no place for hope.
        seconds=measured[name] if name in measured else expected_seconds(plan, name, body),
        people=hands(plan.team, body.owner or task.owner) if body and by_hand else (),
        locks=tuple(dict.fromkeys(task.locks)),
    )


def best_of(ways: Sequence[Way], known: Undoing, begins: datetime | None) -> tuple[timedelta, Way]:
    """Return the best way back and its length; of equals the first."""
    found = [(_length(way, known, begins), way) for way in ways]
    length, way = min(found, key=lambda each: each[0])
    return timedelta(seconds=length), way


def _length(way: Way, known: Undoing, begins: datetime | None) -> float:
    """Return how many seconds a way back takes that begins then, or when nothing is dark."""
    if begins is None:
        return way.length
    starts = offset(begins, parse_instant(known.plan.t0))
    if is_open(known.duty, starts, starts + math.ceil(way.length)):
        return way.length
    return length_of(way.steps, way.after, known.plan.runbook.locks, known.duty, starts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way back: its steps, in the plan's order, and the set of steps each waits for."""

    steps: tuple[Step, ...]
    after: tuple[int, ...]
    lost: tuple[str, ...]
    #: What the restore stands for.
    covered: tuple[str, ...] = ()
    #: Seconds it takes when nobody is off shift and nothing is dark.
    length: float


def ways_back(known: Undoing, progress: Progress) -> list[Way]:
    """Return the ways back that leave least behind: by undos alone first, or over a checkpoint."""
    effects = tuple(task for task in known.counted if _had_effects(task, progress))
    over = (step for step in known.restores if progress.of(step.task.id).state is TaskState.DONE)
    covered: list[tuple[tuple[str, ...], Step | None]] = [((), None)]
    covered += [(found, step) for step in over if (found := _covered(known, effects, step))]
    lost = [_lost(effects, names) for names, _ in covered]
    least = min(map(len, lost))
    return [
        _way(known, effects, names, step, left)
        for (names, step), left in zip(covered, lost, strict=True)
        if len(left) == least
    ]


def _covered(known: Undoing, effects: tuple[Task, ...], restore: Step) -> tuple[str, ...]:
    reached = known.plan.reach
    return tuple(task.id for task in effects if _is_covered(task, restore.task, reached))


def _lost(effects: tuple[Task, ...], covered: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(
        task.id
        for task in effects
        if not isinstance(task.undo, Body) and task.undo != "none" and task.id not in covered
    )


def _way(
    known: Undoing,
    effects: tuple[Task, ...],
    covered: tuple[str, ...],
    restore: Step | None,
    lost: tuple[str, ...],
) -> Way:
    """Return the way back over one checkpoint's restore, or by undos alone."""
    reached, stood_for = known.plan.reach, set(covered)
    steps = tuple(
        known.undos[task.id]
        for task in effects
        if task.id in known.undos and task.id not in stood_for
    )
    undos = 0
    for step in steps:
        undos |= 1 << step.place
    # An undo waits for the undos of all that was built on its task.
    after = [reached.after[step.place] & undos for step in steps]
    if restore is not None:
        # A restore stands for several tasks at once: it waits for every undo of work begun after
        # its checkpoint (users are led away before the database under them is replaced), and the
        # undo of everything its work was built on waits for it.
        here = reached.position[restore.task.id]
        below = reached.before[here]
        for name in covered:
            below |= reached.before[reached.position[name]]
        for index, step in enumerate(steps):
            if below >> step.place & 1 and not reached.before[step.place] >> here & 1:
                after[index] |= 1 << restore.place
        steps, after = (*steps, restore), [*after, reached.after[here] & undos]
    locks, free = known.plan.runbook.locks, Duty(blackouts=(), away={})
    return Way(
        steps=steps,
        after=tuple(after),
        lost=lost,
        covered=covered,
        length=length_of(steps, after, locks, free, 0),
    )


def _is_covered(task: Task, checkpoint: Task, reached: Reach) -> bool:
    return (
        bool(reached.before[reached.position[task.id]] >> reached.position[checkpoint.id] & 1)
        and bool(task.touches)
        and not isinstance(task.undo, Irreversible)
        and set(task.touches) <= set(checkpoint.covers)
    )


def expected_seconds(plan: Plan, name: str, body: Body | None) -> float:
    """Return how long a step takes: as rehearsals showed (P80), else its worst estimate."""
    past = plan.measured.get(name)
    if past is not None:
        return past.p80
    return body.est[1] * 60 if body is not None else 0.0


def _steps(way: Way) -> tuple[RollbackStep, ...]:
    return tuple(
        RollbackStep(
            id=step.id, task=step.task.id, role=step.role, seconds=step.seconds,
            after=tuple(other.id for other in way.steps if after >> other.place & 1),
            replaces=tuple(sorted(way.covered)) if step.role == "restore" else (),
        )
        for step, after in zip(way.steps, way.after, strict=True)
    )  # fmt: skip


def past_point_of_no_return(plan: Plan, progress: Progress) -> tuple[str, ...]:
    """Return the irreversible tasks that already had effects: rolling back is over."""
    return tuple(
        task.id for task in effects_of(plan, progress) if isinstance(task.undo, Irreversible)
    )
