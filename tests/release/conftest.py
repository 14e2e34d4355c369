"""A small workspace with a frozen release and real runs of every lane, made once and copied."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from golive.cli.rehearse import rehearse
from golive.cli.release import freeze_release
from golive.compare.definition import comparison_digest
from golive.compare.reading import read_comparison
from golive.gate.assessment import Assessment
from golive.gate.facts import TargetState
from golive.load.definition import profile_digest, read_profiles
from golive.outcome import Evidence, Outcome, Status, Subject
from golive.project import Project, load_project
from golive.record.actors import this_actor
from golive.record.evidence import EvidenceStore
from golive.record.runs import list_runs
from golive.run.alone import open_alone
from golive.run.gathering import assess_release
from golive.run.testers import find_tester, tester_label
from golive.runbook.definition import Task
from golive.uat.behave.reading import read_case_files

RELEASE = "wave-1"
FEATURE = "features/sales/orders.feature"
IDS = tuple(f"{FEATURE}::{name}" for name in ("An order is approved", "An order is refused"))

PYPROJECT = """
[tool.golive]
environment = "test"
[tool.golive.environments.test]
kind = "demo"
[tool.golive.environments.test.targets.old]
database = "sqlite:///{root}/old.db"
[tool.golive.environments.test.targets.new]
[tool.golive.environments.test.sites]
new = ["new", "new_b"]
[tool.golive.environments.test.fingerprint]
databases = ["old"]
[tool.golive.policy]
rehearsals = 1
rehearsal_age = [0, 10]
load_hold = "PT1S"
uat_edges = 0
uat_errors = 0
uat_edge_share = 0
dual_run_cycles = 2
dual_run_scope = ["comparisons/*.yaml"]
quorum = { steer = 2 }
"""

FEATURES = """Feature: Orders
  @REQ-1 @S1
  Scenario: An order is approved
    Given an order
    Then it is approved
  @REQ-2
  Scenario: An order is refused
    Given an order
    Then it is refused
"""

PROFILES = """schema: golive/load/v1
profiles:
  peak:
    title: morning peak
    locustfile: load/users.py
    target: new
    peak: {source: the order table, assumption: half in one hour, multiple: 2}
    stages: [{users: 2, spawn_rate: 2, duration: 2s}]
    objectives:
      - {metric: error_ratio, op: "<=", value: 0}
      - {metric: p95_ms, op: "<=", value: 500, requirements: [REQ-2]}
"""

COMPARISON = """schema: golive/comparison/v1
id: orders
title: orders
old: {source: sqlite, target: old, table: orders}
new: {source: sqlite, target: old, table: orders}
key: [{old: name, new: name, as: varchar}]
columns: [{old: amount, new: amount, as: int}]
"""

TEAM = """schema: golive/team/v1
roles:
  ops: {people: [li]}
  sales: {people: [mei, tom, ola, li]}
  steer: {people: [zhao, claire, raj]}
people:
  li: {name: Li, department: IT, side: it}
  mei: {name: 陈梅, department: 销售部, side: business}
  tom: {name: Tom, department: Supplier, side: vendor}
  ola: {name: Ola, department: Sales}
  zhao: {name: Zhao}
  claire: {name: Claire}
  raj: {name: Raj}
processes: {sales: sales}
shifts:
  - {post: lead, person: li, start: "2026-12-05T20:00:00+08:00", end: "2026-12-06T08:00:00+08:00"}
"""

RUNBOOK = """schema: golive/runbook/v1
runbook: small
title: A small cutover
system: Small East
zone: Asia/Shanghai
window: {start: "2026-12-05T20:00:00+08:00", end: "2026-12-06T08:00:00+08:00"}
phases: [all]
streams: [one]
team: team.yaml
tasks:
  - {id: MOVE, kind: command, title: Move, owner: ops, phase: all, argv: [python, change.py, do],
     undo: {kind: command, argv: [python, change.py, undo]}}
  - {id: DONE, kind: milestone, title: Moved, phase: all, after: [MOVE]}
