"""This workspace's own sentences: fitting master data and prepared orders, by the JSON API."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

from behave import step, use_step_matcher

from golive.errors import SetupError
from golive.uat.wording import say

use_step_matcher("cucumber_expressions")

_ENOUGH = 20
#: Which of the processes that run scenarios side by side this is, and how many there are: each
#: takes products of its own, so that what one reserves is never what another counts.
_PROCESS = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_PROCESSES = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))


class Api:
    """The target's JSON API, asked as one of the accounts."""

    def __init__(self, context: Any, user: str) -> None:
        site = context.golive.site
        account = context.golive.account(user)
        pair = base64.b64encode(f"{account.user}:{account.password}".encode()).decode()
        self._url = site.target.url
        self.language = context.golive.language
        self._headers = {"Authorization": f"Basic {pair}", "Content-Type": "application/json"}

    def call(self, path: str, body: Any = None) -> Any:
        """Return the answer's JSON. Raise SetupError when the system refuses."""
        data = None if body is None else json.dumps(body).encode()
        request = Request(self._url + path, data=data, headers=self._headers)  # noqa: S310 - our own
        try:
            with urlopen(request, timeout=20) as answer:  # noqa: S310 - as above
                return json.loads(answer.read())
        except HTTPError as error:
            english = f"the system refused with error {error.code}"
            chinese = f"系统拒绝了请求（错误 {error.code}）"
            raise SetupError.of(path, say(self.language, english, chinese)) from error

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
        and (not price["valid_to"] or str(price["valid_to"]) >= today)
    ]
    return max(prices)[1] if prices else None


def _customer(
    api: Api, fits: Callable[[dict[str, Any]], bool], english: str, chinese: str
) -> dict[str, Any]:
    for customer in api.every("/api/customers"):
        if customer["currency"] == "CNY" and fits(customer):
            return customer
    english, chinese = f"the system has no {english} in CNY", f"系统中没有{chinese}（币种 CNY）"
    raise AssertionError(say(api.language, english, chinese))


def _is_free(customer: dict[str, Any]) -> bool:
    return customer["status"] == "active" and not Decimal(str(customer["credit_limit"]))


def _is_limited(customer: dict[str, Any]) -> bool:
    return customer["status"] == "active" and bool(Decimal(str(customer["credit_limit"])))


def _product(api: Api, enough: Callable[[Decimal], int]) -> tuple[str, Decimal, int]:
    """Return code, price in CNY and available pieces of a product with enough for its price."""
    for product in islice(api.every("/api/products"), _PROCESS, None, _PROCESSES):
        available = int(product["on_hand"] or 0) - int(product["allocated"] or 0)
        if product["status"] == "active" and available >= _ENOUGH:
            price = _valid_price(api.call(f"/api/products/{quote(product['code'])}"), "CNY")
            if price is not None and available >= enough(price):
                return str(product["code"]), price, available
    english = "the system has no active product with a price and enough in stock"
    chinese = "系统中没有状态有效、有当前价格且库存充足的产品"
    raise AssertionError(say(api.language, english, chinese))


def _remember(context: Any, english: dict[str, object], chinese: dict[str, str]) -> None:
    """Remember values under their English names and, by ``chinese``, under Chinese ones."""
    known = {name: str(value) for name, value in english.items()}
    context.golive.remembered.update(known | {zh: known[en] for zh, en in chinese.items()})


_CHINESE = {
    "客户": "customer",
    "产品": "product",
    "单价": "price",
    "可用数量": "available",
    "超出库存的数量": "more_than_available",
}


@step("there are a customer without a credit limit and a product in stock")
@step("有一个不限信用额度的客户和一个有库存的产品")
def master_data(context: Any) -> None:
    """Remember {customer}, {product}, {price}, {available} and {more_than_available}."""
    api = Api(context, "clerk")
    code, price, available = _product(api, lambda _: _ENOUGH)
    customer = _customer(
        api, _is_free, "active customer without a credit limit", "不限信用额度的有效客户"
    )
    known = {"customer": customer["code"], "product": code, "price": price}
    known |= {"available": available, "more_than_available": available + 1}
    _remember(context, known, _CHINESE)


@step("there are a customer with a credit limit and a product in stock")
@step("有一个有信用额度的客户和一个有库存的产品")
def limited_customer(context: Any) -> None:
    """Remember also {limit}, and as pieces {most_within} it and {one_piece_beyond} it."""
    api = Api(context, "clerk")
    customer = _customer(
        api, _is_limited, "active customer with a credit limit", "有信用额度的有效客户"
    )
    limit = Decimal(str(customer["credit_limit"]))
    code, price, _ = _product(api, lambda price: int(limit / price) + 1)
    within = int(limit / price)
    if not within:
        english = f"one piece of {code} is over the credit limit {limit} already"
        chinese = f"产品 {code} 一件的金额就已超出信用额度 {limit}"
        raise AssertionError(say(api.language, english, chinese))
    known = {"customer": customer["code"], "product": code, "price": price, "limit": limit}
    known |= {"most_within": within, "one_piece_beyond": within + 1}
    chinese = {"客户": "customer", "产品": "product", "单价": "price", "信用额度": "limit"}
    chinese |= {"额度内最大数量": "most_within", "超出额度的数量": "one_piece_beyond"}
    _remember(context, known, chinese)


@step("there is a blocked customer")
@step("有一个已锁定的客户")
def blocked_customer(context: Any) -> None:
    """Remember {customer}, and a {product} in stock."""
    master_data(context)
    api = Api(context, "clerk")
    found = _customer(api, lambda c: c["status"] == "blocked", "blocked customer", "已锁定的客户")
    _remember(context, {"customer": found["code"]}, {"客户": "customer"})


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
