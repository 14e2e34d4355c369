"""Reading a live SQLite database: consistent, lossless, read-only; with the scanner or without."""

from __future__ import annotations

import sqlite3
from decimal import Decimal

import duckdb
import pytest

from golive.compare.comparing import compare
from golive.compare.sources import sqlite as sqlite_module
from golive.compare.sources.sqlite import SqliteSource
from golive.contracts import Environment, Target
from golive.errors import SetupError
from golive.testing import RecordedContext

VALUES = [
    (1, 10.01, "中文 ", 0.1 + 0.2),
    (2, "abc", "", 1e20),
    (3, None, None, None),
    (4, 5, "\x01q", float("inf")),
    (5, b"\x00\xff", 'quoted "text",\nsecond line', -0.0),
    (6, "007", "𠮷㐂", 123456789.123456789),
]


@pytest.fixture
def context(tmp_path):
    path = tmp_path / "old.db"
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a NUMERIC, b TEXT, r REAL)")
        db.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", VALUES)
    db.close()
    environment = Environment(
        name="test",
        kind="test",
        targets={
            "old": Target(name="old", database=f"sqlite:///{path}"),
            "pg": Target(name="pg", database="postgresql://host/db"),
            "web": Target(name="web"),
            "gone": Target(name="gone", database=f"sqlite:///{tmp_path}/gone.db"),
        },
        facts={},
    )
    workdir = tmp_path / "work"
    workdir.mkdir()
    return RecordedContext(workspace=tmp_path, workdir=workdir, environment=environment)


@pytest.fixture(params=["scanner", "library"])
def reader(request, monkeypatch):
    if request.param == "library":
        monkeypatch.setattr(sqlite_module, "load_scanner", lambda *_: "")
    return request.param


def rows(snapshot):
    return duckdb.sql(f"SELECT * FROM read_parquet('{snapshot.path}') ORDER BY 1").fetchall()


def test_every_value_arrives_as_it_is(context, reader, tmp_path):
    snapshot = SqliteSource().snapshot({"target": "old", "table": "t"}, tmp_path / "s", context)
    assert rows(snapshot) == [
        (1, "10.01", "中文 ", 0.1 + 0.2),
        (2, "abc", "", 1e20),
        (3, None, None, None),
        (4, "5", "\x01q", float("inf")),
        (5, "00FF", 'quoted "text",\nsecond line', 0.0),
        (6, "7", "𠮷㐂", 123456789.123456789),
    ]
    assert snapshot.rows == 6
    assert snapshot.totals["rows"] == "6"
    assert snapshot.reader.startswith("sqlite_scanner 1." if reader == "scanner" else "sqlite3 3.")
    assert snapshot.clock.utcoffset().total_seconds() == 0


def test_both_readers_write_the_same_bytes(context, tmp_path, monkeypatch):
    query = {"target": "old", "query": "SELECT id, b FROM t WHERE id < 5 ORDER BY id;"}
    one = SqliteSource().snapshot(query, tmp_path / "one", context)
    monkeypatch.setattr(sqlite_module, "load_scanner", lambda *_: "")
    two = SqliteSource().snapshot(query, tmp_path / "two", context)
    assert one.sha256 == two.sha256


def test_totals_are_of_the_same_moment_as_the_rows(context, reader, tmp_path, monkeypatch):
    """Another session commits between the totals and the rows: it must be seen by neither."""
    write = sqlite_module.write_snapshot

    def write_late(*args, **kwargs):
        with sqlite3.connect(tmp_path / "old.db") as db:
            db.execute("INSERT INTO t (id, a) VALUES (99, 1)")
        db.close()
        return write(*args, **kwargs)

    monkeypatch.setattr(sqlite_module, "write_snapshot", write_late)
    snapshot = SqliteSource().snapshot({"target": "old", "table": "t"}, tmp_path / "s", context)
    assert (snapshot.rows, snapshot.totals["rows"]) == (6, "6")


def test_totals_are_exact_in_the_smallest_unit(context, reader, tmp_path):
    query = {
        "target": "old",
        "query": "SELECT a FROM t WHERE typeof(a) IN ('real', 'integer')",
        "totals": {"sum": {"column": "a", "scale": 2}},
    }
    snapshot = SqliteSource().snapshot(query, tmp_path / "s", context)
    assert snapshot.totals == {"rows": "3", "sum": str(1001 + 500 + 700)}


def test_watermark_moves_with_the_data(context, tmp_path):
    query = {"target": "old", "table": "t"}
    one = SqliteSource().snapshot(query, tmp_path / "one", context)
    db = sqlite3.connect(tmp_path / "old.db")
    db.execute("INSERT INTO t (id) VALUES (50)")
    db.commit()
    two = SqliteSource().snapshot(query, tmp_path / "two", context)
    db.close()
    assert one.watermark != two.watermark


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"target": "old", "query": "SELECT missing FROM t"}, "no such column: missing"),
        ({"target": "old", "query": "DELETE FROM t"}, "SQLite refuses its query"),
        (
            {"target": "old", "query": "SELECT 1 AS x) ; DELETE FROM t; --"},
            "more than one statement",
        ),
        ({"target": "old", "query": "SELECT a, a FROM t"}, "two columns 'a'"),
        ({"target": "old", "table": "none"}, "no such table: none"),
        ({"target": "pg", "table": "t"}, "is postgresql, not sqlite"),
        ({"target": "web", "table": "t"}, "has no database in environment 'test'"),
        ({"target": "gone", "table": "t"}, "'gone.db' does not exist"),
        ({"target": "olt", "table": "t"}, "targets: old, pg, web, gone"),
    ],
)
def test_what_cannot_be_read_is_said(context, tmp_path, query, sentence):
    with pytest.raises(SetupError) as caught:
        SqliteSource().snapshot(query, tmp_path / "s", context)
    assert sentence in str(caught.value)
    with sqlite3.connect(tmp_path / "old.db") as db:
        assert db.execute("SELECT count(*) FROM t").fetchone() == (6,)
    db.close()


def test_a_source_that_counts_otherwise_than_its_snapshot_is_not_comparable(bench, monkeypatch):
    """The second path: a reader that loses a row cannot pass."""
    path = bench.folder / "old.db"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE t (id TEXT, value TEXT)")
        db.executemany("INSERT INTO t VALUES (?, ?)", [("1", "1.50"), ("2", "2.25")])
    db.close()
    context = bench.context()
    context.environment = Environment(
        name="test",
        kind="test",
        targets={"old": Target(name="old", database=f"sqlite:///{path}")},
        facts={},
    )
    side = {"source": "sqlite", "target": "old", "table": "t"}
    body = bench.body(
        bench.value("decimal(18,2)"),
        old=side,
        new=side,
        control_totals=[{"name": "sum", "column": "value"}],
    )
    whole = compare(bench.spec(body), context)
    assert whole.findings.totals[0].old == Decimal("3.75")
    honest = sqlite_module._rows_query
    monkeypatch.setattr(
        sqlite_module, "_rows_query", lambda *args: honest(*args) + " WHERE id = '1'"
    )
    lossy = bench.context()
    lossy.environment = context.environment
    with pytest.raises(SetupError) as caught:
        compare(bench.spec(body), lossy)
    assert "row count at the source is 2, in the snapshot 1" in str(caught.value)
    assert "control total 'sum' at the source is 375" in str(caught.value)
