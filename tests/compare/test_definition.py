"""A wrong comparison file: every mistake with its line and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from golive.compare.reading import read_comparison
from golive.errors import SpecError

GOOD = """\
schema: golive/comparison/v1
id: orders
title: orders
old: {source: sqlite, target: old, table: ordh}
new: {source: csv, path: "{demo_dir}/orders.csv"}
key:
  - {old: orno, new: number, as: varchar}
columns:
  - {old: tamt, new: total, as: "decimal(18,2)", tolerance: 0.01}
  - {old: stat, new: status, as: varchar, map: {A: open}, rules: [trailing_blank], share: 0.1}
ignore:
  - {old: note, reason: nobody needs it}
control_totals:
  - {name: value, column: total}
"""


@pytest.fixture
def read(tmp_path):
    def reading(text):
        path = tmp_path / "c.yaml"
        path.write_text(text, encoding="utf-8")
        return read_comparison(path, shown_as="c.yaml")

    return reading


def test_good(read):
    spec = read(GOOD)
    assert spec.column("total").declared.sql == "DECIMAL(18,2)"
    assert spec.column("status").mapped
    assert spec.limits.open == 0


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        ("tolerance: 0.01", "tolerence: 0.01", "c.yaml:9: unknown key 'tolerence' (did you mean"),
        (
            "as: varchar}",
            "ass: varchar, as: varchar}",
            "c.yaml:7: unknown key 'ass' (did you mean 'as'?)",
        ),
        ("title: orders", "titel: orders", "c.yaml:3: unknown key 'titel' (did you mean 'title'?)"),
        ("table: ordh", "tabel: ordh", "c.yaml:4: unknown key 'tabel' (did you mean 'table'?)"),
        ("id: orders\n", "", "key 'id' is missing"),
        ("decimal(18,2)", "money", "c.yaml:9: column 'total': 'money' is not a type"),
        (", share: 0.1", "", "c.yaml:10: column 'status': its rules have no bound"),
        ("share: 0.1", "share: 2", "c.yaml:10: column 'status': the share is not from 0 to 1"),
        ("[trailing_blank]", "[trailing]", "c.yaml:10: column 'status': unknown rule 'trailing'"),
        ("tolerance: 0.01", "rules: [nfc]", "rule 'nfc' is not for type 'decimal'"),
        ("tolerance: 0.01", "tolerance: -1", "tolerance is not a number of 0 or more"),
        ("tolerance: 0.01", "tolerance: few", "tolerance is not a number of 0 or more"),
        (", reason: nobody needs it", ', reason: ""', "c.yaml:12: ignore 'note': gives no reason"),
        ("old: note, ", "", "needs one of old and new"),
        ("column: total", "column: status", "'status' is not a compared decimal or int"),
        (
            "table: ordh",
            "path: x.csv",
            "c.yaml:4: side 'old': source 'sqlite' needs table or query",
        ),
        ("target: old, ", "", "c.yaml:4: side 'old': names no target"),
        ("new: status", "new: total", "c.yaml:10: column 'total': is compared twice"),
        ("  - {old: orno, new: number, as: varchar}\n", "  []\n", "key: names no column"),
        ("golive/comparison/v1", "golive/comparison/v2", "c.yaml:1"),
    ],
)
def test_mistake_is_told_with_line_and_hint(read, was, becomes, said):
    assert was in GOOD
    with pytest.raises(SpecError) as caught:
        read(GOOD.replace(was, becomes, 1))
    assert said in str(caught.value)


def test_all_mistakes_at_once(read):
    with pytest.raises(SpecError) as caught:
        read(GOOD.replace("decimal(18,2)", "money").replace("[trailing_blank]", "[x]"))
    assert len(caught.value.problems) >= 2


def test_float_rule_is_refused_on_a_key(read):
    text = GOOD.replace("as: varchar}", "as: double, rules: [float_1e9]}", 1)
    with pytest.raises(SpecError, match="cannot be used on a key"):
        read(text)


def test_missing_file():
    with pytest.raises(SpecError, match="there is no such file"):
        read_comparison(Path("/nowhere/c.yaml"))


def test_the_documents_example_is_a_good_comparison(read):
    text = (Path(__file__).parents[2] / "docs" / "comparisons.md").read_text("utf-8")
    assert read(text.partition("```yaml\n")[2].partition("```")[0]).id == "open_items"
