"""Taking an order in the new system: what was typed, checked against master data, then stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, RowMapping, func, insert, or_, select

from demo.new.roles import require
from demo.new.schema import customer, price, product, sales_order, sales_order_line
from demo.web import fields
from demo.web.accounts import Account
from demo.web.refusal import INVALID, Problem, Refusal

__all__ = ["OrderForm", "next_number", "place"]

_MOST = 999_999
_NOTE_LENGTH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderForm:
    """An order as typed, well formed but not yet checked against master data."""

    customer: str
    product: str
    quantity: int
    delivery_date: date
    note: str

    @classmethod
    def read(cls, form: Mapping[str, str], today: date) -> OrderForm:
        """Read the fields; Refusal 422 names every field that is wrong, in one go."""
        customer_code = fields.code(form.get("customer", ""))
        product_code = fields.code(form.get("product", ""))
        quantity = fields.whole_number(form.get("quantity", ""))
        wanted = fields.plain(form.get("delivery_date", ""))
        day = fields.iso_date(wanted)
        note = form.get("note", "").strip()
        checks = (
            (not customer_code, "customer_required", "customer"),
            (not product_code, "product_required", "product"),
            (quantity is None, "quantity_whole", "quantity"),
            ((quantity or 0) > _MOST, "quantity_high", "quantity"),
            (not wanted, "date_required", "delivery_date"),
            (bool(wanted) and day is None, "date_invalid", "delivery_date"),
            (day is not None and day < today, "date_past", "delivery_date"),
            (len(note) > _NOTE_LENGTH, "note_long", "note"),
        )
        problems = tuple(Problem(key=key, field=name) for wrong, key, name in checks if wrong)
        if problems or quantity is None or day is None:
            raise Refusal(INVALID, *problems)
        return cls(
            customer=customer_code,
            product=product_code,
            quantity=quantity,
            delivery_date=day,
            note=note,
        )


def place(db: Connection, account: Account, form: OrderForm, today: date) -> str:
    """Store an order as a draft and return its number, e.g. ``SO-000123``.

    Raise Refusal 403 for a role that may not, 422 when customer, product or price will not do.
    """
    require(account, "create")
    problems: list[Problem] = []
    buyer = _customer(db, form.customer, problems)
    article = _product(db, form.product, problems)
    amount = None
    if buyer and article:
        amount = _price(db, article["id"], buyer["currency_code"], today)
        if amount is None:
            values = {"code": form.product, "currency": buyer["currency_code"]}
            problems.append(Problem(key="price_missing", field="product", values=values))
    if problems or buyer is None or article is None or amount is None:
        raise Refusal(INVALID, *problems)
    number = next_number(db, sales_order, "SO-")
    total = amount * form.quantity
    header = {
        "number": number,
        "customer_id": buyer["id"],
        "order_date": today,
        "delivery_date": form.delivery_date,
        "currency_code": buyer["currency_code"],
        "total": total,
        "status": "draft",
        "created_by": account.name,
        "note": form.note or None,
    }
    order_id = db.execute(insert(sales_order).returning(sales_order.c.id), header).scalar_one()
    line = {"order_id": order_id, "line_no": 1, "product_id": article["id"]}
    line |= {"quantity": form.quantity, "unit_price": amount, "line_total": total}
    db.execute(insert(sales_order_line), line)
    return number


def next_number(db: Connection, table: Any, prefix: str) -> str:
    """Return the number after the highest one of a table, e.g. ``INV-000124``."""
    highest = db.scalar(select(func.max(table.c.number)).where(table.c.number.startswith(prefix)))
    return f"{prefix}{int((highest or prefix + '0').removeprefix(prefix)) + 1:06d}"


def _customer(db: Connection, code: str, problems: list[Problem]) -> RowMapping | None:
    found = db.execute(select(customer).where(customer.c.code == code)).mappings().first()
    if found is not None and found["status"] == "active":
        return found
    key = f"customer_{found['status']}" if found else "customer_unknown"
    problems.append(Problem(key=key, field="customer", values={"code": code}))
    return None


def _product(db: Connection, code: str, problems: list[Problem]) -> RowMapping | None:
    found = db.execute(select(product).where(product.c.code == code)).mappings().first()
    if found is not None and found["status"] == "active":
        return found
    key = "product_obsolete" if found else "product_unknown"
    problems.append(Problem(key=key, field="product", values={"code": code}))
    return None


def _price(db: Connection, product_id: int, currency: str, today: date) -> Any:
    query = (
        select(price.c.amount)
        .where(price.c.product_id == product_id, price.c.currency_code == currency)
        .where(price.c.valid_from <= today)
        .where(or_(price.c.valid_to.is_(None), price.c.valid_to >= today))
        .order_by(price.c.valid_from.desc())
    )
    return db.scalar(query.limit(1))
