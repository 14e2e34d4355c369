"""The cases other comparers get wrong: each found exactly, or rightly equal."""

from __future__ import annotations

import math

import duckdb
import pytest

from golive.compare.comparing import compare
from golive.errors import SetupError


def test_row_loaded_twice_on_one_side_is_only_there(bench):
    result = bench.run(
        [("1", "a"), ("1", "a"), ("2", "b")], [("1", "a"), ("2", "b")], bench.value()
    )
    assert bench.differences(result) == [("only_old", "1", "", None, None, "only_old")]
    assert result.findings.conservation.equal == 2
    assert result.failures


def test_two_rows_each_under_one_key_and_one_differs_is_one_change(bench):
    result = bench.run([("1", "a"), ("1", "b")], [("1", "c"), ("1", "a")], bench.value())
    assert bench.differences(result) == [("changed", "1", "value", "b", "c", "open")]
    assert result.findings.conservation.special_keys == 1


def test_copies_under_one_key_are_paired_before_what_is_next_in_order(bench):
    result = bench.run([("1", "b"), ("1", "c")], [("1", "a"), ("1", "b")], bench.value())
    assert bench.differences(result) == [("changed", "1", "value", "c", "a", "open")]
    assert result.findings.conservation.equal == 1


def test_key_without_value_and_the_same_row_on_both_sides_is_equal(bench):
    result = bench.run([(None, "a"), ("2", "b")], [(None, "a"), ("2", "b")], bench.value())
    assert bench.differences(result) == []
    assert result.findings.conservation.equal == 2


def test_no_value_is_not_empty_text(bench):
    result = bench.run([("1", None)], [("1", "")], bench.value())
    assert bench.differences(result) == [("changed", "1", "value", None, "", "open")]
    absorbed = bench.run([("1", None)], [("1", "")], bench.value(rules=["null_is_empty"]))
    assert bench.differences(absorbed)[0][-1] == "rule:null_is_empty"
    assert not absorbed.failures


def test_trailing_blank_is_found_and_named_when_a_rule_absorbs_it(bench):
    result = bench.run([("1", "a ")], [("1", "a")], bench.value())
    assert bench.differences(result) == [("changed", "1", "value", "a ", "a", "open")]
    assert "'a ' vs a" in result.sentence()
    absorbed = bench.run([("1", "a ")], [("1", "a")], bench.value(rules=["trailing_blank"]))
    assert bench.differences(absorbed)[0][-1] == "rule:trailing_blank"


def test_floating_point_noise_is_found_and_named_when_a_rule_absorbs_it(bench):
    noisy, clean = repr(0.1 + 0.2), "0.3"
    result = bench.run([("1", clean)], [("1", noisy)], bench.value("double"))
    assert bench.differences(result) == [("changed", "1", "value", clean, noisy, "open")]
    absorbed = bench.run([("1", clean)], [("1", noisy)], bench.value("double", rules=["float_1e9"]))
    assert bench.differences(absorbed)[0][-1] == "rule:float_1e9"


def test_decimals_of_another_scale_are_equal_and_not_cut(bench):
    assert not bench.run([("1", "1.1000")], [("1", "1.1")], bench.value("decimal(18,4)")).failures
    result = bench.run([("1", "1.1049")], [("1", "1.10")], bench.value("decimal(18,4)"))
    assert bench.differences(result) == [("changed", "1", "value", "1.1049", "1.1000", "open")]


def test_not_a_number_equals_itself(bench):
    assert not bench.run([("1", "NaN")], [("1", "nan")], bench.value("double")).failures
    assert bench.run([("1", "NaN")], [("1", "1")], bench.value("double")).failures


def test_one_cent_on_a_hundred_thousand(bench):
    result = bench.run(
        [("1", "100000.00"), ("2", "123456789012345.67")],
        [("1", "100000.01"), ("2", "123456789012345.66")],
        bench.value("decimal(18,2)"),
    )
    assert [row[1] for row in bench.differences(result)] == ["1", "2"]


def test_one_day(bench):
    result = bench.run([("1", "2026-02-28")], [("1", "2026-03-01")], bench.value("date"))
    assert bench.differences(result)[0][3:5] == ("2026-02-28", "2026-03-01")


