"""What the new system's pages and API read; every list comes one page at a time."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Integer, Select, Table, cast, func, or_, select

from demo.new import schema as s
from demo.web import fields
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

_ORDERS = select(
    s.sales_order.c.number,
    s.sales_order.c.order_date,
    s.sales_order.c.delivery_date,
    s.sales_order.c.status,
    s.sales_order.c.total,
    s.sales_order.c.currency_code.label("currency"),
    s.sales_order.c.created_by,
    s.sales_order.c.decided_by,
    s.sales_order.c.decided_on,
    s.sales_order.c.note,
    s.customer.c.code.label("customer"),
    s.customer.c.name.label("customer_name"),
).join(s.customer, s.customer.c.id == s.sales_order.c.customer_id)

_INVOICES = (
    select(
        s.invoice.c.number,
        s.invoice.c.invoice_date,
        s.invoice.c.due_date,
        s.invoice.c.status,
        s.invoice.c.total,
        s.invoice.c.paid,
        s.invoice.c.currency_code.label("currency"),
        s.sales_order.c.number.label("order"),
        s.customer.c.code.label("customer"),
        s.customer.c.name.label("customer_name"),
    )
    .join(s.sales_order, s.sales_order.c.id == s.invoice.c.order_id)
    .join(s.customer, s.customer.c.id == s.invoice.c.customer_id)
)

_PAYMENTS = (
    select(
        s.payment.c.number,
        s.payment.c.payment_date,
        s.payment.c.amount,
        s.payment.c.currency_code.label("currency"),
        s.payment.c.reference,
        s.invoice.c.number.label("invoice"),
        s.sales_order.c.number.label("order"),
    )
    .join(s.invoice, s.invoice.c.id == s.payment.c.invoice_id)
    .join(s.sales_order, s.sales_order.c.id == s.invoice.c.order_id)
)


def _page(
    db: Connection, table: Table, rows: Select[Any], wish: Wish, order_by: Any, *where: Any
) -> Page:
    """Return one page of ``rows``: one row for each of ``table``, which alone ``where`` is about.

    Every join is by a foreign key to a unique key, so the rows are counted without the joins.
    """
    total = db.scalar(select(func.count()).select_from(table).where(*where)) or 0
    query = rows.where(*where).order_by(order_by).limit(wish.size).offset(wish.offset)
    items = tuple(dict(row) for row in db.execute(query).mappings())
    return Page(items=items, total=total, wish=wish)


def _like(wish: Wish, *columns: Any) -> Any:
    return or_(*(column.like(wish.pattern, escape="\\") for column in columns))


def _if_asked(wish: Wish, condition: Any) -> list[Any]:
    return [condition] if wish.text else []


def _buyers(wish: Wish) -> Any:
    return select(s.customer.c.id).where(_like(wish, s.customer.c.code, s.customer.c.name))


def customers(db: Connection, wish: Wish) -> Page:
    """Return customers by code; searched in code, names and city."""
    c = s.customer.c
    query = select(
        c.code,
        c.name,
        c.name_en,
        c.city,
        c.country_code.label("country"),
        c.currency_code.label("currency"),
        c.credit_limit,
        c.status,
    )
    where = _if_asked(wish, _like(wish, c.code, c.name, c.name_en, c.city))
    return _page(db, s.customer, query, wish, c.code, *where)


def customer(db: Connection, code: str) -> dict[str, Any]:
    """Return one customer, all fields; Refusal 404."""
    c = s.customer.c
    found = db.execute(select(s.customer).where(c.code == fields.code(code))).mappings().first()
    if found is None:
        raise refuse(NOT_FOUND, "customer_unknown", code=code)
    hidden = {"id", "country_code", "currency_code", "legacy_code"}
    row = {key: value for key, value in found.items() if key not in hidden}
    return row | {"country": found["country_code"], "currency": found["currency_code"]}


def products(db: Connection, wish: Wish) -> Page:
    """Return products with stock, by code; searched in code and names."""
    p = s.product.c
    query = select(
        p.code,
        p.name,
        p.name_en,
        p.unit,
        p.product_group.label("group"),
        p.status,
        s.stock.c.on_hand,
        s.stock.c.allocated,
    ).outerjoin(s.stock, s.stock.c.product_id == p.id)
    where = _if_asked(wish, _like(wish, p.code, p.name, p.name_en))
    return _page(db, s.product, query, wish, p.code, *where)


def product(db: Connection, code: str) -> dict[str, Any]:
    """Return one product with its stock and ``prices``; Refusal 404."""
    p = s.product.c
    query = (
        select(s.product, s.stock.c.warehouse, s.stock.c.on_hand, s.stock.c.allocated)
        .outerjoin(s.stock, s.stock.c.product_id == p.id)
        .where(p.code == fields.code(code))
    )
    found = db.execute(query).mappings().first()
    if found is None:
        raise refuse(NOT_FOUND, "product_unknown", code=code)
    prices = db.execute(
        select(
            s.price.c.currency_code.label("currency"),
            s.price.c.valid_from,
            s.price.c.valid_to,
            s.price.c.amount,
        )
        .where(s.price.c.product_id == found["id"])
        .order_by(s.price.c.currency_code, s.price.c.valid_from)
    ).mappings()
    hidden = {"id", "legacy_code", "product_group"}
    row = {key: value for key, value in found.items() if key not in hidden}
    return row | {"group": found["product_group"], "prices": [dict(price) for price in prices]}


def orders(db: Connection, wish: Wish) -> Page:
    """Return orders, newest number first; searched in number, customer code and name."""
    o = s.sales_order.c
    where = _if_asked(wish, or_(_like(wish, o.number), o.customer_id.in_(_buyers(wish))))
    if wish.status in s.ORDER_STATUSES:
        where.append(o.status == wish.status)
    return _page(db, s.sales_order, _ORDERS, wish, o.number.desc(), *where)


def order(db: Connection, number: str) -> dict[str, Any]:
    """Return one order with ``lines`` and ``invoice`` (or None); Refusal 404."""
    found = db.execute(_ORDERS.where(s.sales_order.c.number == number)).mappings().first()
    if found is None:
        raise refuse(NOT_FOUND, "order_unknown", number=number)
    line = s.sales_order_line.c
    lines = db.execute(
        select(
            line.line_no,
            s.product.c.code.label("product"),
            s.product.c.name.label("product_name"),
            s.product.c.unit,
            line.quantity,
            line.unit_price,
            line.line_total,
        )
        .join(s.product, s.product.c.id == line.product_id)
        .join(s.sales_order, s.sales_order.c.id == line.order_id)
        .where(s.sales_order.c.number == number)
        .order_by(line.line_no)
    ).mappings()
    bill = db.execute(_INVOICES.where(s.sales_order.c.number == number)).mappings().first()
    return {**found, "lines": [dict(row) for row in lines], "invoice": dict(bill) if bill else None}


def invoices(db: Connection, wish: Wish) -> Page:
    """Return invoices, newest first; searched in number, order and customer."""
    i = s.invoice.c
    ordered = select(s.sales_order.c.id).where(_like(wish, s.sales_order.c.number))
    found = or_(_like(wish, i.number), i.order_id.in_(ordered), i.customer_id.in_(_buyers(wish)))
    return _page(db, s.invoice, _INVOICES, wish, i.number.desc(), *_if_asked(wish, found))


def invoice(db: Connection, number: str) -> dict[str, Any]:
    """Return one invoice with its ``payments``; Refusal 404."""
    found = db.execute(_INVOICES.where(s.invoice.c.number == number)).mappings().first()
    if found is None:
        raise refuse(NOT_FOUND, "invoice_unknown", number=number)
    query = _PAYMENTS.where(s.invoice.c.number == number).order_by(s.payment.c.number)
    return {**found, "payments": [dict(row) for row in db.execute(query).mappings()]}


def payments(db: Connection, wish: Wish) -> Page:
    """Return payments, newest first; searched in number, invoice, order and reference."""
    p, i = s.payment.c, s.invoice.c
    billed = (
        select(i.id)
        .join(s.sales_order, s.sales_order.c.id == i.order_id)
        .where(_like(wish, i.number, s.sales_order.c.number))
    )
    found = or_(_like(wish, p.number, p.reference), p.invoice_id.in_(billed))
    return _page(db, s.payment, _PAYMENTS, wish, p.number.desc(), *_if_asked(wish, found))


def _cents(db: Connection, column: Any) -> Any:
    """Sum exactly: amounts are decimals as text on SQLite, and SUM would make floats of them."""
    if db.dialect.name == "sqlite":
        return func.sum(cast(func.replace(column, ".", ""), Integer))
    return cast(func.sum(column) * 100, Integer)


def trial_balance(db: Connection) -> list[dict[str, Any]]:
    """Return debit, credit and balance of every account and currency that has postings."""
    newest = db.scalar(select(func.max(s.journal_entry.c.number)))
    rows: list[dict[str, Any]] = remembered(db, "balance", newest, lambda: _balances(db))
    return rows


def _balances(db: Connection) -> list[dict[str, Any]]:
    line, entry = s.journal_line.c, s.journal_entry.c
    query = (
        select(
            s.account.c.code,
            s.account.c.name_zh,
            s.account.c.name_en,
            entry.currency_code.label("currency"),
            _cents(db, line.debit).label("debit"),
            _cents(db, line.credit).label("credit"),
        )
        .join(s.journal_entry, entry.id == line.entry_id)
        .join(s.account, s.account.c.code == line.account_code)
        .group_by(s.account.c.code, s.account.c.name_zh, s.account.c.name_en, entry.currency_code)
        .order_by(s.account.c.code, entry.currency_code)
    )
    rows = []
    for row in db.execute(query).mappings():
        debit, credit = Decimal(row["debit"]).scaleb(-2), Decimal(row["credit"]).scaleb(-2)
        amounts = {"debit": debit, "credit": credit, "balance": debit - credit}
        rows.append(dict(row) | amounts)
    return rows


def account_entries(db: Connection, code: str, wish: Wish) -> Page:
    """Return the lines posted to an account, newest first; Refusal 404."""
    if db.scalar(select(s.account.c.code).where(s.account.c.code == code)) is None:
        raise refuse(NOT_FOUND, "account_unknown", code=code)
    line, entry = s.journal_line.c, s.journal_entry.c
    query = select(
        entry.number,
        entry.entry_date,
        entry.currency_code.label("currency"),
        entry.reference,
        entry.description,
        line.debit,
        line.credit,
    ).join(s.journal_entry, entry.id == line.entry_id)
    # coalesce() keeps the index on the account out: walking back the journal finds a page at
    # once, where the index would give a third of the journal to be sorted.
    where = [func.coalesce(line.account_code, "") == code]
    if wish.text:
        asked = select(entry.id).where(_like(wish, entry.number, entry.reference))
        where.append(line.entry_id.in_(asked))
    return _page(db, s.journal_line, query, wish, line.entry_id.desc(), *where)
