"""How long the way back takes in many drawn nights at once, from each gate and checkpoint; pure.

The rules of :func:`golive.runbook.rollback.plan_rollback`: undo what had effects, in reverse of
what was built on what, or restore a checkpoint instead of the undos it covers, whichever leaves
less behind and is faster.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from golive.runbook.definition import Body, Irreversible, Task
from golive.runbook.draws import Floats, Resources, lognormal
from golive.runbook.duty import Duty, hands
from golive.runbook.network import spread
from golive.runbook.planning import Plan

__all__ = ["Retreat", "draw_times", "retreat_of", "way_back"]

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Retreat:
    """The undo graph of a plan as numbers; positions are those of the plan's tasks."""

    tasks: tuple[Task, ...]
    locks: dict[str, int]
    duty: Duty
    #: The tasks in the order their undos are taken: later work first.
    order: tuple[int, ...]
    #: Position -> the tasks built directly on it.
    built: tuple[tuple[int, ...], ...]
    #: Position -> everything after and before it, as bits.
    after: tuple[int, ...]
    before: tuple[int, ...]
    #: Who undoes each task by hand; empty when a worker does.
    people: tuple[tuple[str, ...], ...]
    restorers: tuple[tuple[str, ...], ...]
    #: Seconds and spread of each undo and each restore; None where there is none.
    undos: tuple[tuple[float, float] | None, ...]
    restores: tuple[tuple[float, float] | None, ...]


def retreat_of(plan: Plan, order: Sequence[str], duty: Duty) -> Retreat:
    """Return a plan's undo graph; ``order`` is that of the planned starts."""
    reached, tasks = plan.reach, plan.runbook.tasks
    built: list[list[int]] = [[] for _ in tasks]
    for task in tasks:
        for name in task.predecessors:
            built[reached.position[name]].append(reached.position[task.id])
    return Retreat(
        tasks=tasks,
        locks=dict(plan.runbook.locks),
        duty=duty,
        order=tuple(reached.position[name] for name in reversed(order)),
        built=tuple(map(tuple, built)),
        after=reached.after,
        before=reached.before,
        people=tuple(_by_hand(plan, task, task.undo) for task in tasks),
        restorers=tuple(_by_hand(plan, task, task.restore) for task in tasks),
        undos=tuple(_time(plan, f"{task.id}.undo", task.undo) for task in tasks),
        restores=tuple(_time(plan, f"{task.id}.restore", task.restore) for task in tasks),
    )


def _by_hand(plan: Plan, task: Task, body: object) -> tuple[str, ...]:
    if not isinstance(body, Body) or body.kind != "manual":
        return ()
    return hands(plan.team, body.owner or task.owner)


def _time(plan: Plan, step: str, body: object) -> tuple[float, float] | None:
    if not isinstance(body, Body):
        return None
    past = plan.measured.get(step)
    return (past.p50 if past else body.est[0] * 60), spread(body.est, past)


def draw_times(
    times: Sequence[tuple[float, float] | None], rng: np.random.Generator, draws: int
) -> Floats:
    """Return one row of seconds for each task; zeros where it has no such step."""
    return np.stack(
        [
            lognormal(rng, each[0], each[1], draws) if each else np.zeros(draws)
            for each in times
        ]
    )  # fmt: skip


def way_back(
    plan: Retreat, begun: Mask, done: Mask, undos: Floats, restores: Floats, begins: Floats
) -> tuple[Floats, Mask]:
    """Return R in seconds in each draw, and where nothing irreversible stands in the way.

    ``begun`` and ``done`` say per task and draw what had effects and what ended; ``begins`` is when
    the way back would begin.
    """
    fatal = np.zeros(begun.shape[1], dtype=bool)
    for index, task in enumerate(plan.tasks):
        if isinstance(task.undo, Irreversible):
            fatal |= begun[index]
    left, best = _lost(plan, begun, 0), _length(plan, begun, undos, begins)
    for index, task in enumerate(plan.tasks):
        if task.kind != "checkpoint" or not done[index].any():
            continue
        covered = _covered(plan, index)
        lost = _lost(plan, begun, covered)
        length = _length(plan, begun, undos, begins, (index, covered, restores[index]))
        places = [place for place in range(len(begun)) if covered >> place & 1]
        useful = done[index] & begun[places].any(axis=0)
        better = useful & ((lost < left) | ((lost == left) & (length < best)))
        left, best = np.where(better, lost, left), np.where(better, length, best)
    return best, ~fatal


