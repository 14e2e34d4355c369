"""golive compare run: exit codes, the record it leaves, and the days of a dual run."""

from __future__ import annotations

import json
import sqlite3

import pytest

from golive.cli.main import main

SPEC = {
    "schema": "golive/comparison/v1",
    "id": "orders",
    "title": "orders",
    "title_zh": "订单",
    "old": {"source": "sqlite", "target": "old", "query": "SELECT number, total FROM orders"},
    "new": {"source": "sqlite", "target": "new", "table": "orders"},
    "key": [{"old": "number", "new": "number", "as": "varchar"}],
    "columns": [{"old": "total", "new": "total", "as": "decimal(18,2)"}],
    "cycles": {"consecutive": 2, "weekend": []},
}
PROJECT = """
[tool.golive]
environment = "demo"
[tool.golive.environments.demo]
kind = "demo"
[tool.golive.environments.demo.targets.old]
database = "sqlite:///old.db"
[tool.golive.environments.demo.targets.new]
database = "sqlite:///new.db"
"""


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    folder = tmp_path / "cutover_playbooks" / "comparisons"
    folder.mkdir(parents=True)
    (folder / "orders.yaml").write_text(json.dumps(SPEC), encoding="utf-8")
    for side in ("old", "new"):
        with sqlite3.connect(tmp_path / f"{side}.db") as db:
            db.execute("CREATE TABLE orders (number TEXT, total NUMERIC)")
            db.execute("INSERT INTO orders VALUES ('SO-1', 10.00)")
        db.close()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def change(workspace, sql):
    with sqlite3.connect(workspace / "new.db") as db:
        db.execute(sql)
    db.close()


def golive(capsys, *words):
    with pytest.raises(SystemExit) as ended:
        main(["compare", *words])
    printed = capsys.readouterr()
    return ended.value.code, printed.out, printed.err


def test_days_of_a_dual_run(workspace, capsys):
    code, out, _ = golive(capsys, "run", "orders", "--cycle", "2126-11-28", "--json")
    first = json.loads(out)
    assert (code, first["status"], first["dual_run"]["streak"]) == (0, "passed", 1)
    assert (workspace / "reports" / "runs" / first["run"] / "journal.jsonl").is_file()

    code, out, _ = golive(capsys, "run", "orders", "--cycle", "2126-11-29")
    assert code == 0
    assert "2 of 2 clean business days in a row; the exit rule is met" in out

    change(workspace, "UPDATE orders SET total = 10.01")
    code, out, _ = golive(capsys, "run", "orders", "--cycle", "2126-11-30", "--lang", "zh")
    assert code == 1
    assert "2126-11-30  有差异，未解释 1 项" in out
    assert "未达到退出条件" in out


def test_two_empty_sides_are_broken(workspace, capsys):
    for side in ("old", "new"):
        with sqlite3.connect(workspace / f"{side}.db") as db:
            db.execute("DELETE FROM orders")
        db.close()
    code, out, _ = golive(capsys, "run", "orders")
    assert code == 3
    assert "both sides are empty" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("order",), "did you mean 'orders'?"),
        (("orders", "--cycle", "30.11.2026"), "'30.11.2026' is not a day"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(workspace, capsys, words, said):
    code, _, err = golive(capsys, "run", *words)
    assert code == 2
    assert said in err
    assert len(err.strip().splitlines()) == 1
    assert not (workspace / "reports").exists()


def test_bad_file_is_refused_with_its_line(workspace, capsys):
    path = workspace / "cutover_playbooks" / "comparisons" / "orders.yaml"
    path.write_text("schema: golive/comparison/v1\nid: orders\ntitel: x\n")
    code, _, err = golive(capsys, "run", "orders")
    assert code == 2
    assert "orders.yaml:3: unknown key 'titel' (did you mean 'title'?)" in err
