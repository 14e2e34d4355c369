"""How long the steps of a way back take, each begun as soon as it may; pure.

Time is in seconds from the way back's begin. The executor takes the steps in the same order, so
this is what the night will show. A person does one undo at a time.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from golive.runbook.definition import Task
from golive.runbook.duty import Duty, Spans, next_after

__all__ = ["Step", "length_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """An undo or a restore, whoever waits for it. One of ``people`` does it; none: a worker."""

    #: ``TASK.undo`` or ``TASK.restore``.
    id: str
    task: Task
    #: Its bit in a set of steps: the task's place in the plan, for a restore the one after all.
    place: int
    seconds: float
    people: tuple[str, ...]
    locks: tuple[str, ...]

    @property
    def role(self) -> str:
        """``undo`` or ``restore``."""
        return self.id.rpartition(".")[2]


def length_of(
    steps: Sequence[Step],
    after: Sequence[int],
    locks: Mapping[str, int],
    duty: Duty,
    begins: int,
) -> float:
    """Return after how many seconds the last step ends.

    ``after`` is the set of steps each waits for, ``locks`` how many may hold each, ``begins`` when
    the way back begins in the time of ``duty``.
    """
    now, ended = 0.0, 0
    ready, watched = _sorted_out(range(len(steps)), after, ended)
    running: list[tuple[float, int]] = []
    free: dict[str, float] = {}
    held: Counter[str] = Counter()
    while ready or running:
        wakes, waiting = math.inf, []
        for index in ready:
            step = steps[index]
            if step.locks and any(held[lock] >= locks.get(lock, 1) for lock in step.locks):
                waiting.append(index)
                continue
            may, person = _may_begin(step, duty, free, begins, now)
            if may > now:
                wakes = min(wakes, may)
                waiting.append(index)
                continue
            for lock in step.locks:
                held[lock] += 1
            free[person] = now + step.seconds
            heapq.heappush(running, (now + step.seconds, index))
        wakes = min(wakes, running[0][0]) if running else wakes
        if wakes == math.inf:
            break
        now = wakes
        freed: list[int] = []
        while running and running[0][0] <= now:
            step = steps[heapq.heappop(running)[1]]
            ended |= 1 << step.place
            for lock in step.locks:
                held[lock] -= 1
            freed += watched.pop(step.place, ())
        more, still = _sorted_out(freed, after, ended)
        ready = sorted((*waiting, *more)) if more else waiting
        for place, found in still.items():
            watched.setdefault(place, []).extend(found)
    return now


def _sorted_out(
    steps: Iterable[int], after: Sequence[int], ended: int
) -> tuple[list[int], dict[int, list[int]]]:
    """Return the steps that wait for nothing more, and the others by a step each waits for.

    A step is looked at again only when that one has ended: looking at all of them at each end
    would make a way back's cost grow with its square. It is the one earliest in the plan, which
    is undone late.
    """
    ready: list[int] = []
    watched: dict[int, list[int]] = {}
    for step in steps:
        unmet = after[step] & ~ended
        if unmet:
            watched.setdefault((unmet & -unmet).bit_length() - 1, []).append(step)
        else:
            ready.append(step)
    return ready, watched


def _may_begin(
    step: Step, duty: Duty, free: Mapping[str, float], begins: int, now: float
) -> tuple[float, str]:
    """Return when a step may begin at the earliest and who does it (empty: no person needed)."""
    if not step.people:
        return _open(duty.blackouts, begins, now), ""
    times = [
        (_open(duty.spans(one), begins, max(now, free.get(one, now))), one) for one in step.people
    ]
    return min(times, key=lambda each: each[0])


def _open(spans: Spans, begins: int, now: float) -> float:
    if not spans:
        return now
    whole = begins + math.ceil(now)
    opens = next_after(spans, whole)
    return now if opens == whole else float(opens - begins)