"""

CHANGE = """
import sqlite3, sys
with sqlite3.connect("old.db") as base:
    if sys.argv[1] == "do":
        base.execute("insert into orders values ('A-2', 2)")
    else:
        base.execute("delete from orders where name = 'A-2'")
"""


@dataclass(frozen=True)
class Site:
    """The workspace, what its targets report, and how its release stands."""

    root: Path

    @property
    def project(self) -> Project:
        return load_project(self.root, environment="test", language="en", variables={})

    @staticmethod
    def ask(environment: object) -> Mapping[str, TargetState]:
        return {
            name: TargetState(
                name=name, url=f"http://{name}", build="b1", site="", configuration="c"
            )
            for name in ("new", "new_b")
        }

    def assess(self, ask: Any = None, at: datetime | None = None) -> Assessment:
        told = assess_release(self.project, RELEASE, at=at, ask=ask or self.ask)
        return told["en"]

    def run_of(self, kind: str) -> Path:
        return next(path for path in list_runs(self.project.runs) if f"-{kind}-" in path.name)

    def evidence(self, run: Path, name: str) -> Path:
        """Return where evidence a run names is stored."""
        for line in (run / "journal.jsonl").read_text("utf-8").splitlines():
            outcome = json.loads(line)["data"].get("outcome") or {}
            for item in outcome.get("evidence", []):
                if item["name"] == name:
                    return EvidenceStore(self.root / "reports/evidence").path(item["sha256"])
        raise LookupError(name)

    def uat(
        self, statuses: Mapping[str, str] | None = None, *, person: str = "", **changes: Any
    ) -> Path:
        """Run scenarios alone: what pytest's front does, without pytest."""
        wanted = dict.fromkeys(IDS, "passed") if statuses is None else statuses
        project = self.project
        alone = open_alone(
            project, project.resolve(), Task(id="UAT", kind="uat", title="pytest"),
            labels=tester_label(find_tester(project, person, {})),
        )  # fmt: skip
        now = datetime.now(UTC).isoformat()
        data = {
            "schema": "golive/uat-results/v1", "started": now, "ended": now, "select": "",
            "environment": "test", "targets": {"new": {"build": "b1", "site": ""}}, "browser": {},
            "expected": list(wanted), "problems": [], "counts": {}, "exit_code": 0,
            "scenarios": [self.scenario(name, status, now) for name, status in wanted.items()],
        } | changes  # fmt: skip
        kept = self._keep(alone.folder, "results.json", data)
        good = bool(data["scenarios"]) and all(
            one["status"] == "passed" for one in data["scenarios"]
        )
        alone.finish(_outcome(Status.PASSED if good else Status.FAILED, kept))
        return alone.run

    def load(self, p95: int = 100_000, **changes: Any) -> Path:
        """Run the profile alone: what the engine keeps, without Locust."""
        project = self.project
        task = Task(id="LOAD-peak", kind="load", title="peak", profile="peak")
        alone = open_alone(project, project.resolve(), task, labels={})
        data = {
            "completed": True, "seconds": 2.0, "peak_users": 2, "final_users": 2,
            "user_file_errors": 0, "errors": [],
            "names": {"GET /": {"requests": 9, "errors": 0, "unanswered": 0,
                                "histogram": {str(p95): 9}}},
            "generator": {"cpu": 0.1, "lag_p99_ms": 1.0, "version": "locust"},
        } | changes  # fmt: skip
        kept = self._keep(alone.folder, "peak/result.json", data)
        profile = read_profiles(self.root / "load/profiles.yaml").profiles["peak"]
        digest = profile_digest(profile, self.root / profile.locustfile)
        alone.finish(_outcome(Status.PASSED, kept, digest=digest))
        return alone.run

    def compared(self, day: str, status: Status = Status.PASSED, *, basis: str = "b") -> Path:
        """Compare one business day alone: what the engine keeps, without databases."""
        project, path = self.project, "comparisons/orders.yaml"
        task = Task(id="orders", kind="compare", title="orders", comparison=path, cycle=day)
        alone = open_alone(project, project.resolve(), task, labels={})
        kept = self._keep(alone.folder, "orders/cycle.json", {"cycle": day, "basis": basis})
        digest = comparison_digest(read_comparison(self.root / path))
        alone.finish(_outcome(status, kept, digest=digest))
        return alone.run

    def _keep(self, folder: Path, name: str, data: Any) -> Evidence:
        path = folder / Path(name).name
        path.write_text(json.dumps(data), encoding="utf-8")
        return EvidenceStore(self.root / "reports/evidence").keep(path, name=name)

    def scenario(self, name: str, status: str, now: str) -> dict[str, Any]:
        """Return a result of a scenario as it is written now."""
        (read,) = read_case_files(self.root, FEATURE)
        digest = next((case.digest for case in read.cases if case.id == name), "")
        return _scenario(name, status, now) | {"digest": digest}


