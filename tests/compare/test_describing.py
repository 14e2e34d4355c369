"""golive check: a comparison beside its sources before it is made."""

from __future__ import annotations

import json
import sqlite3

import duckdb
import pytest

from golive.cli.main import main
from golive.compare.describing import look_at_sources
from golive.compare.sources.duckdb import DuckdbSource
from golive.compare.sources.excel import ExcelSource
from golive.compare.sources.sql import SqlSource
from golive.contracts import Environment, Target
from golive.sheets import write_table
from golive.testing import RecordedContext


@pytest.fixture
def context(tmp_path):
    for name in ("old", "new"):
        with sqlite3.connect(tmp_path / f"{name}.db") as db:
            db.execute("CREATE TABLE orders (number TEXT, total NUMERIC)")
        db.close()
    with duckdb.connect(str(tmp_path / "d.db")) as db:
        db.execute("CREATE TABLE orders (number VARCHAR, total DECIMAL(18,2), paid_on DATE)")
    targets = {
        name: Target(name=name, database=f"sqlite:///{tmp_path}/{name}.db")
        for name in ("old", "new")
    }
    targets["duck"] = Target(name="duck", database=f"duckdb:///{tmp_path}/d.db")
    environment = Environment(name="test", kind="test", targets=targets, facts={})
    return RecordedContext(workspace=tmp_path, workdir=tmp_path, environment=environment)


@pytest.mark.parametrize(
    ("source", "query", "columns"),
    [
        (DuckdbSource, {"target": "duck", "table": "orders"},
         {"number": "VARCHAR", "total": "DECIMAL(18,2)", "paid_on": "DATE"}),
        (SqlSource, {"target": "old", "query": "SELECT number AS n FROM orders"}, {"n": ""}),
        (ExcelSource, {"path": "a.xlsx"}, {"id": "", "总额": ""}),
    ],
)  # fmt: skip
def test_a_source_tells_its_columns(context, tmp_path, source, query, columns):
    write_table(tmp_path / "a.xlsx", [("id", "总额"), ("1", "2.00")])
    assert source().columns(query, context) == columns


def looked(bench, context, old, new, columns):
    spec = bench.spec(bench.body(columns, old=old, new=new))
    return [[str(problem) for problem in side.problems] for side in look_at_sources(spec, context)]


def test_columns_and_types_are_held_against_both_sources(bench, context, tmp_path):
    (tmp_path / "old.csv").write_bytes("\ufeffid,value,extra\n".encode())
    duckdb.sql(f"COPY (SELECT '1' AS id, DATE '2026-01-01' AS value) TO '{tmp_path}/new.parquet'")
    old, new = ({"source": "csv", "path": "old.csv"}, {"source": "parquet", "path": "new.parquet"})
    assert looked(bench, context, old, new, bench.value("decimal(18,2)")) == [
        [("old column 'extra': is neither compared nor ignored (add it to columns, or to ignore "
         "with a reason)")],
        [("new column 'value': is DATE in the source and declared decimal(18,2) (declare what it "
         "is, or convert it in the query)")],
    ]  # fmt: skip


def test_what_can_be_read_as_declared_is_no_problem(bench, context, tmp_path):
    duckdb.sql(f"COPY (SELECT '1' AS id, 20260228 AS value) TO '{tmp_path}/new.parquet'")
    side = {"source": "parquet", "path": "new.parquet"}
    dated = bench.value("date", format={"old": "%Y%m%d", "new": "%Y%m%d"})
    assert looked(bench, context, side, side, dated) == [[], []]
    assert looked(bench, context, side, side, bench.value("date"))[0]
    assert looked(bench, context, side, side, bench.value("varchar")) == [[], []]


def test_what_is_not_there_is_told_and_not_judged(bench, context):
    gone = {"source": "csv", "path": "gone-{cycle}.csv"}
    spec = bench.spec(bench.body(bench.value(), old=gone))
    found = look_at_sources(spec, context)[0]
    assert (found.problems, "cannot be read" in found.unreachable) == ((), True)


def test_golive_check_names_the_line(tmp_path, monkeypatch, capsys, context):
    (tmp_path / "pyproject.toml").write_text(
        '[tool.golive]\nenvironment = "demo"\n[tool.golive.environments.demo]\nkind = "demo"\n'
        '[tool.golive.environments.demo.targets.old]\ndatabase = "sqlite:///old.db"\n'
        '[tool.golive.environments.demo.targets.new]\ndatabase = "sqlite:///gone.db"\n'
    )
    folder = tmp_path / "cutover_playbooks" / "comparisons"
    folder.mkdir(parents=True)
    (folder / "orders.yaml").write_text(
        "schema: golive/comparison/v1\nid: orders\ntitle: orders\n"
        "old: {source: database, target: old, table: orders}\n"
        "new: {source: database, target: new, table: orders}\n"
        "key:\n  - {old: number, new: number, as: varchar}\n"
        "columns:\n  - {old: sum, new: total, as: int}\n"
    )
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(["check"])
    said = capsys.readouterr().err
    place = "cutover_playbooks/comparisons/orders.yaml"
    assert ended.value.code == 2
    assert f"{place}:9: old column 'sum': is declared but the source does not deliver it" in said
    assert f"{place}:8: old column 'total': is neither compared nor ignored" in said
    assert f"{place}: side 'new': its columns could not be checked now: target 'new'" in said
    assert json.dumps(said).count("Traceback") == 0
