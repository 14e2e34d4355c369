"""What the old system's screens and API read; names outside are the company's, not the tables'.

Records are joined outer: an order may name a customer or product that is not there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, Table, case, func, or_, select

from demo.old.codes import LETTERS, STATUSES, as_amount, as_iso
from demo.old.ordentry import find_by_code
from demo.old.schema import arinv, arpay, currency, cust, glacc, gltrn, item, ordh, ordl, prc, stok
from demo.web.paging import Page, Wish
from demo.web.refusal import NOT_FOUND, refuse
from demo.web.remembered import remembered

__all__ = [
    "account_entries",
    "customer",
    "customers",
    "invoice",
    "invoices",
    "order",
    "orders",
    "payments",
    "product",
    "products",
    "trial_balance",
]

_CUSTOMER_STATUSES = {"A": "active", "B": "blocked", "D": "closed"}
_ITEM_STATUSES = {"A": "active", "O": "obsolete"}
_INVOICE_STATUSES = {"O": "open", "P": "paid"}

_ORDERS: Select[Any] = select(ordh, cust.c.cnm1).outerjoin(cust, cust.c.cuno == ordh.c.cuno)
_INVOICES: Select[Any] = select(arinv, cust.c.cnm1).outerjoin(cust, cust.c.cuno == arinv.c.cuno)
_PAYMENTS: Select[Any] = select(arpay, arinv.c.orno).outerjoin(arinv, arinv.c.inno == arpay.c.inno)
_ITEMS: Select[Any] = select(item, stok.c.whse, stok.c.qtoh, stok.c.qtal).outerjoin(
    stok, stok.c.itno == item.c.itno
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _List:
    """A list as a query: rows of one table, with what is joined to them by a unique key."""

    table: Table
    rows: Select[Any]
    newest_first: bool = True

    def page(
        self, db: Connection, wish: Wish, shape: Callable[[RowMapping], dict[str, Any]], *where: Any
    ) -> Page:
        """Return one page; conditions are on ``table`` alone, so they are counted without joins."""
        counted = select(func.count()).select_from(self.table).where(*where)
        keys = self.table.primary_key.columns
        order = [key.desc() if self.newest_first else key for key in keys]
        query = self.rows.where(*where).order_by(*order).limit(wish.size).offset(wish.offset)
        return Page(
            items=tuple(shape(row) for row in db.execute(query).mappings()),
            total=db.scalar(counted) or 0,
            wish=wish,
        )


def _like(wish: Wish, *columns: Any) -> Any:
    return or_(*(column.like(wish.pattern, escape="\\") for column in columns))


def _buyers(wish: Wish) -> Any:
    return select(cust.c.cuno).where(_like(wish, cust.c.cuno, cust.c.cnm1))


def _customer(row: RowMapping) -> dict[str, Any]:
    return {
        "code": row["cuno"],
        "name": row["cnm1"] or "",
        "name_en": row["cnm2"] or "",
        "city": row["city"] or "",
        "country": row["ctry"] or "",
        "currency": row["curr"] or "",
        "credit_limit": as_amount(row["crlm"]),
        "status": _CUSTOMER_STATUSES.get(row["stat"], "closed"),
    }


def customers(db: Connection, wish: Wish) -> Page:
    """Return customers by code; searched in code, names and city."""
    found = _like(wish, cust.c.cuno, cust.c.cnm1, cust.c.cnm2, cust.c.city)
    listed = _List(table=cust, rows=select(cust), newest_first=False)
    return listed.page(db, wish, _customer, *([found] if wish.text else []))


def customer(db: Connection, code: str) -> dict[str, Any]:
    """Return one customer, all fields; Refusal 404."""
    row = find_by_code(db, cust, cust.c.cuno, code)
    if row is None:
        raise refuse(NOT_FOUND, "customer_unknown", code=code)
    return _customer(row) | {
        "address": row["adr1"] or "",
        "tax_number": row["taxn"] or "",
        "phone": row["tel"] or "",
        "email": row["mail"] or "",
        "created_on": as_iso(row["crdt"]),
        "note": row["note"] or "",
    }


def _product(row: RowMapping) -> dict[str, Any]:
    return {
        "code": row["itno"],
        "name": row["itnm"] or "",
        "name_en": row["itn2"] or "",
        "unit": row["unit"] or "",
        "group": row["igrp"] or "",
        "status": _ITEM_STATUSES.get(row["stat"], "obsolete"),
        "on_hand": row["qtoh"] or 0,
        "allocated": row["qtal"] or 0,
    }


def products(db: Connection, wish: Wish) -> Page:
    """Return products with stock, by code; searched in code and names."""
    found = _like(wish, item.c.itno, item.c.itnm, item.c.itn2)
    listed = _List(table=item, rows=_ITEMS, newest_first=False)
    return listed.page(db, wish, _product, *([found] if wish.text else []))


def product(db: Connection, code: str) -> dict[str, Any]:
    """Return one product with its stock and ``prices``; Refusal 404."""
    found = find_by_code(db, item, item.c.itno, code)
    if found is None:
        raise refuse(NOT_FOUND, "product_unknown", code=code)
    row = db.execute(_ITEMS.where(item.c.itno == found["itno"])).mappings().one()
    query = select(prc).where(prc.c.itno == found["itno"]).order_by(prc.c.curr, prc.c.dtfr)
    prices = [
        {
            "currency": price["curr"],
            "valid_from": as_iso(price["dtfr"]),
            "valid_to": "" if price["dtto"] == "99991231" else as_iso(price["dtto"]),
            "amount": as_amount(price["pric"]),
        }
        for price in db.execute(query).mappings()
    ]
    extra = {"warehouse": row["whse"] or "", "note": row["note"] or "", "prices": prices}
    return _product(row) | extra


def _order(row: RowMapping) -> dict[str, Any]:
    return {
        "number": row["orno"],
        "order_date": as_iso(row["ordt"]),
        "delivery_date": as_iso(row["dldt"]),
        "status": STATUSES.get(row["stat"], "draft"),
        "total": as_amount(row["tamt"]),
        "currency": currency(row["curr"]),
        "created_by": row["usrc"],
        "decided_by": row["usra"],
        "decided_on": as_iso(row["apdt"]),
        "note": row["note"],
        "customer": row["cuno"],
        "customer_name": row["cnm1"] or "",
    }


def orders(db: Connection, wish: Wish) -> Page:
    """Return orders, newest number first; searched in number, customer code and name."""
    where = []
    if wish.status in LETTERS:
        where.append(ordh.c.stat == LETTERS[wish.status])
    if wish.text:
        where.append(or_(_like(wish, ordh.c.orno, ordh.c.cuno), ordh.c.cuno.in_(_buyers(wish))))
    return _List(table=ordh, rows=_ORDERS).page(db, wish, _order, *where)


def order(db: Connection, orno: str) -> dict[str, Any]:
    """Return one order with ``lines`` and ``invoice`` (or None); Refusal 404."""
    found = db.execute(_ORDERS.where(ordh.c.orno == orno)).mappings().first()
    if found is None:
        raise refuse(NOT_FOUND, "order_unknown", number=orno)
    query = (
        select(ordl, item.c.itnm, item.c.unit)
        .outerjoin(item, item.c.itno == ordl.c.itno)
        .where(ordl.c.orno == orno)
        .order_by(ordl.c.lino)
    )
    lines = [
        {
            "line_no": line["lino"],
            "product": line["itno"],
            "product_name": line["itnm"] or "",
            "unit": line["unit"] or "",
            "quantity": line["qty"],
            "unit_price": as_amount(line["pric"]),
            "line_total": as_amount(line["lamt"]),
        }
        for line in db.execute(query).mappings()
    ]
    bill = db.execute(_INVOICES.where(arinv.c.orno == orno).limit(1)).mappings().first()
    return _order(found) | {"lines": lines, "invoice": _invoice(bill) if bill else None}


def _invoice(row: RowMapping) -> dict[str, Any]:
    return {
        "number": row["inno"],
        "order": row["orno"],
        "customer": row["cuno"],
        "customer_name": row["cnm1"] or "",
        "invoice_date": as_iso(row["indt"]),
        "due_date": as_iso(row["dudt"]),
        "currency": currency(row["curr"]),
        "total": as_amount(row["iamt"]),
        "paid": as_amount(row["pamt"]),
        "status": _INVOICE_STATUSES.get(row["stat"], "open"),
    }


def invoices(db: Connection, wish: Wish) -> Page:
    """Return invoices, newest first; searched in number, order and customer."""
    found = or_(
        _like(wish, arinv.c.inno, arinv.c.orno, arinv.c.cuno), arinv.c.cuno.in_(_buyers(wish))
    )
    listed = _List(table=arinv, rows=_INVOICES)
    return listed.page(db, wish, _invoice, *([found] if wish.text else []))


def invoice(db: Connection, inno: str) -> dict[str, Any]:
    """Return one invoice with its ``payments``; Refusal 404."""
    found = db.execute(_INVOICES.where(arinv.c.inno == inno)).mappings().first()
    if found is None:
        raise refuse(NOT_FOUND, "invoice_unknown", number=inno)
    query = _PAYMENTS.where(arpay.c.inno == inno).order_by(arpay.c.pyno)
    return _invoice(found) | {"payments": [_payment(row) for row in db.execute(query).mappings()]}


def _payment(row: RowMapping) -> dict[str, Any]:
    return {
        "number": row["pyno"],
        "payment_date": as_iso(row["pydt"]),
        "invoice": row["inno"],
        "order": row["orno"] or "",
        "amount": as_amount(row["pamt"]),
        "currency": currency(row["curr"]),
        "reference": row["refn"] or "",
    }


def payments(db: Connection, wish: Wish) -> Page:
    """Return payments, newest first; searched in number, invoice, order and reference."""
    billed = select(arinv.c.inno).where(_like(wish, arinv.c.orno))
    found = or_(_like(wish, arpay.c.pyno, arpay.c.inno, arpay.c.refn), arpay.c.inno.in_(billed))
    listed = _List(table=arpay, rows=_PAYMENTS)
    return listed.page(db, wish, _payment, *([found] if wish.text else []))


def trial_balance(db: Connection) -> list[dict[str, Any]]:
    """Return debit, credit and balance of every account and currency that has postings."""
    newest = db.scalar(select(func.max(gltrn.c.tjno)))
    rows: list[dict[str, Any]] = remembered(db, "balance", newest, lambda: _balances(db))
    return rows


def _balances(db: Connection) -> list[dict[str, Any]]:
    debit = func.sum(case((gltrn.c.dbcr == "D", gltrn.c.amnt), else_=0)).label("debit")
    credit = func.sum(case((gltrn.c.dbcr == "C", gltrn.c.amnt), else_=0)).label("credit")
    query = select(gltrn.c.acno, gltrn.c.curr, debit, credit).group_by(gltrn.c.acno, gltrn.c.curr)
    names = {row["acno"]: row for row in db.execute(select(glacc)).mappings()}
    rows = []
    for row in db.execute(query.order_by(gltrn.c.acno, gltrn.c.curr)).mappings():
        account = names.get(row["acno"])
        rows.append(
            {
                "code": row["acno"],
                "name_zh": account["acnm"] if account else "",
                "name_en": account["acn2"] if account else "",
                "currency": row["curr"],
                "debit": as_amount(row["debit"]),
                "credit": as_amount(row["credit"]),
                "balance": as_amount(row["debit"] - row["credit"]),
            }
        )
    return rows


def account_entries(db: Connection, acno: str, wish: Wish) -> Page:
    """Return the lines posted to an account, newest first; Refusal 404."""
    if db.scalar(select(glacc.c.acno).where(glacc.c.acno == acno)) is None:
        raise refuse(NOT_FOUND, "account_unknown", code=acno)
    # coalesce() keeps the index on acno out: walking back the journal finds a page at once,
    # where the index would give a third of the journal to be sorted.
    where = [func.coalesce(gltrn.c.acno, "") == acno]
    if wish.text:
        where.append(_like(wish, gltrn.c.tjno, gltrn.c.refn))
    return _List(table=gltrn, rows=select(gltrn)).page(db, wish, _entry, *where)


def _entry(row: RowMapping) -> dict[str, Any]:
    return {
        "number": row["tjno"],
        "entry_date": as_iso(row["tjdt"]),
        "currency": row["curr"],
        "reference": row["refn"] or "",
        "description": row["text"] or "",
        "debit": as_amount(row["amnt"] if row["dbcr"] == "D" else 0),
        "credit": as_amount(row["amnt"] if row["dbcr"] == "C" else 0),
    }
