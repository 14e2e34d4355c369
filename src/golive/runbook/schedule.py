"""When each task is planned, forecast or was: a schedule people, locks and blackouts allow; pure.

The chain that explains the end is the critical *chain*: it goes over links, locks and people alike
(Goldratt 1997). The order of placing is by the latest start the links alone would allow, so what
the end hangs on goes first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from golive.runbook.duty import latest_before, offset
from golive.runbook.lifecycle import Progress, TaskState
from golive.runbook.network import Arc, Network, network_of
from golive.runbook.placing import Given, Placed, place_all
from golive.runbook.planning import Plan

__all__ = ["Pace", "Schedule", "Slot", "forecast", "priority", "schedule"]

#: Which of the two times of a task counts.
Pace = Literal["likely", "worst"]
S = TaskState
_ENDED = frozenset({S.DONE, S.DONE_MANUAL, S.WAIVED, S.SKIPPED})
_AT_WORK = frozenset({S.STARTING, S.RUNNING, S.WAITING, S.VERIFYING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """When a task is planned: aware UTC instants, and how long it may slip."""

    task: str
    start: datetime
    finish: datetime
    #: How long it may slip before the end does (total float), or before any other task (free).
    slack: timedelta
    free: timedelta
    #: The task it waits for, empty when none; and what of it, see :class:`placing.Placed`.
    because: str
    reason: str
    people: tuple[str, ...]
    #: How many past runs its time comes from; 0 means it is the estimate.
    runs: int

    @property
    def critical(self) -> bool:
        """Tell whether any slip of this task moves the end."""
        return self.slack <= timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """The slots in the plan's order, and what the end of the night hangs on."""

    slots: tuple[Slot, ...]
    #: The tasks in the order they were placed: the plan's priorities.
    order: tuple[str, ...]
    #: From the first task to the last of the night, each waiting for the one before.
    chain: tuple[str, ...]
    #: When the last task of the night ends. What waits for a time after the window is no part of
    #: the night.
    end: datetime

    def of(self, name: str) -> Slot:
        """Return a task's slot. Raise KeyError when there is none."""
        for slot in self.slots:
            if slot.task == name:
                return slot
        raise KeyError(name)


def schedule(plan: Plan, *, pace: Pace = "likely") -> Schedule:
    """Return the planned schedule: links and lags, earliest, blackouts, locks, people, shifts.

    Times are those rehearsals showed (``plan.measured``: half of them took no longer, at worst four
    fifths), else the estimates.
    """
    return _schedule(network_of(plan), pace, given={}, now=0)


def forecast(plan: Plan, progress: Progress, now: datetime, *, pace: Pace = "likely") -> Schedule:
    """Return the schedule as the night stands: what ended stands where it ended.

    What is at work ends as planned from its start, but not before now: a forecast slides, it does
    not stay in the past. What has not begun, or has to begin again, begins now at the earliest.
    """
    network = network_of(plan)
    at = offset(now, network.begins)
    given: dict[int, tuple[int, int, str]] = {}
    for index, node in enumerate(network.nodes):
        found = progress.of(node.task)
        if found.started is None and found.state not in _ENDED:
            continue
        ended = offset(found.ended, network.begins) if found.ended else at
        began = offset(found.started, network.begins) if found.started else ended
        if found.state in _ENDED:
            given[index] = (began, ended, found.person)
        elif found.state in _AT_WORK:
            span = node.worst if pace == "worst" else node.likely
            given[index] = (began, max(at, began + span, node.ends_at), found.person)
    return _schedule(network, pace, given=given, now=at)


def priority(network: Network, spans: tuple[int, ...]) -> tuple[int, ...]:
    """Return the positions by the latest start that links alone allow: the end's chain first."""
    finish, begin = [0] * len(spans), [0] * len(spans)
    for index in reversed(network.order):
        begin[index] = min(begin[index], finish[index] - spans[index])
        for arc in network.nodes[index].arcs:
            latest = begin if arc.from_start else finish
            latest[arc.before] = min(latest[arc.before], begin[index] - arc.lag)
    rank = {index: place for place, index in enumerate(network.order)}
    return tuple(sorted(network.order, key=lambda index: (begin[index], rank[index])))


