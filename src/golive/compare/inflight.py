"""Tell rows that were changing while they were read from wrong ones: read again, and see.

What no longer differs was in flight; what differs by the same values is open; what moves still is
read once more, up to the limit.
"""

# ruff: noqa: S608  (SQL is built here; every name and value in it is quoted)
from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from golive.compare.codemaps import Stage
from golive.contracts import Snapshot
from golive.runbook.times import parse_duration

__all__ = ["Found", "Reread", "open_now", "settle_in_flight"]

_KEY = "array_to_string(coalesce(new_key, old_key), ' / ')"
_OPEN = "('open', 'only_old', 'only_new')"
Found = tuple[str, str, str, str | None, str | None]
#: Reads both sides again after so many seconds and returns what is open then.
Reread = Callable[[float], frozenset[Found]]


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
        waiting = stage.connection.execute(
            f"SELECT id, kind, {_KEY}, column_name, old_value, new_value FROM differences "
            "JOIN moving ON moving.id = differences.rowid"
        ).fetchall()
        if not waiting:
            return
        later = reread(parse_duration(block.recheck_after).total_seconds())
        places = {item[:3] for item in later}
        gone = [row[0] for row in waiting if row[1:4] not in places]
        same = [row[0] for row in waiting if row[1:] in later]
        for change, settled in (
            ("UPDATE differences SET class = 'in_flight' WHERE rowid = ?", gone),
            ("DELETE FROM moving WHERE id = ?", [*gone, *same]),
        ):
            if settled:
                stage.connection.executemany(change, [[number] for number in settled])


def open_now(stage: Stage) -> frozenset[Found]:
    """Return what is open in a stage, as one can find it again."""
    rows = stage.connection.execute(
        f"SELECT kind, {_KEY}, column_name, old_value, new_value FROM differences "
        f"WHERE class IN {_OPEN}"
    ).fetchall()
    return frozenset((row[0], row[1], row[2], row[3], row[4]) for row in rows)


def _since(snapshot: Snapshot, grace: timedelta) -> object:
    return (snapshot.clock - grace).replace(tzinfo=None)
