"""The document: each number with what it is a share of, and nothing green without proof."""

from __future__ import annotations

import hashlib
import json
import subprocess
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.report.assessed import AT, GO, ITEMS, assessment, item
from tests.report.conftest import FACTS, Case
from tests.report.recorded import CREDIT, ORDER, PAID, RUN, record_rehearsal, scenario
from tests.report.recorded import FAILED as FAILED_SCENARIOS

from golive.gate.assessment import ItemState, Lane, Recommendation
from golive.report.composing import compose_release, compose_run, evidence_root
from golive.report.document import Share, document_to_json
from golive.report.gathering import gather_run
from golive.report.html import render_page
from golive.report.items import scenario_state
from golive.report.viewing import headline, tone_of, unproved
from golive.run.runstate import Note
from golive.runbook.lifecycle import TaskState, changed
from golive.uat.results import (
    BLOCKED,
    BROKEN,
    FAILED,
    NOT_WRITTEN,
    PASSED,
    WAITING,
    Attempt,
)


@pytest.mark.parametrize(
    ("count", "total", "percent"),
    [(0, 0, "–"), (0, 3, "0%"), (1999, 2000, "99.9%"), (9999, 10000, "99.9%"), (7, 7, "100%")],
)
def test_a_share_is_never_rounded_up_to_all(count: int, total: int, percent: str) -> None:
    assert Share(count=count, total=total).percent == percent


def test_all_of_nothing_is_not_the_whole() -> None:
    assert not Share(count=0, total=0).whole


@settings(deadline=None, max_examples=50)
@given(st.lists(st.sampled_from(ItemState), max_size=30))
def test_every_item_is_counted_once_and_only_passed_ones_pass(states: list[ItemState]) -> None:
    items = [item(f"x::{number}", Lane.UAT, "p", state) for number, state in enumerate(states)]
    lane = compose_release(assessment(items=items), FACTS, []).lanes[0]
    assert sum(lane.states.values()) == len(states) == sum(len(g.rows) for g in lane.groups)
    assert lane.passed.count == states.count(ItemState.PASSED)
    assert lane.passed.total == len(states) - states.count(ItemState.QUARANTINED)
    assert sum(group.passed.count for group in lane.groups) == lane.passed.count


def test_four_lanes_stand_even_where_nothing_was_run() -> None:
    document = compose_release(assessment(items=()), FACTS, [])
    assert [lane.lane for lane in document.lanes] == list(Lane)
    assert all(not lane.passed.whole for lane in document.lanes)
    assert document.forecast is None


def test_what_is_wrong_stands_before_what_passed(red: Case) -> None:
    for lane in red.document.lanes:
        for group in lane.groups:
            passed = [row.state is ItemState.PASSED for row in group.rows]
            assert passed == sorted(passed)


def test_a_failure_brings_its_sentence_its_step_its_place_and_its_picture(red: Case) -> None:
    row = next(row for row in red.document.rows() if row.id == ORDER)
    assert row.sentence == "凭证 V001 应为“已审批”，实际为“待审批”"
    assert (row.step, row.place) == (
        "那么字段“状态”应为“已审批”",
        "features/order_to_cash/order.feature:12",
    )
    assert [shot.file[-4:] for shot in row.pictures] == [".png"]


def test_a_waiver_that_is_void_waives_nothing_and_a_good_one_changes_no_state(red: Case) -> None:
    waived = {row.id: row for row in red.document.rows() if row.waiver}
    assert [row.waiver for row in waived.values()] == ["W-1"]
    assert [row.state for row in waived.values()] == [ItemState.FAILED]
    assert {waiver.id for waiver in red.document.waivers} == {"W-1", "W-2"}


def test_a_decision_against_the_evidence_is_told_as_such(red: Case, go: Case) -> None:
    line = next(line for line in red.document.decisions if not line.gate)
    assert (line.against, line.assurance, line.person) == (True, "pin", "赵敏 (zhao)")
    assert line.conditions[0].before == "OPEN"
    assert not any(line.against for line in go.document.decisions)
    assert [line.gate for line in go.document.decisions] == ["PONR", ""]


def test_criteria_without_evidence_are_listed_and_not_those_that_failed(red: Case) -> None:
    assert unproved(red.document) == (("Was the way back rehearsed?", "no rehearsal was run"),)


def test_the_bare_run_has_its_own_verdict_and_no_recommendation(bare: Case) -> None:
    document = bare.document
    assert (document.kind, document.recommendation, document.verdict) == ("run", None, "failed")
    assert (headline(document, "en"), headline(document, "zh")) == ("Failed", "未通过")
    assert document.reds[0].sentence.startswith("SMOKE: 录入订单后由主管审批")


