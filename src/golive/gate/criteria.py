"""Compute a gate's criteria from the outcomes of this run; no evidence is never a pass; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from golive.outcome import Outcome, Status

__all__ = ["Criterion", "CriterionState", "all_met", "evaluate", "parse_threshold"]

_THRESHOLD = re.compile(r"^\s*(<=|>=|==|<|>)\s*(-?\d+(?:\.\d+)?)\s*$")
_TESTS = {
    "<=": lambda value, limit: value <= limit,
    ">=": lambda value, limit: value >= limit,
    "==": lambda value, limit: value == limit,
    "<": lambda value, limit: value < limit,
    ">": lambda value, limit: value > limit,
}


class CriterionState(StrEnum):
    """How a criterion stands; the absence of evidence has a state of its own."""

    MET = "met"
    NOT_MET = "not met"
    NO_EVIDENCE = "no evidence"
    #: There is evidence, of something that has changed since.
    STALE = "stale"
    #: Not met, and an approved waiver covers it; the failure stays on page 1.
    WAIVED = "waived"


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One criterion, what it asks and what was found."""

    name: str
    asks: str
    found: str
    state: CriterionState


def parse_threshold(text: str) -> tuple[str, float] | None:
    """Return ``(operator, limit)`` of a text like ``<= 1500``; None when it is none."""
    match = _THRESHOLD.match(text)
    return (match[1], float(match[2])) if match else None


def evaluate(criteria: Mapping[str, str], outcomes: Mapping[str, Outcome]) -> tuple[Criterion, ...]:
    """Return each criterion with its state.

    ``{"SMOKE": "passed"}`` asks a task's status, ``{"PRESSURE.p95_ms": "<= 500"}`` a metric of it.
    ``outcomes`` holds the last outcome of each task that has one.
    """
    return tuple(_one(name, asks, outcomes) for name, asks in criteria.items())


def _one(name: str, asks: str, outcomes: Mapping[str, Outcome]) -> Criterion:
    task, _, metric = name.partition(".")
    outcome = outcomes.get(task)
    if outcome is None or outcome.status is Status.SKIPPED:
        return Criterion(
            name=name, asks=asks, found="nothing was run", state=CriterionState.NO_EVIDENCE
        )
    said = f"{outcome.status}: {outcome.summary}"
    if outcome.status is Status.BROKEN:
        # A check that could not tell proves nothing, and neither do the numbers it left.
        return Criterion(name=name, asks=asks, found=said, state=CriterionState.NO_EVIDENCE)
    if not metric:
        met = asks == outcome.status == Status.PASSED
        state = CriterionState.MET if met else CriterionState.NOT_MET
        return Criterion(name=name, asks=asks, found=said, state=state)
    threshold = parse_threshold(asks)
    value = next((item for item in outcome.metrics if item.name == metric), None)
    if threshold is None or value is None:
        found = "no such number was measured" if threshold else f"'{asks}' is no threshold"
        return Criterion(name=name, asks=asks, found=found, state=CriterionState.NO_EVIDENCE)
    met = _TESTS[threshold[0]](value.value, threshold[1])
    return Criterion(
        name=name, asks=asks, found=f"{value.value:g} {value.unit}",
        state=CriterionState.MET if met else CriterionState.NOT_MET,
    )  # fmt: skip


def all_met(criteria: tuple[Criterion, ...]) -> bool:
    """Tell whether a gate may be recommended; a gate without criteria never is."""
    return bool(criteria) and all(item.state is CriterionState.MET for item in criteria)