def _scenario(name: str, status: str, now: str) -> dict[str, Any]:
    return {
        "id": name, "file": FEATURE, "line": 3, "name": name.partition("::")[2],
        "feature": "Orders", "tags": [], "language": "en", "status": status, "started": now,
        "message": "" if status == "passed" else "should be 'approved', is 'new'",
        "step": "" if status == "passed" else "Then it is approved", "step_line": 5,
        "screenshots": [], "target": "new", "earlier": [],
    }  # fmt: skip


def _outcome(status: Status, kept: Evidence, *, digest: str = "d" * 64) -> Outcome:
    now = datetime.now(UTC)
    subject = Subject(environment="test", target_version="b1", digest=digest)
    return Outcome(
        status=status, summary=status.value, started=now - timedelta(seconds=1), ended=now,
        evidence=(kept,), subject=subject,
    )  # fmt: skip


def _write(root: Path) -> None:
    files = {
        "pyproject.toml": PYPROJECT.replace("{root}", str(root)),
        FEATURE: FEATURES, "load/profiles.yaml": PROFILES, "load/users.py": "# users\n",
        "comparisons/orders.yaml": COMPARISON, "team.yaml": TEAM,
        "cutover_playbooks/runbook.yaml": RUNBOOK, "change.py": CHANGE,
        "rehearsals/all.yaml": (
            "schema: golive/rehearsal/v1\nrehearsal: all\ntitle: All\n"
            "runbook: cutover_playbooks/runbook.yaml\nenvironment: test\nabort_at: DONE\n"
        ),
    }  # fmt: skip
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


def _fill(root: Path) -> None:
    with sqlite3.connect(root / "old.db") as base:
        base.execute("create table orders (name text primary key, amount int)")
        base.execute("insert into orders values ('A-1', 1)")
    base.close()


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A release that is GO: frozen, then tested, loaded and rehearsed."""
    root = tmp_path_factory.mktemp("release") / "workspace"
    root.mkdir()
    _write(root)
    _fill(root)
    site = Site(root)
    freeze_release(
        site.project, RELEASE, actor=this_actor("zhao", assurance="claimed"),
        runbook="cutover_playbooks/runbook.yaml", change="", reason="",
    )  # fmt: skip
    site.uat()
    site.load()
    code = rehearse(site.project, "all", t0=datetime.now(UTC))
    assert code == 0
    return site


@pytest.fixture
def site(whole: Site, tmp_path: Path) -> Site:
    """A copy of it, to spoil."""
    root = tmp_path / "workspace"
    shutil.copytree(whole.root, root)
    text = (root / "pyproject.toml").read_text("utf-8")
    (root / "pyproject.toml").write_text(text.replace(str(whole.root), str(root)), "utf-8")
    return Site(root)
