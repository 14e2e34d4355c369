"""Tasks that tools do, by the real executor and real workers, beside the same tools run directly.

Command tasks one after the other, whose programs take no time: what golive adds to each is what
its records on disk, its worker and its evidence take. One small playbook as an ansible task, by
ansible-runner alone in a process of its own, and by ansible-playbook. All take turns, and the
least of the rounds counts: other work on the machine only adds. CPU seconds of all processes stand
beside.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from measuring import ratio, write

from golive.contracts import Environment
from golive.project import load_project
from golive.record.actors import system_actor
from golive.run.control import take_control
from golive.run.executor import execute
from golive.run.opening import open_run
from golive.runbook.loading import load_runbook
from golive.runbook.planning import make_plan

COMMANDS = 20
PLAYBOOKS = 4
ROUNDS = 3
_HEAD = """schema: golive/runbook/v1
runbook: tools
title: A night of tools
system: Tools
zone: Asia/Shanghai
team: team.yaml
window: {start: "2036-12-04T20:00:00+08:00", end: "2036-12-07T08:00:00+08:00", reserve: PT1H,
  decision: PT20M}
phases: []
streams: [s]
tasks:
"""
_TEAM = """schema: golive/team/v1
roles: {ops: {people: [li]}}
people: {li: {name: Li}}
"""
_PROJECT = """[tool.golive]
environment = "e"
[tool.golive.environments.e]
kind = "test"
"""
_PLAYBOOK = """- name: One small play
  hosts: localhost
  connection: local
  gather_facts: false
  tasks:
    - name: Say a word
      ansible.builtin.raw: echo ready
      register: said
      changed_when: false
    - name: It is the word
      ansible.builtin.assert:
        that: said.stdout | trim == "ready"
        quiet: true
"""
_RUNNER = """import sys, tempfile, ansible_runner
with tempfile.TemporaryDirectory() as private:
    found = ansible_runner.run(
        private_data_dir=private, playbook=sys.argv[1], inventory="localhost,", quiet=True
    )
sys.exit(found.rc)
"""


def night(root: Path, count: int, words: str) -> float:
    """Run so many tasks one after the other; return wall seconds from first look to closed run."""
    lines = [
        f"  - {{id: T{index}, stream: s, title: Task {index}, undo: none, {words}"
        + (f", after: [T{index - 1}]}}\n" if index else "}\n")
        for index in range(count)
    ]
    (root / "runbook.yaml").write_text(_HEAD + "".join(lines), encoding="utf-8")
    plan = make_plan(load_runbook(root, "runbook.yaml"), mode="live")
    folder = root / "reports" / "runs" / f"bench-{time.monotonic_ns()}"
    environment = Environment(name="e", kind="test", targets={}, facts={})
    open_run(folder, plan, environment, actor=system_actor())
    with take_control(folder, plan) as controller:
        began = time.perf_counter()
        state = execute(controller, load_project(root), environment)
        took = time.perf_counter() - began
    assert state.verdict["verdict"] == "passed", state.verdict
    return took


def directly(root: Path, count: int, argv: Sequence[str]) -> float:
    """Run a program so often, one after the other, its output into a file; return wall seconds."""
    began = time.perf_counter()
    for _ in range(count):
        with (root / "printed.txt").open("wb") as printed:
            subprocess.run(
                argv, cwd=root, stdin=subprocess.DEVNULL, stdout=printed, stderr=printed, check=True
            )
    return time.perf_counter() - began


def in_turns(programs: Mapping[str, Callable[[], float]]) -> dict[str, tuple[float, float]]:
    """Return the least wall and the least CPU seconds of each program's rounds."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in programs}
    for _ in range(ROUNDS):
        for name, run in programs.items():
            before = sum(os.times()[:4])
            wall = run()
            found[name].append((wall, sum(os.times()[:4]) - before))
    return {
        name: (min(w for w, _ in each), min(c for _, c in each)) for name, each in found.items()
    }


def commands(root: Path, argv: Sequence[str]) -> dict[str, Any]:
    """Return what a command task adds to its program."""
    words = f"kind: command, argv: {json.dumps(argv)}, est: [1, 1]"
    took = in_turns(
        {
            "golive": lambda: night(root, COMMANDS, words),
            "directly": lambda: directly(root, COMMANDS, argv),
        }
    )
    golive, program = (
        [round(seconds / COMMANDS * 1000, 1) for seconds in took[name]]
        for name in ("golive", "directly")
    )
    return {
        "tasks": COMMANDS,
        "milliseconds a task": golive[0],
        "of its program directly": program[0],
        "golive adds": round(golive[0] - program[0], 1),
        "aim, at most": 250,
        "CPU milliseconds a task": golive[1],
        "CPU of its program directly": program[1],
    }


def playbooks(root: Path) -> dict[str, Any]:
    """Return an ansible task beside ansible-runner alone and ansible-playbook."""
    (root / "small.yml").write_text(_PLAYBOOK, encoding="utf-8")
    (root / "by_runner.py").write_text(_RUNNER, encoding="utf-8")
    play, runner = str(root / "small.yml"), str(root / "by_runner.py")
    plain = str(Path(sys.executable).with_name("ansible-playbook"))
    words = "kind: ansible, playbook: small.yml, est: [1, 1]"
    ours, theirs, program = "golive", "ansible-runner alone", "ansible-playbook"
    took = in_turns(
        {
            ours: lambda: night(root, PLAYBOOKS, words),
            theirs: lambda: directly(root, PLAYBOOKS, (sys.executable, runner, play)),
            program: lambda: directly(root, PLAYBOOKS, (plain, "-i", "localhost,", play)),
        }
    )
    return {
        "tasks": PLAYBOOKS,
        "wall and CPU seconds a playbook": {
            name: [round(seconds / PLAYBOOKS, 3) for seconds in each] for name, each in took.items()
        },
        "golive / ansible-runner": ratio(took[ours][0], took[theirs][0]),
        "aim, at most": 1.15,
        "by CPU": ratio(took[ours][1], took[theirs][1]),
        "golive / ansible-playbook": ratio(took[ours][0], took[program][0]),
        "ansible-runner / ansible-playbook": ratio(took[theirs][0], took[program][0]),
    }


def main() -> None:
    """Measure and write."""
    # For all alike: byte code is kept, and programs of this environment are found.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "team.yaml").write_text(_TEAM, encoding="utf-8")
        (root / "pyproject.toml").write_text(_PROJECT, encoding="utf-8")
        figures = {
            "command task: true": commands(root, ("true",)),
            "command task: python -c pass": commands(root, (sys.executable, "-c", "pass")),
            "ansible task": playbooks(root),
        }
    write(
        "tasks",
        {"claim": f"wall time, least of {ROUNDS} rounds taking turns", **figures},
        packages=("ansible-core", "ansible-runner"),
    )


if __name__ == "__main__":
    main()
