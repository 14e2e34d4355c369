"""The screens of the old system."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from demo.old import lookup
from demo.old.business import OldBusiness
from demo.old.codes import LETTERS, STATUSES
from demo.old.ordact import KEYS
from demo.old.rights import require
from demo.web.api import ListQuery, OneQuery
from demo.web.front import Front, Visit, sentences
from demo.web.paging import Wish
from demo.web.refusal import FORBIDDEN, NOT_FOUND, Problem, Refusal
from demo.wording import known, say

__all__ = ["Screens"]

#: Field on the order screen → what it is in the company's words.
_ENTRY_FIELDS = {
    "cuno": "customer",
    "dldt": "delivery_date",
    "itno": "product",
    "qty": "quantity",
    "memo": "note",
}
_PAY_FIELDS = {"pamt": "amount", "refn": "reference"}


class Screens:
    """Handlers of all screens; records are asked for by a key in the query, as in its day."""

    def __init__(self, front: Front, business: OldBusiness) -> None:
        self._front = front
        self._business = business

    def routes(self) -> list[Route]:
        """Return the routes."""
        page = self._front.page
        get: list[tuple[str, Callable[[Visit], Response]]] = [
            ("/", self._home),
            ("/custlist", self._list("custlist", lookup.customers)),
            ("/custview", self._one("custview", "cuno", lookup.customer)),
            ("/itemlist", self._list("itemlist", lookup.products)),
            ("/itemview", self._one("itemview", "itno", lookup.product)),
            ("/ordlist", self._list("ordlist", lookup.orders)),
            ("/ordview", self._order),
            ("/ordnew", self._new_order),
            ("/invlist", self._list("invlist", lookup.invoices)),
            ("/invview", self._one("invview", "inno", lookup.invoice)),
            ("/paylist", self._list("paylist", lookup.payments)),
            ("/glbal", self._balances),
            ("/glacct", self._account),
        ]
        post: list[tuple[str, Callable[[Visit], Response]]] = [
            ("/logoff", self._log_off),
            ("/ordnew", self._enter),
            ("/ordact", self._press),
        ]
        return [
            Route("/logon", page(self._log_on, public=True), methods=["GET"]),
            Route("/logon", page(self._logged_on, public=True), methods=["POST"]),
            *(Route(path, page(handler), methods=["GET"]) for path, handler in get),
            *(Route(path, page(handler), methods=["POST"]) for path, handler in post),
        ]

    def _home(self, visit: Visit) -> Response:
        del visit
        return RedirectResponse("/ordlist", status_code=303)

    def _log_on(self, visit: Visit) -> Response:
        query = visit.request.query_params
        done = say(visit.language, "signed_out") if query.get("done") == "signed_out" else ""
        context = {"usid": "", "next": query.get("next", ""), "done": done}
        return self._front.render(visit, "logon.html", context)

    def _logged_on(self, visit: Visit) -> Response:
        name, wanted = visit.form.get("usid", "").strip(), visit.form.get("next", "")
        account = self._front.accounts.verify(name, visit.form.get("pswd", ""))
        if account is None:
            problems = sentences(visit, (Problem(key="sign_in_failed"),))
            context = {"usid": name, "next": wanted, "problems": problems}
            return self._front.render(visit, "logon.html", context, 422)
        # Only a path of this system: never to another host.
        inside = wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
        response = RedirectResponse(wanted if inside else "/ordlist", status_code=303)
        sessions = self._front.sessions
        response.set_cookie(sessions.cookie, sessions.seal(account.name), httponly=True)
        return response

    def _log_off(self, visit: Visit) -> Response:
        if visit.session is not None:
            self._front.sessions.end(visit.session)
        response = RedirectResponse("/logon?done=signed_out", status_code=303)
        response.delete_cookie(self._front.sessions.cookie)
        return response

    def _list(self, template: str, query: ListQuery) -> Callable[[Visit], Response]:
        def handler(visit: Visit) -> Response:
            with self._business.reading() as db:
                page = query(db, Wish.of(visit.request.query_params))
            context = {"page": page, "statuses": tuple(STATUSES.values())}
            return self._front.render(visit, f"{template}.html", context)

        return handler

    def _one(self, template: str, key: str, query: OneQuery) -> Callable[[Visit], Response]:
        def handler(visit: Visit) -> Response:
            with self._business.reading() as db:
                row = query(db, visit.request.query_params.get(key, ""))
            return self._front.render(visit, f"{template}.html", {"row": row})

        return handler

    def _balances(self, visit: Visit) -> Response:
        with self._business.reading() as db:
            rows = self._business.trial_balance(db)
        return self._front.render(visit, "glbal.html", {"rows": rows})

    def _account(self, visit: Visit) -> Response:
        query = visit.request.query_params
        acno = query.get("acno", "")
        with self._business.reading() as db:
            page = self._business.account_entries(db, acno, Wish.of(query))
        return self._front.render(visit, "glacct.html", {"acno": acno, "page": page})

    def _new_order(self, visit: Visit) -> Response:
        require(visit.user, "create")
        return self._form(visit, dict.fromkeys(_ENTRY_FIELDS, ""))

    def _enter(self, visit: Visit) -> Response:
        typed = {name: visit.form.get(name, "") for name in _ENTRY_FIELDS}
        try:
            orno = self._business.place(visit.user, _meant(typed, _ENTRY_FIELDS))
        except Refusal as refusal:
            if refusal.status == FORBIDDEN:
                raise
            problems = sentences(visit, refusal.problems)
            return self._form(visit, typed, problems, refusal.status)
        return RedirectResponse(f"/ordview?orno={orno}&done=saved", status_code=303)

    def _form(
        self,
        visit: Visit,
        typed: Mapping[str, str],
        problems: list[dict[str, str]] | None = None,
        status: int = 200,
    ) -> Response:
        context: dict[str, Any] = {"typed": typed, "problems": problems or []}
        return self._front.render(visit, "ordnew.html", context, status)

    def _order(self, visit: Visit) -> Response:
        return self._show(visit, visit.request.query_params.get("orno", ""))

    def _press(self, visit: Visit) -> Response:
        orno, key = visit.form.get("orno", ""), visit.form.get("key", "")
        try:
            self._business.take(visit.user, orno, key, _meant(visit.form, _PAY_FIELDS))
        except Refusal as refusal:
            if refusal.status in {FORBIDDEN, NOT_FOUND}:
                raise
            return self._show(visit, orno, refusal)
        return RedirectResponse(f"/ordview?orno={quote(orno)}&done={key}", status_code=303)

    def _show(self, visit: Visit, orno: str, refusal: Refusal | None = None) -> Response:
        with self._business.reading() as db:
            row = lookup.order(db, orno)
        key = f"done_{visit.request.query_params.get('done', '')}"
        context = {
            "row": row,
            "keys": KEYS[LETTERS[row["status"]]],
            "done": say(visit.language, key, number=orno) if known(key) else "",
            "problems": sentences(visit, refusal.problems) if refusal else [],
            "typed": dict(visit.form),
        }
        status = refusal.status if refusal else 200
        return self._front.render(visit, "ordview.html", context, status)


def _meant(typed: Mapping[str, str], names: Mapping[str, str]) -> dict[str, str]:
    """Return what was typed under the company's names of the fields."""
    return {meaning: typed.get(name, "") for name, meaning in names.items()}
