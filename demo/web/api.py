"""The JSON API and the admin API, by HTTP Basic: the same paths and names before both systems."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from sqlalchemy import Connection
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from demo.web.accounts import Account
from demo.web.front import Front, Visit
from demo.web.paging import Page, Wish
from demo.web.refusal import INVALID, refuse

__all__ = ["ORDER_FIELDS", "Api", "Business", "Switch"]

#: The fields of a new order.
ORDER_FIELDS = ("customer", "product", "quantity", "delivery_date", "note")

ListQuery = Callable[[Connection, Wish], Page]
OneQuery = Callable[[Connection, str], dict[str, Any]]


class Business(Protocol):
    """What a system offers to the API, in its own way."""

    #: Path below ``/api`` → the query of its list, of one record.
    lists: Mapping[str, ListQuery]
    ones: Mapping[str, OneQuery]

    def reading(self) -> AbstractContextManager[Connection]:
        """Give a connection that sees one consistent state."""
        ...

    def trial_balance(self, db: Connection) -> list[dict[str, Any]]:
        """Return debit, credit and balance by account and currency."""
        ...

    def account_entries(self, db: Connection, account: str, wish: Wish) -> Page:
        """Return the lines posted to an account."""
        ...

    def place(self, account: Account, fields: Mapping[str, str]) -> str:
        """Store an order and return its number."""
        ...

    def take(self, account: Account, number: str, action: str, fields: Mapping[str, str]) -> None:
        """Take one step with an order."""
        ...

    def state(self) -> dict[str, Any]:
        """Return what ``GET /admin/state`` tells."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """An operator's action, ``POST /admin/<name>``: turns ``state`` on or off.

    ``do`` takes the attempt and tells whether it was a change.
    """

    name: str
    state: str
    on: bool
    do: Callable[[str], bool]


class Api:
    """Handlers of ``/api`` and ``/admin``."""

    def __init__(self, front: Front, business: Business, switches: tuple[Switch, ...]) -> None:
        self._front = front
        self._business = business
        self._switches = switches

    def routes(self) -> list[Route]:
        """Return the routes."""
        found = []
        for name, many in self._business.lists.items():
            found.append(self._route(f"/api/{name}", self._list(many)))
        for name, one in self._business.ones.items():
            found.append(self._route(f"/api/{name}/{{code}}", self._one(one)))
        found += [
            self._route("/api/orders", self._place, "POST"),
            self._route("/api/orders/{code}/{action}", self._take, "POST"),
            self._route("/api/ledger", self._ledger),
            self._route("/api/ledger/{code}", self._ledger_account),
            self._route("/admin/state", self._state, role="admin"),
        ]
        for switch in self._switches:
            path = f"/admin/{switch.name}"
            found.append(self._route(path, self._turn(switch), "POST", role="admin"))
        return found

    def _route(
        self, path: str, handler: Callable[[Visit], Response], method: str = "GET", role: str = ""
    ) -> Route:
        return Route(path, self._front.api(handler, role=role), methods=[method])

    def _list(self, query: ListQuery) -> Callable[[Visit], Response]:
        def handler(visit: Visit) -> Response:
            with self._business.reading() as db:
                page = query(db, Wish.of(visit.request.query_params))
            return _answer(page.as_json())

        return handler

    def _one(self, query: OneQuery) -> Callable[[Visit], Response]:
        def handler(visit: Visit) -> Response:
            with self._business.reading() as db:
                return _answer(query(db, visit.path("code")))

        return handler

    def _order(self, number: str, status: int, headers: dict[str, str] | None = None) -> Response:
        with self._business.reading() as db:
            return _answer(self._business.ones["orders"](db, number), status, headers)

    def _place(self, visit: Visit) -> Response:
        unknown = sorted(set(visit.form) - set(ORDER_FIELDS))
        if unknown:
            raise refuse(INVALID, "field_unknown", name=unknown[0])
        number = self._business.place(visit.user, visit.form)
        return self._order(number, 201, {"Location": f"/api/orders/{number}"})

    def _take(self, visit: Visit) -> Response:
        number = visit.path("code")
        self._business.take(visit.user, number, visit.path("action"), visit.form)
        return self._order(number, 200)

    def _ledger(self, visit: Visit) -> Response:
        del visit
        with self._business.reading() as db:
            return _answer({"items": self._business.trial_balance(db)})

    def _ledger_account(self, visit: Visit) -> Response:
        wish = Wish.of(visit.request.query_params)
        with self._business.reading() as db:
            page = self._business.account_entries(db, visit.path("code"), wish)
        return _answer(page.as_json())

    def _state(self, visit: Visit) -> Response:
        del visit
        return _answer({**self._business.state(), "open_sessions": self._front.sessions.active()})

    def _turn(self, switch: Switch) -> Callable[[Visit], Response]:
        def handler(visit: Visit) -> Response:
            return _answer({switch.state: switch.on, "changed": switch.do(visit.attempt)})

        return handler


def _answer(content: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse(_plain(content), status_code=status, headers=headers)


def _plain(value: Any) -> Any:
    """Make JSON of a value: amounts as texts (`1234.50`, never floats), dates as ISO texts."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    if isinstance(value, date):
        return value.isoformat()
    return value
