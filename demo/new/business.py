"""The new system's business as its pages and its API offer it: reads, one order, one step."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import Connection

from demo.faults import SLOW_SECONDS
from demo.new import queries
from demo.new.office import Office
from demo.new.ordering import OrderForm, place
from demo.new.settings import Rules
from demo.new.steps import take
from demo.web.accounts import Account
from demo.web.api import ListQuery, OneQuery
from demo.web.paging import Page, Wish

__all__ = ["NewBusiness"]


class NewBusiness:
    """Each change is one transaction; what is refused leaves nothing behind."""

    lists: Mapping[str, ListQuery] = {
        "customers": queries.customers,
        "products": queries.products,
        "orders": queries.orders,
    }
    ones: Mapping[str, OneQuery] = {
        "customers": queries.customer,
        "products": queries.product,
        "orders": queries.order,
    }

    def __init__(self, office: Office, rules: Rules) -> None:
        self._office = office
        self._rules = rules

    def reading(self) -> AbstractContextManager[Connection]:
        """Give a connection that sees one consistent state."""
        return self._office.reading()

    def trial_balance(self, db: Connection) -> list[dict[str, Any]]:
        """Return debit, credit and balance by account and currency."""
        return queries.trial_balance(db)

    def account_entries(self, db: Connection, account: str, wish: Wish) -> Page:
        """Return the lines posted to an account."""
        return queries.account_entries(db, account, wish)

    def place(self, account: Account, fields: Mapping[str, str]) -> str:
        """Store an order as a draft and return its number; see :func:`demo.new.ordering.place`."""
        if self._rules.fault == "slow-endpoint":
            time.sleep(SLOW_SECONDS)
        today = self._office.today
        form = OrderForm.read(fields, today)
        with self._office.changing() as db:
            return place(db, account, form, today)

    def take(self, account: Account, number: str, action: str, fields: Mapping[str, str]) -> None:
        """Take one step with an order; see :func:`demo.new.steps.take`."""
        typed = {name: fields.get(name, "") for name in ("amount", "reference")}
        with self._office.changing() as db:
            take(db, account, number, action, today=self._office.today, rules=self._rules, **typed)

    def state(self) -> dict[str, Any]:
        """Return whether users are let in, and how many orders await approval."""
        return {"open": self._office.is_open(), "pending": self._office.pending()}
