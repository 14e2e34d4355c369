"""A gate's criteria: met only by evidence, and by no other kind of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from golive.gate.criteria import CriterionState, all_met, evaluate, parse_threshold
from golive.outcome import Metric, Outcome, Status

NOW = datetime(2026, 12, 5, 12, tzinfo=UTC)
PASSED = Outcome(
    status=Status.PASSED, summary="all well", started=NOW, ended=NOW,
    metrics=(Metric(name="p95_ms", value=480.0, unit="ms"), Metric(name="zero", value=0, unit="1")),
)  # fmt: skip


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (Status.PASSED, CriterionState.MET),
        (Status.FAILED, CriterionState.NOT_MET),
        (Status.BROKEN, CriterionState.NO_EVIDENCE),
        (Status.SKIPPED, CriterionState.NO_EVIDENCE),
        (None, CriterionState.NO_EVIDENCE),
    ],
)
def test_only_what_passed_is_met(status: Status | None, state: CriterionState) -> None:
    outcomes = {"SMOKE": replace(PASSED, status=status)} if status else {}
    (criterion,) = evaluate({"SMOKE": "passed"}, outcomes)
    assert criterion.state is state
    assert all_met((criterion,)) == (status is Status.PASSED)


def test_nothing_asked_is_nothing_shown() -> None:
    assert not all_met(())
    assert not all_met(evaluate({}, {"SMOKE": PASSED}))


def test_one_that_is_not_met_is_enough() -> None:
    criteria = {"A": "passed", "B": "passed"}
    assert all_met(evaluate(criteria, {"A": PASSED, "B": PASSED}))
    assert not all_met(evaluate(criteria, {"A": PASSED}))


@pytest.mark.parametrize(
    ("asks", "met"),
    [
        ("<= 480", True), ("<=479.9", False), ("< 480", False), ("<481", True),
        (">= 480", True), (">=480.1", False), ("> 480", False), (">479", True),
        ("== 480", True), ("==480.0", True), ("==481", False), (" <=  500 ", True),
    ],
)  # fmt: skip
def test_thresholds_over_a_number(asks: str, *, met: bool) -> None:
    (criterion,) = evaluate({"LOAD.p95_ms": asks}, {"LOAD": PASSED})
    assert criterion.state is (CriterionState.MET if met else CriterionState.NOT_MET)
    assert criterion.found == "480 ms"


@pytest.mark.parametrize("asks", ["500", "less than 500", "=< 500", "<= 1,500", "passed", ""])
def test_what_is_no_threshold_is_never_met(asks: str) -> None:
    assert parse_threshold(asks) is None
    (criterion,) = evaluate({"LOAD.p95_ms": asks}, {"LOAD": PASSED})
    assert criterion.state is CriterionState.NO_EVIDENCE


def test_a_number_that_was_not_measured_is_never_met() -> None:
    for name in ("LOAD.p99_ms", "LOAD.", "OTHER.p95_ms"):
        (criterion,) = evaluate({name: "<= 500"}, {"LOAD": PASSED})
        assert criterion.state is not CriterionState.MET, name


def test_a_measured_zero_is_evidence() -> None:
    (criterion,) = evaluate({"LOAD.zero": "== 0"}, {"LOAD": PASSED})
    assert criterion.state is CriterionState.MET


def test_a_word_that_is_no_status_is_never_met() -> None:
    (criterion,) = evaluate({"SMOKE": "pased"}, {"SMOKE": PASSED})
    assert criterion.state is CriterionState.NOT_MET


@pytest.mark.parametrize("status", [Status.BROKEN, Status.SKIPPED])
def test_numbers_of_a_check_that_could_not_tell_prove_nothing(status: Status) -> None:
    (criterion,) = evaluate({"LOAD.p95_ms": "<= 500"}, {"LOAD": replace(PASSED, status=status)})
    assert criterion.state is CriterionState.NO_EVIDENCE


@pytest.mark.parametrize("asks", ["skipped", "broken"])
def test_a_gate_cannot_ask_for_missing_evidence(asks: str) -> None:
    outcomes = {"SMOKE": replace(PASSED, status=Status(asks))}
    (criterion,) = evaluate({"SMOKE": asks}, outcomes)
    assert criterion.state is CriterionState.NO_EVIDENCE
