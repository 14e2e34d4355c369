"""The pages of the new system."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from demo.new import queries
from demo.new.business import NewBusiness
from demo.new.roles import require
from demo.new.schema import ORDER_STATUSES
from demo.new.steps import OPEN_STEPS
from demo.web.api import ORDER_FIELDS
from demo.web.fields import code
from demo.web.front import Front, Visit, sentences
from demo.web.paging import Page, Wish
from demo.web.refusal import FORBIDDEN, NOT_FOUND, Problem, Refusal
from demo.wording import known, say

__all__ = ["Pages"]

_SIGN_IN = "/sign-in"


class Pages:
    """Handlers of all pages; each reads or changes through the business and renders a template."""

    def __init__(self, front: Front, business: NewBusiness) -> None:
        self._front = front
        self._business = business

    def routes(self) -> list[Route]:
        """Return the routes, in the order they are tried."""
        page = self._front.page
        get, post = ["GET"], ["POST"]
        plain: list[tuple[str, Callable[[Visit], Response], list[str]]] = [
            ("/", self._home, get),
            ("/sign-out", self._sign_out, post),
            ("/customers", self._list("customers", queries.customers), get),
            ("/customers/{code}", self._one("customer", queries.customer), get),
            ("/products", self._list("products", queries.products), get),
            ("/products/{code}", self._one("product", queries.product), get),
            ("/orders", self._list("orders", queries.orders), get),
            ("/orders/new", self._new_order, get),
            ("/orders/new", self._place_order, post),
            ("/orders/{code}", self._order, get),
            ("/orders/{code}/{action}", self._step, post),
            ("/invoices", self._list("invoices", queries.invoices), get),
            ("/invoices/{code}", self._one("invoice", queries.invoice), get),
            ("/payments", self._list("payments", queries.payments), get),
            ("/ledger", self._ledger, get),
            ("/ledger/{code}", self._ledger_account, get),
        ]
        open_to_all = [
            Route(_SIGN_IN, page(self._sign_in, public=True), methods=get),
            Route(_SIGN_IN, page(self._signed_in, public=True), methods=post),
        ]
        return open_to_all + [
            Route(path, page(handler), methods=methods) for path, handler, methods in plain
        ]

    def _home(self, visit: Visit) -> Response:
        del visit
        return RedirectResponse("/orders", status_code=303)

    def _sign_in(self, visit: Visit) -> Response:
        query = visit.request.query_params
        done = say(visit.language, "signed_out") if query.get("done") == "signed_out" else ""
        context = {"username": "", "next": query.get("next", ""), "done": done}
        return self._front.render(visit, "sign_in.html", context)

    def _signed_in(self, visit: Visit) -> Response:
        name = visit.form.get("username", "").strip()
        wanted = visit.form.get("next", "")
        account = self._front.accounts.verify(name, visit.form.get("password", ""))
        if account is None:
            problems = sentences(visit, (Problem(key="sign_in_failed"),))
            context = {"username": name, "next": wanted, "problems": problems}
            return self._front.render(visit, "sign_in.html", context, 422)
        # Only a path of this system: never to another host.
        inside = wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
        response = RedirectResponse(wanted if inside else "/orders", status_code=303)
        sessions = self._front.sessions
        response.set_cookie(sessions.cookie, sessions.seal(account.name), httponly=True)
        return response

    def _sign_out(self, visit: Visit) -> Response:
        if visit.session is not None:
            self._front.sessions.end(visit.session)
        response = RedirectResponse(f"{_SIGN_IN}?done=signed_out", status_code=303)
        response.delete_cookie(self._front.sessions.cookie)
        return response

    def _list(
        self, name: str, query: Callable[[Connection, Wish], Page]
    ) -> Callable[[Visit], Response]:
        def handler(visit: Visit) -> Response:
            with self._business.reading() as db:
                page = query(db, Wish.of(visit.request.query_params))
            context = {"page": page, "statuses": ORDER_STATUSES}
            return self._front.render(visit, f"{name}.html", context)

        return handler

    def _one(
        self, name: str, query: Callable[[Connection, str], dict[str, Any]]
    ) -> Callable[[Visit], Response]:
        def handler(visit: Visit) -> Response:
            with self._business.reading() as db:
                found = query(db, code(visit.path("code")))
            return self._front.render(visit, f"{name}.html", {name: found})

        return handler

    def _ledger(self, visit: Visit) -> Response:
        with self._business.reading() as db:
            rows = queries.trial_balance(db)
        return self._front.render(visit, "ledger.html", {"rows": rows})

    def _ledger_account(self, visit: Visit) -> Response:
        account = visit.path("code")
        with self._business.reading() as db:
            page = queries.account_entries(db, account, Wish.of(visit.request.query_params))
        return self._front.render(visit, "ledger_account.html", {"code": account, "page": page})

    def _new_order(self, visit: Visit) -> Response:
        require(visit.user, "create")
        return self._form(visit, dict.fromkeys(ORDER_FIELDS, ""))

    def _place_order(self, visit: Visit) -> Response:
        values = {name: visit.form.get(name, "") for name in ORDER_FIELDS}
        try:
            number = self._business.place(visit.user, visit.form)
        except Refusal as refusal:
            if refusal.status == FORBIDDEN:
                raise
            problems = sentences(visit, refusal.problems)
            return self._form(visit, values, problems, refusal.status)
        return RedirectResponse(f"/orders/{number}?done=saved", status_code=303)

    def _form(
        self,
        visit: Visit,
        values: dict[str, str],
        problems: list[dict[str, str]] | None = None,
        status: int = 200,
    ) -> Response:
        context = {"values": values, "problems": problems or []}
        return self._front.render(visit, "order_new.html", context, status)

    def _order(self, visit: Visit) -> Response:
        return self._show_order(visit, code(visit.path("code")))

    def _step(self, visit: Visit) -> Response:
        number, action = code(visit.path("code")), visit.path("action")
        try:
            self._business.take(visit.user, number, action, visit.form)
        except Refusal as refusal:
            if refusal.status in {FORBIDDEN, NOT_FOUND}:
                raise
            return self._show_order(visit, number, refusal)
        return RedirectResponse(f"/orders/{quote(number)}?done={action}", status_code=303)

    def _show_order(self, visit: Visit, number: str, refusal: Refusal | None = None) -> Response:
        with self._business.reading() as db:
            order = queries.order(db, number)
        key = f"done_{visit.request.query_params.get('done', '')}"
        context = {
            "order": order,
            "actions": OPEN_STEPS.get(order["status"], ()),
            "done": say(visit.language, key, number=number) if known(key) else "",
            "problems": sentences(visit, refusal.problems) if refusal else [],
            "typed": dict(visit.form),
        }
        status = refusal.status if refusal else 200
        return self._front.render(visit, "order.html", context, status)
