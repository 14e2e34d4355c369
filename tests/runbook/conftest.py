"""A workspace with the few files an example names, and plans made from YAML."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from golive.runbook.loading import Loaded, load_runbook
from golive.runbook.planning import Plan, make_plan

HERE = Path(__file__).parent

TEAM = """
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

HEAD = """
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
def load(tmp_path: Path) -> Callable[..., Loaded]:
    """Load a runbook of ``tasks`` (YAML) behind the usual head."""

    def make(tasks: str, *, head: str = HEAD) -> Loaded:
        (tmp_path / "team.yaml").write_text(TEAM, encoding="utf-8")
        (tmp_path / "runbook.yaml").write_text(f"{head}tasks:\n{tasks}", encoding="utf-8")
        return load_runbook(tmp_path, "runbook.yaml")

    return make


@pytest.fixture
def example(tmp_path: Path) -> Callable[[], Loaded]:
    """Load the 27-task example with one small file for each it names."""

    def make() -> Loaded:
        for name in ("runbook", "team"):
            source = HERE / f"example_{'27' if name == 'runbook' else name}.yaml"
            (tmp_path / f"{name}.yaml").write_bytes(source.read_bytes())
        for name in ("p.yml", "notice.j2", "gl.yaml", "load/profiles.yaml", "features/a.feature"):
            file = tmp_path / name
            file.parent.mkdir(exist_ok=True)
            file.write_text(f"# {name}\n", encoding="utf-8")
        return load_runbook(tmp_path, "runbook.yaml")

    return make


@pytest.fixture
def example_plan(example: Callable[[], Loaded]) -> Plan:
    return make_plan(example(), mode="live")
