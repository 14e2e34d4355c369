"""One UAT run's evidence, spoiled in one way at a time, put before Allure and before golive."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tests.gate import world
from tests.report.recorded import Recorder, make_plan

from golive.gate.assessing import assess
from golive.gate.assessment import ItemState, Lane, Recommendation
from golive.gate.facts import Facts
from golive.gate.lock import LockedScenario
from golive.project import Project, Setting
from golive.record.evidence import EvidenceStore
from golive.record.runs import verify_run
from golive.report.explorer import Tools
from golive.run.run_facts import Anchors, read_fact
from golive.run.run_results import results_of
from golive.uat.results import Result, read_results, write_results

FILE = "features/sales/orders.feature"
RESULT = "golive-results.json"
#: What each scenario says, as a digest.
SAID = "f" * 64


@dataclass(frozen=True)
class Answers:
    """What each says of one case."""

    case: str
    failing: int
    #: Allure's ``summary.json`` and the exit code of its quality gate.
    allure_status: str
    allure_tests: int
    allure_gate: int
    golive: Recommendation
    causes: tuple[str, ...]
    states: dict[str, int]

    def row(self) -> dict[str, Any]:
        return {
            "case": self.case, "really failing": self.failing,
            "allure": {"status": self.allure_status, "tests": self.allure_tests,
                       "quality gate exit code": self.allure_gate},
            "golive": {"recommendation": self.golive.value, "states": self.states,
                       "first cause": self.causes[0] if self.causes else ""},
        }  # fmt: skip


@dataclass(frozen=True)
class Spoiled:
    """The two folders a run wrote: for Allure, and golive's own record."""

    allure: Path
    record: Path


def _nothing(made: Spoiled) -> None:
    pass


def _truncate_failing(made: Spoiled) -> None:
    for path in _failing(made.allure):
        path.write_bytes(path.read_bytes()[:100])


def _truncate_record(made: Spoiled) -> None:
    _truncate_failing(made)
    made.record.write_bytes(made.record.read_bytes()[:1000])


def _drop_failing(made: Spoiled) -> None:
    for path in _failing(made.allure):
        path.unlink()
    _rewrite(made.record, lambda found: [one for one in found if one.status == "passed"])


def _empty(made: Spoiled) -> None:
    for path in made.allure.iterdir():
        path.unlink()
    _rewrite(made.record, lambda found: [])


def _passed_again(made: Spoiled) -> None:
    """Add a later passed result of the same test for each that failed."""
    for path in _failing(made.allure):
        data = json.loads(path.read_text(encoding="utf-8"))
        data |= {"uuid": f"again-{data['uuid']}", "status": "passed", "start": 90, "stop": 91}
        (made.allure / f"again-{path.name}").write_text(json.dumps(data), encoding="utf-8")
    _rewrite(
        made.record,
        lambda found: [
            *found, *(replace(one, status="passed") for one in found if one.status == "failed")
        ],
    )  # fmt: skip


def _killed(made: Spoiled) -> None:
    """The process died: no record, and half of Allure's results, the failing ones not yet."""
    for path in _failing(made.allure):
        path.unlink()
    made.record.unlink()


def _skipped(made: Spoiled) -> None:
    for path in _failing(made.allure):
        data = json.loads(path.read_text(encoding="utf-8")) | {"status": "skipped"}
        path.write_text(json.dumps(data), encoding="utf-8")
    _rewrite(
        made.record,
        lambda found: [
            replace(one, status="blocked") if one.status == "failed" else one for one in found
        ],
    )


#: Name -> (what is done to the folders, whether some scenarios really fail).
CASES: dict[str, tuple[Callable[[Spoiled], None], bool]] = {
    "nothing, and all pass": (_nothing, False),
    "failing results truncated in Allure's folder": (_truncate_failing, True),
    "failing results and golive's record truncated": (_truncate_record, True),
    "failing results taken away from both": (_drop_failing, True),
    "everything emptied": (_empty, True),
    "failing tests passed again in the same run": (_passed_again, True),
    "killed before it told": (_killed, True),
    "failing tests told as skipped": (_skipped, True),
    "failures muted by a rule in Allure's settings": (_nothing, True),
}
_MUTED = {"resolution": "muted", "comment": "known", "messageRegexp": ".*"}


def _newer_node() -> Path:
    """Return the Node Playwright brings: on Node 20 Allure's quality gate crashes (exit code 1)."""
    found = find_spec("playwright")
    assert found is not None
    assert found.submodule_search_locations
    return Path(found.submodule_search_locations[0]) / "driver" / "node"


def answers(case: str, folder: Path, tools: Tools, *, scenarios: int) -> Answers:
    """Write a run, spoil it, and ask both."""
    spoil, failing = CASES[case]
    names = [f"Order {number}" for number in range(scenarios)]
    bad = {name for number, name in enumerate(names) if failing and number % 17 == 3}
    made = _written(folder, names, bad)
    spoil(made)
    status, tests, gate = _allure(made.allure, folder, tools, muted="muted" in case)
    told = assess(_facts(folder, names, made))
    states = [item.state for item in told.items if item.lane is Lane.UAT]
    return Answers(
        case=case, failing=len(bad), allure_status=status, allure_tests=tests, allure_gate=gate,
        golive=told.recommendation, causes=told.causes,
        states={state.value: states.count(state) for state in ItemState if state in states},
    )  # fmt: skip


