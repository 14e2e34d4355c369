"""A night of 500 and of 2,000 tasks: checked, scheduled, played on a virtual clock, drawn often.

The peer of the ten thousand draws is the same algorithm as a plain loop, drawn fewer times and
scaled; the peer of the schedule is the critical path of the links alone. Wall seconds on a machine
with other work on it say little alone, so each figure stands beside its peer's.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from measuring import ROOT, ratio, write

sys.path.insert(0, str(ROOT))

from tests.runbook.drawn import by_loop

from golive.run.virtual import play
from golive.runbook.draws import run_forward
from golive.runbook.graph import topological_order
from golive.runbook.loading import load_runbook
from golive.runbook.network import network_of
from golive.runbook.outlook import outlook
from golive.runbook.planning import Plan, make_plan
from golive.runbook.schedule import schedule
from golive.runbook.simulation import simulate

_HEAD = """schema: golive/runbook/v1
runbook: big
title: A big night
system: Big
zone: Asia/Shanghai
team: team.yaml
window: {start: "2026-12-04T20:00:00+08:00", end: "2026-12-07T08:00:00+08:00", reserve: PT1H,
  decision: PT20M}
calendar: {blackouts: ["2026-12-05T02:00:00+08:00/PT30M"]}
phases: []
streams: [s0, s1, s2, s3, s4, s5, s6, s7, s8, s9]
locks: {db: 1, net: 2}
tasks:
"""
_STREAMS = 10
_TEAM = """schema: golive/team/v1
roles: {ops: {people: [p0, p1, p2, p3, p4, p5, p6, p7, p8, p9]}, steer: {people: [z0, z1]}}
people: {%s}
"""


def big_plan(folder: Path, count: int) -> Plan:
    """Return a night in ten streams that wait for one another now and then, with two gates."""
    rng = Random(7)
    lines = []
    for index in range(count):
        stream, name = index % 10, f"T{index}"
        after = [f"T{index - 10}"] if index >= _STREAMS else []
        if index >= 2 * _STREAMS and not rng.randrange(5):
            after.append(f"T{index - rng.randint(11, 19)}")
        links = f"after: [{', '.join(after)}], " if after else ""
        kind = rng.choice(("command", "command", "command", "manual"))
        words = "argv: [x], " if kind == "command" else "owner: ops, "
        lock = rng.choice(("", "", "", "", "", "locks: [net], "))
        undo = rng.choice(("none", "{kind: command, argv: [y], est: [1, 2]}"))
        if index in {count // 3, 2 * count // 3}:
            kind, words, lock, undo = "gate", "owner: steer, criteria: {T0: passed}, ", "", "none"
        likely = rng.randint(1, 9) * 500 / count
        lines.append(
            f"  - {{id: {name}, stream: s{stream}, kind: {kind}, title: Task {index}, {links}"
            f"{words}{lock}est: [{likely}, {likely * 1.5}], undo: {undo}}}\n"
        )
    names = (*(f"p{number}" for number in range(10)), "z0", "z1")
    people = ", ".join(f"{one}: {{name: {one}}}" for one in names)
    (folder / "team.yaml").write_text(_TEAM % people, encoding="utf-8")
    (folder / "runbook.yaml").write_text(_HEAD + "".join(lines), encoding="utf-8")
    return make_plan(load_runbook(folder, "runbook.yaml"), mode="live")


def seconds(work: Callable[[], Any]) -> float:
    """Return CPU seconds of this process, which other work on the machine hardly changes."""
    began = time.process_time()
    work()
    return round(time.process_time() - began, 3)


def check_by_command(root: Path) -> float:
    """Return CPU seconds of ``golive check`` on the night's workspace, which has no target."""
    runbook = (root / "runbook.yaml").read_text(encoding="utf-8")
    for program in ("x", "y"):
        runbook = runbook.replace(f"argv: [{program}]", "argv: [python]")
    (root / "runbook.yaml").write_text(runbook, encoding="utf-8")
    (root / "rehearsals").mkdir()
    (root / "rehearsals" / "all.yaml").write_text(
        "schema: golive/rehearsal/v1\nrehearsal: all\ntitle: All\nrunbook: runbook.yaml\n"
        "environment: test\n",
        encoding="utf-8",
    )
    (root / "pyproject.toml").write_text(
        '[tool.golive]\nenvironment = "test"\n[tool.golive.environments.test]\nkind = "test"\n',
        encoding="utf-8",
    )
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-m", "golive", "check"], cwd=root, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise RuntimeError(f"golive check ended with {done.returncode}: {done.stderr[-2000:]}")
    return round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 3)


def loop_of_draws(plan: Plan, draws: int) -> None:
    """Draw nights one by one: the peer of the many at once."""
    network, made = network_of(plan), schedule(plan)
    rank = {name: place for place, name in enumerate(made.order)}
    slots = sorted(made.slots, key=lambda slot: (slot.start, rank[slot.task]))
    names = {node.task: place for place, node in enumerate(network.nodes)}
    order = [names[slot.task] for slot in slots]
    rng = np.random.default_rng(1)
    for _ in range(draws):
        spans = [round(node.likely * rng.uniform(0.8, 1.5)) for node in network.nodes]
        by_loop(network, order, spans)


def many_at_once(plan: Plan, draws: int) -> None:
    """Draw nights at once, forward only: what the loop does."""
    network, made = network_of(plan), schedule(plan)
    names = {node.task: place for place, node in enumerate(network.nodes)}
    slots = sorted(made.slots, key=lambda slot: slot.start)
    order = [names[slot.task] for slot in slots]
    likely = np.array([[node.likely] for node in network.nodes], dtype=float)
    spans = likely * np.random.default_rng(1).uniform(0.8, 1.5, (len(names), draws))
    run_forward(network, order, spans)


def main() -> None:
    """Measure and write."""
    figures: dict[str, Any] = {}
    for count in (500, 2000):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            plan = big_plan(root, count)
            check = seconds(lambda root=root: load_runbook(root, "runbook.yaml"))
            by_command = check_by_command(root)
        planned = seconds(lambda plan=plan: schedule(plan))
        links = seconds(lambda plan=plan: topological_order(plan.graph))
        at_once = seconds(lambda plan=plan: many_at_once(plan, 2000))
        one_by_one = seconds(lambda plan=plan: loop_of_draws(plan, 20)) * 100
        figures[f"{count} tasks"] = {
            "load and lint, CPU seconds": check,
            "golive check, the whole command": by_command,
            "schedule": planned,
            "topological order alone": links,
            "way back along the night": seconds(lambda plan=plan: outlook(plan, schedule(plan))),
            "night on a virtual clock": seconds(lambda plan=plan: play(plan)),
            "10,000 draws with the odds of a safe abort": seconds(lambda plan=plan: simulate(plan)),
            "2,000 draws forward, at once / by a loop": ratio(at_once, one_by_one),
        }
        print(count, figures[f"{count} tasks"])
    write("plan", {"claim": "CPU seconds of one process", **figures}, packages=("numpy",))


if __name__ == "__main__":
    main()
