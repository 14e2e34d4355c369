"""A night of 500 tasks no tool does, by the real executor: what golive itself takes for each.

Manual tasks, waits, gates and milestones in ten streams, in a real run folder: every record is
sealed, written and on disk before anything follows from it. What people take to press is not
counted, and golive never pauses. The peer is the floor: the same number of records appended to a
journal by a loop that does nothing else.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from measuring import ratio, write

from golive.contracts import Environment
from golive.project import load_project
from golive.record.actors import system_actor, this_actor
from golive.record.journal import Journal
from golive.run.control import Controller, take_control
from golive.run.executor import execute
from golive.run.opening import open_run
from golive.run.operate import act_on_task, decide_gate, open_desk
from golive.run.state import RunState
from golive.runbook.loading import load_runbook
from golive.runbook.moves import waits_for_people
from golive.runbook.planning import Plan, make_plan
from golive.runbook.presses import Press

TASKS = 500
_STREAMS = 10
_KINDS = ("manual", "wait", "manual", "milestone", "gate")
_HEAD = """schema: golive/runbook/v1
runbook: big
title: A night without tools
system: Big
zone: Asia/Shanghai
team: team.yaml
window: {start: "2036-12-04T20:00:00+08:00", end: "2036-12-07T08:00:00+08:00", reserve: PT1H,
  decision: PT20M}
phases: []
streams: [s0, s1, s2, s3, s4, s5, s6, s7, s8, s9]
tasks:
"""
_TEAM = """schema: golive/team/v1
roles: {ops: {people: [li]}}
people: {li: {name: Li}}
"""
_WORDS = {
    "manual": "owner: ops, est: [1, 2], undo: {kind: command, argv: [y], est: [1, 2]}",
    "wait": 'until: {at: "2026-01-01T00:00:00+08:00"}, est: [1, 1], undo: none',
    "gate": "owner: ops, criteria: {T0: passed}, est: [1, 1], undo: none",
    "milestone": "undo: none",
}


def plan_of(folder: Path) -> Plan:
    """Return the night: ten streams, each task after the one before it in its stream."""
    lines = []
    for index in range(TASKS):
        kind = _KINDS[index // _STREAMS % len(_KINDS)]
        after = f"after: [T{index - _STREAMS}], " if index >= _STREAMS else ""
        lines.append(
            f"  - {{id: T{index}, stream: s{index % _STREAMS}, kind: {kind}, title: Task {index}, "
            f"{after}{_WORDS[kind]}}}\n"
        )
    (folder / "team.yaml").write_text(_TEAM, encoding="utf-8")
    (folder / "runbook.yaml").write_text(_HEAD + "".join(lines), encoding="utf-8")
    settings = '[tool.golive.environments.test]\nkind = "test"\n'
    (folder / "pyproject.toml").write_text(settings, encoding="utf-8")
    return make_plan(load_runbook(folder, "runbook.yaml"), mode="live")


@dataclass
class People:
    """Who presses what the night asks for, whenever golive has nothing else to do."""

    folder: Path
    plan: Plan
    controller: Controller
    seconds: float = 0.0
    presses: int = 0
    asked: set[str] = field(default_factory=set)

    def act(self, _: float) -> None:
        """Press everything that is asked; stands for the executor's pause."""
        began = time.perf_counter()
        desk = open_desk(self.folder, this_actor("li", assurance="claimed"))
        state = self.controller.state
        for name in waits_for_people(self.plan, state.progress):
            if self.plan.task(name).kind == "gate":
                decide_gate(desk, name, "go", reason="seen")
            else:
                act_on_task(desk, name, Press(verb="complete", person=""))
            self.presses += 1
        self.seconds += time.perf_counter() - began


def night(root: Path) -> tuple[RunState, dict[str, Any]]:
    """Run the night to its end and return its last state and the figures."""
    plan, folder = plan_of(root), root / "reports" / "runs" / "bench"
    environment = Environment(name="test", kind="test", targets={}, facts={})
    open_run(folder, plan, environment, actor=system_actor())
    with take_control(folder, plan) as controller:
        people = People(folder=folder, plan=plan, controller=controller)
        began, cpu = time.perf_counter(), time.process_time()
        state = execute(controller, load_project(root), environment, pause=people.act)
        took = time.perf_counter() - began - people.seconds
        cpu = time.process_time() - cpu
    return state, {"wall": took, "cpu with people": cpu, "people": people.seconds,
                   "presses": people.presses}  # fmt: skip


def floor(root: Path, records: int) -> float:
    """Return the wall seconds of appending so many records, each on disk before the next."""
    journal = Journal.create(root / "floor.jsonl", prev="0" * 64)
    actor = system_actor()
    began = time.perf_counter()
    for number in range(records):
        journal.append("task.moved", {"task": f"T{number}", "verb": "open", "reason": ""},
                       actor=actor)  # fmt: skip
    return time.perf_counter() - began


def main() -> None:
    """Measure and write."""
    with tempfile.TemporaryDirectory() as folder:
        state, took = night(Path(folder))
        assert state.verdict["verdict"] == "passed", state.verdict
        own = state.head - took["presses"]
        least = floor(Path(folder), own)
    write(
        "night",
        {
            "claim": "wall seconds of golive's own part of a night, people's presses not counted",
            "tasks": TASKS,
            "records of golive": own,
            "milliseconds a task": round(took["wall"] / TASKS * 1000, 2),
            "of which the disk, by the floor": round(least / TASKS * 1000, 2),
            "golive / floor": ratio(took["wall"], least),
            "milliseconds of a press": round(took["people"] / took["presses"] * 1000, 1),
        },
    )


if __name__ == "__main__":
    main()
