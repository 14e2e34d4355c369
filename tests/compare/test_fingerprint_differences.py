from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from golive.compare.fingerprint import (
    DatabasePrint,
    FilePrint,
    Fingerprint,
    RoutePrint,
    TableDigest,
    compare_fingerprints,
    fingerprint_database,
    fingerprint_from_json,
    fingerprint_to_json,
)

OLD = DatabasePrint(
    name="old",
    tables={
        "orders": TableDigest(rows=20000, sha256="a" * 64),
        "stock": TableDigest(rows=5, sha256="b" * 64),
    },
    schema={"table orders": "c" * 64},
)
BEFORE = Fingerprint(
    taken=datetime(2026, 11, 24, 1, 5, tzinfo=UTC),
    databases={"old": OLD},
    files={"files/a.csv": FilePrint(kind="file", size=4, mode="0644", sha256="d" * 64)},
    routes={"gateway": RoutePrint(url="http://g/route", answer='{"to":"old"}')},
)


def database(**changes: object) -> Fingerprint:
    return replace(BEFORE, databases={"old": replace(OLD, **changes)})  # type: ignore[arg-type]


def said(after: Fingerprint, before: Fingerprint = BEFORE, language: str = "en") -> list[str]:
    return [found.sentence(language) for found in compare_fingerprints(before, after)]


def test_nothing_differs_when_all_is_as_before() -> None:
    later = replace(BEFORE, taken=datetime(2026, 11, 24, 5, tzinfo=UTC))
    assert compare_fingerprints(BEFORE, later) == ()


def test_a_fingerprint_survives_json() -> None:
    left = database(excluded={"log": "grows"})
    data = json.loads(json.dumps(fingerprint_to_json(left)))
    assert fingerprint_from_json(data) == left
    with pytest.raises((KeyError, TypeError, ValueError)):
        fingerprint_from_json({"taken": "2026-11-24T01:05:00+00:00"})


def test_the_table_that_differs_is_named() -> None:
    more = OLD.tables | {"orders": TableDigest(rows=20001, sha256="e" * 64)}  # type: ignore[operator]
    assert said(database(tables=more)) == ["table 'old.orders' has 20,001 rows, had 20,000 before"]
    other = OLD.tables | {"stock": TableDigest(rows=5, sha256="e" * 64)}  # type: ignore[operator]
    assert said(database(tables=other)) == [
        "table 'old.stock' holds other values than before in its 5 rows"
    ]
    assert said(database(tables=other), language="zh") == [
        "表 'old.stock' 的 5 行中有内容与事前不同"
    ]


def test_a_forgotten_a_new_and_a_gone_table_are_named() -> None:
    left = {"orders": OLD.tables["orders"], "temp": TableDigest(rows=0, sha256="f" * 64)}
    assert said(database(tables=left)) == [
        "table 'old.stock' is gone",
        "table 'old.temp' was not there before",
    ]


def test_definitions_databases_files_and_routes_are_named() -> None:
    after = Fingerprint(
        taken=BEFORE.taken,
        databases={"old": replace(OLD, schema={"table orders": "0" * 64}), "more": OLD},
        files={"files/a.csv": FilePrint(kind="file", size=5, mode="0600", sha256="e" * 64)},
        routes={"gateway": RoutePrint(url="http://g/route", answer='{"to":"new"}')},
    )
    assert said(after) == [
        "database 'more' was not there before",
        "definition 'old.table orders' is defined otherwise than before",
        "file 'files/a.csv' is not as before: size 5, was 4, mode 0600, was 0644",
        """route 'gateway' answers {"to":"new"}, before {"to":"old"}""",
    ]
    assert len(said(after, language="zh")) == 4
    assert said(Fingerprint(taken=BEFORE.taken)) == [
        "database 'old' is gone", "file 'files/a.csv' is gone", "route 'gateway' is gone",
    ]  # fmt: skip


def test_a_file_of_the_same_size_with_other_content_is_named() -> None:
    file = replace(BEFORE.files["files/a.csv"], sha256="e" * 64)
    assert said(replace(BEFORE, files={"files/a.csv": file})) == [
        "file 'files/a.csv' has another content than before, of the same size"
    ]
    gone = replace(BEFORE, files={"files/a.csv": FilePrint(kind="missing")})
    assert said(gone) == ["file 'files/a.csv' is gone"]
    assert said(BEFORE, before=gone) == ["file 'files/a.csv' was not there before"]


def test_what_proves_nothing_is_no_pass() -> None:
    nothing = Fingerprint(taken=BEFORE.taken)
    assert "nothing was looked at before" in said(nothing, before=nothing)[0]
    empty = database(tables={}, schema={})
    assert said(empty, before=empty) == ["database 'old' shows nothing: it had no table to read"]
    missing = replace(BEFORE, files={"files": FilePrint(kind="missing")})
    assert said(missing, before=missing) == [
        "file 'files' shows nothing: it was missing both times"
    ]


def test_a_table_excluded_only_afterwards_hides_nothing() -> None:
    left = {"orders": OLD.tables["orders"]}
    after = database(tables=left, excluded={"stock": "because"})
    assert said(after) == ["table 'old.stock' was excluded only one of the two times"]
    assert said(after, before=after) == []


def test_a_rollback_that_forgot_one_cent_is_found(tmp_path: Path) -> None:
    """The whole way on real databases: taken before, changed, restored but for one value."""
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE invoices (id INTEGER PRIMARY KEY, amount NUMERIC)")
        db.executemany("INSERT INTO invoices (amount) VALUES (?)", [(n / 100,) for n in range(500)])
        db.execute("CREATE TABLE customers (code TEXT)")
        db.execute("INSERT INTO customers VALUES ('C1')")
        db.commit()
    saved = shutil.copy(path, tmp_path / "saved.db")
    before = take(path)
    with closing(sqlite3.connect(path)) as db:
        db.execute("DELETE FROM invoices")
        db.commit()
    assert said(take(path), before=before) == ["table 'old.invoices' has 0 rows, had 500 before"]
    shutil.copy(saved, path)
    assert said(take(path), before=before) == []
    with closing(sqlite3.connect(path)) as db:
        db.execute("UPDATE invoices SET amount = amount + 0.01 WHERE id = 250")
        db.commit()
    assert said(take(path), before=before) == [
        "table 'old.invoices' holds other values than before in its 500 rows"
    ]


def take(path: Path) -> Fingerprint:
    found = fingerprint_database(f"sqlite:///{path}", name="old")
    return Fingerprint(taken=datetime.now(UTC), databases={"old": found})
