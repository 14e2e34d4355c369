"""Sums of more than twenty-eight digits are told and judged with every one of them."""

from __future__ import annotations

import json
from decimal import Decimal

from golive.compare.exact import minus, plain, plus, signed, units

#: Thirty-six digits, and the same with another last one.
HUGE, OTHER = "1234567890123456789012345678901234.56", "1234567890123456789012345678901234.57"


def test_nothing_is_rounded():
    one, two = Decimal(HUGE), Decimal(OTHER)
    assert minus(two, one) == Decimal("0.01")
    assert plain(plus(one, two)) == "2469135780246913578024691357802469.13"
    assert plain(Decimal("1200.00")) == "1200"
    assert signed(minus(one, two)) == "-0.01"
    assert units(one, 2) == Decimal(HUGE.replace(".", ""))


def test_a_control_total_is_off_by_its_thirty_sixth_digit(bench):
    rows = [("1", HUGE)], [("1", OTHER)]
    totals = [{"name": "all", "column": "value"}]
    result = bench.run(*rows, bench.value("decimal(36,2)"), control_totals=totals)
    assert "control total 'all' is off by +0.01" in result.sentence()
    told = json.loads(result.summary.read_text("utf-8"))["control_totals"][0]
    assert (told["old"], told["new"], told["difference"]) == (HUGE, OTHER, "0.01")


def test_two_sides_that_agree_at_that_size_are_not_told_to_have_lost_rows(bench):
    rows = [("1", HUGE), ("2", HUGE)]
    totals = [{"name": "all", "column": "value"}]
    result = bench.run(rows, rows, bench.value("decimal(38,2)"), control_totals=totals)
    assert result.failures == ()
