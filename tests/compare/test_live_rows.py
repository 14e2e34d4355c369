"""Rows that change while they are read, and personal data that must not be told."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime

import duckdb
import pytest

from golive.compare.comparing import compare

HEADER = "id,value,changed\n"


def write(bench, side, *rows):
    (bench.folder / f"{side}.csv").write_text(HEADER + "".join(f"{row}\n" for row in rows))


def spec(bench):
    columns = [
        *bench.value("decimal(18,2)"),
        {"old": "changed", "new": "changed", "as": "timestamp"},
    ]
    flying = {"column": "changed", "grace": "PT30M", "recheck_after": "PT1M", "max_rechecks": 2}
    return bench.spec(bench.body(columns, in_flight=flying))


NOW = "2999-01-01 00:00:00"
LONG_AGO = "2020-01-01 00:00:00"
AGREES = f"2,5.00,{LONG_AGO}"


def test_what_no_longer_differs_was_in_flight(bench):
    write(bench, "old", f"1,10.00,{NOW}", f"2,5.00,{LONG_AGO}")
    write(bench, "new", f"1,9.00,{NOW}", f"2,5.00,{LONG_AGO}")
    waits = []

    def arrives(seconds):
        waits.append(seconds)
        write(bench, "new", f"1,10.00,{NOW}", f"2,5.00,{LONG_AGO}")

    result = compare(spec(bench), bench.context(), pause=arrives)
    assert waits == [60.0]
    assert result.failures == ()
    assert [row[-1] for row in bench.differences(result)] == ["in_flight"]


def test_what_differs_by_the_same_is_open_after_one_more_reading(bench):
    write(bench, "old", f"1,10.00,{NOW}", f"2,5.00,{LONG_AGO}")
    write(bench, "new", f"1,9.00,{NOW}", f"2,4.00,{LONG_AGO}")
    waits = []
    result = compare(spec(bench), bench.context(), pause=waits.append)
    assert waits == [60.0]
    assert {(row[1], row[-1]) for row in bench.differences(result)} == {
        ("1", "open"),
        ("2", "open"),
    }


def test_what_moves_still_is_read_again_up_to_the_limit(bench):
    write(bench, "old", f"1,10.00,{NOW}")
    write(bench, "new", f"1,9.00,{NOW}")
    waits = []

    def moves(seconds):
        waits.append(seconds)
        write(bench, "new", f"1,9.0{len(waits)},{NOW}")

    result = compare(spec(bench), bench.context(), pause=moves)
    assert waits == [60.0, 60.0]
    assert result.failures
    # It is told as it was last read, and the reading it is told from is named.
    assert bench.differences(result) == [("changed", "1", "value", "10.00", "9.02", "open")]
    told = json.loads(result.summary.read_text("utf-8"))
    assert told["top"][0]["amount"] == "-0.98"
    assert told["readings"]["2"]["new"]["sha256"] == result.readings[0].new.sha256
    assert list(told["readings"]) == ["2"]
    assert told["conservation"]["holds"]


def test_the_cause_is_that_of_the_values_told(bench):
    write(bench, "old", f"1,10.00,{NOW}", f"2,8.00,{LONG_AGO}")
    write(bench, "new", f"1,9.00,{NOW}", f"2,8.00,{LONG_AGO}")

    def moves(_):
        write(bench, "new", f"1,-10.00,{NOW}", f"2,8.00,{LONG_AGO}")

    result = compare(spec(bench), bench.context(), pause=moves)
    assert [item.cause for item in result.findings.causes] == ["sign"]
    assert "first 1 value 10.00 vs -10.00" in result.sentence()


def test_a_row_on_one_side_is_told_as_it_was_last_read(bench):
    write(bench, "old", f"1,10.00,{NOW}", AGREES)
    write(bench, "new", AGREES)

    def moves(_):
        write(bench, "old", AGREES, f"1,12.00,{NOW}")

    result = compare(spec(bench), bench.context(), pause=moves)
    assert result.findings.top[0].amount == "12"
    assert bench.differences(result) == [("only_old", "1", "", None, None, "only_old")]
    numbers = duckdb.execute(f"SELECT old_row, reading FROM read_parquet('{result.differences}')")
    # The row's number is that in the later snapshot.
    assert numbers.fetchall() == [(1, 1)]


def test_rows_that_share_a_key_are_told_as_they_were_first_read(bench):
    write(bench, "old", f"1,10.00,{NOW}", f"1,20.00,{NOW}", AGREES)
    write(bench, "new", f"1,11.00,{NOW}", f"1,21.00,{NOW}", AGREES)

    def moves(_):
        write(bench, "new", f"1,12.00,{NOW}", f"1,22.00,{NOW}", AGREES)

    result = compare(spec(bench), bench.context(), pause=moves)
    assert {row[4] for row in bench.differences(result)} == {"11.00", "21.00"}
    assert result.readings == ()


def test_old_rows_are_not_waited_for(bench):
    write(bench, "old", f"1,10.00,{LONG_AGO}")
    write(bench, "new", f"1,9.00,{LONG_AGO}")
    assert compare(spec(bench), bench.context(), pause=lambda _: 1 / 0).failures


@pytest.mark.parametrize(
    ("old", "new", "later_old", "later_new"),
    [
        (["1,10.00"], [], ["1,10.00"], ["1,7777.00"]),
        (["1,10.00"], ["1,9.00"], ["1,10.00"], []),
        ([], ["1,9.00"], ["1,10.00"], ["1,9.00"]),
        (["1,10.00"], ["1,9.00"], [], ["1,9.00"]),
        (["1,10.00"], [], [], ["1,10.00"]),
    ],
    ids=["arrives wrong", "is deleted", "old arrives", "old is deleted", "changes sides"],
)
def test_another_difference_of_the_same_key_is_no_agreement(bench, old, new, later_old, later_new):
    def both(old, new):
        write(bench, "old", *(f"{row},{NOW}" for row in old), AGREES)
        write(bench, "new", *(f"{row},{NOW}" for row in new), AGREES)

    both(old, new)
    result = compare(spec(bench), bench.context(), pause=lambda _: both(later_old, later_new))
    assert result.failures
    assert result.findings.agreeing == 1
    assert "in_flight" not in {row[-1] for row in bench.differences(result)}


def test_a_key_written_otherwise_is_the_same_key_when_it_arrives_wrong(bench):
    write(bench, "old", f"007,10.00,{NOW}", AGREES)
    write(bench, "new", AGREES)
    columns = [
        *bench.value("decimal(18,2)"),
        {"old": "changed", "new": "changed", "as": "timestamp"},
    ]
    flying = {"column": "changed", "grace": "PT30M", "recheck_after": "PT1M", "max_rechecks": 2}
    key = [{"old": "id", "new": "id", "as": "int"}]
    body = bench.body(columns, in_flight=flying, key=key)

    def arrives(_):
        write(bench, "new", f"7,7777.00,{NOW}", AGREES)

    result = compare(bench.spec(body), bench.context(), pause=arrives)
    assert [row[-1] for row in bench.differences(result)] == ["only_old"]
    assert result.failures


def test_a_value_that_is_right_now_settles_beside_one_that_is_not(bench):
    write(bench, "old", f"1,10.00,{NOW}")
    write(bench, "new", "1,9.00,2999-01-01 00:00:01")

    def arrives(_):
        write(bench, "new", "1,10.00,2999-01-01 00:00:01")

    result = compare(spec(bench), bench.context(), pause=arrives)
    assert {row[2]: row[-1] for row in bench.differences(result)} == {
        "value": "in_flight",
        "changed": "open",
    }


def test_a_value_that_is_right_now_does_not_settle_beside_one_that_is_newly_wrong(bench):
    write(bench, "old", f"1,10.00,{NOW}")
    write(bench, "new", f"1,9.00,{NOW}")

    def arrives(_):
        write(bench, "new", "1,10.00,2999-01-01 00:00:01")

    result = compare(spec(bench), bench.context(), pause=arrives)
    # The value is right in the end, and the row is not: what is told is what one finds there.
    assert {row[2]: row[-1] for row in bench.differences(result)} == {"changed": "open"}
    assert result.failures


@pytest.mark.parametrize(("changed", "waited"), [("11:30:00", True), ("11:29:59.999999", False)])
def test_a_row_is_waited_for_up_to_the_edge_of_the_grace(bench, changed, waited):
    read = datetime(2026, 11, 28, 12, tzinfo=UTC).timestamp()
    for side, value in (("old", "10.00"), ("new", "9.00")):
        write(bench, side, f"1,{value},2026-11-28 {changed}")
        os.utime(bench.folder / f"{side}.csv", (read, read))
    waits = []

    def arrives(seconds):
        waits.append(seconds)
        write(bench, "new", f"1,10.00,2026-11-28 {changed}")

    result = compare(spec(bench), bench.context(), pause=arrives)
    assert waits == ([60.0] if waited else [])
    assert [row[-1] for row in bench.differences(result)] == ["in_flight" if waited else "open"]


def test_personal_data_is_told_by_marks_only(bench):
    rows = [("1", "8123.45"), ("2", "8123.45")], [("1", "9123.45"), ("2", "8623.45")]
    result = bench.run(*rows, bench.value("decimal(18,2)", pii=True))
    text = result.summary.read_text(encoding="utf-8") + repr(bench.differences(result))
    assert "123.45" not in text
    assert "1,000" not in result.sentence()
    olds = {row[3] for row in bench.differences(result)}
    assert len(olds) == 1  # one value, one mark
    assert olds.pop().startswith("masked:")
    amounts = duckdb.execute(f"SELECT amount FROM read_parquet('{result.differences}')").fetchall()
    assert amounts == [(None,), (None,)]
