"""golive compare run: exit codes, the record it leaves, and the days of a dual run."""

from __future__ import annotations

import json
import sqlite3

import pytest
from tests.compare import orders

from golive.cli.main import main

QUERY = "SELECT number, total FROM orders"
SPEC = orders.SPEC | {
    "old": {"source": "sqlite", "target": "old", "query": QUERY},
    "cycles": {"consecutive": 2, "weekend": []},
}


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    (tmp_path / "pyproject.toml").write_text(orders.PROJECT)
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
    assert "2126-11-30  有差异，未解释 1 项，金额 0.01\n" in out
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


BOUNDS = ("--expires", "2126-12-31", "--max-count", "1", "--max-amount", "0.05")


def team(workspace):
    (workspace / "cutover_playbooks" / "team.yaml").write_text(
        "schema: golive/team/v1\nroles: {}\npeople:\n  ann: {name: Ann}\n  bob: {name: Bob}\n"
    )


def test_a_difference_is_accepted_by_two_people_until_its_amount_changes(workspace, capsys):
    team(workspace)
    change(workspace, "UPDATE orders SET total = 10.01")
    cycle = ("run", "orders", "--cycle")
    assert golive(capsys, *cycle, "2126-11-28")[0] == 1
    code, out, _ = golive(capsys, "explain", "orders")
    assert code == 0
    assert "total: 1 x rounding: off by one in decimal place 2, amount +0.01" in out
    assert "SO-1  total: '10.00' → '10.01'  0.01" in out

    asked = ("accept", "orders", "--key", "SO-1", "--column", "total", "--class", "rounding")
    code, _, err = golive(capsys, *asked, *BOUNDS, "--as", "ann")
    assert (code, "needs a reason" in err) == (2, True)
    code, out, _ = golive(capsys, *asked, *BOUNDS, "--reason", "old tax table", "--as", "ann")
    assert (code, out.split()[0]) == (0, "AD-001")
    assert golive(capsys, *cycle, "2126-11-28")[0] == 1  # asked for is not accepted

    code, _, err = golive(capsys, "accept", "orders", "--approve", "AD-001", "--as", "ann")
    assert (code, "ann asked for it and cannot approve it" in err) == (2, True)
    assert golive(capsys, "accept", "orders", "--approve", "AD-001", "--as", "bob")[0] == 0
    code, out, _ = golive(capsys, *cycle, "2126-11-29")
    assert code == 0
    assert "orders: 1 rows agree; 1 accepted" in out
    assert "AD-001  rounding  old tax table  bob  1" in golive(capsys, "explain", "orders")[1]

    change(workspace, "UPDATE orders SET total = 10.02")
    code, out, _ = golive(capsys, *cycle, "2126-11-30")
    assert code == 1  # another amount is open again
    assert "2126-11-28  failed, 1 unexplained, amount 0.01\n" in out
    assert "2126-11-29  clean (judged otherwise, restarted)\n" in out
    assert "2126-11-30  failed, 1 unexplained, amount 0.02\n" in out


def test_a_changed_code_map_restarts_the_streak_unless_it_is_neutral(workspace, capsys):
    team(workspace)
    codes = workspace / "codes.csv"
    spec = workspace / "cutover_playbooks" / "comparisons" / "orders.yaml"
    key = SPEC["key"][0] | {"key_map": {"path": "codes.csv", "old": "old", "new": "new"}}
    spec.write_text(json.dumps(SPEC | {"key": [key]}), encoding="utf-8")
    cycle = ("run", "orders", "--cycle")
    codes.write_text("old,new\nSO-1,SO-1\n")
    assert golive(capsys, *cycle, "2126-11-28")[0] == 0
    codes.write_text("old,new\nSO-1,SO-1\nSO-2,SO-2\n")
    code, out, _ = golive(capsys, *cycle, "2126-11-29")
    assert (code, "2126-11-29  clean (judged otherwise, restarted)\n" in out) == (0, True)

    codes.write_text("old,new\nSO-1,SO-1\nSO-2,SO-3\n")
    wish = ("accept", "orders", "--neutral", "--reason", "no such order yet", "--as", "ann")
    assert golive(capsys, *wish)[1].startswith("NC-001")
    golive(capsys, "accept", "orders", "--approve", "NC-001", "--as", "bob")
    code, out, _ = golive(capsys, *cycle, "2126-11-30")
    assert (code, "2 of 2 clean business days" in out) == (0, True)


def test_acceptance_by_cause_is_bounded_and_can_be_neutral(workspace, capsys):
    team(workspace)
    cycle = ("run", "orders", "--cycle")
    golive(capsys, *cycle, "2126-11-28")
    change(workspace, "UPDATE orders SET total = 10.01")
    asked = ("--column", "total", "--cause", "rounding", "--class", "rounding", "--reason", "r")
    golive(capsys, "accept", "orders", *asked, *BOUNDS, "--as", "ann")
    golive(capsys, "accept", "orders", "--approve", "AD-001", "--as", "bob")
    wish = ("accept", "orders", "--neutral", "--reason", "only a cent", "--as", "ann")
    assert golive(capsys, *wish)[1].startswith("NC-001")
    golive(capsys, "accept", "orders", "--approve", "NC-001", "--as", "bob")
    code, out, _ = golive(capsys, *cycle, "2126-11-29")
    assert (code, "2 of 2 clean business days" in out) == (0, True)

    change(workspace, "INSERT INTO orders VALUES ('SO-2', 1.01)")
    with sqlite3.connect(workspace / "old.db") as db:
        db.execute("INSERT INTO orders VALUES ('SO-2', 1.00)")
    db.close()
    code, out, _ = golive(capsys, "run", "orders")
    assert code == 1
    assert "'AD-001' does not hold: fits 2 differences, at most 1 are accepted" in out


def test_a_changed_register_is_damaged(workspace, capsys):
    team(workspace)
    asked = ("--column", "total", "--cause", "rounding", "--reason", "r")
    golive(capsys, "accept", "orders", *asked, *BOUNDS, "--as", "ann")
    path = workspace / "cutover_playbooks" / "comparisons" / "accepted.jsonl"
    path.write_text(path.read_text().replace("0.05", "9.05"))
    code, _, err = golive(capsys, "accept", "orders", "--approve", "AD-001", "--as", "bob")
    assert (code, "does not fit its hash" in err) == (1, True)
