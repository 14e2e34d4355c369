"""Plan the way back from what really happened, how long it takes, and until when it fits; pure.

Sources: compensation in reverse of real dependencies (saga pattern); a checkpoint's restore
stands for the undos of the covered tasks that came after it. LSAT = window.end - reserve -
decision - stop - R.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from golive.runbook.definition import Body, Irreversible, Task
from golive.runbook.graph import ancestors
from golive.runbook.lifecycle import Progress, RollbackStep, TaskState, locks_taken
from golive.runbook.planning import Plan
from golive.runbook.times import parse_duration, parse_instant

__all__ = [
    "Lsat",
    "WayBack",
    "effects_of",
    "latest_safe_abort",
    "past_point_of_no_return",
    "plan_rollback",
]

#: Measured seconds by step id, from rehearsals; estimates are used where there is none.
Durations = Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class WayBack:
    """The steps of a rollback and its length R, order and locks respected."""

    steps: tuple[RollbackStep, ...]
    length: timedelta
    #: Tasks with effects nothing brings back: irreversible, or without undo and not covered.
    lost: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lsat:
    """The latest safe abort time and what it is made of."""

    at: datetime
    way_back: timedelta
    back_by: datetime
    safe: bool


def effects_of(plan: Plan, progress: Progress) -> tuple[Task, ...]:
    """Return the tasks that may have changed something not yet undone, in the plan's order."""
    return tuple(
        task
        for task in plan.runbook.tasks
        if progress.of(task.id).touched
        and progress.of(task.id).state is not TaskState.UNDONE
        and (task.undo not in (None, "none") or task.touches)
    )


def plan_rollback(plan: Plan, progress: Progress, measured: Durations | None = None) -> WayBack:
    """Return the way back that leaves least behind and is fastest, by undos or a checkpoint."""
    effects = effects_of(plan, progress)
    checkpoints = [
        task
        for task in plan.runbook.tasks
        if task.kind == "checkpoint" and progress.of(task.id).state is TaskState.DONE
    ]
    ways = [_way(plan, effects, None, measured or {})]
    ways += [
        way
        for checkpoint in checkpoints
        if (way := _way(plan, effects, checkpoint, measured or {})) is not None
    ]
    return min((way for way in ways if way), key=lambda way: (len(way.lost), way.length))


def _way(
    plan: Plan, effects: tuple[Task, ...], checkpoint: Task | None, measured: Durations
) -> WayBack | None:
    """Return the way back over one checkpoint, or none; None when it would restore nothing."""
    before = ancestors(plan.graph)
    covered = {
        task.id
        for task in effects
        if checkpoint is not None
        and checkpoint.id in before[task.id]
        and task.touches
        and not isinstance(task.undo, Irreversible)
        and set(task.touches) <= set(checkpoint.covers)
    }
    if checkpoint is not None and not covered:
        return None
    by_step = {f"{task.id}.undo": {task.id} for task in effects if _undone_alone(task, covered)}
    lost = tuple(
        task.id
        for task in effects
        if task.id not in covered and not isinstance(task.undo, Body) and task.undo != "none"
    )
    if checkpoint is not None:
        by_step[f"{checkpoint.id}.restore"] = covered
    graph = {
        step: [
            other
            for other in by_step
            if other != step and _comes_first(other, step, by_step, before, checkpoint)
        ]
        for step in by_step
    }
    return _measured_way(plan, graph, by_step, lost, measured)


def _comes_first(
    first: str,
    then: str,
    by_step: Mapping[str, set[str]],
    before: Mapping[str, frozenset[str]],
    checkpoint: Task | None,
) -> bool:
    """Tell whether one step of the way back must end before another may start.

    An undo waits for the undos of all that was built on its task. A restore stands for several
    tasks at once: it waits for every undo of work begun after its checkpoint (users are led away
    before the database under them is replaced), and everything else waits for it.
    """
    if checkpoint is not None and then == f"{checkpoint.id}.restore":
        return checkpoint.id in before[first.rpartition(".")[0]]
    if checkpoint is not None and first == f"{checkpoint.id}.restore":
        task = then.rpartition(".")[0]
        return any(task in before[name] for name in (checkpoint.id, *by_step[first])) and (
            checkpoint.id not in before[task]
        )
    return then.rpartition(".")[0] in before[first.rpartition(".")[0]]


def _undone_alone(task: Task, covered: set[str]) -> bool:
    return isinstance(task.undo, Body) and task.id not in covered


def _measured_way(
    plan: Plan,
    graph: Mapping[str, list[str]],
    by_step: Mapping[str, set[str]],
    lost: tuple[str, ...],
    measured: Durations,
) -> WayBack:
    seconds = {step: measured.get(step, _estimate(plan, step)) for step in graph}
    length = _length(plan, graph, seconds)
    steps = tuple(
        RollbackStep(
            id=step, task=step.rpartition(".")[0], role=step.rpartition(".")[2],
            after=tuple(graph[step]), seconds=seconds[step],
            replaces=tuple(sorted(by_step[step] - {step.rpartition(".")[0]})),
        )
        for step in graph
    )  # fmt: skip
    return WayBack(steps=steps, length=timedelta(seconds=length), lost=lost)


def _length(plan: Plan, graph: Mapping[str, list[str]], seconds: Mapping[str, float]) -> float:
    """Return when the last step ends, each beginning as soon as its order and its locks allow.

    The executor takes the steps in the same order, so this is what the night will show.
    """
    now, ends = 0.0, dict.fromkeys(graph, math.inf)
    while True:
        busy = [plan.task(step.rpartition(".")[0]) for step in graph if now < ends[step] < math.inf]
        began = False
        for step, after in graph.items():
            task = plan.task(step.rpartition(".")[0])
            if ends[step] < math.inf or any(ends[other] > now for other in after):
                continue
            if not locks_taken(plan, task, busy):
                ends[step], began = now + seconds[step], True
                busy.append(task)
        if not began:
            later = [end for end in ends.values() if now < end < math.inf]
            if not later:
                return now
            now = min(later)


def _estimate(plan: Plan, step: str) -> float:
    """Return the worst estimate of an undo in seconds: the way back is no place for hope."""
    name, _, role = step.rpartition(".")
    task = plan.task(name)
    body = task.restore if role == "restore" else task.undo
    return body.est[1] * 60 if isinstance(body, Body) else 0.0


def latest_safe_abort(
    plan: Plan,
    progress: Progress,
    now: datetime,
    *,
    starting: Task | None = None,
    measured: Durations | None = None,
) -> Lsat:
    """Return the latest moment an abort still ends inside the window less its reserve.

    With ``starting`` the answer is for the state in which that task, too, has had effects.
    """
    if starting is not None:
        tasks = dict(progress.tasks)
        tasks[starting.id] = replace(progress.of(starting.id), touched=True)
        progress = replace(progress, tasks=tasks)
    way = plan_rollback(plan, progress, measured)
    window = plan.runbook.window
    overhead = parse_duration(window.decision) + parse_duration(window.stop)
    limit = parse_instant(window.end) - parse_duration(window.reserve)
    at = limit - overhead - way.length
    return Lsat(at=at, way_back=way.length, back_by=now + overhead + way.length, safe=now <= at)


def past_point_of_no_return(plan: Plan, progress: Progress) -> tuple[str, ...]:
    """Return the irreversible tasks that already had effects: rolling back is over."""
    return tuple(
        task.id for task in effects_of(plan, progress) if isinstance(task.undo, Irreversible)
    )
