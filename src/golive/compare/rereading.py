"""Show rows that were changing as they were last read: what people look up is what they find.

Of a row that is still of the same kind (on both sides, or on one) when it is read again, all its
differences are the later reading's; ``reading`` says which, 0 is the first.
"""

# ruff: noqa: S608  (SQL is built here; every name and value in it is quoted)
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from golive.compare.codemaps import Stage
from golive.compare.database import literal
from golive.compare.snapshots import write_parquet
from golive.contracts import Snapshot

__all__ = ["READ_ORDER", "Reading", "Same", "keep_reading", "take_over", "taken_over"]

#: What is the same row in two readings: its kind, and its key as each side writes it.
Same = tuple[str, tuple[str | None, ...] | None, tuple[str | None, ...] | None]
#: Row numbers of a later reading begin here, times its number.
_APART = 10**15
#: Every difference with the number its rows have in their own snapshots.
READ_ORDER = (
    f"SELECT * REPLACE (old_row % {_APART} AS old_row, new_row % {_APART} AS new_row) "
    "FROM differences ORDER BY old_key, new_key, column_name, class, old_row, new_row"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A later reading of both sides: its number from 1 on, and where its differences lie."""

    number: int
    old: Snapshot
    new: Snapshot
    folder: Path

    def table(self, name: str) -> str:
        """Return SQL of a table of it."""
        return f"read_parquet({literal(str(self.folder / f'{name}.parquet'))})"


_TABLES = ("differences", "old_rows", "new_rows")


def keep_reading(stage: Stage, reading: Reading) -> None:
    """Write the tables of a later reading, which its own stage holds, to its folder."""
    for name in _TABLES:
        write_parquet(stage.connection, f"SELECT * FROM {name}", reading.folder / f"{name}.parquet")


def take_over(stage: Stage, rows: Iterable[Same], later: Reading) -> None:
    """Replace what differs in these rows by what a later reading shows of them.

    A key that several rows have is left as it was: which of them is which cannot be told.
    """
    stage.connection.execute(
        "CREATE OR REPLACE TEMP TABLE taken (kind VARCHAR, old_key VARCHAR[], new_key VARCHAR[])"
    )
    wanted = [list(row) for row in rows]
    if not wanted:
        return
    stage.connection.executemany("INSERT INTO taken VALUES (?, ?, ?)", wanted)
    _pairs(stage, "differences", "before")
    _pairs(stage, later.table("differences"), "after")
    for table, other in (("before", "after"), ("after", "before")):
        stage.connection.execute(
            f"DELETE FROM {table} WHERE NOT EXISTS (FROM {other} x WHERE {_same('x', table)})"
        )
    _replace(stage, later)


def _pairs(stage: Stage, differences: str, table: str) -> None:
    """Fill ``table`` with the rows that are taken, each key that only one pair of them has."""
    stage.connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT d.kind, d.old_key, d.new_key, "
        "any_value(d.old_row) AS old_row, any_value(d.new_row) AS new_row "
        f"FROM {differences} d JOIN taken t ON {_same('d', 't')} GROUP BY ALL "
        "HAVING count(DISTINCT (d.old_row, d.new_row)) = 1"
    )


def _same(one: str, two: str) -> str:
    names = ("kind", "old_key", "new_key")
    return " AND ".join(f"{one}.{name} IS NOT DISTINCT FROM {two}.{name}" for name in names)


def _replace(stage: Stage, later: Reading) -> None:
    of_row = " AND ".join(
        f"{{0}}.{side}_row IS NOT DISTINCT FROM {{1}}.{side}_row" for side in ("old", "new")
    )
    offset = later.number * _APART
    stage.connection.execute(
        f"DELETE FROM differences USING before WHERE {of_row.format('differences', 'before')}"
    )
    stage.connection.execute(
        f"INSERT INTO differences BY NAME SELECT d.* REPLACE (d.old_row + {offset} AS old_row, "
        f"d.new_row + {offset} AS new_row, {later.number} AS reading) "
        f"FROM {later.table('differences')} d JOIN after ON {of_row.format('d', 'after')}"
    )
    for side in ("old", "new"):
        stage.connection.execute(
            f"DELETE FROM {side}_rows WHERE row IN (SELECT {side}_row FROM before)"
        )
        stage.connection.execute(
            f"INSERT INTO {side}_rows BY NAME SELECT r.* REPLACE (r.row + {offset} AS row) "
            f"FROM {later.table(f'{side}_rows')} r WHERE r.row IN (SELECT {side}_row FROM after)"
        )


def taken_over(stage: Stage, readings: Sequence[Reading]) -> tuple[Reading, ...]:
    """Return the readings that differences are told from."""
    used = stage.connection.execute("SELECT DISTINCT reading FROM differences").fetchall()
    return tuple(reading for reading in readings if (reading.number,) in used)