def test_a_bare_run_is_told_scenario_by_scenario_and_task_by_task(bare: Case) -> None:
    lanes = {lane.lane: lane for lane in bare.document.lanes}
    rows = {row.id: row for row in bare.document.rows()}
    assert (lanes[Lane.UAT].passed.count, lanes[Lane.UAT].passed.total) == (2, 3)
    assert {ORDER, PAID, CREDIT} <= set(rows)
    assert rows["PRESSURE"].state is ItemState.NOT_RUN
    assert "OPEN" not in rows, "what lies behind the rehearsal's goal was never expected"
    assert rows["FREEZE"].state is ItemState.PASSED, "that it was undone does not undo its proof"
    assert [group.name for group in lanes[Lane.UAT].groups] == ["order to cash", "finance"]
    assert "The new system dies" in [group.name for group in lanes[Lane.REHEARSAL].groups]


def test_the_way_back_and_the_drill_are_told_with_their_figures(go: Case) -> None:
    (proof,) = go.document.rollbacks
    assert (proof.differences, proof.counts["rows"], proof.steps) == ((), 5328, 1)
    assert (proof.seconds, proof.planned) == (9.0, 60.0)
    (drill,) = go.document.drills
    assert drill.times == {
        "detect": (6.0, 30.0), "acknowledge": (12.0, 60.0), "restore": (24.0, 120.0),
    }  # fmt: skip


def test_an_open_run_is_forecast_from_where_it_stands(bare: Case) -> None:
    (material,) = bare.materials
    progress = replace(material.state.progress, tasks={})
    state = replace(material.state, closed=None, verdict={}, progress=progress)
    late = compose_run(replace(material, state=state), AT)
    planned = compose_run(material, AT)
    assert (late.verdict, tone_of(late)) == ("", "warn")
    assert late.forecast.end > planned.forecast.end, "nothing has begun, and it is late already"


def test_a_check_alone_has_no_night(bare: Case) -> None:
    (material,) = bare.materials
    state = replace(material.state, plan=replace(material.state.plan, mode="check"))
    document = compose_run(replace(material, state=state), AT)
    assert document.forecast is None
    assert document.is_check
    page = render_page(document, "en", built=AT)
    assert "Planned end" not in page
    assert "Emergency drills" not in page
    assert not bare.document.is_check


def test_a_rollback_nobody_compared_proves_nothing(bare: Case) -> None:
    (material,) = bare.materials
    uncompared = replace(material, state=replace(material.state, differences=None))
    assert compose_run(uncompared, AT).rollbacks[0].differences is None


def test_a_drill_that_was_not_measured_is_not_met(bare: Case) -> None:
    (material,) = bare.materials
    state = replace(material.state, drills={})
    (drill,) = compose_run(replace(material, state=state), AT).drills
    assert (drill.met, drill.times) == (False, {})


def test_a_waived_task_stays_failed(bare: Case) -> None:
    (material,) = bare.materials
    tasks = dict(material.state.progress.tasks)
    tasks["PRESSURE"] = changed(
        material.state.progress.of("PRESSURE"), state=TaskState.WAIVED, reason="never mind"
    )
    progress = replace(material.state.progress, tasks=tasks)
    document = compose_run(replace(material, state=replace(material.state, progress=progress)), AT)
    row = next(row for row in document.rows() if row.id == "PRESSURE")
    assert (row.state, row.sentence) == (ItemState.FAILED, "never mind")


def test_what_was_done_on_paper_stands_at_its_true_time_and_says_when_it_was_entered(
    bare: Case,
) -> None:
    (material,) = bare.materials
    state, done = material.state, AT - timedelta(hours=9)
    tasks = dict(state.progress.tasks)
    acknowledged = state.progress.of("DRILL-acknowledge")
    tasks["DRILL-acknowledge"] = changed(acknowledged, ended=done, entered=AT)
    note = Note(at=AT, person="li", text="cable pulled", happened=done)
    state = replace(state, progress=replace(state.progress, tasks=tasks), notes=(note,))
    document = compose_run(replace(material, state=state), AT)
    late = [moment for moment in document.timeline if moment.entered]
    assert [(moment.kind, moment.at, moment.entered) for moment in late] == [
        ("task", done, AT), ("note", done, AT),
    ]  # fmt: skip
    assert "补录于" in render_page(document, "zh", built=AT)


