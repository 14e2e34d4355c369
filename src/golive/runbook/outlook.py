"""Until when the planned night can still be turned back, moment by moment; pure.

``back_by`` is not monotone: each start makes the way back longer, a checkpoint may shorten it. What
counts is the first moment from which an abort would end too late, and the task that causes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from golive.runbook.definition import Irreversible
from golive.runbook.lifecycle import Progress, TaskProgress, TaskState
from golive.runbook.planning import Plan
from golive.runbook.rollback import effects_of, undoing_of
from golive.runbook.safe_abort import latest_safe_abort, safe_until
from golive.runbook.schedule import Schedule, Slot

__all__ = ["Outlook", "Point", "Stand", "outlook", "planned_state", "stand_at_gates"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """From a task's start, or a checkpoint's end, to the next: how long the way back takes."""

    at: datetime
    until: datetime
    task: str
    way_back: timedelta
    #: The latest safe abort time of this state; before ``at`` when it is too late already.
    lsat: datetime

    @property
    def safe(self) -> bool:
        """Tell whether an abort is safe at any moment of the span."""
        return self.until <= self.lsat


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """The way back along the planned night, up to the first irreversible task."""

    points: tuple[Point, ...]
    #: The first moment an abort would no longer end in time, and the task that makes it so.
    crossing: datetime | None
    crossed_by: str
    #: When the first irreversible task begins; None when there is none.
    no_return: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """A gate or checkpoint as planned: when it opens, and the latest safe abort then."""

    task: str
    at: datetime
    way_back: timedelta
    lsat: datetime

    @property
    def safe(self) -> bool:
        """Tell whether there is still a way back when it opens."""
        return self.at <= self.lsat


def _states(plan: Plan, slots: Sequence[Slot], times: Iterable[datetime]) -> Iterator[Progress]:
    """Yield :func:`planned_state` of these slots at each of the times, which only grow."""
    begun = sorted(slots, key=lambda slot: slot.start, reverse=True)
    ended = sorted(slots, key=lambda slot: slot.finish, reverse=True)
    tasks: dict[str, TaskProgress] = {}
    for at in times:
        while begun and begun[-1].start <= at:
            slot = begun.pop()
            tasks[slot.task] = _planned(plan, slot, at)
        while ended and ended[-1].finish <= at:
            slot = ended.pop()
            tasks[slot.task] = _planned(plan, slot, at)
        yield Progress(tasks=dict(tasks))


def _planned(plan: Plan, slot: Slot, at: datetime) -> TaskProgress:
    """Return the progress at an instant of a task that has started by then."""
    ended = slot.finish <= at
    return TaskProgress(
        state=TaskState.DONE if ended else TaskState.RUNNING,
        touched=not plan.skips(plan.task(slot.task)),
        started=slot.start,
        ended=slot.finish if ended else None,
    )


def planned_state(plan: Plan, made: Schedule, at: datetime, *, begun: bool = True) -> Progress:
    """Return the state of the planned night at an instant.

    What has started by then has had effects, with ``begun=False`` only what started before it.
    """
    tasks = {
        slot.task: _planned(plan, slot, at)
        for slot in made.slots
        if slot.start < at or (begun and slot.start == at)
    }
    return Progress(tasks=tasks)


def outlook(plan: Plan, made: Schedule) -> Outlook:
    """Return the way back along a schedule."""
    lost = {task.id for task in plan.runbook.tasks if isinstance(task.undo, Irreversible)}
    no_return = min((slot.start for slot in made.slots if slot.task in lost), default=None)
    last = no_return or made.end
    known = undoing_of(plan)
    matters = {task.id for task in known.counted}
    moments = {slot.start: slot.task for slot in made.slots if slot.task in matters}
    for slot in made.slots:
        if plan.task(slot.task).kind == "checkpoint":
            matters.add(slot.task)
            moments.setdefault(slot.finish, slot.task)
    times = sorted(time for time in moments if time < last)
    points = []
    slots = tuple(slot for slot in made.slots if slot.task in matters)
    untils, states = [*times[1:], last], _states(plan, slots, times)
    for at, until, state in zip(times, untils, states, strict=False):
        lsat, length = safe_until(plan, state, known=known)
        points.append(Point(at=at, until=until, task=moments[at], way_back=length, lsat=lsat))
    first = next((point for point in points if not point.safe), None)
    return Outlook(
        points=tuple(points),
        crossing=max(first.at, first.lsat) if first else None,
        crossed_by=first.task if first else "",
        no_return=no_return,
    )


def stand_at_gates(plan: Plan, made: Schedule) -> tuple[Stand, ...]:
    """Return each gate and checkpoint of the night before the first irreversible task."""
    found = []
    for task in plan.runbook.tasks:
        if task.kind not in {"gate", "checkpoint"}:
            continue
        at = made.of(task.id).start
        state = planned_state(plan, made, at, begun=False)
        if any(isinstance(each.undo, Irreversible) for each in effects_of(plan, state)):
            continue
        lsat = latest_safe_abort(plan, state, at)
        found.append(Stand(task=task.id, at=at, way_back=lsat.way_back, lsat=lsat.at))
    return tuple(found)
