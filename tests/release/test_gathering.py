"""From the files to the recommendation: a whole release is GO, and no spoiled record is."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from golive.cli.rehearse import rehearse
from golive.errors import Damaged, GoliveError
from golive.gate.assessment import Assessment, ItemState, Lane, Recommendation
from golive.gate.facts import DualRun, Result, TargetState
from golive.gate.words import text
from golive.outcome import Status
from golive.record.actors import system_actor
from golive.record.runs import list_runs
from golive.run.alone import open_alone
from golive.run.dual_runs import dual_runs
from golive.run.gathering import gather
from golive.run.recording import latest_assessment, record_assessment
from golive.runbook.definition import Task


def state_of(found: Assessment, part: str) -> ItemState:
    return next(item.state for item in found.items if part in item.id)


def test_a_whole_release_is_go(site: Any):
    found = site.assess()
    assert found.causes == ()
    assert found.recommendation is Recommendation.GO
    assert len(found.items) == 2 + 2 + 2
    assert {one.key for one in found.relaxations} >= {"rehearsals", "load_hold", "uat_edges"}
    assert [run.rsplit("-", 2)[1] for run in found.runs] == ["uat", "load", "rehearsal"]


def test_a_dry_run_is_no_rehearsal(site: Any):
    shutil.rmtree(site.run_of("rehearsal"))
    before = site.assess()
    assert rehearse(site.project, "all", t0=datetime.now(UTC), dry_run=True) == 0
    found = site.assess()
    assert found.recommendation is Recommendation.NO_GO
    assert found.runs == before.runs
    assert state_of(found, "rehearsals/all.yaml") is ItemState.NOT_RUN
    assert [item.state for item in found.findings] == [item.state for item in before.findings]


def _truncate(path: Path, size: int) -> None:
    path.chmod(0o644)
    content = path.read_bytes()
    path.write_bytes(content[:size])


def _drop_last_line(path: Path) -> None:
    path.chmod(0o644)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]))


def _edit(path: Path, old: str, new: str) -> None:
    path.chmod(0o644)
    content = path.read_text("utf-8")
    assert old in content
    path.write_text(content.replace(old, new), encoding="utf-8")


def _copy_run(site: Any) -> None:
    """Bring in a run of somewhere else: whole in itself, and unknown to this ledger."""
    run = site.run_of("uat")
    other = run.with_name("20261127-0000-uat-copy")
    shutil.copytree(run, other)
    shutil.rmtree(run)


def _without_run_entries(site: Any) -> None:
    path = site.root / "reports/ledger.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:1]))


#: What may be done to the files -> words of the cause it must be told by.
SABOTAGE: dict[str, tuple[Callable[[Any], object], str]] = {
    "uat run gone": (lambda s: shutil.rmtree(s.run_of("uat")), "its folder is gone"),
    "load run gone": (lambda s: shutil.rmtree(s.run_of("load")), "its folder is gone"),
    "rehearsal gone": (lambda s: shutil.rmtree(s.run_of("rehearsal")), "its folder is gone"),
    "journal cut": (
        lambda s: _drop_last_line(s.run_of("uat") / "journal.jsonl"), "known from elsewhere",
    ),
    "journal emptied": (
        lambda s: _truncate(s.run_of("load") / "journal.jsonl", 0), "known from elsewhere",
    ),
    "journal edited": (
        lambda s: _edit(s.run_of("rehearsal") / "journal.jsonl", '"exit":0', '"exit":1'),
        "does not fit its hash",
    ),
    "journal lost": (
        lambda s: (s.run_of("uat") / "journal.jsonl").unlink(), "its folder is gone",
    ),
    "plan edited": (lambda s: _edit(s.run_of("load") / "plan.json", "peak", "puny"), "plan.json"),
    "results truncated": (
        lambda s: _truncate(s.evidence(s.run_of("uat"), "results.json"), 100), "has changed",
    ),
    "results emptied": (
        lambda s: _truncate(s.evidence(s.run_of("uat"), "results.json"), 0), "has changed",
    ),
    "results lost": (
        lambda s: s.evidence(s.run_of("uat"), "results.json").unlink(), "is missing",
    ),
    "measurement edited": (
        lambda s: _edit(s.evidence(s.run_of("load"), "peak/result.json"), "100000", "100"),
        "has changed",
    ),
    "result typed in": (
        lambda s: _edit(s.run_of("uat") / "tasks/UAT/1/result.json", "passed", "failed"),
        "is not what record",
    ),
    "run of elsewhere": (_copy_run, "its folder is gone"),
    "ledger cut": (_without_run_entries, "does not know it"),
    "feature edited": (
        lambda s: _edit(s.root / "features/sales/orders.feature", "approved", "accepted"),
        "since the lock was frozen",
    ),
    "feature gone": (
        lambda s: (s.root / "features/sales/orders.feature").unlink(), "is gone since the lock",
    ),
    "objective eased": (
        lambda s: _edit(s.root / "load/profiles.yaml", "value: 500", "value: 5000"),
        "load/profiles.yaml: is changed since the lock",
    ),
    "user file edited": (
        lambda s: (s.root / "load/users.py").write_text("# fewer\n"), "is changed since the lock",
    ),
    "phrases added": (
        lambda s: (s.root / "conftest.py").write_text("# new\n"), "steps/, conftest.py",
    ),
    "plan changed": (
        lambda s: _edit(s.root / "cutover_playbooks/runbook.yaml", "title: Move", "title: Carry"),
        "Is the plan the one that was frozen?",
    ),
    "script changed": (
        lambda s: (s.root / "change.py").write_text("# nothing\n"),
        "Is the plan the one that was frozen?",
    ),
    "policy eased": (
        lambda s: _edit(s.root / "pyproject.toml", "dual_run_cycles = 2", "dual_run_cycles = 1"),
        "differs from the lock",
    ),
    "a later failure": (
        lambda s: s.uat(dict.fromkeys(_ids(), "failed")),
        "features/sales/orders.feature:5: should be 'approved'",
    ),
    "a later broken run": (lambda s: s.uat({_ids()[0]: "broken"}), "An order is approved"),
    "blocked": (lambda s: s.uat({_ids()[1]: "blocked"}), "An order is refused"),
    "duplicated": (
        lambda s: s.uat(scenarios=_twice(s)), "2 results of it",
    ),
    "another name": (
        lambda s: s.uat({"features/sales/orders.feature::Other": "passed"}),
        "the lock does not expect it",
    ),
    "slow": (lambda s: s.load(900_000), "p95_ms 900 (<= 500)"),
    "generator bound": (
        lambda s: s.load(generator={"cpu": 0.99, "lag_p99_ms": 1, "version": "x"}),
        "invalid measurement",
    ),
    "no request": (lambda s: s.load(names={}), "not one request"),
}  # fmt: skip


def _ids() -> tuple[str, str]:
    feature = "features/sales/orders.feature"
    return f"{feature}::An order is approved", f"{feature}::An order is refused"


def _twice(site: Any) -> list[Any]:
    path = site.evidence(site.run_of("uat"), "results.json")
    found = json.loads(path.read_text("utf-8"))["scenarios"]
    return [*found, {**found[0], "status": "passed"}]


@pytest.mark.parametrize("name", list(SABOTAGE))
def test_no_spoiled_record_is_go(site: Any, name: str):
    spoil, words = SABOTAGE[name]
    spoil(site)
    found = site.assess()
    assert found.recommendation is Recommendation.NO_GO
    assert any(words in cause for cause in found.causes), found.causes


@pytest.mark.parametrize(
    "spoil",
    [
        lambda s: (s.root / "reports/ledger.jsonl").unlink(),
        lambda s: _edit(s.root / "reports/releases/wave-1/lock.json", "wave-1", "wave-2"),
        lambda s: (s.root / "reports/releases/wave-1/lock-1.json").unlink(),
        lambda s: _truncate(s.root / "reports/releases/wave-1/lock.json", 100),
        lambda s: _truncate(s.root / "reports/ledger.jsonl", 0),
    ],
    ids=["no ledger", "lock edited", "old lock gone", "lock cut", "ledger emptied"],
)
def test_without_its_lock_nothing_is_assessed(site: Any, spoil: Callable[[Any], object]):
    spoil(site)
    with pytest.raises((Damaged, GoliveError)):
        site.assess()


def test_a_killed_run_takes_back_what_an_earlier_one_proved(site: Any):
    project = site.project
    alone = open_alone(
        project, project.resolve(), Task(id="UAT", kind="uat", title="pytest"), labels={}
    )
    expected = json.dumps({"expected": list(_ids())})
    (alone.folder / "expected.json").write_text(expected, encoding="utf-8")
    found = site.assess()
    assert found.recommendation is Recommendation.NO_GO
    assert state_of(found, "approved") is ItemState.BROKEN
    assert any("ended before it told" in cause for cause in found.causes)


def test_a_rebuilt_target_outlives_its_tests(site: Any):
    def ask(environment: object) -> dict[str, TargetState]:
        return {
            name: TargetState(name=name, url=f"http://{name}", build="b2", configuration="c")
            for name in ("new", "new_b")
        }

    found = site.assess(ask)
    assert found.recommendation is Recommendation.NO_GO
    assert state_of(found, "approved") is ItemState.STALE
    assert any("http://new/version says b2" in cause for cause in found.causes)


def test_targets_that_do_not_answer_prove_no_build(site: Any):
    def ask(environment: object) -> dict[str, TargetState]:
        why = text("'new': no answer", "“new”：无应答")
        return {name: TargetState(name=name, problem=why) for name in ("new", "new_b")}

    found = site.assess(ask)
    assert found.recommendation is Recommendation.NO_GO
    assert any("no answer" in cause for cause in found.causes)


def test_evidence_grows_old(site: Any):
    found = site.assess(at=datetime.now(UTC) + timedelta(days=15))
    assert found.recommendation is Recommendation.NO_GO
    assert state_of(found, "approved") is ItemState.STALE
    assert any("days old at T0" in cause for cause in found.causes)


def test_mending_needs_a_new_run_and_the_old_one_stays(site: Any):
    site.uat(dict.fromkeys(_ids(), "failed"))
    assert site.assess().recommendation is Recommendation.NO_GO
    site.uat()
    found = site.assess()
    # Failed and passed on one build: it may fail again.
    assert found.recommendation is Recommendation.CONDITIONAL
    assert all(item.failed_before for item in found.items if "orders.feature" in item.id)
    assert len(list_runs(site.project.runs)) == 5


def test_a_business_day_nobody_compared_stands_in_the_row(site: Any):
    lock = gather(site.project, "wave-1", at=datetime.now(UTC), ask=site.ask).lock
    now = datetime.now(UTC)
    made = [
        Result(
            item=f"comparisons/orders.yaml@{day}", lane=Lane.DUAL_RUN, run=f"run of {day}", at=now,
            state=ItemState.PASSED, cycle=day,
        )
        for day in ("2026-11-26", "2026-12-01")
    ]  # fmt: skip
    found = dual_runs(site.project, lock, made, date(2026, 12, 1))["comparisons/orders.yaml"]
    # From Thursday to Tuesday: Friday and Monday are missing, the weekend is not.
    assert sorted(found.missed) == ["2026-11-27", "2026-11-30"]
    assert (found.streak, found.required, found.met) == (1, 3, False)


def test_the_days_of_the_dual_run_are_counted_from_what_was_recorded(site: Any):
    # Monday to Wednesday; the basis is read from each day's kept cycle.
    for day, basis in (("2026-11-30", "a"), ("2026-12-01", "b"), ("2026-12-02", "b")):
        site.compared(day, basis=basis)

    def stands(day: int) -> DualRun:
        at = datetime(2026, 12, day, 12, tzinfo=UTC)
        return gather(site.project, "wave-1", at=at, ask=site.ask).dual_runs[
            "comparisons/orders.yaml"
        ]

    found = stands(2)
    assert (found.days, found.streak, found.met) == (
        ("2026-11-30", "2026-12-01", "2026-12-02"), 2, False,
    )  # fmt: skip
    assert "counted anew since 2026-12-01" in found.sentence.en
    site.compared("2026-12-03", basis="b")
    assert stands(3).met
    # On Monday the Friday in between is missed, and the row begins anew.
    assert (stands(7).streak, stands(7).missed) == (0, frozenset({"2026-12-04"}))
    site.compared("2026-12-03", Status.FAILED, basis="b")
    assert stands(3).streak == 0


def test_the_record_of_an_assessment_is_found_again(site: Any):
    assert latest_assessment(site.project, "wave-1") is None
    found = site.assess()
    record_assessment(site.project, {"en": found, "zh": found}, actor=system_actor())
    again = latest_assessment(site.project, "wave-1")
    assert again is not None
    assert again["en"] == found


def test_only_the_scenario_that_was_changed_is_stale(site: Any):
    _edit(site.root / "features/sales/orders.feature", "Then it is refused", "Then it is kept")
    found = site.assess()
    assert state_of(found, "refused") is ItemState.STALE
    assert state_of(found, "approved") is ItemState.PASSED


def test_blanks_and_comments_make_nothing_stale(site: Any):
    _edit(site.root / "features/sales/orders.feature", "  @REQ-2", "\n  # as agreed\n  @REQ-2")
    assert site.assess().recommendation is Recommendation.GO
