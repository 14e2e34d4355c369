"""The controller from outside: it rehearses, dies, comes back, rolls back, and never lies."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from golive.project import load_project
from golive.record.actors import system_actor
from golive.run.control import take_control
from golive.run.opening import open_run
from golive.runbook.loading import load_runbook
from golive.runbook.planning import make_plan

MANUAL = (Path(__file__).parent / "manual.yaml").read_text()


def test_a_rehearsal_goes_to_its_abort_point_and_back(workspace: Any) -> None:
    workspace.runbook(workspace_chain(), abort_at="M")
    before = workspace.orders()
    done = workspace.golive("rehearse", "rehearsals/all.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert workspace.effects() == {f"{verb} {name}": 1 for verb in ("do", "undo") for name in "ABC"}
    assert workspace.orders() == before
    assert "as before" in done.stdout
    assert workspace.golive("verify").returncode == 0


def workspace_chain() -> str:
    return (Path(__file__).parent / "chain.yaml").read_text()


def test_a_rollback_that_forgets_something_is_named(workspace: Any) -> None:
    tasks = workspace_chain().replace(
        "argv: [python, effect.py, undo, B]", "argv: [python, effect.py, forget, B]"
    )
    workspace.runbook(tasks, abort_at="M")
    done = workspace.golive("rehearse", "rehearsals/all.yaml")
    assert done.returncode == 1
    assert "orders" in done.stdout
    assert "NOT as before" in done.stdout


def test_people_complete_verify_and_decide_by_command(workspace: Any) -> None:
    workspace.runbook(MANUAL, abort_at="GATE")
    with workspace.start("rehearse", "rehearsals/all.yaml") as controller:
        workspace.until(lambda: workspace.state_of("SIGN") == "waiting")
        refused = workspace.golive("task", "rehearsal", "SIGN", "complete", person="li")
        run = workspace.run_folder().name
        refused = workspace.golive("task", run, "SIGN", "complete", person="li")
        assert refused.returncode == 2
        assert "does not hold the role 'fin'" in refused.stderr
        assert workspace.golive("task", run, "SIGN", "complete", person="mei").returncode == 0
        twice = workspace.golive("task", run, "SIGN", "complete", person="mei")
        assert twice.returncode == 2
        assert "mei did so at" in twice.stderr
        assert workspace.golive("task", run, "SIGN", "verify", person="tom").returncode == 0
        workspace.until(lambda: workspace.state_of("GATE") == "waiting")
        for person in ("zhao", "claire"):
            workspace.until(
                lambda person=person: (
                    workspace.golive("decide", "GATE", "go", "--run", run, person=person).returncode
                    == 0
                )
            )
        assert controller.wait(60) == 0
    assert "do Z" not in workspace.effects()


def test_a_failed_task_stops_new_starts_until_somebody_acts(workspace: Any) -> None:
    tasks = workspace_chain().replace("effect.py, do, B]", 'effect.py, do, B, "3"]')
    workspace.runbook(tasks, abort_at="M")
    with workspace.start("rehearse", "rehearsals/all.yaml") as controller:
        workspace.until(lambda: workspace.state_of("B") == "failed")
        run = workspace.run_folder().name
        again = workspace.golive("task", run, "B", "retry", "--reason", "once more", person="li")
        assert again.returncode == 0, again.stderr
        workspace.until(lambda: workspace.effects()["do B"] == 2)
        workspace.until(lambda: workspace.state_of("B") == "failed")
        # Each worker was told that its work is its own, not to go on with the other's.
        jobs = [
            json.loads((workspace.run_folder() / f"tasks/B/{n}/attempt.json").read_text())[
                "attempt"
            ]["job"].partition("-")[0]
            for n in (1, 2)
        ]
        assert jobs == ["1", "2"]
        done = workspace.golive("rollback", run, "--as", "li", "--reason", "B is wrong")
        # The rehearsal's own controller is still there and does the way back itself.
        assert done.returncode == 0, done.stderr
        assert "its controller turns back now" in done.stdout
        assert controller.wait(60) == 1
    assert workspace.orders() == ["first"]


@pytest.mark.parametrize("moment", ["A starting", "A running", "A done", "undo"])
def test_a_killed_controller_is_replaced_and_every_effect_happens_once(
    workspace: Any, moment: str
) -> None:
    workspace.runbook(workspace_chain(), abort_at="M")
    hold = workspace.root / "hold-A"
    if moment in {"A starting", "A running"}:
        hold.touch()
    controller = workspace.start("rehearse", "rehearsals/all.yaml")
    reached = {
        "A starting": lambda: workspace.state_of("A") in {"starting", "running"},
        "A running": lambda: "do A" in workspace.effects(),
        "A done": lambda: workspace.effects()["do A"] == 1,
        "undo": lambda: any(key.startswith("undo") for key in workspace.effects()),
    }[moment]
    workspace.until(reached)
    os.kill(controller.pid, signal.SIGKILL)
    controller.wait(10)
    hold.unlink(missing_ok=True)
    done = workspace.golive("resume")
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(workspace.effects().values()) == {1}
    assert workspace.orders() == ["first"]
    assert workspace.golive("verify").returncode == 0


def test_a_killed_worker_leaves_the_task_unknown_and_asking(workspace: Any) -> None:
    workspace.runbook(workspace_chain(), abort_at="M")
    (workspace.root / "hold-A").touch()
    with workspace.start("rehearse", "rehearsals/all.yaml") as controller:
        workspace.until(lambda: "do A" in workspace.effects())
        worker = json.loads(
            (workspace.run_folder() / "tasks" / "A" / "1" / "worker.json").read_text()
        )
        os.kill(worker["pid"], signal.SIGKILL)
        workspace.until(lambda: workspace.state_of("A") == "unknown")
        screen = workspace.golive("status").stdout
        assert "UNKNOWN" in screen
        assert "resolve" in screen
        run = workspace.run_folder().name
        workspace.golive("run", run, "abort", "--reason", "A is in doubt", person="li")
        assert controller.wait(60) in {1, 3, 4}
    assert workspace.effects()["do A"] == 1
    assert workspace.orders() == ["first"]


def test_two_controllers_are_one_too_many(workspace: Any) -> None:
    (workspace.root / "hold-A").touch()
    workspace.runbook(workspace_chain(), abort_at="M")
    with workspace.start("rehearse", "rehearsals/all.yaml") as controller:
        workspace.until(lambda: "do A" in workspace.effects())
        second = workspace.golive("resume")
        assert second.returncode == 2
        assert "already has a controller" in second.stderr
        (workspace.root / "hold-A").unlink()
        assert controller.wait(60) == 0


def test_a_controllers_end_frees_its_lock_while_a_new_worker_has_the_file_open(
    workspace: Any,
) -> None:
    workspace.runbook(workspace_chain(), abort_at="M")
    plan = make_plan(load_runbook(workspace.root, "runbook.yaml"), mode="rehearsal")
    folder = workspace.root / "reports" / "runs" / "held"
    environment = load_project(workspace.root, environment="test").resolve("test")
    open_run(folder, plan, environment, actor=system_actor())
    with take_control(folder, plan) as first:
        file = next(
            int(link.name)
            for link in Path("/proc/self/fd").iterdir()
            if link.resolve() == (folder / "controller.lock").resolve()
        )
        begun = os.dup(file)
    try:
        with take_control(folder, plan) as second:
            assert second.state.token == first.state.token + 1
    finally:
        os.close(begun)


def test_a_flipped_byte_is_found_with_its_record_number(workspace: Any) -> None:
    workspace.runbook(workspace_chain(), abort_at="M")
    assert workspace.golive("rehearse", "rehearsals/all.yaml").returncode == 0
    journal = workspace.run_folder() / "journal.jsonl"
    content = bytearray(journal.read_bytes())
    fifth = sum(len(line) for line in bytes(content).splitlines(keepends=True)[:4]) + 20
    content[fifth] ^= 1
    journal.write_bytes(content)
    found = workspace.golive("verify")
    assert found.returncode == 1
    assert "record 5" in found.stderr
    shown = workspace.golive("status")
    assert shown.returncode == 1
    assert "Traceback" not in shown.stderr


def test_simulated_people_are_refused_outside_the_demo(workspace: Any, monkeypatch: Any) -> None:
    pyproject = workspace.root / "pyproject.toml"
    pyproject.write_text(pyproject.read_text().replace('kind = "demo"', 'kind = "rehearsal"'))
    workspace.runbook(MANUAL, abort_at="GATE")
    with workspace.start("rehearse", "rehearsals/all.yaml") as controller:
        workspace.until(lambda: workspace.state_of("SIGN") == "waiting")
        run = workspace.run_folder().name
        monkeypatch.setenv("GOLIVE_SIMULATED", "1")
        refused = workspace.golive("task", run, "SIGN", "complete", person="mei")
        assert refused.returncode == 2
        assert "this is not the demo" in refused.stderr
        monkeypatch.delenv("GOLIVE_SIMULATED")
        stopped = workspace.golive("run", run, "abort", "--reason", "enough", person="li")
        assert stopped.returncode == 0, stopped.stderr
        assert controller.wait(60) == 4


def test_a_plan_edited_behind_the_journals_back_is_not_run(workspace: Any) -> None:
    workspace.runbook(workspace_chain(), abort_at="M")
    assert workspace.golive("rehearse", "all").returncode == 0
    plan = workspace.run_folder() / "plan.json"
    plan.write_text(plan.read_text().replace("A small cutover", "A small change"))
    refused = workspace.golive("resume")
    assert refused.returncode == 1
    assert "is not the plan the run was opened with" in refused.stderr


def test_a_run_killed_before_its_first_record_is_said(workspace: Any) -> None:
    workspace.runbook(workspace_chain(), abort_at="M")
    assert workspace.golive("rehearse", "all").returncode == 0
    (workspace.run_folder() / "journal.jsonl").write_bytes(b"")
    refused = workspace.golive("resume")
    assert refused.returncode == 2
    assert "never began" in refused.stderr
