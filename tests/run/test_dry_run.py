"""A dry rehearsal changes nothing, goes to its end, says what it is, and stays dry for ever."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from golive.outcome import Outcome, Status
from golive.report.status import status_screen
from golive.report.words import closing
from golive.run.measured import measured_durations
from golive.run.opening import read_run
from golive.runbook.attempt_ends import finish
from golive.runbook.definition import Body, Task
from golive.runbook.lifecycle import TaskProgress, TaskState

NOW = datetime(2026, 12, 5, 13, tzinfo=UTC)
CHAIN = (Path(__file__).parent / "chain.yaml").read_text("utf-8")
#: A is left out, a person is asked, B would come after and would be looked for.
ASKING = (
    CHAIN.splitlines()[0]
    + """
  - {id: W, kind: manual, title: Wait, owner: fin, after: [A], undo: none}
  - id: B
    kind: command
    title: B
    after: [W]
    argv: [python, effect.py, do, B]
    probe: {kind: command, argv: [python, effect.py, probe, B, "1"]}
    undo: {kind: command, argv: [python, effect.py, undo, B]}
"""
)


def test_it_goes_to_its_end_without_an_effect_and_says_so(workspace: Any) -> None:
    workspace.runbook(CHAIN, abort_at="M")
    done = workspace.golive("rehearse", "all", "--dry-run")
    assert done.returncode == 0, done.stdout + done.stderr
    assert workspace.effects() == Counter()
    assert workspace.orders() == ["first"]
    assert "(DRY RUN of a rehearsal)" in done.stdout
    assert "DRY RUN of a rehearsal WENT TO ITS END, which proves nothing" in done.stdout
    assert "PASSED" not in done.stdout
    state = read_run(workspace.run_folder())
    assert state.dry_run
    assert state.verdict["verdict"] == "dry"
    assert {state.progress.of(name).forward for name in "ABC"} == {TaskState.DONE}
    assert {item.role for item in state.attempts} == {"run", "undo"}
    assert {item.outcome.status for item in state.attempts if item.outcome} == {Status.SKIPPED}
    assert measured_durations(workspace.root / "reports/runs", state.plan.runbook) == {}
    for language, words in (("en", "DRY RUN"), ("zh", "试运行")):
        assert words in status_screen(state, NOW, language).splitlines()[0]
        assert words in closing(state, language).splitlines()[1]
    assert workspace.status()["dry_run"] is True
    assert workspace.golive("verify").returncode == 0
    done = workspace.golive("report", workspace.run_folder().name)
    assert done.returncode == 0, done.stdout + done.stderr
    page = next((workspace.root / "reports").rglob("*.html")).read_text("utf-8")
    assert "Dry run, went to its end" in page
    assert "DRY RUN of a rehearsal" in page


@contextmanager
def killed_while_asking(workspace: Any) -> Iterator[str]:
    """Give the name of a dry run whose controller was killed while a person was asked."""
    workspace.runbook(ASKING, abort_at="B")
    with workspace.start("rehearse", "all", "--dry-run") as controller:
        workspace.until(lambda: workspace.state_of("W") == "waiting")
        controller.kill()
    yield workspace.run_folder().name
    assert workspace.effects() == Counter()
    assert workspace.orders() == ["first"]


def test_a_resumed_one_stays_dry(workspace: Any) -> None:
    with killed_while_asking(workspace) as run:
        assert workspace.golive("task", run, "W", "complete", person="mei").returncode == 0
        done = workspace.golive("resume", run, "--lang", "zh")
        assert done.returncode == 0, done.stdout + done.stderr
        assert "演练试运行已走完，不作为任何证明" in done.stdout
        assert read_run(workspace.run_folder()).progress.of("B").forward is TaskState.DONE


def test_one_that_is_rolled_back_stays_dry(workspace: Any) -> None:
    with killed_while_asking(workspace) as run:
        done = workspace.golive("rollback", run, "--as", "li", "--reason", "enough")
        assert "DRY RUN of a rehearsal STOPPED" in done.stdout, done.stdout + done.stderr
        assert read_run(workspace.run_folder()).progress.of("A").state is TaskState.UNDONE


def test_it_tries_no_way_back(workspace: Any) -> None:
    done = workspace.golive("rehearse", "all", "--abort-at", "each", "--dry-run")
    assert done.returncode == 2
    assert "--dry-run: does nothing that --abort-at each could take back" in done.stderr
    assert not (workspace.root / "reports" / "runs").exists()


def test_that_it_is_dry_cannot_be_edited_away(workspace: Any) -> None:
    workspace.golive("rehearse", "all", "--dry-run")
    journal = workspace.run_folder() / "journal.jsonl"
    journal.chmod(0o644)
    first, *others = journal.read_text("utf-8").splitlines()
    assert json.loads(first)["data"]["dry_run"] is True
    edited = first.replace('"dry_run":true', '"dry_run":false')
    assert edited != first
    journal.write_text("\n".join([edited, *others]) + "\n", "utf-8")
    assert workspace.golive("verify").returncode != 0


PROBED = Task(
    id="A", kind="command", title="A", argv=("x",), probe=Body(kind="command", argv=("y",)),
    verifier="check",
)  # fmt: skip


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("dry", [True, False])
def test_only_what_a_dry_run_leaves_out_counts_as_done(status: Status, dry: bool) -> None:  # noqa: FBT001
    outcome = Outcome(status=status, summary="", started=NOW, ended=NOW)
    found = TaskProgress(state=TaskState.RUNNING, active="1", role="run")
    after = finish(PROBED, found, "finished", outcome, dry_run=dry).state
    if dry:
        done = status in {Status.PASSED, Status.SKIPPED}
        assert after is (TaskState.DONE if done else TaskState.FAILED)
    else:
        assert after is (TaskState.VERIFYING if status is Status.PASSED else TaskState.FAILED)
    crashed = finish(PROBED, found, "crashed", outcome, dry_run=dry).state
    assert crashed is TaskState.FAILED