def test_dates_written_in_another_form(bench):
    columns = bench.value("date", format={"old": "%Y%m%d"})
    assert not bench.run([("1", "20260228")], [("1", "2026-02-28")], columns).failures
    with pytest.raises(SetupError, match=r"1 values are not date, e\.g\. '20260230'"):
        bench.run([("1", "20260230")], [("1", "2026-02-28")], columns)


def test_key_parts_are_never_glued_together(bench):
    key = [{"old": "a", "new": "a", "as": "varchar"}, {"old": "b", "new": "b", "as": "varchar"}]
    result = bench.run(
        [("1", "11", "x")],
        [("11", "1", "x")],
        bench.value(),
        header=("a", "b", "value"),
        key=key,
    )
    assert {row[0] for row in bench.differences(result)} == {"only_old", "only_new"}


def test_integer_keys_match_by_value_and_not_by_text(bench):
    key = [{"old": "id", "new": "id", "as": "int"}]
    assert not bench.run([("007", "a")], [("7", "a")], bench.value(), key=key).failures


def test_rare_characters_stay_apart(bench):
    result = bench.run(
        [("1", "㐂𠮷龘"), ("2", "é")], [("1", "喜吉龍"), ("2", "e\u0301")], bench.value()
    )
    assert len(bench.differences(result)) == 2
    named = bench.run([("2", "é")], [("2", "e\u0301")], bench.value(rules=["full_width", "nfc"]))
    assert bench.differences(named)[0][-1] == "rule:nfc"


def test_the_fewest_rules_that_explain_are_named(bench):
    rules = ["full_width", "trailing_blank", "case"]
    result = bench.run(
        [("1", "ＡＢ　"), ("2", "ab"), ("3", "ab")],
        [("1", "AB"), ("2", "AB"), ("3", "ac")],
        bench.value(rules=rules),
    )
    assert [(row[1], row[-1]) for row in bench.differences(result)] == [
        ("1", "rule:full_width+trailing_blank"),
        ("2", "rule:case"),
        ("3", "open"),
    ]


@pytest.mark.parametrize(
    ("rule", "old", "new"),
    [
        ("trailing_blank", " a", "a"),
        ("leading_blank", "a ", "a"),
        ("inner_blanks", "a  b", "ab"),
        ("case", "Ab", "ac"),
        ("leading_zeros", "100", "1"),
        ("full_width", "é", "e"),
        ("nfc", "ﬁ", "fi"),
        ("null_is_empty", None, " "),
    ],
)
def test_a_rule_explains_nothing_beyond_what_it_says(bench, rule, old, new):
    result = bench.run([("1", old)], [("1", new)], bench.value(rules=[rule]))
    assert bench.differences(result)[0][-1] == "open"


def test_tolerance_holds_up_to_its_edge(bench):
    result = bench.run(
        [("1", "10.00"), ("2", "10.00")],
        [("1", "10.01"), ("2", "10.02")],
        bench.value("decimal(18,2)", tolerance="0.01"),
    )
    assert [row[-1] for row in bench.differences(result)] == ["tolerance", "open"]


def test_offsetting_errors_do_not_pass_although_the_total_agrees(bench):
    result = bench.run(
        [("1", "10.00"), ("2", "10.00")],
        [("1", "15.00"), ("2", "5.00")],
        bench.value("decimal(18,2)"),
        control_totals=[{"name": "sum", "column": "value"}],
    )
    assert result.findings.totals[0].agrees
    assert result.failures == ("open differences: 2 (limit 0)",)


def test_total_is_checked_even_where_every_value_is_within_tolerance(bench):
    result = bench.run(
        [(str(i), "10.00") for i in range(5)],
        [(str(i), "10.01") for i in range(5)],
        bench.value("decimal(18,2)", tolerance="0.01"),
        control_totals=[{"name": "sum", "column": "value"}],
    )
    assert result.findings.count("tolerance") == 5
    assert result.failures == ("control total 'sum' is off by +0.05",)
    assert "off by +0.05" in result.sentence()


