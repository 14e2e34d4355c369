"""Quoted values: names, dates and amounts of money, exactly."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from golive.uat.values import UnknownValue, evaluate, expand, parse_amount, same_text

DAY = date(2026, 2, 27)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("SO-1", "SO-1"),
        ("{order}/x", "SO-9/x"),
        ("today", "2026-02-27"),
        ("今天+3", "2026-03-02"),
        ("today - 1", "2026-02-26"),
        ("till {today+1}", "till 2026-02-28"),
        (r"\{order}", "{order}"),
        ("today's note", "today's note"),
    ],
)
def test_expand(text, value):
    assert expand(text, {"order": "SO-9"}, DAY) == value


def test_an_unknown_name_is_said():
    with pytest.raises(UnknownValue, match="ordr"):
        expand("{ordr}", {"order": "SO-9"}, DAY)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("￥1,234.50", "1234.50"),
        ("1,234.50 CNY", "1234.50"),
        ("(12.00)", "-12.00"),
        ("（12.00）", "-12.00"),
        ("1.234,50 €", "1234.50"),
        ("１２．５", "12.5"),
        ("-3", "-3"),
        ("12,34", "12.34"),
        ("1,23,4", None),
        ("SO-12", None),
        ("", None),
    ],
)
def test_parse_amount(text, amount):
    assert parse_amount(text) == (None if amount is None else Decimal(amount))


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("3 * 10.50", "31.50"),
        ("0.1 + 0.2", "0.3"),
        ("(2 + 3) × 4 - 1", "19"),
        ("-2 * 1,000.00", "-2000"),
        ("1 / 0", None),
        ("__import__('os')", None),
        ("ten", None),
    ],
)
def test_evaluate_is_exact_and_does_nothing_else(text, amount):
    assert evaluate(text) == (None if amount is None else Decimal(amount))


def test_same_text_compares_amounts_but_not_codes():
    assert same_text("1234.5", "￥1,234.50")
    assert same_text("Zhang  San", "Zhang San")
    assert not same_text("007", "7")
    assert not same_text("10", "100")
