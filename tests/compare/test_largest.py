"""What is shown first is what weighs most; a list that ends says how it goes on."""

from __future__ import annotations

import json

import pytest

from golive.compare import sheet
from golive.compare.lookup import find_rows
from golive.sheets import read_table

COLUMNS = [
    {"old": "amount", "new": "amount", "as": "decimal(18,2)"},
    {"old": "name", "new": "name", "as": "varchar", "rules": ["trailing_blank"]},
]
HEADER = ("company", "number", "amount", "name")
KEY = [
    {"old": "company", "new": "company", "as": "varchar"},
    {"old": "number", "new": "number", "as": "varchar"},
]


@pytest.fixture
def result(bench):
    """Twelve amounts off by 1 to 12, a row of 500 on one side, a name of a row of 300."""
    old = [("DE10", f"{n:03}", f"{n}.00", "a") for n in range(1, 13)]
    new = [("DE10", f"{n:03}", f"{2 * n}.00", "a") for n in range(1, 13)]
    old += [("DE10", "500", "500.00", "lost"), ("CN20", "300", "300.00", "Wang")]
    new += [("CN20", "300", "300.00", "Wong")]
    blanks = [("US30", f"{n:03}", "1.00", "b") for n in range(4)]
    old += blanks
    new += [(*row[:3], "b ") for row in blanks]
    return bench.run(old, new, COLUMNS, header=HEADER, key=KEY)


TEN = [
    "DE10 / 500", "CN20 / 300", "DE10 / 012", "DE10 / 011", "DE10 / 010", "DE10 / 009",
    "DE10 / 008", "DE10 / 007", "DE10 / 006", "DE10 / 005",
]  # fmt: skip


def test_the_largest_ten_come_first_by_amount_whichever_side_and_sign(result):
    assert [row.key for row in find_rows(result.differences, {}, 10)] == TEN
    assert [item.key for item in result.findings.top[:10]] == TEN
    told = json.loads(result.summary.read_text("utf-8"))
    assert [item["key"] for item in told["top"][:10]] == TEN
    assert told["top"][0]["amount"] == "500"
    assert "first DE10 / 500" in result.sentence()


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
@pytest.mark.parametrize(
    ("language", "rest"),
    [
        ("en", "12 more differences are in differences.parquet"),
        ("zh", "另有 12 处差异，见 differences.parquet"),
    ],
)
def test_a_list_that_is_cut_off_says_so_and_has_the_largest(
    result, monkeypatch, ending, language, rest
):
    monkeypatch.setattr(sheet, "MOST", 4)
    monkeypatch.setattr(sheet, "MOST_EXPLAINED", 2)
    target = result.differences.with_name(f"cut.{ending}")
    assert sheet.write_sheet(result.differences, target, language) == 6
    rows = [row.cells for row in read_table(target).rows[1:]]
    assert [row[0] for row in rows[:4]] == TEN[:4]
    assert [row[5] for row in rows[4:6]] == ["rule:trailing_blank"] * 2
    assert rows[6][0] == rest
    assert len(rows) == 7


def test_a_list_that_holds_everything_says_nothing_more(result):
    target = result.differences.with_name("whole.csv")
    assert sheet.write_sheet(result.differences, target, "en") == 18
    assert "more differences" not in target.read_text("utf-8-sig")
