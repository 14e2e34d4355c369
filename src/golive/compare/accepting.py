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
    amount: str
    #: Empty when they are accepted; else why they are open again.
    refused: str = ""


def accept(stage: Stage, acceptances: Iterable[Acceptance], day: date) -> tuple[Applied, ...]:
    """Give what is accepted the class ``accepted:<id>``; the first that fits counts."""
    return tuple(_apply(stage.connection, item, day) for item in acceptances)


def _apply(connection: Connection, item: Acceptance, day: date) -> Applied:
    fits = _fits(connection, item)
    row = connection.execute(
        f"SELECT count(*), coalesce(sum(abs(amount)), 0) FROM differences WHERE {fits}"
    ).fetchone()
    count, amount = (int(row[0]), Decimal(row[1])) if row else (0, Decimal(0))
    refused = ""
    if not item.holds(day):
        refused = f"expired on {item.expires}"
    elif count > item.max_count:
        refused = f"fits {count:,} differences, at most {item.max_count:,} are accepted"
    elif amount > Decimal(item.max_amount):
        refused = f"fits {amount.normalize():,f} in amount, at most {item.max_amount} is accepted"
    elif count:
        connection.execute(
            f"UPDATE differences SET class = {literal(f'accepted:{item.id}')} WHERE {fits}"
        )
    return Applied(
        id=item.id,
        sort=item.sort,
        reason=item.reason,
        requested_by=item.requested_by,
        approved_by=item.approved_by,
        expires=item.expires,
        count=count,
        amount=f"{amount.normalize():f}",
        refused=refused if count else "",
    )


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
        "(key VARCHAR, old VARCHAR, new VARCHAR, amount DECIMAL(38,6))"
    )
    connection.executemany(
        "INSERT INTO accepted_values VALUES (?, ?, ?, ?)",
        [[value["key"], value["old"], value["new"], value["amount"]] for value in item.values],
    )
    # A number is the same difference while its amount is; anything else while both values are.
    same = (
        "v.key = array_to_string(coalesce(new_key, old_key), ' / ') AND CASE "
        "WHEN differences.amount IS NOT NULL THEN v.amount = differences.amount "
        "ELSE v.old IS NOT DISTINCT FROM old_value "
        "AND v.new IS NOT DISTINCT FROM new_value END"
    )
    tests.append(f"EXISTS (SELECT 1 FROM accepted_values v WHERE {same})")
    return " AND ".join(tests)
