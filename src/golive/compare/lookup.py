"""Look into a recorded result: every difference is in its Parquet file."""

# ruff: noqa: S608  (SQL is built here; every name and value in it is quoted)
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from golive.compare.classifying import UNRESOLVED
from golive.compare.database import literal
from golive.compare.exact import plain

__all__ = ["Row", "count_rows", "find_rows"]

_KEY = "array_to_string(coalesce(new_key, old_key), ' / ')"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One difference as recorded; values as text, the amount as plain decimal text."""

    kind: str
    key: str
    column: str
    old: str | None
    new: str | None
    name: str
    cause: str
    detail: str
    amount: str | None
    #: Digest of all a row on one side holds; empty for values.
    content: str = ""


def count_rows(differences: Path) -> int:
    """Return how many differences there are."""
    query = f"SELECT count(*) FROM read_parquet({literal(str(differences))})"
    row = duckdb.execute(query).fetchone()
    return int(row[0]) if row else 0


def find_rows(
    differences: Path, wanted: Mapping[str, str], most: int, *, unresolved: bool | None = None
) -> tuple[Row, ...]:
    """Return the largest differences that have these values; of either kind unless one is named.

    ``wanted`` maps ``kind``, ``key``, ``column``, ``cause``, ``detail`` or ``class`` to a text.
    """
    names = {"column": "column_name", "key": _KEY}
    tests = [f"{names.get(name, name)} = {literal(value)}" for name, value in wanted.items()]
    if unresolved is not None:
        tests.append(UNRESOLVED if unresolved else f"NOT {UNRESOLVED}")
    found = duckdb.execute(
        f"SELECT kind, {_KEY}, column_name, old_value, new_value, class, cause, detail, amount, "
        f"content FROM read_parquet({literal(str(differences))}) "
        f"WHERE {' AND '.join(['true', *tests])} "
        "ORDER BY coalesce(size, 0) DESC, 2, 3 LIMIT ?",
        [most],
    ).fetchall()
    return tuple(
        Row(
            kind=row[0], key=row[1] or "", column=row[2], old=row[3], new=row[4], name=row[5],
            cause=row[6], detail=row[7],
            amount=None if row[8] is None else plain(row[8]), content=row[9],
        )
        for row in found
    )  # fmt: skip
