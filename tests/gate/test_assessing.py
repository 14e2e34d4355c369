"""The assessment: a GO is possible, and nothing missing, stale, foreign or damaged leaves one."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from golive.gate.assessed import assessment_from_json, assessment_to_json
from golive.gate.assessing import assess
from golive.gate.assessment import (
    Assessment,
    Condition,
    Decision,
    ItemState,
    Lane,
    Recommendation,
    Waiver,
)
from golive.gate.criteria import CriterionState
from golive.gate.decisions import settle
from golive.gate.facts import Facts, RunKind, RunStanding
from golive.gate.policy import Policy
from golive.gate.words import text
from golive.report.gate_text import decision_lines

_SPEC = importlib.util.spec_from_file_location(
    "golive_tests_gate_world", Path(__file__).parent / "world.py"
)
assert _SPEC is not None
assert _SPEC.loader is not None
world = importlib.util.module_from_spec(_SPEC)
sys.modules[_SPEC.name] = world
_SPEC.loader.exec_module(world)

LANES = (Lane.UAT, Lane.LOAD, Lane.REHEARSAL)
GO = Recommendation.GO


def finding(assessment: Assessment, name: str) -> CriterionState:
    return next(one.state for one in assessment.findings if one.id == name)


def test_a_clean_release_is_go_and_says_nothing_against_itself():
    for language in ("en", "zh"):
        found = assess(world.go(), language)
        assert found.causes == ()
        assert found.recommendation is GO
        assert {one.state for one in found.findings} == {CriterionState.MET}
        assert all(one.state is ItemState.PASSED for one in found.items)
        assert found.relaxations == ()
        assert found.assurance == {"pin": 12}


@pytest.mark.parametrize("lane", LANES)
@pytest.mark.parametrize("name", list(world.SABOTAGE))
def test_no_sabotage_of_a_lane_leaves_a_go(name: str, lane: Lane):
    found = assess(world.SABOTAGE[name](world.go(), lane))
    assert found.recommendation is Recommendation.NO_GO, name
    assert found.causes
    assert all(cause.strip() for cause in found.causes)


def _targets(**changes: object) -> Callable[[Facts], Facts]:
    def spoil(facts: Facts) -> Facts:
        return replace(facts, targets={**facts.targets, "new_b": world.target("new_b", **changes)})

    return spoil


#: What may be wrong beside the lanes: name -> (how, which criterion, words of its cause).
AROUND: dict[str, tuple[Callable[[Facts], Facts], str, str]] = {
    "rebuilt": (
        lambda f: replace(f, targets={n: world.target(n, build="b2") for n in f.targets}),
        "build", "ran on build b1 of 'new', which is rebuilt since: http://new/version says b2",
    ),
    "other data": (
        lambda f: replace(
            world.change_results(f, Lane.UAT, lambda one: replace(one, data={"new": "d1"})),
            targets={n: world.target(n, data="d2") for n in f.targets},
        ),
        "uat-passed", "ran on data cut d1 of 'new', which holds d2 now",
    ),
    "silent": (
        lambda f: replace(
            f, targets={n: world.target(n, problem=text("no answer", "无应答")) for n in f.targets}
        ),
        "build", "no answer",
    ),
    "no build": (
        lambda f: replace(f, targets={n: world.target(n, build="") for n in f.targets}),
        "build", "'new' reports no build",
    ),
    "unequal setting": (
        _targets(configuration="c2", settings={"approval_limit": "5000"}),
        "sites", "approval_limit is '10000' at new and '5000' at new_b",
    ),
    "missing setting": (
        _targets(configuration="c2", settings={}),
        "sites", "approval_limit is '10000' at new and not set at new_b",
    ),
    "unequal secret": (_targets(configuration="c2"), "sites", "a setting nobody may read"),
    "unequal build": (_targets(build="b2"), "sites", "build is 'b1' at new and 'b2' at new_b"),
    "silent node": (_targets(problem=text("gone", "无应答")), "sites", "gone"),
    "node not asked": (
        lambda f: replace(f, targets={"new": f.targets["new"]}), "sites", "'new_b' was not asked",
    ),
    "plan changed": (
        lambda f: replace(f, texts={**f.texts, "plan": "0" * 64}), "plan", "runbook.yaml",
    ),
    "plan unreadable": (
        lambda f: replace(f, texts={k: v for k, v in f.texts.items() if k != "plan"}),
        "plan", "cannot be read",
    ),
    "policy changed": (
        lambda f: replace(f, texts={**f.texts, "policy": "other"}), "policy", "pyproject.toml",
    ),
    "feature changed": (
        lambda f: replace(f, texts={**f.texts, f.lock.scenarios[0].id: "0" * 64}),
        "uat-passed", "features/sales/orders.feature:3: is changed since the lock was frozen",
    ),
    "steps changed": (
        lambda f: replace(f, texts={**f.texts, "steps": "0" * 64}), "uat-executed", "conftest.py",
    ),
    "profile gone": (
        lambda f: replace(f, texts={k: v for k, v in f.texts.items() if k != world.PROFILE}),
        "load", "load/profiles.yaml: is gone since the lock",
    ),
    "ledger damaged": (
        lambda f: replace(f, record_problems=(text("record 3: is not one", "第3条损坏"),)),
        "record", "record 3",
    ),
    "many damages": (
        lambda f: replace(f, record_problems=tuple(text(f"run {n} is gone", "") for n in "12345")),
        "record", "run 3 is gone; and 2 more (golive verify)",
    ),
    "one rehearsal": (
        lambda f: replace(f, runs=tuple(r for r in f.runs if r.run != "r3-rehearsal")),
        "rehearsals", "1 green of 2 wanted",
    ),
    "rehearsed too late": (
        lambda f: replace(f, lock=world.lock(
            window=("2026-12-01T20:00:00+08:00", "2026-12-02T08:00:00+08:00"))),
        "rehearsal-age", "T-2.0 days; T0 is 2026-12-01 20:00 UTC+08:00",
    ),
    "another plan rehearsed": (
        lambda f: world.change_runs(
            f, Lane.REHEARSAL, lambda one: replace(one, fingerprint="0" * 64)
        ),
        "rehearsals", "0 green of 2 wanted",
    ),
    "not restored": (
        lambda f: world.change_runs(
            f, Lane.REHEARSAL, lambda one: replace(one, restored=None)
        ),
        "rollback", "0 proven",
    ),
    "no room": (
        lambda f: world.change_runs(
            f, Lane.REHEARSAL, lambda one: replace(one, forward_seconds=11 * 3600.0)
        ),
        "buffer", "the critical path took 11h00m of 12h00m",
    ),
    "no way back in time": (
        lambda f: world.change_runs(
            f, Lane.REHEARSAL, lambda one: replace(one, back_seconds=11 * 3600.0)
        ),
        "reserve", "13h27m wanted",
    ),
    "load too small": (
        lambda f: replace(f, lock=replace(
            f.lock, profiles=(replace(f.lock.profiles[0], level=1.0),))),
        "load-size", "peak: 1 x",
    ),
    "no dual run agreed": (
        lambda f: replace(f, lock=replace(f.lock, comparisons=())), "dual-run", "0 comparisons",
    ),
    "nothing at the edges": (
        lambda f: replace(f, lock=replace(f.lock, scenarios=tuple(
            replace(s, tags=()) for s in f.lock.scenarios))),
        "uat-edges", "too few in sales",
    ),
    "unplanned": (
        lambda f: replace(f, results=(*f.results, replace(f.results[0], item="features/x::New"))),
        "scope", "the lock does not expect it",
    ),
    "the live run turned back": (
        lambda f: replace(f, runs=(*f.runs, world.run(
            "r9-cutover", RunKind.CUTOVER, world.START, exit=4, reasons=("LOAD: stopped",)))),
        "cutover", "LOAD: stopped",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", list(AROUND))
def test_whatever_else_is_wrong_is_told_with_its_place(name: str):
    spoil, criterion, words = AROUND[name]
    found = assess(spoil(world.go()))
    assert found.recommendation is Recommendation.NO_GO
    assert finding(found, criterion) is not CriterionState.MET
    assert any(words in cause for cause in found.causes), found.causes


@given(st.data())
@settings(max_examples=120, deadline=None)
def test_whatever_is_taken_away_or_spoiled_no_go_is_left(data: st.DataObject):
    facts = world.go()
    for _ in range(data.draw(st.integers(1, 3))):
        lane = data.draw(st.sampled_from(LANES))
        name = data.draw(st.sampled_from(list(world.SABOTAGE)))
        facts = world.SABOTAGE[name](facts, lane)
    found = assess(facts, data.draw(st.sampled_from(["en", "zh"])))
    assert found.recommendation is Recommendation.NO_GO
    assert found.causes
    # One item for each thing expected, whatever became of the results.
    expected = {item.id for item in assess(world.go()).items}
    assert expected <= {item.id for item in found.items}
    assert len(found.items) == len({item.id for item in found.items})


@pytest.mark.parametrize("name", sorted({one.item for one in world.go().results}))
def test_each_single_item_is_needed(name: str):
    facts = world.go()
    left = tuple(one for one in facts.results if one.item != name)
    found = assess(replace(facts, results=left))
    assert found.recommendation is Recommendation.NO_GO
    assert next(one for one in found.items if one.id == name).state is ItemState.NOT_RUN


def test_the_newest_run_counts_and_an_earlier_failure_is_listed():
    facts = world.go()
    again = world.run("r0-uat", RunKind.UAT, world.NOW - timedelta(days=4))
    item = facts.lock.scenarios[0].id
    bad = world.result(item, Lane.UAT, again, "f" * 64, state=ItemState.FAILED)
    found = assess(replace(facts, runs=(*facts.runs, again), results=(*facts.results, bad)))
    one = next(one for one in found.items if one.id == item)
    assert (one.state, one.failed_before) == (ItemState.PASSED, ("r0-uat",))
    # The same text on the same build failed before: what passes only sometimes is a condition.
    assert found.recommendation is Recommendation.CONDITIONAL
    assert any("passed only on a retry" in cause for cause in found.causes)

    newer = replace(again, run="r8-uat", opened=world.NOW - timedelta(hours=2))
    worse = replace(bad, run="r8-uat")
    found = assess(replace(facts, runs=(*facts.runs, newer), results=(*facts.results, worse)))
    assert next(o for o in found.items if o.id == item).state is ItemState.FAILED


def test_a_failure_on_an_earlier_build_is_mended_not_unsteady():
    facts = world.go()
    again = world.run("r0-uat", RunKind.UAT, world.NOW - timedelta(days=4))
    bad = world.result(
        facts.lock.scenarios[0].id, Lane.UAT, again, "f" * 64, state=ItemState.FAILED,
        builds={"new": "b0"},
    )  # fmt: skip
    found = assess(replace(facts, runs=(*facts.runs, again), results=(*facts.results, bad)))
    assert found.recommendation is GO


def test_quarantined_scenarios_run_do_not_count_and_are_listed():
    facts = world.go()
    first, *rest = facts.lock.scenarios
    facts = replace(
        facts, lock=replace(facts.lock, scenarios=(replace(first, quarantined=True), *rest))
    )
    found = assess(
        world.change_results(
            facts, Lane.UAT, lambda one: replace(one, state=ItemState.FAILED), first=True
        )
    )
    assert found.recommendation is GO
    item = next(one for one in found.items if one.id == first.id)
    assert item.state is ItemState.QUARANTINED
    assert "does not count; failed" in item.reason


def failing(number: int, facts: Facts | None = None) -> Facts:
    """Return the facts with one scenario failed."""
    facts = facts or world.go()
    name = facts.lock.scenarios[number].id
    why = text("features/sales/orders.feature:5: should be 'Paid'", "应为“已付”")
    return world.change_results(
        facts, Lane.UAT,
        lambda one: replace(one, state=ItemState.FAILED, reason=why) if one.item == name else one,
    )  # fmt: skip


def waiver(assessment: Assessment, number: int, **changes: object) -> Waiver:
    item = assessment.items[number]
    found = Waiver(
        id="W-1", items=(item.id,), reason="known", risk="small", owner="mei", approver="zhao",
        expires=world.NOW + timedelta(days=9), failures={item.id: item.failure},
        requested_by="ana",
    )  # fmt: skip
    return replace(found, **changes)  # type: ignore[arg-type]


def test_a_waiver_covers_its_failure_and_changes_no_state():
    facts = failing(2)
    before = assess(facts)
    assert before.recommendation is Recommendation.NO_GO
    found = assess(replace(facts, waivers=(waiver(before, 2),)))
    assert found.recommendation is Recommendation.CONDITIONAL
    assert found.items[2].state is ItemState.FAILED
    assert finding(found, "uat-passed") is CriterionState.WAIVED
    assert any(cause.startswith("waived: ") for cause in found.causes)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"approver": ""}, "nobody has approved it"),
        ({"approver": "ana"}, "its requester or owner approved it"),
        ({"approver": "mei"}, "its requester or owner approved it"),
        ({"expires": world.NOW}, "it expired at"),
        ({"failures": {}}, "fails otherwise than when it was waived"),
    ],
)
def test_a_waiver_that_does_not_hold_says_why(changes: dict[str, object], why: str):
    facts = failing(2)
    found = assess(replace(facts, waivers=(waiver(assess(facts), 2, **changes),)))
    assert found.recommendation is Recommendation.NO_GO
    assert why in found.waivers[0].void


def test_another_failure_of_the_same_item_is_not_waived():
    facts = failing(2)
    given_ = waiver(assess(facts), 2)
    other = world.change_results(
        facts, Lane.UAT,
        lambda one: replace(one, reason=text("quite another", "另一个问题"))
        if one.state is ItemState.FAILED else one,
    )  # fmt: skip
    found = assess(replace(other, waivers=(given_,)))
    assert found.recommendation is Recommendation.NO_GO


def test_s1_and_a_wrong_record_are_never_waived():
    facts = failing(1)
    found = assess(replace(facts, waivers=(waiver(assess(facts), 1),)))
    assert "S1, which is never waived" in found.waivers[0].void
    spoiled = world.SABOTAGE["corrupt"](world.go(), Lane.UAT)
    found = assess(replace(spoiled, waivers=(waiver(assess(spoiled), 2),)))
    assert "corrupt, which is never waived" in found.waivers[0].void
    assert found.recommendation is Recommendation.NO_GO


def test_the_dual_run_is_owed_after_the_cutover_and_not_before():
    facts = world.go()
    live = world.run("r5-cutover", RunKind.CUTOVER, world.START, t0=world.START)
    after = replace(facts, runs=(*facts.runs, live), at=world.START + timedelta(days=9))
    found = assess(after)
    assert found.recommendation is Recommendation.NO_GO
    assert finding(found, "dual-run") is CriterionState.NO_EVIDENCE
    assert finding(found, "cutover") is CriterionState.MET

    good, bad = ItemState.PASSED, ItemState.FAILED

    def cycles(*states: ItemState | None, basis: str = "aaaaa") -> Facts:
        return world.dual_run(after, states, basis)

    assert assess(cycles(good, good, good)).recommendation is GO
    assert assess(cycles(good, good)).recommendation is Recommendation.NO_GO
    assert assess(cycles(good, bad, good)).recommendation is Recommendation.NO_GO
    # Three clean ones in a row after a red one are enough: the red one stays in the record.
    assert assess(cycles(bad, good, good, good)).recommendation is GO
    assert assess(cycles(good, good, good, bad)).recommendation is Recommendation.NO_GO
    # A business day nobody compared breaks the row, as it does for the command.
    missed = assess(cycles(good, good, None, good))
    assert missed.recommendation is Recommendation.NO_GO
    assert any("a business day nobody compared" in cause for cause in missed.causes)
    assert assess(cycles(good, good, good, None)).recommendation is Recommendation.NO_GO
    assert assess(cycles(good, None, good, good, good)).recommendation is GO
    # So does a day judged by another specification or acceptance than the one before.
    other = assess(cycles(good, good, good, basis="aab"), "zh")
    assert finding(other, "dual-run") is CriterionState.NOT_MET
    assert any("自 2026-12-09 起重新计数" in cause for cause in other.causes)
    assert assess(cycles(good, good, good, good, basis="abbb")).recommendation is GO


def test_a_special_day_is_owed_whatever_the_streak():
    facts = world.go()
    live = world.run("r5-cutover", RunKind.CUTOVER, world.START, t0=world.START)
    after = replace(facts, runs=(*facts.runs, live), at=world.START + timedelta(days=9))
    made = world.dual_run(after, [ItemState.PASSED] * 3, special_days=("2026-12-31",))
    found = assess(made)
    assert found.recommendation is Recommendation.NO_GO
    assert any("must be clean whatever the streak" in cause for cause in found.causes)
    assert "c/orders.yaml@2026-12-31" in {one.id for one in found.items}


def test_every_relaxation_is_told_and_a_stricter_value_is_none():
    weak = Policy(
        uat_passed=0.9, uat_s1=1, rehearsals=1, rehearsal_age=(0, 10), load_hold="PT10S",
        quorum={"steering": 1}, unplanned="list", evidence_age=30, load_scope=("peak",),
        uat_severity="S3", dual_run_cycles=2,
    )  # fmt: skip
    told = {one.key: (one.default, one.value) for one in assess(
        world.go(lock=world.lock(policy=weak))).relaxations}  # fmt: skip
    assert told["rehearsal_age"] == ("5, 10", "0, 10")
    assert told["load_hold"] == ("PT15M", "PT10S")
    assert told["load_scope"] == ("all", "peak")
    assert set(told) == {
        "uat_passed", "uat_s1", "rehearsals", "rehearsal_age", "load_hold", "quorum", "unplanned",
        "evidence_age", "load_scope", "uat_severity", "dual_run_cycles",
    }  # fmt: skip
    strict = Policy(
        uat_passed=1, rehearsals=3, rehearsal_age=(6, 9), load_hold="PT1H", evidence_age=7,
        quorum={"steering": 2, "finance": 1}, dual_run_cycles=5,
    )  # fmt: skip
    assert assess(world.go(lock=world.lock(policy=strict))).relaxations == ()


def test_shares_stand_beside_their_counts():
    found = assess(failing(2))
    one = next(one for one in found.findings if one.id == "uat-passed")
    assert (one.count, one.total) == (3, 4)
    assert one.found == "3 of 4 scenarios passed"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_json_gives_the_assessment_back(language: str):
    facts = failing(1)
    found = assess(replace(facts, waivers=(waiver(assess(facts), 1),)), language)
    assert assessment_from_json(assessment_to_json(found)) == found


def test_runs_of_another_environment_do_no_harm():
    facts = world.go()
    other = world.run("r7-uat", RunKind.UAT, world.NOW, standing=RunStanding.ELSEWHERE, exit=1)
    assert assess(replace(facts, runs=(*facts.runs, other))).recommendation is GO


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_condition_is_due_in_the_windows_clock(language: str) -> None:
    """Whoever wrote it in another offset: the window's is +08:00."""
    due = datetime(2026, 12, 5, 20, 30, tzinfo=UTC)
    word = Decision(
        person="ana", decision="conditional", role="sponsor", reason="", at=world.NOW,
        assurance="pin", recommended=GO, statement="",
        conditions=(Condition(text="backup", owner="dba", due=due),),
    )  # fmt: skip
    facts = world.go(decisions=(word,))
    told = settle(assess(facts, language), facts, language)
    said = "\n".join(decision_lines(told, language))
    assert "2026-12-06 04:30 UTC+08:00" in said
    assert told.decisions[0].conditions[0].due == due