def _covered(plan: Retreat, checkpoint: int) -> int:
    """Return what a restore of a checkpoint can stand for."""
    covers = set(plan.tasks[checkpoint].covers)
    return sum(
        1 << index
        for index, task in enumerate(plan.tasks)
        if plan.before[index] >> checkpoint & 1
        and task.touches
        and set(task.touches) <= covers
        and not isinstance(task.undo, Irreversible)
    )


def _lost(plan: Retreat, begun: Mask, covered: int) -> NDArray[np.int64]:
    """Return how many effects nothing brings back, in each draw."""
    found = np.zeros(begun.shape[1], dtype=np.int64)
    for index, task in enumerate(plan.tasks):
        nothing = task.undo is None and bool(task.touches)
        if (nothing or isinstance(task.undo, Irreversible)) and not covered >> index & 1:
            found += begun[index]
    return found


def _length(
    plan: Retreat,
    begun: Mask,
    undos: Floats,
    begins: Floats,
    restore: tuple[int, int, Floats] | None = None,
) -> Floats:
    """Return how long the undos take, over a checkpoint's restore when one is given.

    The restore waits for the undo of what came after its checkpoint and is not covered; what its
    work was built on waits for the restore.
    """
    checkpoint, covered, seconds = restore or (-1, 0, begins)
    later = plan.after[checkpoint] if restore else 0
    resources = Resources(plan.locks, plan.duty, len(begins))
    ends, restored = np.zeros((len(plan.tasks), len(begins))), begins
    first = [index for index in plan.order if later >> index & 1]
    then = [index for index in plan.order if not later >> index & 1]

    def undo(index: int) -> None:
        ready = begins
        for other in plan.built[index]:
            ready = np.maximum(ready, ends[other])
        if restore and not later >> index & 1:
            below = _below(plan, index, checkpoint, covered, begun)
            ready = np.where(below, np.maximum(ready, restored), ready)
        ends[index] = ready
        active = begun[index]
        if plan.undos[index] is None or covered >> index & 1 or not active.any():
            return
        start, _ = resources.take(
            ready, undos[index], task=index, locks=plan.tasks[index].locks,
            people=plan.people[index], needed=min(1, len(plan.people[index])), active=active,
        )  # fmt: skip
        ends[index] = np.where(active, start + undos[index], ready)

    for index in first:
        undo(index)
    if restore:
        last = begins if not first else np.maximum(begins, ends[first].max(axis=0))
        people = plan.restorers[checkpoint]
        start, _ = resources.take(
            last, seconds, task=checkpoint, locks=plan.tasks[checkpoint].locks, people=people,
            needed=min(1, len(people)),
        )  # fmt: skip
        restored = start + seconds
    for index in then:
        undo(index)
    back: Floats = np.maximum(ends.max(axis=0), restored) - begins
    return back


def _below(plan: Retreat, index: int, checkpoint: int, covered: int, begun: Mask) -> Mask:
    """Tell where the checkpoint, or begun work its restore stands for, was built on a task."""
    if index == checkpoint or plan.before[checkpoint] >> index & 1:
        return np.ones(begun.shape[1], dtype=bool)
    built = plan.after[index] & covered
    places = [place for place in range(len(begun)) if built >> place & 1]
    return np.asarray(begun[places].any(axis=0))
