"""One night at a time and the plain way: what the many at once are compared with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from golive.runbook.definition import Irreversible
from golive.runbook.lifecycle import Progress, TaskProgress, TaskState
from golive.runbook.network import Network
from golive.runbook.planning import Plan
from golive.runbook.rollback import plan_rollback


def first_free(spans: Sequence[tuple[int, int]], time: int) -> int:
    for begin, end in spans:
        if begin <= time < end:
            return first_free(spans, end)
    return time


def by_loop(network: Network, order: Sequence[int], spans: Sequence[int]) -> list[tuple[int, int]]:
    """Return each task's start and end, tasks taking locks and people in the order given."""
    begun: dict[int, int] = {}
    ended: dict[int, int] = {}
    slots = {name: [0] * capacity for name, capacity in network.locks.items()}
    free: dict[str, int] = {}
    for index in order:
        node = network.nodes[index]
        time = max(0, node.earliest)
        for arc in node.arcs:
            time = max(time, (begun if arc.from_start else ended)[arc.before] + arc.lag)
        while True:
            before = time
            time = first_free(network.duty.blackouts, time)
            time = max([time, *(min(slots[lock]) for lock in node.locks)])
            if node.needed:
                times = sorted(
                    first_free(network.duty.spans(one), max(time, free.get(one, 0)))
                    for one in node.people
                )
                time = times[node.needed - 1]
            if time == before:
                break
        end = time + spans[index]
        for lock in node.locks:
            slots[lock][slots[lock].index(min(slots[lock]))] = end
        able = [
            one
            for one in node.people
            if first_free(network.duty.spans(one), max(time, free.get(one, 0))) == time
        ]
        for one in able[: node.needed]:
            free[one] = end
        begun[index], ended[index] = time, max(end, node.ends_at)
    return [(begun[index], ended[index]) for index in order]


def way_back_by_planner(
    plan: Plan, begun: Any, done: Any, undos: Any, restores: Any
) -> tuple[float, bool]:
    """Return R of one drawn night by the planner of the real one, and whether something is lost."""
    progress = Progress(
        tasks={
            task.id: TaskProgress(
                state=TaskState.DONE if done[index] else TaskState.RUNNING, touched=True
            )
            for index, task in enumerate(plan.runbook.tasks)
            if begun[index]
        }
    )
    seconds = {}
    for index, task in enumerate(plan.runbook.tasks):
        seconds[f"{task.id}.undo"] = float(undos[index])
        seconds[f"{task.id}.restore"] = float(restores[index])
    way = plan_rollback(plan, progress, seconds)
    lost = any(isinstance(plan.task(name).undo, Irreversible) for name in way.lost)
    return way.length.total_seconds(), lost
