"""The task: what the outcome says, keeps and is about."""

from __future__ import annotations

import json
import sqlite3
from xml.etree import ElementTree as ET

import pytest
from tests.compare import orders

from golive.contracts import Environment, Target
from golive.engines.compare import CompareEngine
from golive.outcome import Status
from golive.sheets import read_table
from golive.testing import RecordedContext

SPEC = orders.SPEC | {"control_totals": [{"name": "value", "column": "total"}]}
ARGS = {"comparison": "orders.yaml"}


@pytest.fixture
def context(tmp_path):
    for name, total in (("old", 10.00), ("new", 10.01)):
        with sqlite3.connect(tmp_path / f"{name}.db") as db:
            db.execute("CREATE TABLE orders (number TEXT, total NUMERIC)")
            db.executemany(
                "INSERT INTO orders VALUES (?, ?)", [("SO-000123", total), ("SO-000124", 0.3)]
            )
        db.close()
    (tmp_path / "orders.yaml").write_text(json.dumps(SPEC), encoding="utf-8")
    (tmp_path / "work").mkdir()
    return RecordedContext(
        workspace=tmp_path,
        workdir=tmp_path / "work",
        environment=Environment(
            name="demo",
            kind="demo",
            targets={
                name: Target(name=name, database=f"sqlite:///{tmp_path}/{name}.db")
                for name in ("old", "new")
            },
            facts={"site": "east"},
        ),
    )


def test_open_difference_is_failed_with_all_that_proves_it(context):
    assert list(CompareEngine().check(ARGS, context)) == []
    outcome = CompareEngine().run(ARGS, context)
    assert outcome.status is Status.FAILED
    assert outcome.summary.startswith(
        "orders: 1 rows agree; 1 differ, first SO-000123 total 10.00 vs 10.01"
    )
    metrics = {item.name: (item.value, item.unit) for item in outcome.metrics}
    assert metrics["old_rows"] == (2.0, "rows")
    assert metrics["open_values"] == (1.0, "1")
    assert {item.name for item in outcome.evidence} == {
        f"orders/{name}"
        for name in (
            "summary.json",
            "junit.xml",
            "differences.parquet",
            "differences.xlsx",
            "differences.csv",
            "old.parquet",
            "new.parquet",
            "comparison.html",
            "comparison.zh.html",
            "comparison.yaml",
        )
    }
    # Each page says first how it came out, and of which run it is.
    for file, verdict in (("comparison.html", "DIFFERS"), ("comparison.zh.html", "不一致")):
        page = (context.workdir / file).read_text("utf-8").split("</style>")[1]
        assert page.index(verdict) < page.index("SO-000123")
        assert context.attempt.run in page
    by_name = {item.name: item.sha256 for item in outcome.evidence}
    assert by_name["orders/old.parquet"] in outcome.subject.data_cut
    assert by_name["orders/new.parquet"] in outcome.subject.data_cut
    assert (outcome.subject.environment, outcome.subject.site) == ("demo", "east")


def cases(context):
    """Return name -> (tag, message) of each case in the JUnit file; no tag is passed."""
    root = ET.parse(context.workdir / "junit.xml").getroot()
    suite = root.find("testsuite")
    assert suite.get("tests") == str(len(suite.findall("testcase")))
    assert suite.get("failures") == str(len(suite.findall("testcase/failure")))
    return {
        case.get("name"): next(((found.tag, found.get("message")) for found in case), ("", ""))
        for case in suite.findall("testcase")
    }


def test_a_build_server_gets_one_case_for_each_thing_judged(context):
    CompareEngine().run(ARGS, context)
    found = cases(context)
    assert found["open differences"] == ("failure", "open differences: 1 (limit 0)")
    assert found["rows only in the old system"] == ("", "")
    assert found["control total value"] == ("failure", "control total 'value' is off by +0.01")
    assert "rounding: off by one" in (context.workdir / "junit.xml").read_text()


def test_what_fails_is_told_in_both_languages(context):
    context.language = "zh"
    CompareEngine().run(ARGS, context)
    summary = json.loads((context.workdir / "summary.json").read_text(encoding="utf-8"))
    assert summary["failures"] == {
        "en": ["open differences: 1 (limit 0)", "control total 'value' is off by +0.01"],
        "zh": ["未解释差异数：1（上限 0）", "控制总额“value”相差 +0.01"],
    }
    assert cases(context)["未解释差异数"] == ("failure", "未解释差异数：1（上限 0）")


def test_agreement_is_passed_in_the_workspaces_language(context, tmp_path):
    with sqlite3.connect(tmp_path / "new.db") as db:
        db.execute("UPDATE orders SET total = 10 WHERE number = 'SO-000123'")
    db.close()
    context.language = "zh"
    outcome = CompareEngine().run(ARGS, context)
    assert (outcome.status, outcome.summary) == (Status.PASSED, "订单：2 行一致")


