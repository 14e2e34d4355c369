"""Many nights at once: each number of a schedule is a row of draws (numpy); pure.

Tasks are placed in the planned order: each takes its locks and people when those before it in that
order have let them go. So a later task never delays an earlier one, whatever is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from golive.runbook.duty import Duty, Spans
from golive.runbook.network import Network

__all__ = ["Floats", "Ints", "Resources", "lognormal", "run_forward"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


def lognormal(rng: np.random.Generator, middle: float, spread: float, draws: int) -> Floats:
    """Return draws of a time whose middle is known; always the same where it does not vary."""
    if spread <= 0 or middle <= 0:
        return np.full(draws, middle)
    return middle * np.exp(spread * rng.standard_normal(draws))


class Resources:
    """Who and what is taken until when, in each draw. ``begins`` are the draws' own zero times."""

    def __init__(self, locks: Mapping[str, int], duty: Duty, draws: int) -> None:
        self._draws = np.arange(draws)
        self._duty = duty
        self._capacity = locks
        self._locks: dict[str, tuple[Floats, Ints]] = {}
        self._people: dict[str, tuple[Floats, Ints]] = {}

    def take(
        self,
        ready: Floats,
        span: Floats,
        *,
        task: int,
        locks: Sequence[str] = (),
        people: Sequence[str] = (),
        needed: int = 0,
        active: NDArray[np.bool_] | None = None,
    ) -> tuple[Floats, Ints]:
        """Take what a task needs from when it is ready; return its starts and who it waited for.

        -1 stands for nobody. Where ``active`` is false nothing is taken and nothing waited for.
        """
        slots = [self._slot(lock) for lock in locks]
        time = ready
        while True:
            before = time
            time = _open(self._duty.blackouts, time)
            for free, place in slots:
                time = np.maximum(time, free[place, self._draws])
            if needed:
                time = np.sort(self._times(people, time), axis=0)[needed - 1]
            if np.array_equal(time, before):
                break
        if active is not None:
            time = np.where(active, time, ready)
        cause = self._cause(slots, locks, people if needed else (), ready, time)
        self._let_go(slots, locks, people, needed, task, time, time + span, active)
        return time, cause

    def _slot(self, lock: str) -> tuple[Floats, NDArray[Any]]:
        """Return a lock's places, and which of them is free first in each draw."""
        if lock not in self._locks:
            shape = (max(1, self._capacity.get(lock, 1)), len(self._draws))
            self._locks[lock] = np.full(shape, -np.inf), np.full(shape, -1, dtype=np.int32)
        free = self._locks[lock][0]
        return free, free.argmin(axis=0)

    def _free(self, person: str) -> tuple[Floats, Ints]:
        if person not in self._people:
            count = len(self._draws)
            self._people[person] = np.full(count, -np.inf), np.full(count, -1, dtype=np.int32)
        return self._people[person]

    def _times(self, people: Sequence[str], time: Floats) -> Floats:
        """Return when each person can begin at the earliest."""
        return np.stack(
            [
                _open(self._duty.spans(one), np.maximum(time, self._free(one)[0]))
                for one in people
            ]
        )  # fmt: skip

    def _cause(
        self,
        slots: list[tuple[Floats, NDArray[Any]]],
        locks: Sequence[str],
        people: Sequence[str],
        ready: Floats,
        time: Floats,
    ) -> Ints:
        """Return the task that let go last of what was waited for."""
        latest, cause = ready.copy(), np.full(len(ready), -1, dtype=np.int32)
        holders = [
            (free[place, self._draws], self._locks[lock][1][place, self._draws])
            for lock, (free, place) in zip(locks, slots, strict=True)
        ]
        for free, by in [*holders, *(self._free(one) for one in people)]:
            # Somebody else, free later than the start, was not what it waited for.
            better = (free > latest) & (free <= time)
            latest, cause = np.where(better, free, latest), np.where(better, by, cause)
        return cause

    def _let_go(
        self,
        slots: list[tuple[Floats, NDArray[Any]]],
        locks: Sequence[str],
        people: Sequence[str],
        needed: int,
        task: int,
        time: Floats,
        finish: Floats,
        active: NDArray[np.bool_] | None,
    ) -> None:
        takes = np.ones(len(time), dtype=bool) if active is None else active
        for lock, (free, place) in zip(locks, slots, strict=True):
            at = place[takes], self._draws[takes]
            free[at] = finish[takes]
            self._locks[lock][1][at] = task
        if not needed:
            return
        there = self._times(people, time) == time
        chosen = there & (there.cumsum(axis=0) <= needed) & takes
        for row, one in zip(chosen, people, strict=True):
            free_at, by = self._free(one)
            free_at[row], by[row] = finish[row], task


def _open(spans: Spans, time: Floats) -> Floats:
    """Return the first moments from ``time`` on that lie in none of the spans."""
    if not spans:
        return time
    begins, ends = (np.array(each, dtype=float) for each in zip(*spans, strict=True))
    place = np.searchsorted(begins, time, side="right") - 1
    until = ends[np.maximum(place, 0)]
    return np.where((place >= 0) & (time < until), until, time)


def run_forward(
    network: Network, order: Sequence[int], spans: Floats
) -> tuple[Floats, Floats, Ints]:
    """Return starts, finishes, and the task each waited for (-1: none), one row for each task."""
    count, draws = spans.shape
    starts, finishes = np.zeros((count, draws)), np.zeros((count, draws))
    causes = np.full((count, draws), -1, dtype=np.int32)
    resources = Resources(network.locks, network.duty, draws)
    for index in order:
        node = network.nodes[index]
        ready, cause = np.zeros(draws), np.full(draws, -1, dtype=np.int32)
        for arc in node.arcs:
            opens = (starts if arc.from_start else finishes)[arc.before] + arc.lag
            later = opens >= ready
            ready, cause = np.where(later, opens, ready), np.where(later, arc.before, cause)
        fixed = node.earliest > ready
        ready, cause = np.where(fixed, node.earliest, ready), np.where(fixed, -1, cause)
        starts[index], waited = resources.take(
            ready, spans[index], task=index, locks=node.locks, people=node.people,
            needed=node.needed,
        )  # fmt: skip
        finishes[index] = np.maximum(starts[index] + spans[index], node.ends_at)
        causes[index] = np.where(waited >= 0, waited, cause)
    return starts, finishes, causes
