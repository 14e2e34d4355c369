"""Control totals: each sum by the source itself, from the snapshot, and across both systems."""

# ruff: noqa: S608  (SQL is built here; every name and value in it is quoted)
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from golive.compare.database import Connection
from golive.compare.definition import Comparison, ControlTotal
from golive.compare.exact import minus, plus, units
from golive.compare.marks import HIDDEN
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
    #: Of a personal column: that it is off may be said, by how much may not.
    hidden: bool = False

    @property
    def difference(self) -> Decimal:
        """New minus what the old system leads one to expect."""
        return minus(self.new, minus(self.old, self.set_aside))

    @property
    def agrees(self) -> bool:
        """True when the difference is within the tolerance."""
        return self.difference.copy_abs() <= self.tolerance


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
    connection: Connection,
    comparison: Comparison,
    old: Snapshot,
    new: Snapshot,
    settled: Mapping[str, Decimal],
) -> tuple[TotalCheck, ...]:
    """Add up both sides; ``settled``: what each total is of equal rows that are not here.

    Raise SetupError when a source counted or added up something else than its snapshot holds:
    then rows were lost or bent between the system and golive.
    """
    problems = [*_rows("old", old), *_rows("new", new)]
    sums = {
        side: [
            plus(here, settled.get(total.name, Decimal(0)))
            for total, here in zip(
                comparison.control_totals, _sums(connection, comparison, side), strict=True
            )
        ]
        for side in ("old", "new")
    }
    aside = (
        _sums(connection, comparison, "old", "WHERE fate IN ('merged', 'rejected')")
        if comparison.accounted is not None
        else [Decimal(0)] * len(comparison.control_totals)
    )
    checks = []
    for number, total in enumerate(comparison.control_totals):
        scale = comparison.column(total.column).declared.scale
        for side, snapshot in (("old", old), ("new", new)):
            said, found = snapshot.totals.get(total.name), sums[side][number]
            if said is not None and Decimal(said) != units(found, scale):
                what = f"control total '{total.name}'"
                problems.append(_lost(side, what, *_told(comparison, total, said, found)))
        checks.append(
            TotalCheck(
                name=total.name,
                old=sums["old"][number],
                new=sums["new"][number],
                set_aside=aside[number],
                tolerance=Decimal(str(total.tolerance)),
                hidden=comparison.column(total.column).pii,
            )
        )
    if problems:
        raise SetupError(*problems)
    return tuple(checks)


def _sums(
    connection: Connection, comparison: Comparison, side: str, where: str = ""
) -> list[Decimal]:
    """Add up every control total of a side in one read of it."""
    columns = [
        comparison.columns.index(comparison.column(total.column))
        for total in comparison.control_totals
    ]
    if not columns:
        return []
    wanted = ", ".join(f"sum(c{index})" for index in columns)
    row = connection.execute(f"SELECT {wanted} FROM {side}_side {where}").fetchone() or ()
    return [Decimal(value) if value is not None else Decimal(0) for value in row]


def _told(
    comparison: Comparison, total: ControlTotal, said: str, found: Decimal
) -> tuple[str, object]:
    return (HIDDEN, HIDDEN) if comparison.column(total.column).pii else (said, found)


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