def _written(folder: Path, names: list[str], bad: set[str]) -> Spoiled:
    """Write what one run of these scenarios leaves: Allure's results and golive's record."""
    allure = folder / "allure-results"
    allure.mkdir(parents=True)
    results = []
    for number, name in enumerate(names):
        status = "failed" if name in bad else "passed"
        results.append(
            Result(
                id=f"{FILE}::{name}", file=FILE, line=number + 3, name=name, feature="Orders",
                tags=(), language="en", status=status, message="" if status == "passed" else "no",
                target="new", started=(world.NOW - world.timedelta(days=3)).isoformat(),
                digest=SAID,
            )
        )  # fmt: skip
        data = {
            "uuid": f"u{number}", "name": name, "fullName": name, "status": status,
            "historyId": f"h{number}", "testCaseId": f"h{number}", "start": 1, "stop": 2,
            "stage": "finished", "statusDetails": {"message": "no"}, "labels": [],
        }  # fmt: skip
        (allure / f"{number}-result.json").write_text(json.dumps(data), encoding="utf-8")
    record = write_results(folder / "record", _record(tuple(results)))
    return Spoiled(allure=allure, record=record)


def _record(results: tuple[Result, ...]) -> Any:
    from golive.uat.results import Results, counts  # noqa: PLC0415 - Result above is its own

    return Results(
        started=world.NOW.isoformat(), ended=world.NOW.isoformat(), select="", environment="live",
        targets={"new": {"build": "b1", "site": "east"}}, browser={},
        expected=tuple(one.id for one in results), scenarios=results, counts=counts(results),
    )  # fmt: skip


def _failing(folder: Path) -> list[Path]:
    return [
        path for path in sorted(folder.glob("*-result.json"))
        if json.loads(path.read_text(encoding="utf-8"))["status"] == "failed"
    ]  # fmt: skip


def _rewrite(record: Path, change: Callable[[list[Result]], list[Result]]) -> None:
    """Write a whole, valid record again with other scenarios; what was expected stays."""
    found = read_results(record)
    write_results(record.parent, replace(found, scenarios=tuple(change(list(found.scenarios)))))


def _allure(results: Path, folder: Path, tools: Tools, *, muted: bool) -> tuple[str, int, int]:
    """Return the status and the number of tests of its summary, and its gate's exit code."""
    work = folder / "allure"
    work.mkdir()
    config = {
        "name": "release", "output": "report", "plugins": {"awesome": {"options": {}}},
        "qualityGate": {"rules": [{"maxFailures": 0}]},
        **({"resolutions": {"rules": [_MUTED]}} if muted else {}),
    }  # fmt: skip
    (work / "allurerc.json").write_text(json.dumps(config), encoding="utf-8")

    def run(*words: str | Path) -> int:
        command = [_newer_node(), tools.generator, *words, "--config", "allurerc.json"]
        kept = {"PATH": os.environ["PATH"], "HOME": str(work), "ALLURE_NO_ANALYTICS": "true"}
        return subprocess.run(
            command, cwd=work, env=kept, capture_output=True, timeout=300, check=False
        ).returncode

    run("generate", results, "--output", "report")
    gate = run("quality-gate", results)
    try:
        summary = json.loads((work / "report" / "summary.json").read_text(encoding="utf-8"))
    except OSError:
        return "no report", 0, gate
    return str(summary.get("status", "unknown")), int(summary["stats"].get("total", 0)), gate


def _facts(folder: Path, names: list[str], made: Spoiled) -> Facts:
    """Return a release that is GO but for this run: it is read as golive reads any run."""
    scenarios = tuple(
        LockedScenario(
            id=f"{FILE}::{name}", title=name, process="sales", file=FILE, line=number + 3,
            sha256=SAID, tags=(("边界",), ("异常",), ("edge",), ())[number % 4],
            requirements=(), severity="S2",
        )
        for number, name in enumerate(names)
    )  # fmt: skip
    base = world.go()
    lock = replace(base.lock, scenarios=scenarios)
    night = _journal(folder, made)
    project = Project(
        root=night.workspace, language=Setting(value="en", source="test"),
        environment=Setting(value="live", source="test"), environments={},
    )  # fmt: skip
    fact, state = read_fact(night.folder, night.store, Anchors(), lock)
    fact = replace(
        fact, standing=_standing(night), opened=world.NOW - world.timedelta(days=3),
        closed=world.NOW - world.timedelta(days=3), kind=world.RunKind.UAT,
    )  # fmt: skip
    told = results_of(project, night.folder, fact, state, night.store, lock)
    others = [one for one in base.results if one.lane is not Lane.UAT]
    runs = [one for one in base.runs if one.kind is not world.RunKind.UAT]
    texts = {**base.texts, **{one.id: one.sha256 for one in scenarios}}
    return replace(base, lock=lock, texts=texts, results=(*others, *told), runs=(*runs, fact))


def _journal(folder: Path, made: Spoiled) -> Recorder:
    """Put the run on record as the UAT engine does: whatever is there when it ended is kept."""
    plan = replace(make_plan(mode="live"), mode="check", digests={FILE: "f" * 64})
    night = Recorder(folder / "workspace", plan=plan, run="20261202-1200-check-cccc")
    night.workspace.joinpath("draft").mkdir(exist_ok=True)
    kept = []
    if made.record.exists():
        copy = night.workspace / "draft" / "results.json"
        shutil.copyfile(made.record, copy)
        kept.append(night.store.keep(copy, name="results.json"))
    night.attempt("SMOKE", night.outcome("as its record says", evidence=tuple(kept)))
    night.close("passed")
    return night


def _standing(night: Recorder) -> world.RunStanding:
    """Return whether the run counts; that it stands in the ledger is taken for granted."""
    store = EvidenceStore(night.store.root)
    damaged = verify_run(night.folder, store)
    return world.RunStanding.DAMAGED if damaged else world.RunStanding.COUNTS
