"""An attempt was ended, but a process of it lives on: nothing is begun, undone or called over."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from golive.project import load_project
from golive.record.actors import system_actor, this_actor
from golive.run import launching, processes
from golive.run.attempts import AttemptResult, Exit, prepare, write_json, write_result
from golive.run.control import Controller, take_control
from golive.run.executor import execute
from golive.run.inflight import InFlight
from golive.run.opening import environment_of, open_run
from golive.run.operate import act_on_task, open_desk
from golive.run.processes import ProcessIdentity
from golive.run.state import RunState
from golive.runbook.loading import load_runbook
from golive.runbook.planning import make_plan
from golive.runbook.presses import Press

TASK = """
  - {id: A, kind: command, title: A, argv: [python, effect.py, do, A], rerun: safe,
     undo: {kind: command, argv: [python, effect.py, undo, A]}}
"""


@dataclass
class Night:
    """A run whose task A was ended while ``child`` lives on."""

    controller: Controller
    attempts: InFlight
    child: subprocess.Popen[bytes]

    def go_on(self) -> RunState:
        """Let the controller go on until it has nothing to do, or the run is closed."""
        idle: list[float] = []

        def pause(seconds: float) -> None:
            idle.append(seconds)
            launching.pause(seconds)

        return execute(
            self.controller, self.attempts.project, self.attempts.environment, pause=pause,
            watch=lambda state: idle.clear(),
            until=lambda state: len(idle) > 2 and not state.in_flight(),
        )  # fmt: skip

    def stop(self) -> None:
        act_on_task(
            open_desk(self.controller.folder, this_actor("li", assurance="claimed")),
            "A", Press(verb="stop", person="", reason="end it"),
        )  # fmt: skip

    def lives(self) -> bool:
        return processes.identify(self.child.pid) is not None

    def written(self) -> list[str]:
        return [record.type for record in self.controller.journal.records()]


@pytest.fixture
def can_end(monkeypatch: Any) -> Iterator[Any]:
    """Make processes of the attempt ones that cannot be ended, as another user's are."""
    with monkeypatch.context() as patch:
        patch.setattr(processes, "end_tree", lambda find, **limits: tuple(sorted(find())))
        yield patch.undo


@pytest.fixture(params=[Exit.STOPPED, Exit.TIMEOUT])
def night(workspace: Any, request: Any) -> Iterator[Night]:
    """The worker left its result and is gone; the child carries no mark that could be read."""
    workspace.runbook(TASK)
    project = load_project(workspace.root, environment="test")
    plan = make_plan(load_runbook(workspace.root, "runbook.yaml"), mode="rehearsal")
    folder = workspace.root / "reports" / "runs" / "left"
    open_run(folder, plan, project.resolve("test"), actor=system_actor())
    unmarked = {key: value for key, value in os.environ.items() if not key.startswith("GOLIVE_")}
    child = subprocess.Popen(["sleep", "600"], start_new_session=True, env=unmarked)
    try:
        with take_control(folder, plan) as controller:
            environment = environment_of(controller.state)
            attempts = InFlight(controller=controller, project=project, environment=environment)
            controller.append("task.starting", {"task": "A", "number": "1", "role": "run"})
            attempt, survivor = attempts.folder("A", "1"), processes.identify(child.pid)
            assert survivor is not None
            prepare(attempt, attempts.spec("A", "1"))
            gone = ProcessIdentity(pid=child.pid, start_time=0, boot_id=processes.boot_id())
            write_json(attempt / "claim", gone.to_json())
            ended = AttemptResult(
                exit=request.param, outcome=None, ended=datetime.now(UTC), survivors=(survivor,)
            )
            write_result(attempt, ended)
            yield Night(controller, attempts, child)
    finally:
        child.kill()
        child.wait()


def test_a_stop_says_what_lives_on_and_only_proof_says_it_is_over(
    workspace: Any, night: Night, can_end: Any
) -> None:
    found = night.go_on().progress.of("A")
    assert (found.state, found.reason) == ("unknown", "1 of its processes live on")
    assert night.attempts.living("A") == (night.child.pid,)
    night.stop()
    found = night.go_on().progress.of("A")
    assert (found.state, found.stop_asked, night.lives()) == ("unknown", False, True)
    assert found.reason.endswith(f"could not be ended and live on: {night.child.pid}")
    # Declared safe to rerun, and yet nothing was begun beside what lives.
    assert workspace.effects() == {}
    can_end()
    night.stop()
    state = night.go_on()
    verbs = [r.data["verb"] for r in night.controller.journal.records() if r.type == "task.moved"]
    assert verbs == ["remains", "cleared", "retry"]
    assert not night.lives()
    assert state.progress.of("A").state == "done"
    assert workspace.effects() == {"do A": 1}


def test_nothing_is_undone_beside_what_lives_on(workspace: Any, night: Night, can_end: Any) -> None:
    night.go_on()
    night.controller.append("run.aborting", {"reason": "enough"})
    assert night.go_on().progress.phase == "aborting"
    assert "rollback.planned" not in night.written()
    can_end()
    state = night.go_on()
    assert state.closed
    assert not night.lives()
    assert workspace.effects() == {"undo A": 1}


@pytest.mark.parametrize("night", [Exit.STOPPED], indirect=True)
def test_what_is_retried_beside_a_living_process_says_so_and_goes_on(
    workspace: Any, night: Night
) -> None:
    """Two people say it was not done, and it is told to retry, while its old process lives."""
    night.go_on()
    run, pid = night.controller.folder.name, night.child.pid
    reason = ("--reason", "seen on the host", "--as", "li")
    words = ("resolve", "--result", "not-done", "--with", "tom", *reason)
    assert workspace.golive("task", run, "A", *words).stdout == "A: failed\n"
    waits = f"waits until process {pid} of an earlier attempt has ended, then begins"
    told = workspace.golive("task", run, "A", "retry", *reason)
    assert told.stdout == f"A: pending; {waits}\n", told.stderr
    state = night.go_on()
    assert state.progress.of("A").waits_for == (pid,)
    assert workspace.effects() == {}
    assert f"… A {waits}" in workspace.golive("status", run).stdout
    zh = workspace.golive("status", run, "--lang", "zh").stdout
    assert f"… A 等待上一次执行遗留的进程 {pid} 结束后开始" in zh
    assert night.written().count("task.moved") == 1, "it is said once"
    night.child.kill()
    night.child.wait()
    found = night.go_on().progress.of("A")
    assert (found.state, found.waits_for) == ("done", ())
    assert workspace.effects() == {"do A": 1}
