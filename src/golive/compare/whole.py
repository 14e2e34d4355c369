"""What is asked about all rows of a side, wherever they are: here, or still in their server.

Most of a comparison looks only at rows that differ. A few questions need every row: how common a
value is, the last day, sums by group.
"""

# ruff: noqa: S608  (SQL is built here; every name and value in it is quoted)
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from golive.compare.database import Connection, literal
from golive.compare.definition import Comparison, ControlTotal
from golive.compare.matching import expected

__all__ = ["Group", "LocalRows", "Settled", "Whole", "as_told", "value_test"]

Group = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """Pairs of equal rows that were counted where they lie and never came here."""

    rows: int = 0
    #: Control total -> what these rows add up to, in the column's own unit.
    sums: Mapping[str, Decimal] = field(default_factory=dict)


class Whole(Protocol):
    """Answers for all rows of ``old`` or ``new``; columns are named as typed: ``k0``, ``c3``."""

    @property
    def settled(self) -> Settled:
        """What was counted without being read."""

    def shares(self, side: str, asked: Sequence[tuple[str, str]]) -> Sequence[float]:
        """Return, for each (column, value as text), the share of rows with it, 0 to 1."""

    def last_day(self, side: str, index: int) -> str | None:
        """Return the last day a date or timestamp column has, as ISO text; None without any."""

    def since(self, side: str, index: int, day: str) -> tuple[int, int]:
        """Return how many rows have a column at or after the start of a day, and how many are."""

    def groups(self, total: ControlTotal) -> Mapping[Group, tuple[Decimal, Decimal]]:
        """Return group -> what a control total adds up to in it, old and new.

        The old one is without rows that were merged or rejected.
        """


def value_test(column: str, value: str) -> str:
    """Return DuckDB's SQL condition of a typed column having a value, given as text."""
    return f"CAST({column} AS VARCHAR) = {literal(value)}"


def as_told(value: str) -> str:
    """Return DuckDB's SQL of a value as groups are told."""
    return f"coalesce(CAST({value} AS VARCHAR), '')"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalRows:
    """All rows are here: ``old_side`` and ``new_side``."""

    connection: Connection
    comparison: Comparison
    settled: Settled = Settled()

    def shares(self, side: str, asked: Sequence[tuple[str, str]]) -> Sequence[float]:
        """As :meth:`Whole.shares`; a side is read once for all that is asked."""
        tests = ", ".join(
            f"count(*) FILTER ({value_test(column, value)}) / count(*)" for column, value in asked
        )
        return self.connection.execute(f"SELECT {tests} FROM {side}_side").fetchone() or ()

    def last_day(self, side: str, index: int) -> str | None:
        """As :meth:`Whole.last_day`."""
        row = self.connection.execute(
            f"SELECT CAST(CAST(date_trunc('day', max(c{index})) AS DATE) AS VARCHAR) "
            f"FROM {side}_side"
        ).fetchone()
        return row[0] if row else None

    def since(self, side: str, index: int, day: str) -> tuple[int, int]:
        """As :meth:`Whole.since`."""
        row = self.connection.execute(
            f"SELECT count(*) FILTER (c{index} >= {literal(day)}::DATE), count(*) FROM {side}_side"
        ).fetchone()
        return (int(row[0]), int(row[1])) if row else (0, 0)

    def groups(self, total: ControlTotal) -> Mapping[Group, tuple[Decimal, Decimal]]:
        """As :meth:`Whole.groups`."""
        spec = self.comparison
        value = spec.columns.index(spec.column(total.column))
        by = [spec.columns.index(spec.column(name)) for name in total.by]
        groups = "".join(f"g{index}, " for index in range(len(by)))
        old = "".join(f"{as_told(expected(spec, item))} AS g{i}, " for i, item in enumerate(by))
        new = "".join(f"{as_told(f'n.c{item}')} AS g{i}, " for i, item in enumerate(by))
        rows = self.connection.execute(
            f"SELECT {groups}sum(old), sum(new) FROM ("
            f"SELECT {old}o.c{value} AS old, NULL AS new FROM old_side o "
            "WHERE fate IS NULL OR fate NOT IN ('merged', 'rejected') "
            f"UNION ALL SELECT {new}NULL, n.c{value} FROM new_side n) GROUP BY ALL"
        ).fetchall()
        return {tuple(row[:-2]): (Decimal(row[-2] or 0), Decimal(row[-1] or 0)) for row in rows}
