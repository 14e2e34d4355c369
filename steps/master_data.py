"""This workspace's own sentences: fitting master data and prepared orders, by the JSON API."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote
from urllib.request import Request, urlopen

from behave import step, use_step_matcher

use_step_matcher("cucumber_expressions")

_ENOUGH = 20


class Api:
    """The target's JSON API, asked as one of the accounts."""

    def __init__(self, context: Any, user: str) -> None:
        site = context.golive.site
        account = context.golive.account(user)
        pair = base64.b64encode(f"{account.user}:{account.password}".encode()).decode()
        self._url = site.target.url
        self._headers = {"Authorization": f"Basic {pair}", "Content-Type": "application/json"}

    def call(self, path: str, body: Any = None) -> Any:
        """Return the answer's JSON; an HTTP refusal is an error."""
        data = None if body is None else json.dumps(body).encode()
        request = Request(self._url + path, data=data, headers=self._headers)  # noqa: S310 - our own
        with urlopen(request, timeout=20) as answer:  # noqa: S310 - as above
            return json.loads(answer.read())

    def every(self, path: str) -> Iterator[dict[str, Any]]:
        """Yield every record of a list, page by page."""
        number = pages = 1
        while number <= pages:
            answer = self.call(f"{path}?size=200&page={number}")
            pages = int(answer["pages"])
            yield from answer["items"]
            number += 1


def _valid_price(product: dict[str, Any], currency: str) -> Decimal | None:
    today = date.today().isoformat()  # noqa: DTZ011 - the system's own day
    prices = [
        (str(price["valid_from"]), Decimal(str(price["amount"])))
        for price in product["prices"]
        if price["currency"] == currency
        and str(price["valid_from"]) <= today
        and (price["valid_to"] is None or str(price["valid_to"]) >= today)
    ]
    return max(prices)[1] if prices else None


def _customer(api: Api) -> dict[str, Any]:
    for customer in api.every("/api/customers"):
        free = Decimal(str(customer["credit_limit"])) == 0
        if customer["status"] == "active" and customer["currency"] == "CNY" and free:
            return customer
    raise AssertionError("the system has no active customer in CNY without a credit limit")


def _product(api: Api) -> tuple[dict[str, Any], Decimal]:
    for product in api.every("/api/products"):
        available = int(product["on_hand"] or 0) - int(product["allocated"] or 0)
        if product["status"] == "active" and available >= _ENOUGH:
            price = _valid_price(api.call(f"/api/products/{quote(product['code'])}"), "CNY")
            if price is not None:
                return product, price
    raise AssertionError(f"the system has no active product with {_ENOUGH} available and a price")


@step("there are a customer without a credit limit and a product in stock")
@step("有一个不限信用额度的客户和一个有库存的产品")
def master_data(context: Any) -> None:
    """Remember {customer}, {product} and {price} (客户, 产品, 单价) fit for an order."""
    api = Api(context, "clerk")
    product, price = _product(api)
    known = {"customer": _customer(api)["code"], "product": product["code"], "price": str(price)}
    chinese = {"客户": known["customer"], "产品": known["product"], "单价": known["price"]}
    context.golive.remembered.update(known | chinese)


@step("there is an approved order for {int} pieces")
@step("有一张已审批的订单，数量为{int}")
def approved_order(context: Any, quantity: int) -> None:
    """Have clerk and approver bring an order to Approved; remember {order} and {price}."""
    master_data(context)
    known = context.golive.remembered
    clerk, approver = Api(context, "clerk"), Api(context, "approver")
    order = clerk.call(
        "/api/orders",
        {
            "customer": known["customer"],
            "product": known["product"],
            "quantity": quantity,
            "delivery_date": (date.today() + timedelta(days=7)).isoformat(),  # noqa: DTZ011 - as above
            "note": "UAT",
        },
    )
    number = order["number"]
    clerk.call(f"/api/orders/{number}/submit", {})
    approver.call(f"/api/orders/{number}/approve", {})
    known |= {"order": number, "订单": number}
