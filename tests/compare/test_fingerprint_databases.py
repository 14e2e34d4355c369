from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from golive.compare.fingerprint import DatabasePrint, databases, fingerprint_database
from golive.errors import SetupError, SpecError

SCHEMA = """
CREATE TABLE customers (code TEXT PRIMARY KEY, name TEXT);
CREATE TABLE payments (invoice TEXT, amount NUMERIC, note TEXT);
CREATE TABLE "order" (id INTEGER PRIMARY KEY AUTOINCREMENT, "select" REAL, picture BLOB);
CREATE INDEX payments_by_invoice ON payments (invoice);
INSERT INTO customers VALUES ('C1', '梅'), ('C2', NULL), ('C3', '');
INSERT INTO payments VALUES ('I1', 100.00, 'a'), ('I1', 100.00, 'a'), ('I2', 5, NULL);
INSERT INTO "order" ("select", picture) VALUES (0.1, x'00ff');
"""
REVERSED = """
CREATE TABLE x AS SELECT * FROM payments;
DELETE FROM payments;
INSERT INTO payments SELECT * FROM x ORDER BY rowid DESC;
DROP TABLE x;
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "old.db"
    change(path, SCHEMA)
    return path


def change(path: Path, statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(statements)


def taken(path: Path, **more: object) -> DatabasePrint:
    return fingerprint_database(f"sqlite:///{path}", name="old", **more)  # type: ignore[arg-type]


def changed_by(path: Path, statements: str) -> set[str]:
    """Return the tables whose digest the statements change."""
    before = taken(path)
    change(path, statements)
    after = taken(path)
    assert before.schema == after.schema
    return {name for name in before.tables if before.tables[name] != after.tables[name]}


def test_every_table_is_read_with_its_rows(path: Path) -> None:
    found = taken(path)
    rows = {name: digest.rows for name, digest in found.tables.items()}
    assert rows == {"customers": 3, "order": 1, "payments": 3, "sqlite_sequence": 1}
    assert set(found.schema) == {
        "table customers", "table payments", "table order", "index payments_by_invoice",
        "table sqlite_sequence",
    }  # fmt: skip
    assert taken(path) == found


@pytest.mark.parametrize(
    ("statements", "tables"),
    [
        ("UPDATE payments SET amount = amount + 0.01 WHERE rowid = 1", {"payments"}),
        ("UPDATE customers SET name = '' WHERE code = 'C2'", {"customers"}),
        ("UPDATE customers SET name = NULL WHERE code = 'C3'", {"customers"}),
        ("UPDATE customers SET name = '梅 ' WHERE code = 'C1'", {"customers"}),
        ("INSERT INTO payments VALUES ('I2', 5, NULL)", {"payments"}),
        ("DELETE FROM payments WHERE rowid = 2", {"payments"}),
        ("DELETE FROM payments WHERE invoice = 'I1'", {"payments"}),
        # Values swapped between two rows: every column's own set of values is as before.
        (
            "UPDATE payments SET note = iif(invoice = 'I2', 'a', NULL) WHERE rowid IN (2, 3)",
            {"payments"},
        ),
        # One value moved to the column beside it.
        ("UPDATE payments SET note = invoice, invoice = note WHERE rowid = 1", {"payments"}),
        # A pair of equal rows for another: in an XOR of row hashes both pairs vanish.
        ("UPDATE payments SET invoice = 'I7' WHERE invoice = 'I1'", {"payments"}),
        ("UPDATE payments SET note = 0 WHERE rowid = 3", {"payments"}),
        ('UPDATE "order" SET "select" = 0.1 + 1e-16', {"order"}),
        ("UPDATE \"order\" SET picture = x'00fe'", {"order"}),
        ("UPDATE sqlite_sequence SET seq = 99", {"sqlite_sequence"}),
        ("UPDATE payments SET note = note", set()),
        # The same rows in another order.
        (REVERSED, set()),
    ],
)  # fmt: skip
def test_exactly_the_changed_table_differs(path: Path, statements: str, tables: set[str]) -> None:
    assert changed_by(path, statements) == tables


def test_types_differ_where_values_look_alike(tmp_path: Path) -> None:
    path = tmp_path / "types.db"
    change(path, "CREATE TABLE t (v)")
    seen = set()
    for value in ("NULL", "''", "0", "0.0", "'0'", "x'30'", "x''", "'None'", "1", "1.0", "'1'"):
        change(path, f"DELETE FROM t; INSERT INTO t VALUES ({value})")
        seen.add(taken(path).tables["t"].sha256)
    assert len(seen) == 11


def test_text_that_is_no_utf8_is_read(tmp_path: Path) -> None:
    path = tmp_path / "dirty.db"
    change(path, "CREATE TABLE t (v); INSERT INTO t VALUES (CAST(x'ff41' AS TEXT))")
    one = taken(path).tables["t"]
    change(path, "UPDATE t SET v = CAST(x'fe41' AS TEXT)")
    assert taken(path).tables["t"] != one
    change(path, "UPDATE t SET v = 'a' || char(0) || 'b'")
    two = taken(path).tables["t"]
    change(path, "UPDATE t SET v = 'a' || char(0) || 'c'")
    assert taken(path).tables["t"] != two


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("CREATE TRIGGER t AFTER INSERT ON payments BEGIN SELECT 1; END", "trigger t"),
        ("CREATE UNIQUE INDEX i ON customers (name)", "index i"),
        ("ALTER TABLE customers ADD COLUMN phone TEXT", "table customers"),
        ("CREATE VIEW v AS SELECT 1", "view v"),
        ("DROP INDEX payments_by_invoice", "index payments_by_invoice"),
    ],
)
def test_a_changed_definition_is_seen(path: Path, statement: str, name: str) -> None:
    before = taken(path).schema
    change(path, statement)
    after = taken(path).schema
    assert {key for key in {*before, *after} if before.get(key) != after.get(key)} == {name}


def test_an_excluded_table_needs_a_reason(path: Path) -> None:
    found = taken(path, exclude_tables={"payments": "a nightly job pays"})
    assert "payments" not in found.tables
    assert "table payments" in found.schema
    assert found.excluded == {"payments": "a nightly job pays"}
    with pytest.raises(SpecError, match=r"table 'payments' of database 'old'.* without a reason"):
        taken(path, exclude_tables={"payments": " "})


def test_all_tables_are_read_at_one_moment(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A payment and its customer written while we read are both in, or both out."""
    change(path, "PRAGMA journal_mode=WAL")
    before = taken(path)
    real, done = databases._digest, []

    def between(*args: object) -> object:
        if not done:
            done.append(1)
            change(path, "INSERT INTO customers VALUES ('C9', 'x');DELETE FROM payments")
        return real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(databases, "_digest", between)
    assert taken(path) == before
    assert taken(path) != before


