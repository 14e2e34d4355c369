"""Loads the opening balances into the new general ledger; refuses when they do not balance."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from databases import new
from job import read_rows, refuse, start
from ledger import faults
from loading import ids, load

if TYPE_CHECKING:
    from sqlalchemy import Connection


def main() -> None:
    """Load the batch `ledger`; safe to repeat by the same attempt, refused for another."""
    job = start(__doc__ or "")
    balances = read_rows(job.cleansed / "ledger_balances.csv")
    found = faults(balances, read_rows(job.cleansed / "invoices.csv"))
    if found:
        refuse(f"ledger: {'; '.join(found)}")
    parts = (
        (new.journal_entry, lambda _: _entries(balances)),
        (new.journal_line, lambda db: _lines(db, balances)),
    )
    load(job, "ledger", parts)


def _number(currency: str, balances: list[dict[str, Any]]) -> str:
    currencies = sorted({row["currency_code"] for row in balances})
    return f"JE-{currencies.index(currency) + 1:06d}"


def _entries(balances: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "number": _number(currency, balances),
            "entry_date": date.fromisoformat(balances[0]["as_of"]),
            "currency_code": currency,
            "origin": "opening",
            "description": f"期初余额 Opening balance {currency}",
        }
        for currency in sorted({row["currency_code"] for row in balances})
    ]


def _lines(db: Connection, balances: list[dict[str, Any]]) -> list[dict[str, Any]]:
    known = ids(db, new.journal_entry, "number")
    lines = []
    for position, row in enumerate(balances, start=1):
        balance = Decimal(row["balance"])
        lines.append(
            {
                "entry_id": known[_number(row["currency_code"], balances)],
                "line_no": position,
                "account_code": row["account_code"],
                "debit": max(balance, Decimal(0)),
                "credit": max(-balance, Decimal(0)),
            }
        )
    return lines


if __name__ == "__main__":
    main()
