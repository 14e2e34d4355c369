"""Apply approved acceptances to what is open: all of one, or, beyond its maxima, none of it."""

# ruff: noqa: S608  (SQL is built here; every name and value in it is quoted)
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from golive.compare.classifying import UNRESOLVED
from golive.compare.codemaps import Stage
from golive.compare.database import Connection, literal
from golive.compare.exact import plain
from golive.compare.register import Acceptance

__all__ = ["Applied", "accept"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What became of one acceptance in this comparison."""

    id: str
    sort: str
    reason: str
    requested_by: str
    approved_by: str
    expires: str
    #: How many differences it fits, and the sum of their absolute amounts.
    count: int
    #: Empty where it is of a personal column.
    amount: str
    #: Empty when they are accepted; else why they are open again, in both languages.
    refused: str = ""
    refused_zh: str = ""


def accept(stage: Stage, acceptances: Iterable[Acceptance], day: date) -> tuple[Applied, ...]:
    """Give what is accepted the class ``accepted:<id>``; the first that fits counts."""
    return tuple(_apply(stage, item, day) for item in acceptances)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fitting:
    """What an acceptance fits: how many, and their amounts without signs; None: not known."""

    count: int
    amount: Decimal | None
    #: Of a personal column.
    hidden: bool

    @property
    def told(self) -> str:
        """The amount as plain decimal text, where it may be told."""
        return "" if self.hidden or self.amount is None else plain(self.amount)


def _apply(stage: Stage, item: Acceptance, day: date) -> Applied:
    fits = _fits(stage.connection, item)
    found = _measured(stage, item, fits)
    refused = _refused(item, found, day) if found.count else ("", "")
    if found.count and not refused[0]:
        stage.connection.execute(
            f"UPDATE differences SET class = {literal(f'accepted:{item.id}')} WHERE {fits}"
        )
    return Applied(
        id=item.id,
        sort=item.sort,
        reason=item.reason,
        requested_by=item.requested_by,
        approved_by=item.approved_by,
        expires=item.expires,
        count=found.count,
        amount=found.told,
        refused=refused[0],
        refused_zh=refused[1],
    )


def _measured(stage: Stage, item: Acceptance, fits: str) -> _Fitting:
    """Count what an acceptance fits and add it up.

    A number that differs by less than the smallest amount counts as that, and one that differs by
    more than an amount can hold makes the sum unknown: neither goes unbounded.
    """
    spec = stage.comparison
    names = {column.new: column for column in spec.columns}
    column = names.get(item.column)
    number = column is not None and column.declared.name in {"decimal", "int", "double"}
    least = f"greatest(abs(amount), {_LEAST})" if number else "abs(amount)"
    unknown = "amount IS NULL" if number else "false"
    row = stage.connection.execute(
        f"SELECT count(*), coalesce(sum({least}), 0), count(*) FILTER ({unknown}) "
        f"FROM differences WHERE {fits}"
    ).fetchone() or (0, 0, 0)
    index = spec.amount_column
    judged = column if column is not None else None if index is None else spec.columns[index]
    return _Fitting(
        count=int(row[0]),
        amount=None if row[2] else Decimal(row[1]),
        hidden=judged is not None and judged.pii,
    )


#: The smallest amount ``differences`` can hold.
_LEAST = "0.000001"


def _refused(item: Acceptance, found: _Fitting, day: date) -> tuple[str, str]:
    """Return why an acceptance does not hold, in English and Chinese; empty when it does."""
    if not item.holds(day):
        return f"expired on {item.expires}", f"已于 {item.expires} 到期"
    if found.count > item.max_count:
        return (
            f"fits {found.count:,} differences, at most {item.max_count:,} are accepted",
            f"符合 {found.count:,} 处差异，最多接受 {item.max_count:,} 处",
        )
    if found.amount is None or found.amount > Decimal(item.max_amount):
        told = f"{Decimal(found.told):,f}" if found.told else "a larger sum"
        told_zh = f"金额 {Decimal(found.told):,f}" if found.told else "金额超限"
        return (
            f"fits {told} in amount, at most {item.max_amount} is accepted",
            f"{told_zh}，最多接受 {item.max_amount}",
        )
    return "", ""


def _fits(connection: Connection, item: Acceptance) -> str:
    """Return the SQL condition of what an acceptance covers."""
    tests = [
        UNRESOLVED,
        f"kind = {literal(item.kind)}",
        f"column_name = {literal(item.column)}",
    ]
    if not item.values:
        tests.append(f"cause = {literal(item.cause)}")
        if item.detail:
            tests.append(f"detail = {literal(item.detail)}")
        return " AND ".join(tests)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE accepted_values "
        "(key VARCHAR, old VARCHAR, new VARCHAR, content VARCHAR)"
    )
    connection.executemany(
        "INSERT INTO accepted_values VALUES (?, ?, ?, ?)",
        [[value.get(name) for name in ("key", "old", "new", "content")] for value in item.values],
    )
    # Every digit of both values, and all a row on one side holds: anything else is open again.
    same = (
        "v.key = array_to_string(coalesce(new_key, old_key), ' / ') "
        "AND v.old IS NOT DISTINCT FROM old_value AND v.new IS NOT DISTINCT FROM new_value "
        "AND v.content = differences.content"
    )
    tests.append(f"EXISTS (SELECT 1 FROM accepted_values v WHERE {same})")
    return " AND ".join(tests)
