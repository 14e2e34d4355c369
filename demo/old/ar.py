"""Receivables of the old system: invoices, payments and their vouchers, all in cents.

An invoice debits 1122 and credits 6001 (CNY) or 6002 (else) and 2221; a payment debits 1002 and
credits 1122.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, update

from demo.old.codes import STATUSES, as_amount, as_cents, as_day
from demo.old.ordentry import next_number
from demo.old.schema import arinv, arpay, currency, gltrn, net_and_vat
from demo.web import fields
from demo.web.refusal import INVALID, RULE, refuse

__all__ = ["invoice", "pay"]

_TERM_DAYS = 30
_REFERENCE_LENGTH = 40


def invoice(db: Connection, order: Any, today: date) -> str:
    """Invoice a shipped order, post it, and return the invoice's number."""
    if order["tamt"] <= 0:
        raise refuse(RULE, "total_zero", number=order["orno"])
    number = next_number(db, arinv.c.inno)
    row = {
        "inno": number,
        "orno": order["orno"],
        "cuno": order["cuno"],
        "indt": as_day(today),
        "dudt": as_day(today + timedelta(days=_TERM_DAYS)),
        "curr": order["curr"],
        "iamt": order["tamt"],
        "pamt": 0,
        "stat": "O",
    }
    db.execute(insert(arinv), row)
    unit = currency(order["curr"])
    net, vat = net_and_vat(order["tamt"])
    revenue = "6001" if unit == "CNY" else "6002"
    lines = (("1122", order["tamt"]), (revenue, -net), ("2221", -vat))
    _voucher(db, today, unit, f"IN{number}", "销售发票 Invoice", lines)
    return number


def pay(db: Connection, order: Any, *, amount: str, reference: str, today: date) -> bool:
    """Record a payment of an order's invoice and post it; tell whether all is paid now.

    An empty ``amount`` pays what is open. Raise Refusal 422 for an amount that is none or too
    high, 409 when there is no open invoice.
    """
    query = select(arinv).where(arinv.c.orno == order["orno"], arinv.c.stat == "O")
    bill = db.execute(query.order_by(arinv.c.inno)).mappings().first()
    if bill is None:
        status = f"key:{STATUSES[order['stat']]}"
        raise refuse(RULE, "wrong_status", number=order["orno"], status=status)
    due = bill["iamt"] - bill["pamt"]
    cents = _cents(amount, due, currency(bill["curr"]))
    reference = reference.strip()
    if len(reference) > _REFERENCE_LENGTH:
        raise refuse(INVALID, "reference_long", about="reference")
    _book(db, bill, cents, reference, today)
    return bool(cents == due)


def _cents(amount: str, due: int, unit: str) -> int:
    if amount == "":
        return due
    typed = fields.amount(amount)
    if typed is None:
        raise refuse(INVALID, "amount_invalid", about="amount")
    if as_cents(typed) > due:
        shown = fields.money(as_amount(due), unit)
        raise refuse(INVALID, "amount_high", about="amount", open=shown)
    return as_cents(typed)


def _book(db: Connection, bill: Any, cents: int, reference: str, today: date) -> None:
    number = next_number(db, arpay.c.pyno)
    row = {"pyno": number, "inno": bill["inno"], "pydt": as_day(today), "curr": bill["curr"]}
    db.execute(insert(arpay), row | {"pamt": cents, "refn": reference or None})
    paid = bill["pamt"] + cents
    stat = "P" if paid == bill["iamt"] else "O"
    db.execute(update(arinv).where(arinv.c.inno == bill["inno"]).values(pamt=paid, stat=stat))
    lines = (("1002", cents), ("1122", -cents))
    _voucher(db, today, currency(bill["curr"]), f"PY{number}", "收款 Payment", lines)


def _voucher(
    db: Connection,
    day: date,
    unit: str,
    reference: str,
    text: str,
    lines: tuple[tuple[str, int], ...],
) -> None:
    """Write one voucher: positive amounts are debits."""
    if sum(cents for _, cents in lines):
        message = f"voucher for {reference} does not balance: {lines}"
        raise AssertionError(message)
    number = next_number(db, gltrn.c.tjno)
    rows = [
        {
            "tjno": number,
            "tlno": tlno,
            "tjdt": as_day(day),
            "acno": account,
            "curr": unit,
            "dbcr": "D" if cents > 0 else "C",
            "amnt": abs(cents),
            "refn": reference,
            "text": text,
        }
        for tlno, (account, cents) in enumerate((e for e in lines if e[1]), start=1)
    ]
    db.execute(insert(gltrn), rows)
