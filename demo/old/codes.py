"""One letter in the tables, one word outside: the old system's status codes and texts of dates."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

__all__ = ["LETTERS", "ROLES", "STATUSES", "as_amount", "as_cents", "as_day", "as_iso"]

#: ordh.stat → the status's name, in the order an order passes them.
STATUSES = {
    "D": "draft",
    "W": "awaiting_approval",
    "A": "approved",
    "R": "rejected",
    "S": "shipped",
    "I": "invoiced",
    "P": "paid",
}
LETTERS = {name: letter for letter, name in STATUSES.items()}
#: usr.role → the role's name.
ROLES = {"C": "clerk", "A": "approver", "F": "finance", "X": "admin"}
_NO_DAY = "00000000"


def as_day(day: date) -> str:
    """Return a date as the tables hold it: 20261231."""
    return day.strftime("%Y%m%d")


def as_iso(stored: str | None) -> str:
    """Return a stored date as people read it, 2026-12-31; an empty text for none."""
    if not stored or stored == _NO_DAY or len(stored) != len(_NO_DAY):
        return ""
    return f"{stored[:4]}-{stored[4:6]}-{stored[6:]}"


def as_amount(cents: int | None) -> Decimal:
    """Return cents as an exact amount with two decimals."""
    return Decimal(cents or 0).scaleb(-2)


def as_cents(amount: Decimal) -> int:
    """Return an amount with at most two decimals as cents."""
    return int(amount.scaleb(2))
