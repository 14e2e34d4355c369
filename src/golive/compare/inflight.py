"""Tell rows that were changing while they were read from wrong ones: read again, and see.

A difference was in flight when a later reading no longer shows it, nor another one of the same key
that is not told yet: a row that arrives with a wrong amount, or is deleted instead of corrected,
is no agreement. What differs by the same values is open; what moves still is read once more, up to
the limit, and is then open as it was last read.
"""

# ruff: noqa: S608  (SQL is built here; every name and value in it is quoted)
from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from golive.compare.codemaps import Stage
from golive.compare.rereading import Reading, Same, take_over
from golive.contracts import Snapshot
from golive.runbook.times import parse_duration

__all__ = ["Found", "Later", "Reread", "open_now", "settle_in_flight"]

_OPEN = "('open', 'only_old', 'only_new')"
#: A row on one side has no values of its own, but all it holds.
_FOUND = "kind, old_key, new_key, column_name, coalesce(old_value, nullif(content, '')), new_value"
Key = tuple[str | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One open difference as a later reading can show it again."""

    kind: str
    #: The key as each side writes it, which may differ; None: the side has no such row.
    old_key: Key | None
    new_key: Key | None
    column: str
    old: str | None
    new: str | None

    @property
    def place(self) -> tuple[str, Key | None, Key | None, str]:
        """What differs, whatever its values are."""
        return self.kind, self.old_key, self.new_key, self.column

    @property
    def row(self) -> Same:
        """Whose difference it is."""
        return self.kind, self.old_key, self.new_key

    def same_row(self, other: Found) -> bool:
        """Return whether both are of one key, as a side both have writes it."""
        pairs = ((self.old_key, other.old_key), (self.new_key, other.new_key))
        known = [one == two for one, two in pairs if one is not None and two is not None]
        # A row that went from one side and came to the other: no side has both.
        return (
            any(known)
            if known
            else (self.old_key or self.new_key) == (other.old_key or other.new_key)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """What a later reading found open."""

    reading: Reading
    found: frozenset[Found]


#: Reads both sides again after so many seconds.
Reread = Callable[[float], Later]


def settle_in_flight(stage: Stage, old: Snapshot, new: Snapshot, reread: Reread) -> None:
    """Give the class ``in_flight`` to recent differences that a later reading no longer shows."""
    block = stage.comparison.in_flight
    if block is None:
        return
    index = next(
        i for i, column in enumerate(stage.comparison.columns) if column.new == block.column
    )
    grace = parse_duration(block.grace)
    stage.connection.execute(
        "CREATE OR REPLACE TEMP TABLE moving AS SELECT d.rowid AS id FROM differences d "
        "LEFT JOIN old_rows o ON o.row = d.old_row LEFT JOIN new_rows n ON n.row = d.new_row "
        f"WHERE d.class IN {_OPEN} AND (o.c{index} >= ? OR n.c{index} >= ?)",
        [_since(old, grace), _since(new, grace)],
    )
    for _ in range(block.max_rechecks):
        waiting = _read(stage, "JOIN moving ON moving.id = d.rowid")
        if not waiting:
            return
        told = {found.place for found in open_now(stage)}
        later = reread(parse_duration(block.recheck_after).total_seconds())
        near = _by_key(later.found)
        gone = [number for number, found in waiting if _settled(found, near, told)]
        same = [number for number, found in waiting if found in later.found]
        for change, settled in (
            ("UPDATE differences SET class = 'in_flight' WHERE rowid = ?", gone),
            ("DELETE FROM moving WHERE id = ?", [*gone, *same]),
        ):
            if settled:
                stage.connection.executemany(change, [[number] for number in settled])
        _show_later(stage, [found for number, found in waiting if number not in gone], later)


def _show_later(stage: Stage, waiting: Sequence[Found], later: Later) -> None:
    """Tell rows that are not settled as the later reading has them, and wait on for what moved."""
    there = {found.row for found in later.found}
    moved = {found.row for found in waiting if found not in later.found}
    take_over(stage, moved & there, later.reading)
    number = later.reading.number
    fresh = [
        [row]
        for row, found in _read(stage, f"WHERE class IN {_OPEN} AND d.reading = {number}")
        if found not in waiting
    ]
    stage.connection.execute("DELETE FROM moving WHERE id NOT IN (SELECT rowid FROM differences)")
    if fresh:
        stage.connection.executemany("INSERT INTO moving VALUES (?)", fresh)


def open_now(stage: Stage) -> frozenset[Found]:
    """Return what is open in a stage, as one can find it again."""
    return frozenset(found for _, found in _read(stage, f"WHERE class IN {_OPEN}"))


def _read(stage: Stage, which: str) -> list[tuple[int, Found]]:
    rows = stage.connection.execute(
        f"SELECT d.rowid, {_FOUND} FROM differences d {which}"
    ).fetchall()
    return [
        (
            int(row[0]),
            Found(
                kind=row[1],
                old_key=None if row[2] is None else tuple(row[2]),
                new_key=None if row[3] is None else tuple(row[3]),
                column=row[4],
                old=row[5],
                new=row[6],
            ),
        )
        for row in rows
    ]


def _by_key(later: Collection[Found]) -> Mapping[Key | None, Sequence[Found]]:
    """Return differences by the keys of both sides."""
    near: defaultdict[Key | None, list[Found]] = defaultdict(list)
    for found in later:
        for key in {found.old_key, found.new_key}:
            near[key].append(found)
    return near


def _settled(
    found: Found, later: Mapping[Key | None, Sequence[Found]], told: Collection[object]
) -> bool:
    """Return whether a later reading shows neither this difference nor a new one of its key."""
    return all(
        other.place != found.place and other.place in told
        for key in {found.old_key, found.new_key} - {None}
        for other in later.get(key, ())
        if found.same_row(other)
    )


def _since(snapshot: Snapshot, grace: timedelta) -> object:
    return (snapshot.clock - grace).replace(tzinfo=None)
