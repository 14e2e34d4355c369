"""Add up the rows of one key where one row of the other system stands for several.

``<side>_parts`` are the rows as read; ``<side>_side`` has one row for each key, with ``row`` the
number of the first of them and ``parts`` how many they were. Rows without a whole key, and old ones
that were merged or rejected, stay by themselves.
"""

# ruff: noqa: S608  (SQL is built here; every name and value in it is quoted)
from __future__ import annotations

from collections.abc import Iterator

from golive.compare.codemaps import Stage
from golive.compare.shapes import shape
from golive.errors import Problem, SetupError

__all__ = ["add_up", "rows_of"]


def add_up(stage: Stage, side: str) -> None:
    """Build ``<side>_side`` from ``<side>_parts``.

    Raise SetupError when a column that is not added up has several values in the rows of a key:
    none of them could stand for all.
    """
    problems = tuple(_several(stage, side))
    if problems:
        raise SetupError(*problems)
    spec = stage.comparison
    parts = ["min(row) AS row", *_keys(stage), "count(*) AS parts"]
    for index, column in enumerate(spec.columns):
        name = f"c{index}"
        if column.sum:
            # Cast back so that no sum is silently wider, or rounded: one too large is an error.
            parts.append(f"CAST(sum({name}) AS {column.declared.sql}) AS {name}")
        else:
            parts.append(f"any_value({name}) AS {name}")
        if side == "old" and column.mapped:
            parts += [f"any_value({letter}{index}) AS {letter}{index}" for letter in "eu"]
    parts += ["fate"] if side == "old" else []
    stage.connection.execute(
        f"CREATE TABLE {side}_side AS SELECT {', '.join(parts)} FROM {side}_parts "
        f"GROUP BY {_group(stage, side)}"
    )


def rows_of(stage: Stage, side: str, read: int) -> tuple[int, int]:
    """Return how many rows of a side are compared, and how many read rows they hold.

    ``read`` are the rows the source delivered; without a sum both are these.
    """
    if side not in stage.comparison.summed:
        return read, read
    row = stage.connection.execute(
        f"SELECT count(*), coalesce(sum(parts), 0) FROM {side}_side"
    ).fetchone() or (0, 0)
    # A row that was counted where it lies stands for itself: no other has its key.
    settled = stage.whole.settled.rows
    return int(row[0]) + settled, int(row[1]) + settled


def _keys(stage: Stage) -> list[str]:
    return [f"k{index}" for index in range(len(stage.comparison.key))]


def _group(stage: Stage, side: str) -> str:
    """Return what rows have in common that are added up."""
    alone = [f"{key} IS NULL" for key in _keys(stage)]
    fate = ["fate"] if side == "old" else []
    alone += [f"{name} IS NOT NULL" for name in fate]
    return ", ".join([*_keys(stage), *fate, f"CASE WHEN {' OR '.join(alone)} THEN row END"])


def _several(stage: Stage, side: str) -> Iterator[Problem]:
    """Yield each column whose rows of one key do not agree and are not added up."""
    spec = stage.comparison
    key = " || ' / ' || ".join(f"coalesce(CAST({name} AS VARCHAR), '')" for name in _keys(stage))
    for index, column in enumerate(spec.columns):
        if column.sum:
            continue
        name = f"c{index}"
        row = stage.connection.execute(
            f"SELECT count(*), min(key) FROM (SELECT any_value({key}) AS key FROM {side}_parts "
            f"GROUP BY {_group(stage, side)} HAVING min({name}) IS DISTINCT FROM max({name}) "
            f"OR count({name}) NOT IN (0, count(*)))"
        ).fetchone()
        if row and row[0]:
            example = shape(row[1]) if any(part.pii for part in spec.key) else row[1]
            yield Problem(
                subject=f"{side} column '{getattr(column, side)}'",
                message=f"has several values in the rows of {row[0]:,} keys that are added up, "
                f"e.g. of '{example}'",
                hint="add it up too (sum), make it part of the key, or ignore it",
            )
