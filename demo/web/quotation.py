"""The quotation page of both systems: prices some lines from master data and stores nothing."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from demo.days import business_day
from demo.web import fields
from demo.web.api import Business
from demo.web.front import Front, Visit, sentences
from demo.web.refusal import INVALID, Refusal, refuse

__all__ = ["Quotation"]

_MOST_LINES = 50
_SCRIPT = Path(__file__).parent / "static" / "quotation.js"


class Quotation:
    """Handlers of one system's page at ``path``; ``currency`` gives the code behind a spelling."""

    def __init__(
        self,
        front: Front,
        business: Business,
        *,
        path: str,
        currency: Callable[[str | None], str] = str,
    ) -> None:
        self._front = front
        self._business = business
        self._path = path
        self._currency = currency

    def routes(self) -> list[Route]:
        """Return the routes; who is not signed in is sent to the sign-in page."""
        page, path = self._front.page, self._path
        return [
            Route(path, page(self._show), methods=["GET"]),
            Route(f"{path}/prices", page(self._prices), methods=["GET"]),
            Route(f"{path}/print", page(self._print), methods=["GET"]),
            Route(f"{path}/quotation.js", page(self._script), methods=["GET"]),
        ]

    def _show(self, visit: Visit) -> Response:
        return self._front.render(visit, "quotation.html", {"path": self._path})

    def _script(self, visit: Visit) -> Response:
        del visit
        return FileResponse(_SCRIPT)

    def _prices(self, visit: Visit) -> Response:
        try:
            rows, currency = self._priced(visit)
        except Refusal as refusal:
            problems = sentences(visit, refusal.problems)
            return JSONResponse({"problems": problems}, refusal.status)
        return JSONResponse({"rows": rows, "total": _total(rows, currency)})

    def _print(self, visit: Visit) -> Response:
        rows, currency = self._priced(visit)
        context = {"rows": rows, "total": _total(rows, currency)}
        return self._front.render(visit, "quotation_print.html", context)

    def _priced(self, visit: Visit) -> tuple[list[dict[str, str]], str]:
        """Price ``?lines=P00012:3,P00020:1&currency=CNY``; Refusal 404 or 422 for a wrong line."""
        query = visit.request.query_params
        currency = fields.code(query.get("currency", "CNY"))
        lines = [line for line in query.get("lines", "").split(",") if line][:_MOST_LINES]
        today = business_day(self._front.folder).isoformat()
        return [self._line(line, currency, today) for line in lines], currency

    def _line(self, line: str, currency: str, today: str) -> dict[str, str]:
        product, _, typed = line.partition(":")
        quantity = fields.whole_number(typed)
        if quantity is None:
            raise refuse(INVALID, "quantity_whole", about="quantity")
        with self._business.reading() as db:
            prices = self._business.ones["products"](db, product)["prices"]
        for price in prices:
            holds = str(price["valid_from"]) <= today <= str(price["valid_to"] or today)
            if holds and self._currency(price["currency"]) == currency:
                amount = fields.money(price["amount"] * quantity)
                return {"product": product, "quantity": str(quantity), "amount": amount}
        code = fields.code(product)
        raise refuse(INVALID, "price_missing", about="product", code=code, currency=currency)


def _total(rows: list[dict[str, str]], currency: str) -> str:
    amounts = (Decimal(row["amount"].replace(",", "")) for row in rows)
    return fields.money(sum(amounts, Decimal(0)), currency)
