"""Clerks at work: they look up orders, customers and stock, and enter orders.

The address comes from Locust's host; the account from the environment variables
``GOLIVE_LOAD_USER`` and ``GOLIVE_LOAD_PASSWORD``, which golive sets.
"""

from __future__ import annotations

import json
import os
import random
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

from locust import FastHttpUser, between, task

_PAGES_TRIED = 12


class Clerk(FastHttpUser):
    """Reads far more than it writes, and thinks between two actions."""

    wait_time = between(0.3, 1.0)

    def on_start(self) -> None:
        """Choose orders to look at, an active customer, and a product with a price for them."""
        self.auth = (os.environ["GOLIVE_LOAD_USER"], os.environ["GOLIVE_LOAD_PASSWORD"])
        # No cryptography: which page a clerk opens may be guessed.
        self.chance = random.Random()  # noqa: S311
        self.orders = [item["number"] for item in self.page("/api/orders")]
        self.customer, self.product = self.choose_customer_and_product()

    def choose_customer_and_product(self) -> tuple[str, str]:
        """Return two codes an order can be made of; empty when the pages tried hold none."""
        pages = min(self.pages("/api/customers"), self.pages("/api/products"))
        for number in self.chance.sample(range(1, pages + 1), min(pages, _PAGES_TRIED)):
            customers = self.page("/api/customers", number=number)
            product, currencies = self.priced_product(number)
            for customer in customers:
                if customer["status"] == "active" and customer["currency"] in currencies:
                    return customer["code"], product
        return "", ""

    def pages(self, path: str) -> int:
        """Return how many pages a list has."""
        return int(self.call("GET", path, name=path).get("pages", 1))

    def priced_product(self, number: int) -> tuple[str, set[str]]:
        """Return an active product of a page, and the currencies it has a price in today."""
        today = datetime.now(UTC).date().isoformat()
        for item in self.page("/api/products", number=number):
            if item["status"] == "active":
                prices = self.record("/api/products", item["code"]).get("prices", [])
                valid = {
                    price["currency"]
                    for price in prices
                    if price["valid_from"] <= today <= (price["valid_to"] or "9999")
                }
                return item["code"], valid
        return "", set()

    def page(self, path: str, *, number: int = 1, search: str = "") -> list[dict[str, Any]]:
        """Return one page of a list; nothing when it was refused."""
        found = self.call("GET", f"{path}?page={number}&q={search}", name=path)
        return found.get("items", [])

    def record(self, path: str, code: str) -> dict[str, Any]:
        """Return one record; the requests of all records count under one name."""
        return self.call("GET", f"{path}/{code}", name=f"{path}/CODE")

    def call(
        self,
        method: str,
        path: str,
        *,
        name: str,
        wanted: HTTPStatus = HTTPStatus.OK,
        body: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return the JSON of the answer; anything but the wanted one counts as an error."""
        with self.client.request(
            method, path, name=name, json=body, auth=self.auth, catch_response=True
        ) as answer:
            if answer.status_code != wanted:
                answer.failure(f"status {answer.status_code}: {(answer.text or '')[:120]}")
                return {}
            try:
                return json.loads(answer.text or "")
            except ValueError:
                answer.failure("the answer is not JSON")
                return {}

    @task(5)
    def browse_orders(self) -> None:
        """Leaf through the newest orders."""
        self.page("/api/orders", number=self.chance.randint(1, 20))

    @task(4)
    def look_at_order(self) -> None:
        """Open one order."""
        if self.orders:
            self.record("/api/orders", self.chance.choice(self.orders))

    @task(3)
    def find_customer(self) -> None:
        """Search a customer by code."""
        self.page("/api/customers", search=self.customer)

    @task(2)
    def check_stock(self) -> None:
        """See whether the product is there."""
        if self.product:
            self.record("/api/products", self.product)

    @task(1)
    def look_at_ledger(self) -> None:
        """Read the trial balance."""
        self.page("/api/ledger")

    @task(3)
    def enter_order(self) -> None:
        """Enter a draft order for next week; without a customer there is nothing to enter.

        A profile that asks for orders names them in an objective, so entering none is no pass.
        """
        if not (self.customer and self.product):
            return
        delivery = datetime.now(UTC).date() + timedelta(days=7)
        order = {
            "customer": self.customer,
            "product": self.product,
            "quantity": self.chance.randint(1, 5),
            "delivery_date": delivery.isoformat(),
            "note": "load test",
        }
        entered = self.call(
            "POST", "/api/orders", name="/api/orders", wanted=HTTPStatus.CREATED, body=order
        )
        if entered:
            self.orders.append(entered["number"])
