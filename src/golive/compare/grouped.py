"""Control totals group by group, and against a third source: offsetting errors cannot hide."""

# ruff: noqa: S608  (SQL is built here; every name and value in it is quoted)
from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from golive.compare.codemaps import Stage
from golive.compare.csvfile import open_csv
from golive.compare.database import identifier
from golive.compare.declared import Written
from golive.compare.definition import ControlTotal
from golive.compare.exact import minus
from golive.compare.whole import Group
from golive.errors import SetupError

__all__ = ["GroupCheck", "check_groups"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupCheck:
    """One control total of one group, in the column's own unit."""

    name: str
    #: Values of the columns it is grouped by, as ``currency JPY``; empty for the whole.
    group: str
    #: What the old system leads one to expect: without merged and rejected rows.
    old: Decimal
    new: Decimal
    tolerance: Decimal
    #: The third source's value, and its file; None where there is none.
    external: Decimal | None = None
    file: str = ""
    #: Of a personal column: that it is off may be said, by how much may not.
    hidden: bool = False

    @property
    def agrees(self) -> bool:
        """True when all that say something of it are within the tolerance of the new system."""
        others = [self.old] if self.external is None else [self.old, self.external]
        return all(minus(self.new, other).copy_abs() <= self.tolerance for other in others)


def check_groups(stage: Stage) -> tuple[GroupCheck, ...]:
    """Add up both sides group by group where a control total asks for it.

    Raise SetupError when a third source is missing or not made of numbers.
    """
    return tuple(
        check
        for total in stage.comparison.control_totals
        if total.by or total.external
        for check in _checks(stage, total)
    )


def _checks(stage: Stage, total: ControlTotal) -> Iterator[GroupCheck]:
    found = stage.whole.groups(total)
    outside = _external(stage, total)
    by = [stage.comparison.column(name) for name in total.by]
    for group in sorted({*found, *outside}):
        old, new = found.get(group, (Decimal(0), Decimal(0)))
        yield GroupCheck(
            name=total.name,
            group=", ".join(
                f"{column.new} {stage.marks.mark(column.new, value) if column.pii else value}"
                for column, value in zip(by, group, strict=True)
            ),
            old=old,
            new=new,
            tolerance=Decimal(str(total.tolerance)),
            external=outside.get(group, Decimal(0)) if total.external else None,
            file=total.external.path if total.external else "",
            hidden=stage.comparison.column(total.column).pii,
        )


def _external(stage: Stage, total: ControlTotal) -> Mapping[Group, Decimal]:
    """Read the third source; several lines of one group are added up."""
    block = total.external
    if block is None:
        return {}
    file = open_csv(
        stage.locate(block.path),
        folder=stage.folder,
        shown=block.path,
        encoding=block.encoding,
        delimiter=block.delimiter,
    )
    names = [block.by.get(name, name) for name in total.by]
    file.require(block.value, *names)
    declared = stage.comparison.column(total.column).declared
    typed = declared.cast(identifier(block.value), Written(numbers=block.numbers))
    groups = "".join(f"coalesce({identifier(name)}, ''), " for name in names)
    rows = stage.connection.execute(
        f"SELECT {groups}sum({typed}), count(*) FILTER ({typed} IS NULL) FROM {file.scan()} "
        "GROUP BY ALL"
    ).fetchall()
    if any(row[-1] for row in rows):
        raise SetupError.of(
            f"file '{block.path}'",
            f"column '{block.value}' has values that are not {declared.sql.lower()}",
            hint="say how they are written: numbers: grouped or european in external",
        )
    return {tuple(row[:-2]): Decimal(row[-2] or 0) for row in rows}
