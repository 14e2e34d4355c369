"""Reading CSV: encodings by name, nothing guessed, what is broken is said."""

from __future__ import annotations

from decimal import Decimal

import duckdb
import pytest

from golive.compare.sources.csv import CsvSource
from golive.errors import SetupError
from golive.testing import RecordedContext


@pytest.fixture
def read(tmp_path):
    context = RecordedContext(workspace=tmp_path, workdir=tmp_path)

    def snapshot(content, **query):
        (tmp_path / "a.csv").write_bytes(content)
        return CsvSource().snapshot({"path": "a.csv", **query}, tmp_path / "s", context)

    return snapshot


def rows(snapshot):
    return duckdb.sql(f"SELECT * FROM read_parquet('{snapshot.path}')").fetchall()


TEXT = 'id,名称\n1,深圳龙岗\n2,\n3,""\n'


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [("utf-8", b""), ("utf-8", b"\xef\xbb\xbf"), ("gbk", b""), ("utf-16", b"")],
)
def test_encodings(read, encoding, mark):
    snapshot = read(mark + TEXT.encode(encoding), encoding=encoding)
    assert rows(snapshot) == [("1", "深圳龙岗"), ("2", None), ("3", "")]
    assert snapshot.totals["rows"] == "3"


def test_line_ends_quotes_and_leading_zeros(read):
    snapshot = read(b'id,x\r\n007,"a ""b"",\r\nc"\r\n008,1.10\r\n')
    assert rows(snapshot) == [("007", 'a "b",\r\nc'), ("008", "1.10")]


def test_null_text_and_delimiter(read):
    snapshot = read(b'id;x\n1;NULL\n2;"NULL"\n3;\n', delimiter=";", null_text="NULL")
    assert rows(snapshot) == [("1", None), ("2", "NULL"), ("3", "")]


def test_totals_by_a_second_reader(read):
    snapshot = read(b"id,x\n1,0.10\n2,0.20\n3,\n", totals={"sum": {"column": "x", "scale": 2}})
    assert snapshot.totals == {"rows": "3", "sum": "30"}


@pytest.mark.parametrize(
    ("content", "query", "sentence"),
    [
        (TEXT.encode("gbk"), {}, "is not utf-8 text"),
        (b"", {}, "is empty"),
        (b"a,a\n1,2\n", {}, "names column 'a' twice"),
        (b"a,b\n1,2\n3\n", {}, "CSV Error on Line: 3"),
        (b"a,b\n1,2,3\n", {}, "CSV Error on Line: 2"),
        (b"a\n1\n", {"encoding": "martian"}, "encoding 'martian' is not known"),
    ],
)
def test_what_is_broken_is_said(read, content, query, sentence):
    with pytest.raises(SetupError) as caught:
        read(content, **query)
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("numbers", "written", "plain"),
    [
        ("grouped", "1,234.50", "1234.50"),
        ("grouped", "（12.00）", "-12.00"),
        ("grouped", "( 1,234.5 )", "-1234.50"),
        ("grouped", "12-", "-12.00"),
        ("grouped", "- 12", "-12.00"),
        ("grouped", "＋１２３．４５", "123.45"),
        ("grouped", "１，２３４．５０－", "-1234.50"),
        ("european", "1.234,50", "1234.50"),
        ("european", "(1.234,5)", "-1234.50"),
        ("plain", "-1234.5", "-1234.50"),
    ],
)
def test_a_control_total_reads_numbers_as_they_are_written(bench, numbers, written, plain):
    result = bench.run(
        [("1", written), ("2", None)],
        [("1", plain), ("2", None)],
        bench.value("decimal(18,2)"),
        old_side={"numbers": numbers},
        control_totals=[{"name": "sum", "column": "value"}],
    )
    assert result.failures == ()
    assert result.findings.totals[0].old == Decimal(plain)
    assert int(result.old.totals["sum"]) == Decimal(plain) * 100


@pytest.mark.parametrize("written", ["1,23.50", "12,34", "()", "x", "NaN", "1.234,50"])
def test_what_is_no_number_is_named_beside_a_control_total(bench, written):
    with pytest.raises(SetupError, match=r"1 values are not decimal\(18,2\)"):
        bench.run(
            [("1", written)],
            [("1", "1.00")],
            bench.value("decimal(18,2)"),
            old_side={"numbers": "grouped"},
            control_totals=[{"name": "sum", "column": "value"}],
        )
