"""Order entry of the old system: reads the screen, looks up codes as they were typed, stores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, RowMapping, func, insert, select

from demo.old.codes import as_day
from demo.old.rights import require
from demo.old.schema import currency, cust, item, ordh, ordl, prc
from demo.web import fields
from demo.web.accounts import Account
from demo.web.refusal import INVALID, Problem, Refusal

__all__ = ["Entry", "enter", "find_by_code", "next_number"]

_MOST_QTY = 999_999
_MEMO_LENGTH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One order as keyed in, before any look-up."""

    cuno: str
    itno: str
    qty: int
    due: date
    memo: str


def read(form: Mapping[str, str], today: date) -> Entry:
    """Read customer, product, quantity, delivery_date, note; Refusal 422 names all wrong ones."""
    problems: list[Problem] = []
    cuno, itno = (_code(form, name, problems) for name in ("customer", "product"))
    qty = _quantity(form.get("quantity", ""), problems)
    due = _due(form.get("delivery_date", ""), today, problems)
    memo = form.get("note", "").strip()
    if len(memo) > _MEMO_LENGTH:
        problems.append(Problem(key="old_note_long", field="note"))
    if problems:
        raise Refusal(INVALID, *problems)
    return Entry(cuno=cuno, itno=itno, qty=qty, due=due, memo=memo)


def _code(form: Mapping[str, str], name: str, problems: list[Problem]) -> str:
    found = form.get(name, "").strip()
    if not found:
        problems.append(Problem(key=f"{name}_required", field=name))
    return found


def _quantity(text: str, problems: list[Problem]) -> int:
    qty = fields.whole_number(text)
    if qty is None or qty > _MOST_QTY:
        key = "quantity_whole" if qty is None else "quantity_high"
        problems.append(Problem(key=key, field="quantity"))
    return qty or 0


def _due(text: str, today: date, problems: list[Problem]) -> date:
    day = fields.iso_date(text)
    if day is None:
        key = "date_invalid" if text.strip() else "date_required"
        problems.append(Problem(key=key, field="delivery_date"))
    elif day < today:
        problems.append(Problem(key="date_past", field="delivery_date"))
    return day or today


def enter(db: Connection, account: Account, entry: Entry, today: date) -> str:
    """Store an order as a draft and return its number, e.g. ``00000123``.

    Raise Refusal 403 for a role that may not, 422 when customer, product or price will not do.
    """
    require(account, "create")
    problems: list[Problem] = []
    customer = _customer(db, entry.cuno, problems)
    product = _product(db, entry.itno, problems)
    price = 0
    if customer and product:
        code = currency(customer["curr"])
        price = _price(db, product["itno"], code, as_day(today))
        if not price:
            values = {"code": fields.code(entry.itno), "currency": code}
            problems.append(Problem(key="price_missing", field="product", values=values))
    if problems or customer is None or product is None:
        raise Refusal(INVALID, *problems)
    number = next_number(db, ordh.c.orno)
    header = {
        "orno": number,
        "cuno": customer["cuno"],
        "ordt": as_day(today),
        "dldt": as_day(entry.due),
        "curr": customer["curr"] or "CNY",
        "tamt": price * entry.qty,
        "stat": "D",
        "usrc": account.name,
        "note": entry.memo or None,
    }
    db.execute(insert(ordh), header)
    line = {"orno": number, "lino": 1, "itno": product["itno"], "qty": entry.qty}
    db.execute(insert(ordl), line | {"pric": price, "lamt": price * entry.qty})
    return number


def next_number(db: Connection, column: Any) -> str:
    """Return the number after the highest one of a column, e.g. ``00000124``."""
    return f"{int(db.scalar(select(func.max(column))) or 0) + 1:08d}"


def find_by_code(db: Connection, table: Any, column: Any, text: str) -> RowMapping | None:
    """Return the row with a code: as given, else as somebody once typed it (`c00012 `)."""
    exact = db.execute(select(table).where(column == text)).mappings().first()
    if exact is not None:
        return exact
    meant = func.upper(func.trim(column)) == fields.code(text)
    return db.execute(select(table).where(meant).order_by(column)).mappings().first()


def _customer(db: Connection, text: str, problems: list[Problem]) -> RowMapping | None:
    found = find_by_code(db, cust, cust.c.cuno, text)
    if found is not None and found["stat"] == "A":
        return found
    key = "customer_unknown"
    if found is not None:
        key = "customer_blocked" if found["stat"] == "B" else "customer_closed"
    problems.append(Problem(key=key, field="customer", values={"code": fields.code(text)}))
    return None


def _product(db: Connection, text: str, problems: list[Problem]) -> RowMapping | None:
    found = find_by_code(db, item, item.c.itno, text)
    if found is not None and found["stat"] == "A":
        return found
    key = "product_unknown" if found is None else "product_obsolete"
    problems.append(Problem(key=key, field="product", values={"code": fields.code(text)}))
    return None


def _price(db: Connection, itno: str, code: str, day: str) -> int:
    """Return the price in cents on a day, 0 for none; prices entered as RMB count as CNY."""
    query = select(prc).where(prc.c.itno == itno, prc.c.dtfr <= day, prc.c.dtto >= day)
    rows = db.execute(query.order_by(prc.c.dtfr.desc(), prc.c.curr)).mappings()
    return next((row["pric"] for row in rows if currency(row["curr"]) == code), 0)
