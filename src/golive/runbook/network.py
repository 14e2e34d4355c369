"""A plan as numbers: each task's time, links, fixed times, locks and people; pure.

The schedule, the forecast and the simulation all read this. Times are whole seconds from T0.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from golive.runbook.definition import ENGINE_KINDS, Task
from golive.runbook.duty import Duty, duty_of, hands, offset
from golive.runbook.graph import topological_order
from golive.runbook.planning import Measured, Plan
from golive.runbook.times import parse_duration, parse_instant

__all__ = ["NEVER", "Arc", "Network", "Node", "network_of", "spread"]

#: How far, in standard deviations, the two known points of a time are apart: an estimate's worst is
#: taken as exceeded one time in twenty, and a rehearsal's P80 one time in five.
_WORST, _P80 = 1.645, 0.842
#: Fewer past runs than this say little about how much a time varies: then the estimate does.
_ENOUGH = 5

#: A fixed time that binds nothing.
NEVER = -(10**9)
#: Kinds whose work holds the task's locks; a gate, a wait and a milestone hold nothing.
_HOLDS_LOCKS = ENGINE_KINDS | {"checkpoint", "manual"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Arc:
    """A link: the position of the task before, whether its start or its end counts, the lag."""

    before: int
    from_start: bool = False
    lag: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One task. ``people`` may do it, of whom ``needed`` must; none when a worker does it."""

    task: str
    likely: int
    worst: int
    #: How many past runs the time comes from; 0 when it is the estimate.
    runs: int
    #: Standard deviation of the logarithm of its time, see :func:`spread`.
    spread: float = 0.0
    arcs: tuple[Arc, ...]
    earliest: int = NEVER
    #: A wait ends no sooner than this, however early it begins.
    ends_at: int = NEVER
    locks: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    needed: int = 0
    #: Bound by a fixed time to what comes after the window: hypercare, not the night.
    afterwards: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """All tasks, in the plan's order, and what bounds them."""

    begins: datetime
    nodes: tuple[Node, ...]
    #: Positions, each after all it links to; ties keep the plan's order.
    order: tuple[int, ...]
    duty: Duty
    locks: Mapping[str, int]
    #: The window's end, and the end less the reserve.
    window: int
    limit: int


def network_of(plan: Plan) -> Network:
    """Return a plan as numbers."""
    begins = parse_instant(plan.t0)
    position = {task.id: index for index, task in enumerate(plan.runbook.tasks)}
    window = offset(parse_instant(plan.runbook.window.end), begins)
    order = tuple(position[name] for name in topological_order(plan.graph))
    late: set[int] = set()
    for index in order:
        task = plan.runbook.tasks[index]
        if _is_late(task, begins, window) or any(
            position[name] in late for name in task.predecessors
        ):
            late.add(index)
    return Network(
        begins=begins,
        nodes=tuple(
            _node(plan, task, position, begins, afterwards=position[task.id] in late)
            for task in plan.runbook.tasks
        ),
        order=order,
        duty=duty_of(plan),
        locks=plan.runbook.locks,
        window=window,
        limit=window - math.ceil(parse_duration(plan.runbook.window.reserve).total_seconds()),
    )


def spread(estimate: tuple[float, float], past: Measured | None) -> float:
    """Return how much a time varies, as the deviation of its logarithm (0: it is always the same).

    Times are lognormal: they have a middle, are never negative, and are late by more than early.
    """
    guess = _deviation(*estimate, _WORST)
    if past is None:
        return guess
    seen = _deviation(past.p50, past.p80, _P80)
    return seen if past.runs >= _ENOUGH else max(guess, seen)


def _deviation(middle: float, high: float, apart: float) -> float:
    return math.log(high / middle) / apart if high > middle > 0 else 0.0


def _is_late(task: Task, begins: datetime, window: int) -> bool:
    fixed = (task.earliest, task.until.at if task.until is not None else "")
    return any(text and offset(parse_instant(text), begins) > window for text in fixed)


def _node(
    plan: Plan, task: Task, position: Mapping[str, int], begins: datetime, *, afterwards: bool
) -> Node:
    arcs = tuple(
        Arc(
            before=position[link.id],
            from_start=link.type == "SS",
            lag=math.ceil(parse_duration(link.lag).total_seconds()),
        )
        for link in task.links
    )
    earliest = offset(parse_instant(task.earliest), begins) if task.earliest else NEVER
    if plan.skips(task):
        return Node(
            task=task.id, likely=0, worst=0, runs=0, arcs=arcs, earliest=earliest,
            afterwards=afterwards,
        )  # fmt: skip
    past = plan.measured.get(task.id)
    likely, worst = (past.p50, past.p80) if past else (task.est[0] * 60, task.est[1] * 60)
    ends_at = NEVER
    if task.kind == "wait" and task.until is not None and task.until.at:
        ends_at, likely, worst = offset(parse_instant(task.until.at), begins), 0, 0
    people = hands(plan.team, task.owner) if task.kind in {"manual", "gate"} else ()
    return Node(
        task=task.id,
        likely=math.ceil(likely),
        worst=math.ceil(max(likely, worst)),
        runs=past.runs if past else 0,
        spread=spread(task.est, past),
        arcs=arcs,
        earliest=earliest,
        ends_at=ends_at,
        locks=task.locks if task.kind in _HOLDS_LOCKS else (),
        people=people,
        needed=min(len(people), task.quorum if task.kind == "gate" else 1),
        afterwards=afterwards,
    )
