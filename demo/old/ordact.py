"""Order processing of the old system: one key, one step (submit, approve, ship, invoice, pay)."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Connection, select, update

from demo.old import ar
from demo.old.codes import STATUSES, as_amount, as_day
from demo.old.rights import require
from demo.old.schema import currency, cust, item, ordh, ordl, stok
from demo.web.accounts import Account
from demo.web.fields import money
from demo.web.refusal import FORBIDDEN, NOT_FOUND, RULE, refuse

__all__ = ["KEYS", "NEEDS", "press"]

#: Key → the letter an order must have.
NEEDS = {"submit": "D", "approve": "W", "reject": "W", "ship": "A", "invoice": "S", "pay": "I"}
#: Letter → the keys shown on the order screen.
KEYS = {
    letter: tuple(key for key, needed in NEEDS.items() if needed == letter) for letter in STATUSES
}


def press(
    db: Connection,
    account: Account,
    orno: str,
    key: str,
    *,
    today: date,
    amount: str = "",
    reference: str = "",
) -> None:
    """Do one step with an order, in the caller's transaction.

    Raise Refusal: 403 for the role or the own order, 404 for an unknown order or key, 409 for a
    wrong status, too little stock or credit, 422 for a wrong amount.
    """
    if key not in NEEDS:
        raise refuse(NOT_FOUND, "page_unknown")
    require(account, key)
    order = db.execute(select(ordh).where(ordh.c.orno == orno)).mappings().first()
    if order is None:
        raise refuse(NOT_FOUND, "order_unknown", number=orno)
    if order["stat"] != NEEDS[key]:
        status = f"key:{STATUSES.get(order['stat'], 'draft')}"
        raise refuse(RULE, "wrong_status", number=orno, status=status)
    decided = {"usra": account.name, "apdt": as_day(today)}
    if key == "submit":
        _lines(db, order)
        _set(db, orno, stat="W")
    elif key == "approve":
        _approve(db, account, order)
        _set(db, orno, stat="A", **decided)
    elif key == "reject":
        _set(db, orno, stat="R", **decided)
    elif key == "ship":
        _ship(db, order)
        _set(db, orno, stat="S")
    elif key == "invoice":
        ar.invoice(db, order, today)
        _set(db, orno, stat="I")
    elif ar.pay(db, order, amount=amount, reference=reference, today=today):
        _set(db, orno, stat="P")


def _set(db: Connection, orno: str, **values: object) -> None:
    db.execute(update(ordh).where(ordh.c.orno == orno).values(**values))


def _lines(db: Connection, order: Any) -> list[Any]:
    """Return the lines with stock; Refusal 409 when the order is beyond repair."""
    query = (
        select(ordl.c.itno, ordl.c.qty, item.c.itno.label("known"), stok.c.qtoh, stok.c.qtal)
        .outerjoin(item, item.c.itno == ordl.c.itno)
        .outerjoin(stok, stok.c.itno == ordl.c.itno)
        .where(ordl.c.orno == order["orno"])
        .order_by(ordl.c.lino)
    )
    lines = list(db.execute(query).mappings())
    buyer = db.scalar(select(cust.c.cuno).where(cust.c.cuno == order["cuno"]))
    broken = buyer is None or any(line["known"] is None or line["qty"] <= 0 for line in lines)
    if broken or not lines:
        raise refuse(RULE, "order_broken", number=order["orno"])
    return lines


def _approve(db: Connection, account: Account, order: Any) -> None:
    if order["usrc"] == account.name:
        raise refuse(FORBIDDEN, "own_order")
    lines = _lines(db, order)
    buyer = db.execute(select(cust).where(cust.c.cuno == order["cuno"])).mappings().one()
    code = buyer["cuno"].strip()
    if buyer["stat"] != "A":
        key = "customer_blocked" if buyer["stat"] == "B" else "customer_closed"
        raise refuse(RULE, key, code=code)
    if buyer["crlm"] and order["tamt"] > buyer["crlm"]:
        unit = currency(order["curr"])
        total, limit = as_amount(order["tamt"]), as_amount(buyer["crlm"])
        shown = {"total": money(total, unit), "limit": money(limit, unit)}
        raise refuse(RULE, "over_credit", code=code, **shown)
    for line in lines:
        free = (line["qtoh"] or 0) - (line["qtal"] or 0)
        _stock(db, line, free, on_hand=0, allocated=line["qty"])


def _ship(db: Connection, order: Any) -> None:
    for line in _lines(db, order):
        released = min(line["qty"], line["qtal"] or 0)
        _stock(db, line, line["qtoh"] or 0, on_hand=-line["qty"], allocated=-released)


def _stock(db: Connection, line: Any, enough: int, *, on_hand: int, allocated: int) -> None:
    if line["qty"] > enough:
        values = {"available": max(0, enough), "wanted": line["qty"]}
        raise refuse(RULE, "stock_short", code=line["itno"].strip(), **values)
    db.execute(
        update(stok)
        .where(stok.c.itno == line["itno"])
        .values(qtoh=stok.c.qtoh + on_hand, qtal=stok.c.qtal + allocated)
    )