def test_a_dry_run_keeps_no_copy_and_proves_nothing(context, tmp_path):
    (tmp_path / "orders.yaml").write_text(json.dumps(SPEC | {"snapshot": "none"}))
    outcome = CompareEngine().run(ARGS, context)
    assert outcome.status is Status.FAILED
    assert outcome.summary.startswith("dry run, no copy kept: orders: 1 rows agree")
    assert not list(context.workdir.glob("*/snapshot.parquet"))
    assert not {"orders/old.parquet", "orders/new.parquet"} & {i.name for i in outcome.evidence}
    with sqlite3.connect(tmp_path / "new.db") as db:
        db.execute("UPDATE orders SET total = 10 WHERE number = 'SO-000123'")
    db.close()
    assert CompareEngine().run(ARGS, context).status is Status.SKIPPED


def test_in_a_dry_run_nothing_is_compared_and_no_cycle_is_kept(context):
    context.dry_run = True
    outcome = CompareEngine().run({**ARGS, "cycle": "2026-12-04"}, context)
    assert (outcome.status, outcome.summary) == (Status.SKIPPED, "dry run: 'orders' not compared")
    assert outcome.evidence == ()
    assert list(context.workdir.iterdir()) == []


def test_what_cannot_be_compared_is_broken(context, tmp_path):
    (tmp_path / "new.db").unlink()
    outcome = CompareEngine().run(ARGS, context)
    assert outcome.status is Status.BROKEN
    assert outcome.summary == (
        "cannot be compared: target 'new': its database file 'new.db' does not exist"
    )
    tag, message = cases(context)["orders"]
    assert (tag, "'new.db' does not exist" in message) == ("error", True)


def test_two_empty_sides_are_broken(context, tmp_path):
    for name in ("old", "new"):
        with sqlite3.connect(tmp_path / f"{name}.db") as db:
            db.execute("DELETE FROM orders")
        db.close()
    outcome = CompareEngine().run(ARGS, context)
    assert outcome.status is Status.BROKEN
    assert "both sides are empty" in outcome.summary


def test_database_under_work_does_not_change(context, tmp_path):
    before = (tmp_path / "old.db").read_bytes()
    CompareEngine().run(ARGS, context)
    assert (tmp_path / "old.db").read_bytes() == before
    assert {path.name for path in tmp_path.glob("old.db*")} == {"old.db"}


def test_digest_changes_with_what_is_compared(context, tmp_path):
    one = CompareEngine().run(ARGS, context).subject.digest
    relaxed = SPEC | {"limits": {"open": 5}}
    (tmp_path / "orders.yaml").write_text(json.dumps(relaxed), encoding="utf-8")
    assert CompareEngine().run(ARGS, context).subject.digest != one


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"old": {"source": "sqlight", "target": "old", "table": "t"}}, "did you mean 'sqlite'?"),
        ({"old": {"source": "sqlite", "target": "olt", "table": "t"}}, "targets: old, new"),
        ({"limit": {}}, "orders.yaml:1: unknown key 'limit' (did you mean 'limits'?)"),
    ],
)
def test_check_tells_what_is_wrong_without_reading_any_data(context, tmp_path, change, sentence):
    (tmp_path / "orders.yaml").write_text(json.dumps(SPEC | change), encoding="utf-8")
    problems = list(CompareEngine().check(ARGS, context))
    assert any(sentence in str(problem) for problem in problems), problems
    assert list(context.workdir.iterdir()) == []


def test_the_workbook_keeps_text_that_looks_like_a_formula(context):
    with sqlite3.connect(context.workspace / "new.db") as db:
        db.execute("UPDATE orders SET number = '=1+1' WHERE number = 'SO-000124'")
    db.close()
    CompareEngine().run(ARGS, context)
    for name in ("differences.xlsx", "differences.csv"):
        table = read_table(context.workdir / name)
        assert table.rows[0].cells[:4] == ("key", "column", "old", "new")
        assert {row.cells[0] for row in table.rows[1:]} == {"SO-000123", "SO-000124", "=1+1"}
    # A spreadsheet that opens the text must not take it for a formula either.
    assert ",=1+1" not in f",{(context.workdir / 'differences.csv').read_text('utf-8-sig')}"


def test_a_column_nobody_declared_is_broken_with_its_line(context):
    with sqlite3.connect(context.workspace / "new.db") as db:
        db.execute("ALTER TABLE orders ADD COLUMN note TEXT")
    db.close()
    outcome = CompareEngine().run(ARGS, context)
    assert outcome.status is Status.BROKEN
    assert "orders.yaml:1: new column 'note': is neither compared nor ignored" in outcome.summary


def test_what_could_not_be_compared_is_read_anew(context):
    """A reading that was not complete must not be taken for one that was interrupted."""
    context.workdir = context.workspace / "reports/runs/r1/tasks/orders/1/work"
    context.workdir.mkdir(parents=True)
    with sqlite3.connect(context.workspace / "new.db") as db:
        db.execute("ALTER TABLE orders ADD COLUMN note TEXT")
    db.close()
    assert CompareEngine().run(ARGS, context).status is Status.BROKEN
    assert list(context.workdir.glob("*/snapshot.json"))
    context.workdir = context.workspace / "reports/runs/r2/tasks/orders/1/work"
    context.workdir.mkdir(parents=True)
    CompareEngine().run(ARGS, context)
    assert not any("used again" in line for line in context.said)
