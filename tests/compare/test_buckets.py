"""Rows divided by key: the same answer for any number of parts, and what is unchanged is named."""

from __future__ import annotations

import json

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.compare.test_properties import COLUMNS, ROWS, SLOW

from golive.compare.buckets import within_memory
from golive.compare.comparing import compare
from golive.compare.database import Bounds
from golive.errors import SpecError


def answer(bench, result):
    told = json.loads(result.summary.read_text(encoding="utf-8"))
    for varies in ("seconds", "snapshots", "buckets"):
        del told[varies]
    return bench.differences(result), told


@SLOW
@given(old=ROWS, new=ROWS, parts=st.integers(min_value=2, max_value=40))
def test_any_number_of_parts_gives_the_same_answer(fresh_bench, old, new, parts):
    if not old and not new:
        old = [("1", "a", "0.00")]
    bench = fresh_bench()
    header = ("id", "text", "amount")
    whole = answer(bench, bench.run(old, new, COLUMNS, header=header))
    split = answer(bench, bench.run(old, new, COLUMNS, header=header, buckets=parts))
    assert split == whole


WIDE = "COPY (SELECT i AS id, repeat(md5(i::VARCHAR), 30) || {} AS value FROM range(60_000) t(i) "


def test_what_exceeds_the_memory_is_divided_by_itself_and_said(bench):
    for name, more in (("old", "''"), ("new", "CASE WHEN i = 7 THEN 'x' ELSE '' END")):
        duckdb.execute(
            f"{WIDE.format(more)} {'ORDER BY hash(i)' if name == 'new' else ''}) "
            f"TO '{bench.folder}/{name}.parquet' (FORMAT parquet, ROW_GROUP_SIZE 2048)"
        )
    sides = {name: {"source": "parquet", "path": f"{name}.parquet"} for name in ("old", "new")}
    key = [{"old": "id", "new": "id", "as": "int"}]
    spec = bench.spec(bench.body(bench.value(), key=key, **sides))
    context = bench.context()
    # Each side alone is larger; a whole join of both ends with 'Out of Memory' here.
    found = compare(spec, context, bounds=Bounds(memory=48_000_000))
    assert (found.findings.conservation.equal, found.findings.conservation.changed) == (59_999, 1)
    (said,) = [line for line in context.said if "exceed the memory" in line]
    assert said == "rows exceed the memory together, so they were matched in 8 parts"


def test_no_number_of_parts_helps_where_one_row_exceeds_the_memory(bench):
    spec = bench.spec(bench.body(bench.value()))
    tried = []

    def join(divided):
        tried.append(divided.buckets)
        raise duckdb.OutOfMemoryException("Out of Memory Error")

    with pytest.raises(duckdb.OutOfMemoryException):
        within_memory(spec, join)
    assert tried == [1, 8, 64, 512, 1024]


def test_what_is_unchanged_since_the_last_comparison_is_named_and_compared_all_the_same(bench):
    rows = [(str(n), "a") for n in range(100)]
    first = bench.run(rows, rows, bench.value(), buckets=16)
    earlier = json.loads(first.summary.read_text(encoding="utf-8"))
    assert earlier["buckets"]["old"]["changed"] is None

    (bench.folder / "new.csv").write_text(
        (bench.folder / "new.csv").read_text().replace('"7","a"', '"7","b"')
    )
    context = bench.context()
    again = compare(first.comparison, context, earlier=earlier)
    told = json.loads(again.summary.read_text(encoding="utf-8"))["buckets"]
    assert told["old"]["unchanged_since"] == earlier["buckets"]["old"]["clock"]
    assert (told["new"]["unchanged_since"], told["new"]["changed"]) == ("", 1)
    assert [row[1] for row in bench.differences(again)] == ["7"]
    said = [line for line in context.said if "checksums" in line]
    since = told["old"]["unchanged_since"]
    assert said == [
        f"old: unchanged since {since} by its checksums; compared in full all the same",
        "new: 1 of 16 parts changed by its checksums; compared in full all the same",
    ]
    # A third comparison keeps the earliest moment it was so.
    third = compare(first.comparison, bench.context(), earlier={"buckets": told})
    later = json.loads(third.summary.read_text(encoding="utf-8"))["buckets"]
    assert later["old"]["unchanged_since"] == since
    assert later["new"]["changed"] == 0


def test_checksums_of_another_specification_say_nothing(bench):
    rows = [("1", "a")]
    first = bench.run(rows, rows, bench.value(), buckets=4)
    earlier = json.loads(first.summary.read_text(encoding="utf-8"))
    other = bench.spec(bench.body(bench.value(rules=["case"]), buckets=4))
    told = json.loads(compare(other, bench.context(), earlier=earlier).summary.read_text())
    assert told["buckets"]["old"]["changed"] is None


def test_personal_data_has_no_checksums(bench):
    rows = [("1", "a")]
    found = bench.run(rows, rows, bench.value(pii=True), buckets=4)
    assert json.loads(found.summary.read_text())["buckets"] is None


@pytest.mark.parametrize("parts", [0, 5000])
def test_a_number_of_parts_that_is_none_is_refused(bench, parts):
    with pytest.raises(SpecError, match=f"buckets: {parts} is no number of parts"):
        bench.run([("1", "a")], [("1", "a")], bench.value(), buckets=parts)
