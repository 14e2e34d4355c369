"""A comparison as a page: what differs is marked, what cannot be seen is written out."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from golive.compare.lookup import find_rows
from golive.compare.page import comparison_page, side_by_side


def page(result, language="en"):
    summary = json.loads(result.summary.read_text(encoding="utf-8"))
    rows = find_rows(result.differences, {}, 100)
    return comparison_page("Things", "r1", summary, rows, language, other="other.html")


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", html.split("</style>")[1]).split())


@pytest.fixture
def differing(bench):
    return bench.run(
        [("1", "Zhang San "), ("2", "<b>"), ("3", "only here"), ("4", None)],
        [("1", "Zhang San"), ("2", "<i>"), ("4", "")],
        bench.value(),
    )


def test_the_verdict_stands_before_causes_rows_and_proof(differing):
    told = text_of(page(differing))
    places = [told.index(one) for one in ("DIFFERS", "Why rows differ", "side by side", "SHA-256")]
    assert places == sorted(places)
    assert "Every row is accounted for: 0 + 3 + 1 + 0 + 0 = 4" in told


def test_what_differs_is_marked_and_a_blank_can_be_seen(differing):
    html = page(differing)
    assert "Zhang San<mark>␣</mark>" in html
    assert "&lt;<mark>b</mark>&gt;" in html
    assert "the row is only here" in html


def test_it_asks_no_network_and_runs_no_script(differing):
    html = page(differing)
    assert "default-src &#39;none&#39;" in html
    assert not re.search(r"<script|src=|https?://|url\(", html)


def test_the_same_in_chinese(differing):
    told = text_of(page(differing, "zh"))
    assert "不一致" in told
    assert "每一行均有去向" in told
    assert "首尾或中间空格不同" in told


def test_sides_that_agree_say_so(bench):
    told = text_of(page(bench.run([("1", "a")], [("1", "a")], bench.value())))
    assert "AGREES" in told
    assert "Nothing is open." in told
    assert "side by side" not in told


def test_a_masked_column_shows_neither_value_nor_difference(bench):
    result = bench.run(
        [("1", "Zhang San"), ("2", "x")], [("1", "Zhang Sen"), ("2", "x")], bench.value(pii=True)
    )
    html = page(result)
    assert "DIFFERS" in html
    assert "Zhang" not in html
    # Of two marks no signs are compared: they say nothing.
    assert len(re.findall("<mark>masked:[0-9a-f]{16}</mark>", html)) == 2


@given(st.text(max_size=30), st.text(max_size=30))
def test_equal_pieces_are_the_same_on_both_sides_and_nothing_is_lost(old, new):
    one, two = side_by_side(old, new)
    assert [t for t, d in one if not d] == [t for t, d in two if not d]
    assert old == new or any(d for _, d in (*one, *two))
    if old.isalnum() and new.isalnum():
        assert ("".join(t for t, _ in one), "".join(t for t, _ in two)) == (old, new)


def test_no_value_stays_no_value():
    assert side_by_side(None, " ") == (None, ((" ", False),))
