"""Invoices, payments and their postings in the new system; every entry balances or nothing is.

An invoice debits receivables (1122) and credits revenue (6001) and tax (2221); a payment debits
the bank (1002) and credits receivables.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, insert, select, update

from demo.new.ordering import next_number
from demo.new.schema import invoice, journal_entry, journal_line, net_and_vat, payment
from demo.web import fields
from demo.web.refusal import INVALID, RULE, refuse

__all__ = ["issue", "receive"]

_BANK, _RECEIVABLES, _TAX, _REVENUE = "1002", "1122", "2221", "6001"
_REFERENCE_LENGTH = 40
_ZERO = Decimal("0.00")


def issue(db: Connection, order: Any, today: date, *, term_days: int) -> str:
    """Invoice a shipped order, due in ``term_days``, post it, and return the invoice's number."""
    number = next_number(db, invoice, "INV-")
    row = {
        "number": number,
        "order_id": order["id"],
        "customer_id": order["customer_id"],
        "invoice_date": today,
        "due_date": today + timedelta(days=term_days),
        "currency_code": order["currency_code"],
        "total": order["total"],
        "paid": _ZERO,
        "status": "open",
    }
    db.execute(insert(invoice), row)
    net, tax = net_and_vat(order["total"])
    _post(
        db,
        today,
        order["currency_code"],
        ("invoice", number, f"销售发票 Invoice {number}"),
        ((_RECEIVABLES, order["total"]), (_REVENUE, -net), (_TAX, -tax)),
    )
    return number


def receive(db: Connection, order: Any, *, amount: str, reference: str, today: date) -> bool:
    """Record a payment of an order's invoice and post it; tell whether all is paid now.

    An empty ``amount`` pays what is open. Raise Refusal 422 for an amount that is none or too
    high, 409 when there is no open invoice.
    """
    query = select(invoice).where(invoice.c.order_id == order["id"], invoice.c.status == "open")
    bill = db.execute(query).mappings().first()
    if bill is None:
        raise refuse(RULE, "wrong_status", number=order["number"], status=f"key:{order['status']}")
    due = bill["total"] - bill["paid"]
    paid = due if amount == "" else fields.amount(amount)
    reference = reference.strip()
    if paid is None:
        raise refuse(INVALID, "amount_invalid", about="amount")
    if paid > due:
        shown = fields.money(due, bill["currency_code"])
        raise refuse(INVALID, "amount_high", about="amount", open=shown)
    if len(reference) > _REFERENCE_LENGTH:
        raise refuse(INVALID, "reference_long", about="reference")
    _book(db, bill, paid, reference, today)
    return bool(paid == due)


def _book(db: Connection, bill: Any, paid: Decimal, reference: str, today: date) -> None:
    number = next_number(db, payment, "PAY-")
    row = {
        "number": number,
        "invoice_id": bill["id"],
        "payment_date": today,
        "currency_code": bill["currency_code"],
        "amount": paid,
        "reference": reference or None,
    }
    db.execute(insert(payment), row)
    total = bill["paid"] + paid
    status = "paid" if total == bill["total"] else "open"
    db.execute(update(invoice).where(invoice.c.id == bill["id"]).values(paid=total, status=status))
    _post(
        db,
        today,
        bill["currency_code"],
        ("payment", number, f"收款 Payment {number}"),
        ((_BANK, paid), (_RECEIVABLES, -paid)),
    )


def _post(
    db: Connection,
    day: date,
    currency: str,
    about: tuple[str, str, str],
    lines: tuple[tuple[str, Decimal], ...],
) -> None:
    """Write one entry: positive amounts are debits; ``about`` is origin, reference, text."""
    if sum(amount for _, amount in lines):
        raise AssertionError(f"entry for {about[1]} does not balance: {lines}")
    origin, reference, description = about
    head = {
        "number": next_number(db, journal_entry, "JE-"),
        "entry_date": day,
        "currency_code": currency,
        "origin": origin,
        "reference": reference,
        "description": description,
    }
    entry_id = db.execute(insert(journal_entry).returning(journal_entry.c.id), head).scalar_one()
    rows = [
        {
            "entry_id": entry_id,
            "line_no": line_no,
            "account_code": account,
            "debit": max(amount, _ZERO),
            "credit": max(-amount, _ZERO),
        }
        for line_no, (account, amount) in enumerate((e for e in lines if e[1]), start=1)
    ]
    db.execute(insert(journal_line), rows)