@pytest.mark.parametrize(
    ("as_", "wrong"),
    [
        ("int", "1.5"),
        ("int", ""),
        ("int", "9223372036854775808"),
        ("decimal(18,2)", "10.013"),
        ("decimal(18,2)", "1,000.00"),
        ("decimal(4,2)", "100.00"),
        ("decimal(18,2)", "1e-07"),
        ("double", "ten"),
        ("date", "2026-02-30"),
        ("date", "28.02.2026"),
        ("timestamp", "2026-02-28 10:00:00.1234567"),
        ("bool", "yes"),
    ],
)
def test_value_that_is_not_of_its_type_is_never_bent(bench, as_, wrong):
    with pytest.raises(SetupError) as caught:
        bench.run([("1", wrong)], [("1", None)], bench.value(as_))
    assert f"1 values are not {as_}, e.g. '{wrong}'" in str(caught.value)


@pytest.mark.parametrize(
    ("as_", "one", "two"),
    [
        ("int", "1.0", "+1"),
        ("decimal(30,2)", "1e+20", "100000000000000000000"),
        ("decimal(18,2)", "10.0100", ".1001e2"),
        ("timestamp", "2026-02-28T10:00:00Z", "2026-02-28 10:00:00"),
        ("bool", "1", "TRUE"),
        ("double", "1e3", "1000"),
        ("double", "-0.0", "0"),
    ],
)
def test_same_value_written_in_two_ways(bench, as_, one, two):
    assert not bench.run([("1", one)], [("1", two)], bench.value(as_)).failures


def test_infinity_is_a_number_like_others(bench):
    assert not bench.run([("1", math.inf)], [("1", "Infinity")], bench.value("double")).failures


@pytest.mark.parametrize("stored", ["DECIMAL(18,4)", "DECIMAL(19,2)", "DECIMAL(38,2)"])
def test_stored_decimals_of_another_width_are_compared_as_declared(bench, stored):
    result = _stored_decimals(bench, "12.50", stored)
    assert bench.differences(result) == []
    assert result.findings.conservation.equal == 1


@pytest.mark.parametrize(
    ("value", "stored"),
    [("1.1049", "DECIMAL(18,4)"), ("99999999999999999.00", "DECIMAL(38,2)")],
)
def test_a_stored_decimal_that_would_be_rounded_or_cut_is_refused(bench, value, stored):
    with pytest.raises(SetupError, match=rf"1 values are not decimal\(18,2\), e.g. '{value}'"):
        _stored_decimals(bench, value, stored)


def _stored_decimals(bench, value, stored):
    for side, kind in (("old", stored), ("new", "DECIMAL(18,2)")):
        amount = value if side == "old" else "12.50"
        duckdb.execute(
            f"COPY (SELECT '1' AS id, {amount}::{kind} AS value) TO '{bench.folder}/{side}.parquet'"
        )
    sides = {side: {"source": "parquet", "path": f"{side}.parquet"} for side in ("old", "new")}
    return compare(bench.spec(bench.body(bench.value("decimal(18,2)"), **sides)), bench.context())


def test_a_typed_side_is_read_where_it_lies_and_shows_its_own_key(bench):
    for side, key in (("old", "7"), ("new", "8")):
        duckdb.execute(
            f"COPY (SELECT {key}::INTEGER AS id, 'a' AS value) TO '{bench.folder}/{side}.parquet'"
        )
    sides = {side: {"source": "parquet", "path": f"{side}.parquet"} for side in ("old", "new")}
    result = compare(bench.spec(bench.body(bench.value(), **sides)), bench.context())
    assert [row[:3] for row in bench.differences(result)] == [
        ("only_new", "8", ""),
        ("only_old", "7", ""),
    ]


def test_copies_of_a_one_sided_row_are_named_beside_keys_of_both_sides(bench):
    # Of key 1 an equal row is elsewhere; key 2 is nowhere else, so both its rows are one-sided.
    new = [("1", "a"), ("1", "a"), ("2", "b"), ("2", "b"), ("3", "c")]
    result = bench.run([("1", "a"), ("3", "c")], new, bench.value())
    found = [(item.kind, item.cause, item.count) for item in result.findings.causes]
    assert found == [("only_new", "repeated", 3)]
    alone = bench.run([("3", "c")], [("2", "b"), ("2", "x"), ("3", "c")], bench.value())
    found = [(item.kind, item.cause, item.count) for item in alone.findings.causes]
    assert found == [("only_new", "second_row", 2)]
