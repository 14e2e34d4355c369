"""Runs whose journal is written directly: the pages read nothing else."""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from golive.console.application import application
from golive.contracts import Environment, Target
from golive.outcome import Outcome, Status, outcome_to_json
from golive.project import Project, load_project
from golive.record.actors import system_actor, this_actor
from golive.run.control import take_control
from golive.run.opening import open_run, read_plan
from golive.runbook.loading import load_runbook
from golive.runbook.planning import Plan, make_plan

with warnings.catch_warnings():
    # Starlette would rather have httpx's successor; ours is locked.
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

T0 = datetime(2026, 12, 5, 12, tzinfo=UTC)
TEAM = """
schema: golive/team/v1
roles:
  ops: {people: [li], deputies: [tom]}
  steer: {people: [zhao]}
people:
  li: {name: Li Min, phone: "+86 139 0000 0005"}
  tom: {name: Tom, phone: "+86 139 0000 0006"}
  zhao: {name: 赵敏}
"""
RUNBOOK = """
schema: golive/runbook/v1
runbook: small
title: A <b>small</b> cutover
system: Small
zone: Asia/Shanghai
window: {start: "2026-12-05T20:00:00+08:00", end: "2026-12-06T08:00:00+08:00", reserve: PT1H}
phases: [all]
streams: [one]
team: team.yaml
tasks:
  - id: LOAD
    kind: command
    title: "Load <script>alert('title')</script>"
    owner: ops
    est: [30, 60]
    argv: [python, x.py]
    undo: {kind: command, est: [20, 45], argv: [python, x.py]}
  - {id: COUNT, kind: manual, title: Count, owner: ops, est: [10, 20], after: [LOAD], undo: none}
  - {id: GATE, kind: gate, title: Open, owner: steer, after: [COUNT], criteria: {LOAD: passed}}
"""
PYPROJECT = """
[tool.golive]
environment = "test"
[tool.golive.environments.test]
kind = "demo"
"""


class Runs:
    """A workspace whose runs a test writes record by record."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name, text in (("team", TEAM), ("runbook", RUNBOOK)):
            (root / f"{name}.yaml").write_text(text, "utf-8")
        (root / "x.py").write_text("print(1)\n")
        (root / "pyproject.toml").write_text(PYPROJECT)
        self.now = T0 + timedelta(minutes=5)

    @property
    def project(self) -> Project:
        return load_project(self.root)

    def plan(self, mode: str) -> Plan:
        return make_plan(load_runbook(self.root, "runbook.yaml"), mode=mode, t0=T0)

    def open(self, name: str, *, mode: str = "rehearsal", dry_run: bool = False) -> Path:
        folder = self.root / "reports" / "runs" / name
        environment = Environment(
            name="test", kind="demo", targets={"old": Target(name="old")}, facts={}
        )
        open_run(folder, self.plan(mode), environment, actor=system_actor(), dry_run=dry_run)
        return folder

    def write(self, folder: Path, *records: tuple[str, dict[str, object]], by: str = "") -> None:
        with take_control(folder, read_plan(folder)) as controller:
            controller.actor = this_actor(by, assurance="claimed") if by else system_actor()
            for kind, data in records:
                controller.append(kind, data)

    def client(self) -> TestClient:
        app = application(self.project, now=lambda: self.now)
        return TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False)


def attempt(
    status: Status, summary: str, *, task: str = "LOAD"
) -> tuple[tuple[str, dict[str, object]], ...]:
    """Return the records of one whole attempt."""
    outcome = Outcome(status=status, summary=summary, started=T0, ended=T0 + timedelta(minutes=1))
    begun = {"task": task, "number": "1"}
    return (
        ("task.starting", {**begun, "role": "run"}),
        ("task.started", begun),
        ("task.finished", {**begun, "exit": "finished", "outcome": outcome_to_json(outcome)}),
    )


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path)


@pytest.fixture
def ended() -> Callable[..., tuple[tuple[str, dict[str, object]], ...]]:
    return attempt


@pytest.fixture
def started(runs: Runs) -> Iterator[subprocess.Popen[str]]:
    """Yield a real console, in Chinese, over one open run 'r1'."""
    runs.open("r1")
    process = subprocess.Popen(
        [sys.executable, "-m", "golive", "console", "--lang", "zh"],
        cwd=runs.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    yield process
    process.kill()
    process.communicate()


@pytest.fixture
def started_console(runs: Runs) -> Iterator[str]:
    """Yield the address of a real console over whatever runs the test wrote."""
    process = subprocess.Popen(
        [sys.executable, "-m", "golive", "console", "--lang", "en"],
        cwd=runs.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    said = process.stdout.readline() if process.stdout else ""
    yield said.split()[2]
    process.kill()
    process.communicate()