def test_the_evidence_root_is_what_sort_and_sha256sum_say(go: Case, tmp_path) -> None:
    digests = [proof.sha256 for proof in go.document.evidence]
    file = tmp_path / "digests"
    file.write_text("".join(f"{digest}\n" for digest in [*digests, *digests]))
    said = subprocess.run(
        f"LC_ALL=C sort -u {file} | sha256sum", shell=True, capture_output=True, text=True,
        check=True,
    ).stdout.split()[0]  # fmt: skip
    assert go.document.evidence_root == said == evidence_root(reversed(digests))
    assert evidence_root([]) == hashlib.sha256(b"").hexdigest()


def test_a_changed_picture_is_not_shown_and_turns_the_page_red(tmp_path) -> None:
    night = record_rehearsal(tmp_path)
    whole = gather_run(night.folder, night.store)
    shot = next(e for a in whole.state.attempts for e in a.outcome.evidence if "shots" in e.name)
    path = night.store.path(shot.sha256)
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    material = gather_run(night.folder, night.store)
    document = compose_run(material, AT)
    row = next(row for row in document.rows() if row.id == ORDER)
    assert row.pictures == ()
    assert (document.verdict, tone_of(document)) == ("passed", "bad")
    assert headline(document, "en") == "The record is damaged"
    assert len(document.problems) == 1
    assert "has changed" in document.problems[0]


def test_a_record_of_scenarios_that_is_damaged_leaves_the_task_but_no_scenario(tmp_path) -> None:
    night = record_rehearsal(tmp_path)
    whole = gather_run(night.folder, night.store)
    record = next(
        e for a in whole.state.attempts for e in a.outcome.evidence if e.name == "results.json"
    )
    path = night.store.path(record.sha256)
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:100])
    material = gather_run(night.folder, night.store)
    assert material.results == {}
    rows = [row.id for row in compose_run(material, AT).rows() if row.lane is Lane.UAT]
    assert rows == ["SMOKE"]


def test_json_has_the_percent_beside_each_count_and_no_instant_without_offset(go: Case) -> None:
    data = json.loads(json.dumps(document_to_json(go.document)))
    assert data["schema"] == "golive/report/v1"
    assert data["passed"] == {"count": 7, "total": 7, "percent": "100%"}
    assert data["at"].endswith("+00:00")
    assert data["recommendation"] == "go"
    assert [run["run"] for run in data["runs"]] == [RUN]


def test_a_failed_scenario_of_a_release_speaks_the_businesss_words_first(tmp_path) -> None:
    recorder = record_rehearsal(tmp_path, FAILED_SCENARIOS)
    material = gather_run(recorder.folder, recorder.store)
    placed = "features/order_to_cash/order.feature:12: 凭证 V001 应为“已审批”，实际为“待审批” (那…)"
    failed = item(ORDER, Lane.UAT, "order to cash", ItemState.FAILED, reason=placed)
    document = compose_release(assessment(items=[failed]), FACTS, [material])
    (row,) = document.lanes[0].groups[0].rows
    assert row.sentence == "凭证 V001 应为“已审批”，实际为“待审批”"
    assert row.step == "那么字段“状态”应为“已审批”"
    assert row.place == "features/order_to_cash/order.feature:12"
    assert len(row.pictures) == 1


def test_a_recommendation_has_its_tone() -> None:
    tones = [
        tone_of(compose_release(replace(GO, recommendation=found, items=ITEMS), FACTS, []))
        for found in (Recommendation.GO, Recommendation.CONDITIONAL, Recommendation.NO_GO)
    ]
    assert tones == ["good", "warn", "bad"]


@pytest.mark.parametrize("status", [PASSED, FAILED, BROKEN, NOT_WRITTEN, BLOCKED, WAITING])
def test_every_status_of_a_scenario_has_a_state_and_only_passed_passes(status: str) -> None:
    state = scenario_state(scenario(ORDER, status))
    assert (state is ItemState.PASSED) == (status == PASSED)
    assert scenario_state(scenario(ORDER, status, quarantined=True)) is ItemState.QUARANTINED


def test_a_pass_on_retry_is_listed_as_such_with_what_failed_before(tmp_path) -> None:
    earlier = Attempt(status=FAILED, message="the page was empty")
    night = record_rehearsal(tmp_path, (scenario(ORDER, earlier=(earlier,)),))
    document = compose_run(gather_run(night.folder, night.store), AT)
    row = next(row for row in document.rows() if row.id == ORDER)
    assert (row.state, row.retries) == (ItemState.PASSED, 1)
    assert "try 1: failed: the page was empty" in row.technical
    assert document.lanes[0].retried == 1
