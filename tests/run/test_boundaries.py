"""The way back tried at every boundary: all proven, a planted mistake found, a copy that lies."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from golive.report.boundary_words import boundary_lines, coverage_lines
from golive.run.boundary_coverage import Coverage, coverage_of
from golive.run.opening import read_run
from golive.run.state import RunState
from golive.runbook.planning import Plan

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


def test_a_boundary_inside_a_manual_task_is_tried_and_what_a_copy_cannot_try_is_named(
    chain: Any,
) -> None:
    by_hand = (
        "  - {id: SIGN, kind: manual, title: Sign, owner: fin, after: [A],"
        " undo: {kind: command, argv: [python, effect.py, undo, SIGN]}}\n"
        "  - {id: CALL, kind: manual, title: Call, owner: fin, after: [SIGN],"
        " undo: {kind: manual, title: Call again}}\n"
        "  - {id: LAST, kind: milestone, title: Last, after: [CALL]}\n"
    )
    chain.runbook(tasks().splitlines()[0] + "\n" + by_hand, abort_at="CALL")
    with chain.start("rehearse", "all", "--abort-at", "each") as controller:
        for task, state in (("SIGN", "waiting"), ("CALL", "waiting"), ("CALL", "undoing")):
            chain.until(lambda task=task, state=state: chain.state_of(task) == state)
            run = chain.run_folder().name
            assert chain.golive("task", run, task, "complete", "--as", "mei").returncode == 0
        assert controller.wait(60) == 0
    state = read_run(chain.run_folder())
    tried = {item["label"]: item for item in state.boundaries}
    assert list(tried) == ["inside-A", "after-A", "inside-SIGN", "after-SIGN", "inside-CALL"]
    # What a person has begun is taken back.
    assert (tried["inside-SIGN"]["caught"], tried["inside-SIGN"]["steps"]) == (True, 2)
    assert tried["inside-SIGN"]["proven"]
    # A person's own undo cannot be tried on a copy, and nothing waits for it there.
    assert coverage_of(state) == Coverage(tried=5, gaps={"inside-CALL": "by-hand"})
    assert "4 of 5 boundaries (80%)" in (chain.root / "controller.log").read_text()


def tried(label: str, **found: Any) -> dict[str, Any]:
    inside = label.removeprefix("inside-") if label.startswith("inside-") else ""
    fine = {"label": label, "inside": inside, "caught": bool(inside), "proven": True,
            "by_hand": [], "problems": [], "seconds": 1.0, "planned": 2.0, "steps": 1}  # fmt: skip
    return {**fine, **found}


def test_a_boundary_counts_only_when_its_way_back_was_shown() -> None:
    """An abort that came too late shows nothing of the inside; a person's undo nothing at all."""
    state = RunState(
        plan=cast("Plan", None),
        boundaries=(
            tried("inside-A"), tried("after-A"), tried("inside-B", caught=False),
            tried("after-B", proven=False, by_hand=["B"]),
            tried("inside-C", caught=False, proven=False, problems=["old: orders differ"]),
            tried("after-C", proven=False, by_hand=["B"], problems=["old: orders differ"]),
        ),
    )  # fmt: skip
    found = coverage_of(state)
    assert (found.covered, found.tried, found.percent) == (2, 6, 33)
    assert found.gaps == {
        "inside-B": "late", "after-B": "by-hand", "inside-C": "wrong", "after-C": "wrong",
    }  # fmt: skip
    assert coverage_lines(state, "en")[:2] == [
        "  Way back shown at 2 of 6 boundaries (33%).",
        "  - not covered: inside-B: the task had ended before the abort",
    ]
    assert coverage_lines(state, "zh")[2] == "  - 未覆盖：after-B：由人工回退，无法在副本上验证"
    assert boundary_lines(state.boundaries[2], "zh") == ["  未覆盖  inside-B：中止前任务已结束"]
    assert Coverage(tried=300, gaps={"x": "late"}).percent == 99


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