def test_nothing_is_written(path: Path) -> None:
    before = path.read_bytes()
    with (
        databases._reading(f"sqlite:///{path}", "old") as connection,
        pytest.raises(Exception, match="readonly"),
    ):
        connection.exec_driver_sql("DELETE FROM payments")
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("dsn", "said"),
    [
        ("sqlite:////nowhere/at/all.db", "database 'old': has no file '/nowhere/at/all.db'"),
        ("sqlite://", "database 'old': has no file ''"),
        ("not a dsn secret:pw@", "database 'old': has no usable address"),
        ("nosuch://u:pw@h/d", "database 'old': has no usable address"),
        ("oracle+oracledb://u:pw@127.0.0.1/d", "needs a driver that is not installed: oracledb"),
    ],
)
def test_a_database_that_cannot_be_read_is_named(dsn: str, said: str) -> None:
    with pytest.raises(SetupError) as caught:
        fingerprint_database(dsn, name="old")
    assert said in str(caught.value)
    assert "pw" not in str(caught.value)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    path.write_text("not a database at all, but long enough to be taken for one" * 20)
    with pytest.raises(SetupError, match="cannot be read: file is not a database"):
        taken(path)


@settings(deadline=None, max_examples=40)
@given(
    rows=st.lists(st.tuples(st.none() | st.integers(0, 2) | st.sampled_from(["", "0"]))),
    others=st.lists(st.tuples(st.none() | st.integers(0, 2) | st.sampled_from(["", "0"]))),
)
def test_digests_are_equal_exactly_for_equal_multisets(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[object]],
    others: list[tuple[object]],
) -> None:
    key: Callable[[tuple[object]], str] = repr
    prints = [_of(tmp_path_factory.mktemp("db") / "x.db", some) for some in (rows, others)]
    assert (prints[0] == prints[1]) == (sorted(rows, key=key) == sorted(others, key=key))
    assert _of(tmp_path_factory.mktemp("db") / "x.db", rows[::-1]) == prints[0]


def _of(path: Path, rows: list[tuple[object]]) -> DatabasePrint:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t (v)")
        connection.executemany("INSERT INTO t VALUES (?)", rows)
        connection.commit()
    return taken(path)


def test_a_large_table_is_read_in_reasonable_time(tmp_path: Path) -> None:
    """Ten-fold headroom: 50,000 rows of 6 columns take half a second of CPU here."""
    path = tmp_path / "large.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a, b, c, d, e)")
        rows = ((n, f"订单{n}", n / 7, None, "", n % 5) for n in range(50_000))
        connection.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?)", rows)
        connection.commit()
    began = time.process_time()
    assert taken(path).tables["t"].rows == 50_000
    assert time.process_time() - began < 5
