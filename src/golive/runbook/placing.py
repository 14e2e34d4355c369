"""Serial schedule generation: each task in turn at the first moment everything allows; pure.

Source: the serial scheme of resource-constrained project scheduling (Kelley 1963; Kolisch and
Hartmann 1999): a task goes into the first gap in which its links, fixed times, locks and people
let it, and never moves one placed before it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from golive.runbook.duty import Spans, next_after
from golive.runbook.network import Network, Node

__all__ = ["Given", "Placed", "place_all"]

#: What is known of a task already: when it began, when it ended or will, and who does it.
Given = Mapping[int, tuple[int, int, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Where a task stands, and what keeps it from standing earlier."""

    start: int
    finish: int
    #: The task whose end or start it waits for; -1 when it waits for none.
    because: int
    #: ``start``, ``link``, ``earliest``, ``blackout``, ``shift``, ``lock NAME``, ``person NAME``,
    #: ``now``, ``actual``.
    reason: str
    people: tuple[str, ...] = ()


class _Board:
    """What is taken already: for each lock and person the spans ``(start, finish, task)``."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.locks: dict[str, list[tuple[int, int, int]]] = {}
        self.people: dict[str, list[tuple[int, int, int]]] = {}

    def take(self, node: Node, index: int, placed: Placed) -> None:
        span = (placed.start, placed.finish, index)
        for lock in node.locks:
            self.locks.setdefault(lock, []).append(span)
        for person in placed.people:
            self.people.setdefault(person, []).append(span)


def place_all(
    network: Network,
    order: Sequence[int],
    spans: Sequence[int],
    *,
    given: Given | None = None,
    now: int = 0,
) -> tuple[Placed, ...]:
    """Place every task, in an order that respects the links; ``spans`` are seconds per task.

    ``given`` tasks stand where they stood; no other begins before ``now``.
    """
    board, found = _Board(network), {}
    for index, (start, finish, person) in (given or {}).items():
        people = (person,) if person and network.nodes[index].people else ()
        found[index] = Placed(
            start=start, finish=finish, because=-1, reason="actual", people=people
        )  # fmt: skip
        board.take(network.nodes[index], index, found[index])
    for index in order:
        if index not in found:
            found[index] = _place(board, found, index, spans[index], now)
    return tuple(found[index] for index in range(len(network.nodes)))


def _place(board: _Board, found: Mapping[int, Placed], index: int, span: int, now: int) -> Placed:
    node = board.network.nodes[index]
    time, because, reason = _from_links(node, found, now)
    people: tuple[str, ...] = ()
    while True:
        opens = next_after(board.network.duty.blackouts, time)
        if opens > time:
            time, reason = opens, "blackout"
        blocked = _lock_in_the_way(board, node, time, span)
        if blocked is None and node.needed:
            people, blocked = _who(board, node, time, span)
        if blocked is None:
            break
        time, by, reason = blocked
        because = by if by >= 0 else because
    finish = max(time + span, node.ends_at)
    placed = Placed(start=time, finish=finish, because=because, reason=reason, people=people)
    board.take(node, index, placed)
    return placed


def _from_links(node: Node, found: Mapping[int, Placed], now: int) -> tuple[int, int, str]:
    """Return when a task's links and fixed time let it begin, and which of them is the last."""
    time, because, reason = now, -1, "now" if now else "start"
    for arc in node.arcs:
        other = found[arc.before]
        opens = (other.start if arc.from_start else other.finish) + arc.lag
        if opens > time or (opens == time and because < 0):
            time, because, reason = opens, arc.before, "link"
    if node.earliest > time:
        return node.earliest, -1, "earliest"
    return time, because, reason


def _overlap(begin: int, end: int, time: int, span: int) -> bool:
    return begin < time + span and end > time if span else begin <= time < end


def _lock_in_the_way(
    board: _Board, node: Node, time: int, span: int
) -> tuple[int, int, str] | None:
    """Return when the first full lock has a place again, whose end that is, and its name."""
    for lock in node.locks:
        taken = [
            each for each in board.locks.get(lock, ()) if _overlap(each[0], each[1], time, span)
        ]
        capacity = board.network.locks.get(lock, 1)
        if len(taken) < capacity:
            continue
        moments = [time, *(begin for begin, _, _ in taken if begin > time)]
        full = max(sum(begin <= at < end for begin, end, _ in taken) for at in moments)
        if full >= capacity:
            end, by = min((end, by) for _, end, by in taken)
            return end, by, f"lock {lock}"
    return None


def _who(
    board: _Board, node: Node, time: int, span: int
) -> tuple[tuple[str, ...], tuple[int, int, str] | None]:
    """Return who does a task at a time, else when enough people can and what they wait for."""
    times = [(*_free_at(board, person, time, span), person) for person in node.people]
    ready = tuple(person for opens, _, person in times if opens == time)
    if len(ready) >= node.needed:
        return ready[: node.needed], None
    opens, by, person = sorted(times, key=lambda each: each[0])[node.needed - 1]
    return (), (opens, by, f"person {person}" if by >= 0 else "shift")


def _free_at(board: _Board, person: str, time: int, span: int) -> tuple[int, int]:
    """Return when a person can do so long a task at the earliest, and what keeps them till then."""
    away: Spans = board.network.duty.spans(person)
    taken, by = board.people.get(person, ()), -1
    while True:
        opens = next_after(away, time)
        if opens > time:
            time, by = opens, -1
        clash = min(
            (each for each in taken if _overlap(each[0], each[1], time, span)), default=None
        )
        if clash is None:
            return time, by
        time, by = clash[1], clash[2]
