"""The steps of an order in the new system: submit, approve, reject, ship, invoice, pay."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, select, update

from demo.new import billing
from demo.new.roles import require
from demo.new.schema import customer, product, sales_order, sales_order_line, stock
from demo.new.settings import Rules
from demo.web.accounts import Account
from demo.web.fields import money
from demo.web.refusal import FORBIDDEN, NOT_FOUND, RULE, refuse

__all__ = ["ACTIONS", "OPEN_STEPS", "Step", "take"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one step needs: the transaction, who takes it and when, the order, what was typed."""

    db: Connection
    account: Account
    today: date
    #: The order's row.
    order: Any
    rules: Rules
    #: Only for a payment: amount and reference as typed.
    amount: str = ""
    reference: str = ""

    def move(self, status: str, **values: object) -> None:
        """Give the order its next status."""
        self.db.execute(
            update(sales_order)
            .where(sales_order.c.id == self.order["id"])
            .values(status=status, **values)
        )

    def lines(self) -> list[Any]:
        """Return the order's lines with product code and stock."""
        query = (
            select(
                sales_order_line.c.product_id,
                sales_order_line.c.quantity,
                product.c.code,
                stock.c.on_hand,
                stock.c.allocated,
            )
            .join(product, product.c.id == sales_order_line.c.product_id)
            .outerjoin(stock, stock.c.product_id == product.c.id)
            .where(sales_order_line.c.order_id == self.order["id"])
            .order_by(sales_order_line.c.line_no)
        )
        return list(self.db.execute(query).mappings())


def _submit(step: Step) -> None:
    step.move("awaiting_approval")


def _approve(step: Step) -> None:
    order = step.order
    settings = step.rules.settings
    if (
        settings.four_eyes
        and step.rules.fault != "broken-approval"
        and order["created_by"] == step.account.name
    ):
        raise refuse(FORBIDDEN, "own_order")
    query = select(customer).where(customer.c.id == order["customer_id"])
    buyer = step.db.execute(query).mappings().one()
    if buyer["status"] != "active":
        raise refuse(RULE, f"customer_{buyer['status']}", code=buyer["code"])
    limit = buyer["credit_limit"]
    if settings.credit_check and limit and order["total"] > limit:
        raise refuse(
            RULE,
            "over_credit",
            total=money(order["total"], order["currency_code"]),
            limit=money(limit, buyer["currency_code"]),
            code=buyer["code"],
        )
    for line in step.lines():
        free = (line["on_hand"] or 0) - (line["allocated"] or 0)
        _change_stock(step, line, enough=free, allocated=line["quantity"])
    step.move("approved", decided_by=step.account.name, decided_on=step.today)


def _reject(step: Step) -> None:
    step.move("rejected", decided_by=step.account.name, decided_on=step.today)


def _ship(step: Step) -> None:
    for line in step.lines():
        quantity = line["quantity"]
        released = min(quantity, line["allocated"] or 0)
        enough = line["on_hand"] or 0
        _change_stock(step, line, enough=enough, on_hand=-quantity, allocated=-released)
    step.move("shipped")


def _change_stock(
    step: Step, line: Any, *, enough: int, on_hand: int = 0, allocated: int = 0
) -> None:
    if line["quantity"] > enough:
        values = {"code": line["code"], "available": max(0, enough), "wanted": line["quantity"]}
        raise refuse(RULE, "stock_short", **values)
    step.db.execute(
        update(stock)
        .where(stock.c.product_id == line["product_id"])
        .values(on_hand=stock.c.on_hand + on_hand, allocated=stock.c.allocated + allocated)
    )


def _invoice(step: Step) -> None:
    if not step.order["total"]:
        raise refuse(RULE, "total_zero", number=step.order["number"])
    term = step.rules.settings.payment_term_days
    billing.issue(step.db, step.order, step.today, term_days=term)
    step.move("invoiced")


def _pay(step: Step) -> None:
    settled = billing.receive(
        step.db, step.order, amount=step.amount, reference=step.reference, today=step.today
    )
    if settled:
        step.move("paid")


#: Action → the status it needs and what it does.
ACTIONS: dict[str, tuple[str, Callable[[Step], None]]] = {
    "submit": ("draft", _submit),
    "approve": ("awaiting_approval", _approve),
    "reject": ("awaiting_approval", _reject),
    "ship": ("approved", _ship),
    "invoice": ("shipped", _invoice),
    "pay": ("invoiced", _pay),
}

#: Status → the actions that lead on from it.
OPEN_STEPS: dict[str, tuple[str, ...]] = {}
for _action, (_status, _) in ACTIONS.items():
    OPEN_STEPS[_status] = (*OPEN_STEPS.get(_status, ()), _action)


def take(
    db: Connection,
    account: Account,
    number: str,
    action: str,
    *,
    today: date,
    rules: Rules,
    amount: str = "",
    reference: str = "",
) -> None:
    """Take one step with an order, in the caller's transaction.

    Raise Refusal: 403 for the role or the own order, 404 for an unknown order or step, 409 for a
    wrong status, too little stock or credit, 422 for a wrong amount.
    """
    if action not in ACTIONS:
        raise refuse(NOT_FOUND, "page_unknown")
    require(account, action, rules.fault)
    query = select(sales_order).where(sales_order.c.number == number)
    order = db.execute(query).mappings().first()
    if order is None:
        raise refuse(NOT_FOUND, "order_unknown", number=number)
    needed, do = ACTIONS[action]
    if order["status"] != needed:
        raise refuse(RULE, "wrong_status", number=number, status=f"key:{order['status']}")
    do(
        Step(
            db=db,
            account=account,
            today=today,
            order=order,
            amount=amount,
            reference=reference,
            rules=rules,
        )
    )
