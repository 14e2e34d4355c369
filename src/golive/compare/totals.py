"""Control totals: each sum by the source itself, from the snapshot, and across both systems."""

# ruff: noqa: S608  (SQL is built here; every name and value in it is quoted)
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from golive.compare.database import Connection
from golive.compare.definition import Comparison
from golive.contracts import Snapshot
from golive.errors import Problem, SetupError

__all__ = ["TotalCheck", "check_totals", "totals_wanted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TotalCheck:
    """One control total, in the column's own unit."""

    name: str
    old: Decimal
    #: Of old rows that were merged or rejected: not expected in the new system.
    set_aside: Decimal
    new: Decimal
    tolerance: Decimal

    @property
    def difference(self) -> Decimal:
        """New minus what the old system leads one to expect."""
        return self.new - (self.old - self.set_aside)

    @property
    def agrees(self) -> bool:
        """True when the difference is within the tolerance."""
        return abs(self.difference) <= self.tolerance


def totals_wanted(comparison: Comparison, side: str) -> Mapping[str, Mapping[str, object]]:
    """Return what a source is asked to add up: name -> its column and its decimal places."""
    wanted = {}
    for total in comparison.control_totals:
        column = comparison.column(total.column)
        wanted[total.name] = {
            "column": getattr(column, side),
            "scale": column.declared.scale,
        }
    return wanted


def check_totals(
    connection: Connection, comparison: Comparison, old: Snapshot, new: Snapshot
) -> tuple[TotalCheck, ...]:
    """Add up both sides.

    Raise SetupError when a source counted or added up something else than its snapshot holds:
    then rows were lost or bent between the system and golive.
    """
    problems = [*_rows("old", old), *_rows("new", new)]
    checks = []
    for total in comparison.control_totals:
        scale = comparison.column(total.column).declared.scale
        index = comparison.columns.index(comparison.column(total.column))
        sums = {
            "old": _sum(connection, f"SELECT sum(c{index}) FROM old_side"),
            "new": _sum(connection, f"SELECT sum(c{index}) FROM new_side"),
        }
        for side, snapshot in (("old", old), ("new", new)):
            said = snapshot.totals.get(total.name)
            if said is not None and Decimal(said) != sums[side] * 10**scale:
                problems.append(_lost(side, f"control total '{total.name}'", said, sums[side]))
        aside = f"SELECT sum(c{index}) FROM old_side WHERE fate IN ('merged', 'rejected')"
        checks.append(
            TotalCheck(
                name=total.name,
                old=sums["old"],
                new=sums["new"],
                set_aside=_sum(connection, aside),
                tolerance=Decimal(str(total.tolerance)),
            )
        )
    if problems:
        raise SetupError(*problems)
    return tuple(checks)


def _sum(connection: Connection, query: str) -> Decimal:
    row = connection.execute(query).fetchone()
    return Decimal(row[0]) if row and row[0] is not None else Decimal(0)


def _rows(side: str, snapshot: Snapshot) -> list[Problem]:
    said = snapshot.totals.get("rows")
    if said is None or int(said) == snapshot.rows:
        return []
    return [_lost(side, "row count", said, snapshot.rows)]


def _lost(side: str, what: str, said: str, found: object) -> Problem:
    return Problem(
        subject=f"side '{side}'",
        message=f"{what} at the source is {said}, in the snapshot {found}",
        hint="the read was not complete; read again and tell the source's owner",
    )