def _schedule(network: Network, pace: Pace, *, given: Given, now: int) -> Schedule:
    spans = tuple(node.worst if pace == "worst" else node.likely for node in network.nodes)
    order = priority(network, spans)
    placed = place_all(network, order, spans, given=given, now=now)
    night = [index for index, node in enumerate(network.nodes) if not node.afterwards]
    last = max(
        night or range(len(placed)), key=lambda index: (placed[index].finish, order.index(index)),
        default=-1,
    )  # fmt: skip
    end = placed[last].finish if last >= 0 else 0
    late, free = _floats(network, order, placed, end)
    names = tuple(node.task for node in network.nodes)
    return Schedule(
        slots=tuple(
            Slot(
                task=name,
                start=_at(network, placed[index].start),
                finish=_at(network, placed[index].finish),
                slack=timedelta(seconds=late[index]),
                free=timedelta(seconds=free[index]),
                because=names[placed[index].because] if placed[index].because >= 0 else "",
                reason=placed[index].reason,
                people=placed[index].people,
                runs=network.nodes[index].runs,
            )
            for index, name in enumerate(names)
        ),
        order=tuple(names[index] for index in order),
        chain=tuple(names[index] for index in _chain(placed, last)),
        end=_at(network, end),
    )


def _at(network: Network, time: int) -> datetime:
    return network.begins + timedelta(seconds=time)


def _chain(placed: tuple[Placed, ...], last: int) -> list[int]:
    chain: list[int] = []
    while last >= 0:
        chain.append(last)
        last = placed[last].because
    return chain[::-1]


def _floats(
    network: Network, order: tuple[int, ...], placed: tuple[Placed, ...], end: int
) -> tuple[list[int], list[int]]:
    """Return each task's total and free float over links, and over locks and people as taken."""
    rank = {index: place for place, index in enumerate(order)}
    arcs = _all_arcs(network, rank, placed)
    latest = max([end, *(each.finish for each in placed)])
    late = [
        max(each.finish, latest if node.afterwards else end)
        for node, each in zip(network.nodes, placed, strict=True)
    ]
    free = [at - each.finish for at, each in zip(late, placed, strict=True)]
    # The end of a wait for a fixed time does not move with its beginning.
    spans = [
        0 if each.finish == node.ends_at else each.finish - each.start
        for node, each in zip(network.nodes, placed, strict=True)
    ]
    begin = [at - span for at, span in zip(late, spans, strict=True)]
    for index in sorted(rank, key=lambda each: (placed[each].start, rank[each]), reverse=True):
        here = placed[index]
        begin[index] = min(begin[index], late[index] - spans[index])
        for person in here.people or ("",):
            begin[index] = latest_before(network.duty.spans(person), begin[index])
        begin[index] = max(here.start, begin[index])
        for arc in arcs[index]:
            other = placed[arc.before]
            room = here.start - arc.lag - (other.start if arc.from_start else other.finish)
            free[arc.before] = max(0, min(free[arc.before], room))
            bound = begin if arc.from_start else late
            bound[arc.before] = min(bound[arc.before], begin[index] - arc.lag)
    return [at - each.start for at, each in zip(begin, placed, strict=True)], free


def _all_arcs(
    network: Network, rank: Mapping[int, int], placed: tuple[Placed, ...]
) -> list[list[Arc]]:
    """Return what each task waits for: its links, and who had its lock or its person before it."""
    arcs = [list(node.arcs) for node in network.nodes]
    queues: dict[str, list[int]] = {}
    for index in sorted(rank, key=lambda each: (placed[each].start, rank[each])):
        for name in (*network.nodes[index].locks, *(f"@{one}" for one in placed[index].people)):
            queues.setdefault(name, []).append(index)
    for name, queue in queues.items():
        capacity = 1 if name.startswith("@") else network.locks.get(name, 1)
        for index, before in _successions(queue, capacity, placed):
            arcs[index].append(Arc(before=before))
    return arcs


def _successions(
    queue: list[int], capacity: int, placed: tuple[Placed, ...]
) -> Iterator[tuple[int, int]]:
    """Yield who takes over a place of a lock from whom: the one that became free last."""
    last: list[int] = []
    for index in queue:
        free = [one for one in last if placed[one].finish <= placed[index].start]
        if free and len(last) >= capacity:
            before = max(free, key=lambda one: placed[one].finish)
            last.remove(before)
            yield index, before
        last.append(index)
