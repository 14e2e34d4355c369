"""What the order form asks while somebody types: proposals for codes, and its late defaults."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from demo.new import queries
from demo.new.business import NewBusiness
from demo.web.front import Front, Visit
from demo.web.paging import Page, Wish

__all__ = ["Proposals"]

#: How many codes are proposed at most, and of how many they are chosen.
_SHOWN, _LOOKED_AT = 8, 200
#: Seconds the defaults of the form take, as those of a business system do.
_LATE = 0.4


class Proposals:
    """The form's own questions to the server; answers are JSON for its script."""

    def __init__(self, front: Front, business: NewBusiness) -> None:
        self._front = front
        self._business = business

    def routes(self) -> list[Route]:
        """Return the routes; who is not signed in is sent to the sign-in page."""
        page = self._front.page
        return [
            Route("/lookup/customers", page(self._codes(queries.customers)), methods=["GET"]),
            Route("/lookup/products", page(self._codes(queries.products)), methods=["GET"]),
            Route("/lookup/defaults", page(self._defaults), methods=["GET"]),
        ]

    def _codes(self, query: Callable[[Connection, Wish], Page]) -> Callable[[Visit], Response]:
        def handler(visit: Visit) -> Response:
            typed = visit.request.query_params.get("q", "").strip()[:80]
            wish = Wish(text=typed, status="", page=1, size=_LOOKED_AT)
            found: tuple[Any, ...] = ()
            if typed:
                with self._business.reading() as db:
                    found = query(db, wish).items
            # The code as it was typed stands first, however many others hold it.
            found = tuple(sorted(found, key=lambda item: item["code"] != typed.upper()))
            return JSONResponse(
                [{"code": item["code"], "name": item["name"]} for item in found[:_SHOWN]]
            )

        return handler

    @staticmethod
    def _defaults(visit: Visit) -> Response:
        del visit
        time.sleep(_LATE)
        return JSONResponse({"quantity": "", "note": ""})
