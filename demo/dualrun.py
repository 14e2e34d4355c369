"""One business day of the dual run: the same real business, entered in both systems by their APIs.

Users work in the new system, which they reach by the gateway; a small team enters the same papers
a second time in the old one, which runs on beside it and is reached by nobody else. The customer's
reference on the paper (`DR-20261130-01`) is what a document has in common in both.
"""

from __future__ import annotations

import base64
import http.client
import json
from dataclasses import dataclass
from datetime import date, timedelta
from http import HTTPStatus
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from demo import days
from demo.database import connect
from demo.old import exports
from demo.site import DemoError, Site

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Paper", "end_of_day", "enter", "papers", "run_on_beside"]

_PIECES = 40
_KINDS = 3
#: What becomes of each order of the day; `pay 100.00` is a part of it.
_FATES = (
    ("submit", "approve", "ship", "invoice", "pay"),
    ("submit", "approve", "ship", "invoice", "pay 0.01"),
    ("submit", "approve", "ship", "invoice"),
    ("submit", "approve", "ship"),
    ("submit", "approve"),
    ("submit", "reject"),
    ("submit",),
    (),
)
_WHO = {
    "submit": "clerk",
    "approve": "approver",
    "reject": "approver",
    "ship": "clerk",
    "invoice": "finance",
    "pay": "finance",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """An order as it comes in on paper, and what becomes of it on the same day."""

    reference: str
    customer: str
    product: str
    quantity: int
    delivery: date
    fate: tuple[str, ...]


def papers(day: date, customers: list[str], products: list[str]) -> tuple[Paper, ...]:
    """Return the day's papers: the same day and master data always give the same ones."""
    return tuple(
        Paper(
            reference=f"DR-{day:%Y%m%d}-{number:02d}",
            customer=customers[(day.toordinal() + number) % len(customers)],
            product=products[(day.toordinal() + 2 * number) % len(products)],
            quantity=1 + (day.toordinal() + 3 * number) % 7,
            delivery=day + timedelta(days=10),
            fate=fate,
        )
        for number, fate in enumerate(_FATES, start=1)
    )


class Desk:
    """Somebody working with one system through its API, under any of the accounts."""

    def __init__(self, site: Site, system: str) -> None:
        self._address = urlsplit(site.urls[system])
        self._system = system
        self._secrets = site.folder / "secrets"

    def ask(self, user: str, path: str, body: object = None, *, attempt: str = "") -> Any:
        """Return the JSON of an answer. Raise DemoError with what the system said instead."""
        status, answer = self._call(user, path, body, attempt)
        if status in {HTTPStatus.OK, HTTPStatus.CREATED}:
            return answer
        said = " ".join(problem["text"] for problem in answer.get("problems", ()))
        raise DemoError(f"the {self._system} system refused {user} {path}: {said or status}")

    def knows(self, path: str) -> bool:
        """Tell whether there is such a record."""
        return self._call("clerk", path, None, "")[0] == HTTPStatus.OK

    def _call(self, user: str, path: str, body: object, attempt: str) -> tuple[int, Any]:
        password = (self._secrets / f"{user}_password").read_text(encoding="utf-8")
        token = base64.b64encode(f"{user}:{password}".encode()).decode()
        headers = {"Authorization": f"Basic {token}", "Content-Type": "application/json"}
        headers |= {"X-Golive-Attempt": attempt} if attempt else {}
        connection = http.client.HTTPConnection(
            self._address.hostname or "", self._address.port, timeout=60
        )
        try:
            data = None if body is None else json.dumps(body)
            connection.request("GET" if data is None else "POST", path, data, headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise DemoError(f"the {self._system} system does not answer: {error}") from error
        finally:
            connection.close()

    def enter(self, paper: Paper) -> None:
        """Enter one paper and do with it what was done that day."""
        order = {
            "customer": paper.customer,
            "product": paper.product,
            "quantity": paper.quantity,
            "delivery_date": paper.delivery.isoformat(),
            "note": paper.reference,
        }
        number = self.ask("clerk", "/api/orders", order)["number"]
        for step in paper.fate:
            action, _, amount = step.partition(" ")
            body = {"amount": amount, "reference": paper.reference} if action == "pay" else {}
            self.ask(_WHO[action], f"/api/orders/{number}/{action}", body)


def run_on_beside(site: Site, attempt: str) -> bool:
    """Let the old system take entries again, beside the new one; tell whether that was a change.

    Refused while users still reach the old system: then there is nothing to run beside.
    """
    route = Desk(site, "gateway").ask("admin", "/route")["to"]
    if route != "new":
        raise DemoError("users still reach the old system: the dual run begins after the cutover")
    answer = Desk(site, "old").ask("admin", "/admin/unfreeze", {}, attempt=attempt)
    return bool(answer["changed"])


def enter(site: Site, day: date) -> int:
    """Move both systems to a business day and enter its papers in both; give how many.

    Raise DemoError when there is no fitting master data, or a system refuses a paper: what one
    system takes and the other refuses is a difference, and the day is not complete.
    """
    days.move_to(site.folder, day)
    users, team = Desk(site, "gateway"), Desk(site, "old")
    incoming = papers(day, _customers(users, team), _products(users, team))
    for paper in incoming:
        users.enter(paper)
        team.enter(paper)
    return len(incoming)


def end_of_day(site: Site, day: date) -> Path:
    """Write the old system's exports of a day and give their folder."""
    engine = connect(site.databases["old"])
    folder = site.folder / "exports" / day.isoformat()
    with engine.begin() as db:
        exports.write(db, day, folder)
    engine.dispose()
    return folder


def _customers(users: Desk, team: Desk) -> list[str]:
    wanted = (
        str(item["code"])
        for item in _every(users, "/api/customers")
        if item["status"] == "active" and item["currency"] == "CNY"
        if float(item["credit_limit"]) == 0
    )
    found = (code for code in wanted if team.knows(f"/api/customers/{quote(code)}"))
    return _some(found, "active customer in CNY without a credit limit")


def _products(users: Desk, team: Desk) -> list[str]:
    wanted = (
        str(item["code"])
        for item in _every(users, "/api/products")
        if item["status"] == "active"
        if int(item["on_hand"] or 0) - int(item["allocated"] or 0) >= _PIECES
        if _has_price(users, str(item["code"]))
    )
    found = (code for code in wanted if team.knows(f"/api/products/{quote(code)}"))
    return _some(found, f"active product with {_PIECES} pieces available and a price in CNY")


def _has_price(desk: Desk, code: str) -> bool:
    found = desk.ask("clerk", f"/api/products/{quote(code)}")["prices"]
    return any(price["currency"] == "CNY" and price["valid_to"] is None for price in found)


def _every(desk: Desk, path: str) -> Iterator[dict[str, Any]]:
    number = pages = 1
    while number <= pages:
        answer = desk.ask("clerk", f"{path}?size=200&page={number}")
        pages = int(answer["pages"])
        yield from answer["items"]
        number += 1


def _some(wanted: Iterator[str], what: str) -> list[str]:
    found = list(islice(wanted, _KINDS))
    if not found:
        raise DemoError(f"both systems have no {what} under the same code")
    return found
