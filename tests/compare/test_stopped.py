"""A comparison that is killed, stopped, or whose data moves: never half a result, never green."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from tests.compare import orders

from golive.compare.comparing import compare
from golive.compare.reading import read_comparison
from golive.compare.sources.csv import CsvSource
from golive.compare.sources.excel import ExcelSource
from golive.compare.sources.parquet import ParquetSource
from golive.errors import SetupError
from golive.sheets import write_table
from golive.testing import RecordedContext

#: Where the first attempt at the comparison `things` works.
ATTEMPT = "reports/runs/r1/tasks/things/1/work"
KILLED = """
import os, signal, sys
from pathlib import Path
from golive.compare.comparing import compare
from golive.compare.reading import read_comparison
from golive.testing import RecordedContext

class Killed(RecordedContext):
    def say(self, line):
        super().say(line)
        if len(self.said) == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)

folder = Path(sys.argv[1])
compare(read_comparison(folder / "comparison.yaml"),
        Killed(workspace=folder, workdir=folder / sys.argv[3]))
"""


@dataclass(kw_only=True)
class Meddled(RecordedContext):
    """Does something to the files in the middle, once the line that starts so is said."""

    at: str = ""
    meddle: object = None

    def say(self, line):
        super().say(line)
        if line.startswith(self.at):
            self.meddle()


def two_rows(bench):
    return bench.run([("1", "a"), ("2", "b")], [("1", "a"), ("2", "c")], bench.value())


def kill(folder, line, workdir):
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(folder), str(line), workdir],
        capture_output=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


@pytest.mark.parametrize("line", [1, 2, 3])
def test_a_killed_comparison_leaves_no_half_result(bench, line):
    whole = two_rows(bench)
    killed = bench.folder / "killed"
    killed.mkdir()
    kill(bench.folder, line, "killed")
    assert not (killed / "summary.json").exists()
    assert not (killed / "differences.parquet").exists()
    for snapshot in killed.glob("*/snapshot.parquet"):  # what is there under its name is whole
        assert duckdb.sql(f"SELECT count(*) FROM '{snapshot}'").fetchone() == (2,)
    again = compare(whole.comparison, RecordedContext(workspace=bench.folder, workdir=killed))
    assert bench.differences(again) == bench.differences(whole)


@pytest.fixture
def interrupted(bench):
    """Return how an attempt is made after one that was killed once both sides were read."""
    two_rows(bench)
    work = "reports/runs/{}/tasks/things/1/work"
    (bench.folder / work.format("r1")).mkdir(parents=True)
    kill(bench.folder, 2, work.format("r1"))

    def attempt(run):
        folder = bench.folder / work.format(run)
        folder.mkdir(parents=True)
        context = RecordedContext(workspace=bench.folder, workdir=folder)
        return compare(read_comparison(bench.folder / "comparison.yaml"), context), context.said

    return attempt


def again(said):
    return [line.partition(":")[0] for line in said if "are used again" in line]


def test_what_a_killed_comparison_had_read_is_used_again_once(bench, interrupted):
    result, said = interrupted("r2")
    assert again(said) == ["old", "new"]
    assert len(bench.differences(result)) == 1
    # The first attempt never ended, the second did: what it read is not taken for today's.
    (bench.folder / ATTEMPT / "old" / "snapshot.json").unlink()
    assert again(interrupted("r3")[1]) == ["new"]


def test_a_source_that_changed_since_is_read_anew(bench, interrupted):
    (bench.folder / "new.csv").write_text("id,value\n1,a\n2,b\n")
    result, said = interrupted("r2")
    assert again(said) == ["old"]
    assert not result.failures


def test_what_is_asked_otherwise_or_was_tampered_with_is_read_anew(bench, interrupted):
    frozen = bench.folder / ATTEMPT / "new" / "snapshot.parquet"
    frozen.write_bytes(frozen.read_bytes()[:-1] + b"X")
    spec = bench.folder / "comparison.yaml"
    body = json.loads(spec.read_text())
    body["old"]["where"] = "id = '1'"
    spec.write_text(json.dumps(body))
    result, said = interrupted("r2")
    assert again(said) == []
    assert result.old.rows == 1


def test_one_value_changed_in_a_snapshot_is_detected(bench):
    spec = two_rows(bench).comparison
    context = bench.context()

    def tamper():
        path = context.workdir / "new" / "snapshot.parquet"
        duckdb.sql(
            f"COPY (SELECT id, replace(value, 'c', 'b') AS value FROM '{path}') "
            f"TO '{path}.other' (FORMAT parquet)"
        )
        Path(f"{path}.other").replace(path)

    meddled = Meddled(workspace=bench.folder, workdir=context.workdir, at="new: ", meddle=tamper)
    with pytest.raises(SetupError, match=r"'snapshot.parquet' changed while it was compared"):
        compare(spec, meddled)
    assert not (context.workdir / "summary.json").exists()


@pytest.mark.parametrize("kind", ["csv", "xlsx", "parquet"])
def test_a_file_that_changes_while_it_is_read_is_broken(tmp_path, monkeypatch, kind):
    path = tmp_path / f"a.{kind}"
    source = {"csv": CsvSource, "xlsx": ExcelSource, "parquet": ParquetSource}[kind]
    module = sys.modules[source.__module__]
    _write(path, "a")
    truly = module.write_snapshot

    def changed_meanwhile(*given, **more):
        _write(path, "b")
        return truly(*given, **more)

    monkeypatch.setattr(module, "write_snapshot", changed_meanwhile)
    context = RecordedContext(workspace=tmp_path, workdir=tmp_path)
    query = {"path": path.name, "where": "id <> 'x'"}
    with pytest.raises(SetupError, match=rf"'a.{kind}' changed while it was read"):
        source().snapshot(query, tmp_path / "s", context)


def _write(path: Path, value: str) -> None:
    match path.suffix:
        case ".csv":
            path.write_text(f"id,value\n1,{value}\n")
        case ".xlsx":
            write_table(path, [("id", "value"), ("1", value)])
        case _:
            duckdb.sql(f"COPY (SELECT '1' AS id, '{value}' AS value) TO '{path}'")


@pytest.fixture
def amidst(tmp_path):
    """Return a `golive compare run` in the middle of its work: its databases are locked."""
    (tmp_path / "pyproject.toml").write_text(orders.PROJECT)
    (tmp_path / "orders.yaml").write_text(json.dumps(orders.SPEC))
    holds = []
    for side in ("old", "new"):
        database = sqlite3.connect(tmp_path / f"{side}.db", isolation_level=None)
        database.execute("CREATE TABLE orders (number TEXT, total NUMERIC)")
        database.execute("INSERT INTO orders VALUES ('SO-1', 10)")
        database.execute("BEGIN EXCLUSIVE")
        holds.append(database)
    command = [sys.executable, "-m", "golive", "compare", "run", "orders.yaml"]
    golive = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    while golive.poll() is None and not list(tmp_path.glob("reports/runs/*/tasks/*/1/work")):
        os.sched_yield()
    yield golive
    golive.communicate(timeout=60)
    for database in holds:
        database.close()


def left_in(workspace: Path) -> list[str]:
    """Return what the only attempt left in the folder of its work."""
    (work,) = workspace.glob("reports/runs/*/tasks/*/1/work")
    return [path.name for path in work.iterdir()]


def test_ctrl_c_stops_cleanly_with_one_sentence(tmp_path, amidst):
    amidst.send_signal(signal.SIGINT)
    _, said = amidst.communicate(timeout=60)
    assert (amidst.returncode, said.count("\n")) == (4, 1), said
    assert "task 'orders': was stopped; nothing of it runs any more" in said
    (journal,) = tmp_path.glob("reports/runs/*/journal.jsonl")
    last = journal.read_text().splitlines()[-1]
    assert json.loads(last)["type"] == "run.closed"
    assert "summary.json" not in left_in(tmp_path)


def test_an_engine_that_is_killed_is_broken_and_never_half_a_result(tmp_path, amidst):
    (claim,) = tmp_path.glob("reports/runs/*/tasks/*/1/claim")
    worker = json.loads(claim.read_text())["pid"]
    (engine,) = Path(f"/proc/{worker}/task/{worker}/children").read_text().split()
    os.kill(int(engine), signal.SIGKILL)
    told, _ = amidst.communicate(timeout=60)
    assert amidst.returncode == 3
    assert told.startswith("broken: engine 'compare' was ended by SIGKILL")
    assert not [name for name in left_in(tmp_path) if "." in name]
