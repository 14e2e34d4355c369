"""The JSON API and the admin API of the new system, both by HTTP Basic."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from demo.new import queries
from demo.new.office import Office
from demo.new.ordering import FIELDS, OrderForm, place
from demo.new.steps import take
from demo.web.fields import code
from demo.web.front import Front, Visit
from demo.web.paging import Page, Wish
from demo.web.refusal import INVALID, Problem, Refusal

__all__ = ["Api"]


class Api:
    """Handlers of ``/api``, ``/admin``, ``/version`` and ``/health``."""

    def __init__(self, front: Front, office: Office) -> None:
        self._front = front
        self._office = office

    def routes(self) -> list[Route]:
        """Return the routes."""
        api, admin = self._front.api, self._api_for_admin
        get, post = ["GET"], ["POST"]
        return [
            Route("/api/customers", api(self._list(queries.customers)), methods=get),
            Route("/api/customers/{code}", api(self._one(queries.customer)), methods=get),
            Route("/api/products", api(self._list(queries.products)), methods=get),
            Route("/api/products/{code}", api(self._one(queries.product)), methods=get),
            Route("/api/orders", api(self._list(queries.orders)), methods=get),
            Route("/api/orders", api(self._place_order), methods=post),
            Route("/api/orders/{code}", api(self._one(queries.order)), methods=get),
            Route("/api/orders/{code}/{action}", api(self._step), methods=post),
            Route("/api/ledger", api(self._ledger), methods=get),
            Route("/api/ledger/{code}", api(self._ledger_account), methods=get),
            Route("/admin/state", admin(self._state), methods=get),
            Route("/admin/open", admin(self._set_open(wanted=True)), methods=post),
            Route("/admin/close", admin(self._set_open(wanted=False)), methods=post),
        ]

    def _api_for_admin(self, handler: Callable[[Visit], Response]) -> Any:
        return self._front.api(handler, role="admin")

    def _list(
        self, query: Callable[[Connection, Wish], Page]
    ) -> Callable[[Visit], Response]:
        def handler(visit: Visit) -> Response:
            with self._office.reading() as db:
                page = query(db, Wish.of(visit.request.query_params))
            return _answer(page.as_json())

        return handler

    def _one(
        self, query: Callable[[Connection, str], dict[str, Any]]
    ) -> Callable[[Visit], Response]:
        def handler(visit: Visit) -> Response:
            with self._office.reading() as db:
                return _answer(query(db, code(visit.path("code"))))

        return handler

    def _place_order(self, visit: Visit) -> Response:
        unknown = sorted(set(visit.form) - set(FIELDS))
        if unknown:
            values = {"name": unknown[0]}
            raise Refusal(INVALID, Problem(key="field_unknown", values=values))
        form = OrderForm.read(visit.form, self._office.today)
        with self._office.changing() as db:
            number = place(db, visit.user, form, self._office.today)
            order = queries.order(db, number)
        return _answer(order, 201, {"Location": f"/api/orders/{number}"})

    def _step(self, visit: Visit) -> Response:
        number = code(visit.path("code"))
        with self._office.changing() as db:
            take(
                db,
                visit.user,
                number,
                visit.path("action"),
                today=self._office.today,
                amount=visit.form.get("amount", ""),
                reference=visit.form.get("reference", ""),
            )
            return _answer(queries.order(db, number))

    def _ledger(self, visit: Visit) -> Response:
        del visit
        with self._office.reading() as db:
            return _answer({"items": queries.trial_balance(db)})

    def _ledger_account(self, visit: Visit) -> Response:
        wish = Wish.of(visit.request.query_params)
        with self._office.reading() as db:
            return _answer(queries.account_entries(db, visit.path("code"), wish).as_json())

    def _state(self, visit: Visit) -> Response:
        del visit
        return _answer(
            {
                "open": self._office.is_open(),
                "open_sessions": self._front.sessions.active(),
                "pending": self._office.pending(),
            }
        )

    def _set_open(self, *, wanted: bool) -> Callable[[Visit], Response]:
        def handler(visit: Visit) -> Response:
            changed = self._office.set_open(wanted=wanted, attempt=visit.attempt)
            return _answer({"open": wanted, "changed": changed})

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
