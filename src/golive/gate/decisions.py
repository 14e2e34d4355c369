"""Decisions and waivers as the ledger holds them, and what they amount to; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from golive.gate.assessment import (
    Assessment,
    Condition,
    Decision,
    Recommendation,
    Waiver,
)
from golive.gate.facts import Facts
from golive.gate.policy import Policy
from golive.gate.words import Text, text
from golive.record.chain import Record

__all__ = [
    "condition_to_json",
    "decisions_of",
    "outcome_of",
    "settle",
    "standing_reds",
    "waivers_of",
]

_GOING = frozenset({"go", "conditional"})


def waivers_of(records: Sequence[Record], release: str) -> tuple[Waiver, ...]:
    """Return a release's waivers, oldest first, with who approved each."""
    found: dict[str, Waiver] = {}
    for record in records:
        data = record.data
        if record.type != "waiver" or data.get("release") != release:
            continue
        if data.get("step") == "approved":
            one = found.get(str(data["id"]))
            if one is not None and not one.approver:
                found[one.id] = replace(one, approver=record.actor.person)
        else:
            found[str(data["id"])] = Waiver(
                id=str(data["id"]),
                items=tuple(data["failures"]),
                reason=str(data["reason"]),
                risk=str(data["risk"]),
                owner=str(data["owner"]),
                approver="",
                expires=datetime.fromisoformat(data["expires"]),
                failures=dict(data["failures"]),
                requested_by=record.actor.person,
            )
    return tuple(found.values())


def decisions_of(records: Sequence[Record], release: str, lock_sha256: str) -> tuple[Decision, ...]:
    """Return every word given on a release, oldest first; those of earlier locks are void."""
    found: list[Decision] = []
    for record in records:
        data = record.data
        if record.type != "decision" or data.get("release") != release:
            continue
        void = "" if data["lock_sha256"] == lock_sha256 else "the release was frozen anew since"
        found.append(
            Decision(
                person=record.actor.person,
                decision=str(data["decision"]),
                role=str(data["role"]),
                reason=str(data["reason"]),
                at=record.at,
                assurance=record.actor.assurance,
                recommended=Recommendation(data["recommended"]),
                statement=str(data["statement"]),
                conditions=tuple(map(_condition, data["conditions"])),
                reds=tuple(data["reds"]),
                void=void,
            )
        )
    last = {one.person: index for index, one in enumerate(found)}
    return tuple(
        replace(one, void=one.void or "said otherwise since") if last[one.person] != index else one
        for index, one in enumerate(found)
    )


def _condition(data: Mapping[str, Any]) -> Condition:
    return Condition(
        text=str(data["text"]), owner=str(data["owner"]), before=str(data["before"]),
        due=datetime.fromisoformat(data["due"]),
    )  # fmt: skip


def condition_to_json(condition: Condition) -> dict[str, str]:
    """Return a condition as JSON data."""
    return {
        "text": condition.text, "owner": condition.owner, "before": condition.before,
        "due": condition.due.isoformat(),
    }  # fmt: skip


def standing_reds(assessment: Assessment) -> tuple[str, ...]:
    """Return what stands against a GO, by id: a decision covers these and nothing newer."""
    findings = [f"finding {one.id}: {one.state}" for one in assessment.findings]
    items = [f"item {one.id}: {one.state} {one.failure[:12]}" for one in assessment.items]
    fine = (": met", ": passed ")
    return tuple(one for one in (*findings, *items) if not any(word in one for word in fine))


def settle(assessment: Assessment, facts: Facts, language: str) -> Assessment:
    """Return the assessment with the decisions on it, what they amount to, and who is missing."""
    reds = set(standing_reds(assessment))
    before = facts.cutover is None
    given = tuple(
        replace(one, void=one.void or _outdated(one, reds, language)) if before else one
        for one in (_in_window_time(decision, facts) for decision in facts.decisions)
    )
    decided, missing = outcome_of(given, facts.lock.policy)
    return replace(
        assessment,
        decisions=given,
        decided=decided,
        missing=tuple(one.into(language) for one in missing),
    )


def _in_window_time(decision: Decision, facts: Facts) -> Decision:
    """Return a decision whose conditions are due in the clock of the release's window."""
    here = tuple(replace(one, due=one.due.astimezone(facts.zone)) for one in decision.conditions)
    return replace(decision, conditions=here)


def _outdated(decision: Decision, reds: set[str], language: str) -> str:
    """Say what came since somebody said go: they did not decide on that."""
    new = sorted(reds - set(decision.reds)) if decision.decision in _GOING else []
    if not new:
        return ""
    said = text(f"since then: {'; '.join(new[:3])}", f"此后出现：{'；'.join(new[:3])}")
    return said.into(language)


def outcome_of(decisions: Sequence[Decision], policy: Policy) -> tuple[str, tuple[Text, ...]]:
    """Return what was decided, empty before the quorum spoke, and what is still missing.

    One no-go is a no-go. Each person counts once, for the role they decided in.
    """
    valid = [one for one in decisions if not one.void]
    if not policy.simulated_people:
        valid = [one for one in valid if one.assurance != "simulated"]
    if any(one.decision == "no-go" for one in valid):
        return "no-go", ()
    going = [one for one in valid if one.decision in _GOING]
    missing = []
    for role, wanted in policy.quorum.items():
        have = sum(one.role == role for one in going)
        if have < wanted:
            missing.append(
                text(
                    f"{role}: {have} of {wanted} have said go",
                    f"{role}：需 {wanted} 人同意，目前 {have} 人",
                )
            )
    if missing:
        return "", tuple(missing)
    conditional = any(one.decision == "conditional" for one in going)
    return ("conditional" if conditional else "go"), ()
