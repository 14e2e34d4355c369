"""A small workspace whose tasks write a ledger of effects: every test runs the real controller."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

EFFECT = '''
"""Do one effect: a line in the ledger and a row in the database, or take the row back."""
import os, pathlib, sqlite3, sys, time
verb, name, *rest = sys.argv[1:]
root = pathlib.Path(__file__).parent
with open(root / "effects.jsonl", "a") as ledger:
    ledger.write(f"{verb} {name} {os.environ.get('GOLIVE_ATTEMPT', '')}\\n")
base = sqlite3.connect(root / "old.db", timeout=30)
with base:
    if verb == "do":
        base.execute("insert into orders values (?, 1)", (name,))
    elif verb == "undo":
        base.execute("delete from orders where name = ?", (name,))
gate = root / f"hold-{name}"
while verb == "do" and gate.exists():
    time.sleep(0.01)
sys.exit(int(rest[0]) if rest else 0)
'''

TEAM = """
schema: golive/team/v1
roles:
  ops: {people: [li]}
  fin: {people: [mei]}
  check: {people: [tom]}
  steer: {people: [zhao, claire]}
people:
  li: {name: Li}
  mei: {name: Mei}
  tom: {name: Tom}
  zhao: {name: Zhao}
  claire: {name: Claire}
"""

HEAD = """
schema: golive/runbook/v1
runbook: small
title: A small cutover
system: Small
zone: Asia/Shanghai
window: {start: "2026-12-05T20:00:00+08:00", end: "2026-12-06T08:00:00+08:00", reserve: PT1H}
phases: [all]
streams: [one]
team: team.yaml
locks: {db: 1}
tasks:
"""

CHAIN = (Path(__file__).parent / "chain.yaml").read_text()


PYPROJECT = """
[tool.golive]
environment = "test"
[tool.golive.environments.test]
kind = "demo"
[tool.golive.environments.test.targets.old]
database = "sqlite:///{root}/old.db"
[tool.golive.environments.test.fingerprint]
databases = ["old"]
files = ["files"]
"""


class _Controller(subprocess.Popen[bytes]):
    """A controller that a failing test does not wait for."""

    def __exit__(self, kind, value, trace):
        if kind is not None:
            self.kill()
        super().__exit__(kind, value, trace)


@dataclass(frozen=True)
class Workspace:
    """A workspace on disk and the golive commands run in it."""

    root: Path

    def golive(self, *words: str, person: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "golive", *words],
            cwd=self.root, capture_output=True, text=True, timeout=90, check=False,
            env=self.env(person),
        )  # fmt: skip

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        with (self.root / "controller.log").open("ab") as log:
            return _Controller(
                [sys.executable, "-m", "golive", *words],
                cwd=self.root,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.env(""),
            )

    @staticmethod
    def env(person: str) -> dict[str, str]:
        return {**os.environ, "GOLIVE_PERSON": person, "GOLIVE_ENV": "test"}

    def runbook(self, tasks: str, *, abort_at: str = "", head: str = HEAD) -> None:
        (self.root / "runbook.yaml").write_text(head + tasks)
        goal = f"abort_at: {abort_at}\n" if abort_at else ""
        (self.root / "rehearsals" / "all.yaml").write_text(
            "schema: golive/rehearsal/v1\nrehearsal: all\ntitle: All\nrunbook: runbook.yaml\n"
            f"environment: test\n{goal}"
        )

    def effects(self) -> Counter[str]:
        ledger = self.root / "effects.jsonl"
        lines = ledger.read_text().splitlines() if ledger.exists() else []
        return Counter(" ".join(line.split()[:2]) for line in lines)

    def orders(self) -> list[str]:
        with sqlite3.connect(self.root / "old.db") as base:
            return [row[0] for row in base.execute("select name from orders order by name")]

    def run_folder(self) -> Path:
        (found,) = (self.root / "reports" / "runs").iterdir()
        return found

    def status(self) -> dict[str, object]:
        done = self.golive("status", "--json")
        return json.loads(done.stdout) if done.returncode == 0 else {}

    def state_of(self, task: str) -> str:
        tasks = self.status().get("tasks", {})
        assert isinstance(tasks, dict)
        return str(tasks.get(task, {}).get("state", ""))

    def until(self, met: Callable[[], bool], seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not met():
            assert time.monotonic() < deadline, f"not met: {self.status()}"
            time.sleep(0.02)


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    root = tmp_path / "ws"
    (root / "rehearsals").mkdir(parents=True)
    (root / "files").mkdir()
    (root / "files" / "rates.csv").write_text("CNY,1\n")
    (root / "effect.py").write_text(EFFECT)
    (root / "team.yaml").write_text(TEAM)
    (root / "pyproject.toml").write_text(PYPROJECT.replace("{root}", str(root)))
    with sqlite3.connect(root / "old.db") as base:
        base.execute("create table orders (name text, amount integer)")
        base.execute("insert into orders values ('first', 100)")
    made = Workspace(root=root)
    made.runbook(CHAIN)
    yield made
    for pid in _processes_in(root):
        os.kill(pid, signal.SIGKILL)


def _processes_in(root: Path) -> list[int]:
    """Return the processes a failed test left behind: workers have the workspace as their cwd."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                if (entry / "cwd").resolve() == root:
                    found.append(int(entry.name))
            except OSError:
                continue
    return found
