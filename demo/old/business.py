"""The old system's business as its screens and its API offer it: look-ups, one order, one key."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import Connection

from demo.old import lookup, ordentry
from demo.old.desk import Desk
from demo.old.ordact import press
from demo.web.accounts import Account
from demo.web.api import ListQuery, OneQuery
from demo.web.paging import Page, Wish

__all__ = ["OldBusiness"]


class OldBusiness:
    """Each change is one transaction; none is taken while the system is frozen."""

    lists: Mapping[str, ListQuery] = {
        "customers": lookup.customers,
        "products": lookup.products,
        "orders": lookup.orders,
    }
    ones: Mapping[str, OneQuery] = {
        "customers": lookup.customer,
        "products": lookup.product,
        "orders": lookup.order,
    }

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def reading(self) -> AbstractContextManager[Connection]:
        """Give a connection that sees one consistent state."""
        return self._desk.reading()

    def trial_balance(self, db: Connection) -> list[dict[str, Any]]:
        """Return debit, credit and balance by account and currency."""
        return lookup.trial_balance(db)

    def account_entries(self, db: Connection, account: str, wish: Wish) -> Page:
        """Return the lines posted to an account."""
        return lookup.account_entries(db, account, wish)

    def place(self, account: Account, fields: Mapping[str, str]) -> str:
        """Store an order as a draft and return its number; see :func:`demo.old.ordentry.enter`."""
        with self._desk.changing() as db:
            today = self._desk.today
            return ordentry.enter(db, account, ordentry.read(fields, today), today)

    def take(self, account: Account, number: str, action: str, fields: Mapping[str, str]) -> None:
        """Press one key on an order; see :func:`demo.old.ordact.press`."""
        typed = {name: fields.get(name, "") for name in ("amount", "reference")}
        with self._desk.changing() as db:
            press(db, account, number, action, today=self._desk.today, **typed)

    def state(self) -> dict[str, Any]:
        """Return whether the system is frozen, and how many orders await approval."""
        return {"frozen": self._desk.is_frozen(), "pending": self._desk.pending()}
