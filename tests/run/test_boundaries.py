"""The way back tried at every boundary: all proven, a planted mistake found, a copy that lies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from golive.run.opening import read_run

FORK = """
[tool.golive.environments.test.fork]
save = ["python", "copies.py", "save", "{name}"]
restore = ["python", "copies.py", "restore", "{name}"]
"""
COPIES = '''
"""Save or put back everything effect.py changes."""
import pathlib, shutil, sqlite3, sys
verb, name = sys.argv[1:]
here, kept = pathlib.Path("."), pathlib.Path("copies") / name
if verb == "save":
    kept.mkdir(parents=True, exist_ok=True)
    shutil.copy("effects.jsonl", kept) if pathlib.Path("effects.jsonl").exists() else None
    one, two = sqlite3.connect("old.db"), sqlite3.connect(kept / "old.db")
elif pathlib.Path("broken-copies").exists():
    sys.exit(0)
else:
    one, two = sqlite3.connect(kept / "old.db"), sqlite3.connect("old.db")
one.backup(two)
'''


@pytest.fixture
def chain(workspace: Any) -> Any:
    (workspace.root / "copies.py").write_text(COPIES)
    project = workspace.root / "pyproject.toml"
    project.write_text(project.read_text() + FORK)
    return workspace


def tasks() -> str:
    return (Path(__file__).parent / "chain.yaml").read_text()


def test_every_boundary_is_proven_and_measured(chain: Any) -> None:
    chain.runbook(tasks(), abort_at="M")
    done = chain.golive("rehearse", "all", "--abort-at", "each")
    assert done.returncode == 0, done.stdout + done.stderr
    state = read_run(chain.run_folder())
    assert [item["label"] for item in state.boundaries] == [
        "inside-A", "after-A", "inside-B", "after-B", "inside-C", "after-C",
    ]  # fmt: skip
    assert all(item["proven"] for item in state.boundaries)
    # Inside B and after A there is the same to undo, or more when B had begun.
    assert [item["steps"] for item in state.boundaries] == [1, 1, 2, 2, 3, 3]
    assert all(item["seconds"] > 0 for item in state.boundaries)
    assert chain.orders() == ["first"]
    assert "way back  after-C: as before, 3 steps" in done.stdout
    assert chain.golive("verify").returncode == 0


def test_the_walk_goes_on_where_a_gate_or_a_wait_lets_it(chain: Any) -> None:
    """What is open passes while it is at work; only what has not begun may not."""
    waits = (
        "  - {id: W, kind: wait, title: W, after: [A], undo: none,"
        ' until: {at: "2026-01-01T00:00:00+08:00"}}\n'
    )
    chain.runbook(tasks().replace("after: [A]", "after: [W]") + waits, abort_at="B")
    done = chain.golive("rehearse", "all", "--abort-at", "each")
    assert done.returncode == 0, done.stdout + done.stderr
    labels = [item["label"] for item in read_run(chain.run_folder()).boundaries]
    assert labels == ["inside-A", "after-A", "after-W", "inside-B"]


def test_the_boundary_whose_undo_is_wrong_is_named(chain: Any) -> None:
    forgets = tasks().replace("effect.py, undo, B]", "effect.py, forget, B]")
    chain.runbook(forgets, abort_at="M")
    done = chain.golive("rehearse", "all", "--abort-at", "each")
    assert done.returncode == 1
    state = read_run(chain.run_folder())
    wrong = [item["label"] for item in state.boundaries if not item["proven"]]
    assert wrong[0] == "inside-B"
    assert set(wrong) == {"inside-B", "after-B", "inside-C", "after-C"}
    assert "the way back is wrong inside B" in done.stdout
    assert "2 of 6 boundaries proven" in done.stdout


def test_an_undo_that_fails_is_a_boundary_not_proven(chain: Any) -> None:
    breaks = tasks().replace("effect.py, undo, B]", 'effect.py, undo, B, "3"]')
    chain.runbook(breaks, abort_at="B")
    with chain.start("rehearse", "all", "--abort-at", "each") as controller:
        # The run's own rollback waits for a person, as it would at night.
        chain.until(lambda: chain.status().get("phase") == "rollback_blocked")
        run = chain.run_folder().name
        words = (
            "--as",
            "li",
            "--with",
            "tom",
            "--reason",
            "removed by hand",
            "--file",
            "team.yaml",
        )
        done = chain.golive("task", run, "B", "done-by-hand", *words)
        assert done.returncode == 0, done.stderr
        assert controller.wait(60) == 1
    state = read_run(chain.run_folder())
    (first, *_) = [item for item in state.boundaries if not item["proven"]]
    assert first["label"] == "inside-B"
    assert first["problems"][0].startswith("B: not undone")


def test_a_copy_that_is_not_put_back_stops_the_walk(chain: Any) -> None:
    (chain.root / "broken-copies").touch()
    chain.runbook(tasks().replace("effect.py, undo, A]", "effect.py, forget, A]"), abort_at="M")
    done = chain.golive("rehearse", "all", "--abort-at", "each")
    assert done.returncode == 3
    assert "'fork.restore' does not bring it back" in done.stderr


def test_without_copies_it_says_what_is_missing(workspace: Any) -> None:
    workspace.runbook(tasks(), abort_at="M")
    done = workspace.golive("rehearse", "all", "--abort-at", "each")
    assert done.returncode == 3
    assert "add [tool.golive.environments.test.fork]" in done.stderr


def test_turning_back_after_one_task(workspace: Any) -> None:
    workspace.runbook(tasks(), abort_at="M")
    done = workspace.golive("rehearse", "all", "--abort-at", "A")
    assert done.returncode == 0, done.stdout + done.stderr
    assert workspace.effects() == {"do A": 1, "undo A": 1}
