"""Turns the texts of a cleansed file into the values its table takes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from databases import new
from sqlalchemy import Date, Integer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from job import Row
    from sqlalchemy import Table


def values(table: Table, columns: Sequence[str], rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Give the rows' `columns` as the table's own types; an empty text is None."""
    readers = [(name, _reader(table, name)) for name in columns]
    return [
        {name: read(row[name]) if row[name] else None for name, read in readers} for row in rows
    ]


def _reader(table: Table, name: str) -> Callable[[str], Any]:
    kind = table.c[name].type
    if isinstance(kind, new.Money):
        return Decimal
    if isinstance(kind, Date):
        return date.fromisoformat
    return int if isinstance(kind, Integer) else str
