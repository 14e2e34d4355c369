"""The demo workspace's own sentences say what the system lacks in the scenario's language."""

from __future__ import annotations

import importlib.util
import io
import json
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from urllib.error import HTTPError

import pytest

from golive.errors import SetupError
from golive.uat.behave import compat
from golive.uat.phrases import parameter_types
from golive.uat.site import Account

STEPS = Path(__file__).parents[2] / "steps" / "master_data.py"


@pytest.fixture(scope="module")
def steps():
    compat.forget_steps()
    compat.register_types(parameter_types())
    spec = importlib.util.spec_from_file_location("own_master_data", STEPS)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def api_of(steps, monkeypatch, language, answers):
    """Return the steps' context for a system that gives such answers by path."""

    def urlopen(request, timeout):
        path = request.full_url.removeprefix("http://x").partition("?")[0]
        if path not in answers:
            raise HTTPError(request.full_url, 403, "Forbidden", {}, None)
        return io.BytesIO(json.dumps({"pages": 1, "items": answers[path]}).encode())

    monkeypatch.setattr(steps, "urlopen", urlopen)
    golive = SimpleNamespace(
        language=language,
        remembered={},
        account=lambda user: Account(user=user, password="p"),
        site=SimpleNamespace(target=SimpleNamespace(url="http://x")),
    )
    return SimpleNamespace(golive=golive)


CUSTOMER = {"code": "C1", "currency": "CNY", "status": "active", "credit_limit": "10"}


@pytest.mark.parametrize(
    ("language", "step", "told"),
    [
        ("zh-CN", "master_data", "系统中没有状态有效、有当前价格且库存充足的产品"),
        ("en", "master_data", "the system has no active product with a price and enough in stock"),
        ("zh-CN", "limited_customer", "系统中没有有信用额度的有效客户（币种 CNY）"),
        ("en", "limited_customer", "the system has no active customer with a credit limit in CNY"),
    ],
)
def test_what_the_system_lacks(steps, monkeypatch, language, step, told):
    context = api_of(steps, monkeypatch, language, {"/api/customers": [], "/api/products": []})
    with pytest.raises(AssertionError) as raised:
        getattr(steps, step)(context)
    assert str(raised.value) == told


def test_a_limit_below_one_piece(steps, monkeypatch):
    context = api_of(steps, monkeypatch, "zh-CN", {"/api/customers": [CUSTOMER]})
    monkeypatch.setattr(steps, "_product", lambda _api, _enough: ("P7", Decimal(11), 20))
    with pytest.raises(AssertionError, match=r"^产品 P7 一件的金额就已超出信用额度 10$"):
        steps.limited_customer(context)


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "the system refused with error 403"),
        ("zh-CN", "系统拒绝了请求（错误 403）"),
    ],
)
def test_a_refusal_is_told_and_no_failed_check(steps, monkeypatch, language, told):
    with pytest.raises(SetupError) as raised:
        steps.master_data(api_of(steps, monkeypatch, language, {}))
    assert str(raised.value) == f"/api/products?size=200&page=1: {told}"
