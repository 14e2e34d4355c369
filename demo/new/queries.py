"""What the new system's pages and API read; every list comes one page at a time."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Integer, Select, cast, func, or_, select

from demo.new import schema as s
from demo.web.paging import Page, Wish
from demo.web.refusal import NOT_FOUND, refuse

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


def _page(db: Connection, query: Select[Any], wish: Wish, order_by: Any) -> Page:
    total = db.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    rows = db.execute(query.order_by(order_by).limit(wish.size).offset(wish.offset)).mappings()
    return Page(items=tuple(dict(row) for row in rows), total=total, wish=wish)


def _matching(query: Select[Any], wish: Wish, *columns: Any) -> Select[Any]:
    if not wish.text:
        return query
    return query.where(or_(*(column.like(wish.pattern, escape="\\") for column in columns)))


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
    return _page(db, _matching(query, wish, c.code, c.name, c.name_en, c.city), wish, c.code)


def customer(db: Connection, code: str) -> dict[str, Any]:
    """Return one customer, all fields; Refusal 404."""
    c = s.customer.c
    found = db.execute(select(s.customer).where(c.code == code)).mappings().first()
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
    return _page(db, _matching(query, wish, p.code, p.name, p.name_en), wish, p.code)


def product(db: Connection, code: str) -> dict[str, Any]:
    """Return one product with its stock and ``prices``; Refusal 404."""
    p = s.product.c
    query = (
        select(s.product, s.stock.c.warehouse, s.stock.c.on_hand, s.stock.c.allocated)
        .outerjoin(s.stock, s.stock.c.product_id == p.id)
        .where(p.code == code)
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
    query: Select[Any] = _ORDERS
    if wish.status in s.ORDER_STATUSES:
        query = query.where(s.sales_order.c.status == wish.status)
    query = _matching(query, wish, s.sales_order.c.number, s.customer.c.code, s.customer.c.name)
    return _page(db, query, wish, s.sales_order.c.number.desc())


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
    columns = (s.invoice.c.number, s.sales_order.c.number, s.customer.c.code, s.customer.c.name)
    query = _matching(_INVOICES, wish, *columns)
    return _page(db, query, wish, s.invoice.c.number.desc())


def invoice(db: Connection, number: str) -> dict[str, Any]:
    """Return one invoice with its ``payments``; Refusal 404."""
    found = db.execute(_INVOICES.where(s.invoice.c.number == number)).mappings().first()
    if found is None:
        raise refuse(NOT_FOUND, "invoice_unknown", number=number)
    query = _PAYMENTS.where(s.invoice.c.number == number).order_by(s.payment.c.number)
    return {**found, "payments": [dict(row) for row in db.execute(query).mappings()]}


def payments(db: Connection, wish: Wish) -> Page:
    """Return payments, newest first; searched in number, invoice, order and reference."""
    columns = (
        s.payment.c.number,
        s.invoice.c.number,
        s.sales_order.c.number,
        s.payment.c.reference,
    )
    query = _matching(_PAYMENTS, wish, *columns)
    return _page(db, query, wish, s.payment.c.number.desc())


def _cents(db: Connection, column: Any) -> Any:
    """Sum exactly: amounts are decimals as text on SQLite, and SUM would make floats of them."""
    if db.dialect.name == "sqlite":
        return func.sum(cast(func.replace(column, ".", ""), Integer))
    return cast(func.sum(column) * 100, Integer)


def trial_balance(db: Connection) -> list[dict[str, Any]]:
    """Return debit, credit and balance of every account and currency that has postings."""
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
    query = (
        select(
            entry.number,
            entry.entry_date,
            entry.currency_code.label("currency"),
            entry.reference,
            entry.description,
            line.debit,
            line.credit,
        )
        .join(s.journal_entry, entry.id == line.entry_id)
        .where(line.account_code == code)
    )
    return _page(db, _matching(query, wish, entry.number, entry.reference), wish, entry.id.desc())
