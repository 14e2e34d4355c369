"""A workspace with the few files an example names, and plans made from YAML."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from golive.runbook.loading import Loaded, load_runbook
from golive.runbook.planning import Plan, make_plan

HERE = Path(__file__).parent

TEAM = """\
schema: golive/team/v1
roles:
  ops: {people: [li]}
  fin: {people: [mei], deputies: [raj]}
  check: {people: [tom]}
  steer: {people: [zhao, claire]}
people:
  li: {name: 李强, phone: "+86 139 0000 0001"}
  mei: {name: 陈梅, phone: "+86 139 0000 0002"}
  raj: {name: Raj Mehta}
  tom: {name: Tom Becker}
  zhao: {name: 赵敏}
  claire: {name: Claire Martin}
"""

HEAD = """\
schema: golive/runbook/v1
runbook: small
title: A small cutover
system: Small
zone: Asia/Shanghai
window: {start: "2026-12-05T20:00:00+08:00", end: "2026-12-06T08:00:00+08:00", reserve: PT1H,
  decision: PT10M, stop: PT5M}
phases: [all]
streams: [one]
team: team.yaml
locks: {db: 1, net: 2}
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Callable[[Mapping[str, str]], Path]:
    """Write a case's runbook and team, and two files its tasks may name."""

    def make(case: Mapping[str, str]) -> Path:
        files = {
            "runbook.yaml": case.get("runbook") or f"{HEAD}tasks:\n{case['tasks']}",
            "team.yaml": case.get("team") or TEAM,
            "p.yml": "- hosts: all\n",
            "n.j2": "Hello\n",
        }
        for name, text in files.items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path

    return make


@pytest.fixture
def load(workspace: Callable[[Mapping[str, str]], Path]) -> Callable[[str], Loaded]:
    """Load a runbook of these tasks (YAML) behind the usual head."""
    return lambda tasks: load_runbook(workspace({"tasks": tasks}), "runbook.yaml")


@pytest.fixture
def example(tmp_path: Path) -> Loaded:
    """Load the 27-task example with one small file for each it names."""
    for name, source in (("runbook", "example_27"), ("team", "example_team")):
        (tmp_path / f"{name}.yaml").write_bytes((HERE / f"{source}.yaml").read_bytes())
    for name in ("p.yml", "notice.j2", "gl.yaml", "load/profiles.yaml", "features/a.feature"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"# {name}\n", encoding="utf-8")
    return load_runbook(tmp_path, "runbook.yaml")


@pytest.fixture
def example_plan(example: Loaded) -> Plan:
    return make_plan(example, mode="live")
