"""What people decide on a release: guarded, told what they decide on, entered in the ledger."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from golive.errors import Refused
from golive.gate.assessing import NOT_WAIVABLE
from golive.gate.assessment import Assessment, Condition, Item, ItemState, Lane, Recommendation
from golive.gate.decisions import condition_to_json, standing_reds
from golive.gate.facts import Facts
from golive.gate.policy import Policy
from golive.project import Project
from golive.record.chain import Actor, Record
from golive.record.ledger import Ledger
from golive.record.releases import ledger_path
from golive.run.recording import record_assessment
from golive.runbook.definition import Runbook, Team

__all__ = ["approve_waiver", "decide_release", "request_waiver", "statement"]

_GOING = frozenset({"go", "conditional"})


def statement(assessment: Assessment, decision: str, language: str) -> str:
    """Return the sentence a person is shown and gives their name to."""
    causes = len(assessment.causes)
    lock, head = assessment.lock_sha256[:12], assessment.ledger_hash[:12]
    if language == "zh":
        return (
            f"本人已阅发布“{assessment.release}”（基线 {lock}，台账 {head}）的评估："
            f"golive 建议 {assessment.recommendation.value.upper()}，共 {causes} 条原因；"
            f"本人决定：{decision.upper()}。"
        )
    return (
        f"I have read the assessment of release '{assessment.release}' (lock {lock}, ledger "
        f"{head}): golive recommends {assessment.recommendation.value.upper()} with {causes} "
        f"causes. I decide {decision.upper()}."
    )


def decide_release(
    project: Project,
    facts: Facts,
    told: Mapping[str, Assessment],
    *,
    team: Team,
    runbook: Runbook,
    actor: Actor,
    decision: str,
    reason: str,
    conditions: Sequence[Condition],
) -> Record:
    """Record one person's decision on a release, with the assessment it was given on.

    Raise Refused when it is not theirs to give, lacks its reason or its conditions, or the
    cutover has begun.
    """
    language = project.language.value
    assessment = told[language]
    subject = f"release '{assessment.release}'"
    if facts.cutover is not None:
        raise Refused.of(subject, "its cutover has begun", hint=f"see run {facts.cutover.run}")
    _check_person(team, actor, facts.lock.environment_kind)
    role = _role_of(assessment, team, actor, facts.lock.policy)
    _check_reason(assessment, decision, reason)
    _check_conditions(decision, conditions, team, runbook)
    seen = record_assessment(project, told, actor=actor)
    return Ledger.open(ledger_path(project.reports)).append(
        "decision",
        {
            "release": assessment.release,
            "lock_sha256": assessment.lock_sha256,
            "gate": seen.seq,
            "decision": decision,
            "role": role,
            "reason": reason,
            "recommended": assessment.recommendation.value,
            "statement": statement(assessment, decision, language),
            "conditions": [condition_to_json(one) for one in conditions],
            "reds": list(standing_reds(assessment)),
        },
        actor=actor,
    )


def _check_person(team: Team, actor: Actor, kind: str) -> None:
    found = team.people.get(actor.person)
    if found is None:
        hint = f"name one with --as: {', '.join(team.people)}"
        raise Refused.of(f"person '{actor.person}'", "is not in the team", hint=hint)
    if (found.simulated or actor.assurance == "simulated") and kind != "demo":
        raise Refused.of(
            f"person '{actor.person}'", "is simulated, and this is not the demo",
            hint="name a person with --as",
        )  # fmt: skip


def _role_of(assessment: Assessment, team: Team, actor: Actor, policy: Policy) -> str:
    """Return the role a person decides in: the first they hold that still lacks people."""
    held = [role for role in policy.quorum if team.holds(actor.person, role)]
    if not held:
        people = sorted({name for role in policy.quorum for name in team.roles[role].people})
        raise Refused.of(
            f"release '{assessment.release}'",
            f"is not '{actor.person}' to decide",
            hint=f"ask {', '.join(people)}",
        )
    others = [one for one in assessment.decisions if not one.void and one.person != actor.person]
    for role in held:
        have = sum(one.role == role and one.decision in _GOING for one in others)
        if have < policy.quorum[role]:
            return role
    return held[0]


def _check_reason(assessment: Assessment, decision: str, reason: str) -> None:
    recommended = assessment.recommendation
    against = (
        (decision == "go" and recommended is not Recommendation.GO)
        or (decision == "conditional" and recommended is Recommendation.NO_GO)
        or (decision == "no-go" and recommended is Recommendation.GO)
    )
    if against and not reason:
        raise Refused.of(
            f"release '{assessment.release}'",
            f"golive recommends {recommended.value}, so {decision} needs a reason",
            hint="add --reason; it is printed on page 1",
        )


def _check_conditions(
    decision: str, conditions: Sequence[Condition], team: Team, runbook: Runbook
) -> None:
    if decision == "conditional" and not conditions:
        raise Refused.of(
            "decision", "conditional without a condition",
            hint='add --condition "WHAT|PERSON|2026-12-05T18:00:00+08:00[|TASK]"',
        )  # fmt: skip
    if decision != "conditional" and conditions:
        raise Refused.of("decision", f"'{decision}' takes no condition", hint="say conditional")
    tasks = [task.id for task in runbook.tasks]
    for one in conditions:
        if one.owner not in team.people:
            hint = f"known: {', '.join(team.people)}"
            raise Refused.of(f"condition '{one.text}'", f"'{one.owner}' is nobody", hint=hint)
        if one.before and one.before not in tasks:
            raise Refused.of(
                f"condition '{one.text}'", f"task '{one.before}' is not in the runbook",
                hint=", ".join(tasks),
            )  # fmt: skip


# -- waivers


def request_waiver(
    project: Project,
    told: Mapping[str, Assessment],
    names: Sequence[str],
    *,
    actor: Actor,
    team: Team,
    kind: str,
    reason: str,
    risk: str,
    owner: str,
    expires: datetime,
) -> Record:
    """Ask that failed items be waived; somebody else must approve. Raise Refused."""
    assessment = told[project.language.value]
    _check_person(team, actor, kind)
    for name, value in (("reason", reason), ("risk", risk), ("owner", owner)):
        if not value:
            raise Refused.of("waiver", f"has no {name}", hint=f"add --{name}")
    if owner not in team.people:
        hint = f"known: {', '.join(team.people)}"
        raise Refused.of("waiver", f"its owner '{owner}' is nobody of the team", hint=hint)
    if expires <= datetime.now(UTC):
        raise Refused.of("waiver", "would have expired already", hint="name a later --expires")
    items = [_find(assessment, name) for name in names]
    for item in items:
        _check_waivable(item)
    return Ledger.open(ledger_path(project.reports)).append(
        "waiver",
        {
            "id": f"W-{secrets.token_hex(3)}",
            "step": "requested",
            "release": assessment.release,
            "failures": {item.id: item.failure for item in items},
            "reason": reason,
            "risk": risk,
            "owner": owner,
            "expires": expires.astimezone(UTC).isoformat(),
        },
        actor=actor,
    )


def _find(assessment: Assessment, name: str) -> Item:
    exact = [item for item in assessment.items if item.id == name]
    found = exact or [item for item in assessment.items if name in item.id]
    if len(found) != 1:
        red = [item.id for item in assessment.items if item.state is not ItemState.PASSED]
        message = "is no item of the release" if not found else "could be several items"
        shown = ", ".join(item.id for item in found) or ", ".join(red[:5])
        raise Refused.of(f"item '{name}'", message, hint=shown)
    return found[0]


def _check_waivable(item: Item) -> None:
    if item.state is ItemState.PASSED:
        raise Refused.of(f"item '{item.id}'", "passed; there is nothing to waive")
    if item.severity == "S1" and item.lane is Lane.UAT:
        raise Refused.of(f"item '{item.id}'", "is S1, which is never waived", hint="mend it")
    if item.state in NOT_WAIVABLE:
        raise Refused.of(
            f"item '{item.id}'", f"is {item.state}, which is never waived", hint="run it again"
        )


def approve_waiver(
    project: Project, assessment: Assessment, waiver: str, *, actor: Actor, team: Team, facts: Facts
) -> Record:
    """Approve a waiver somebody else asked for. Raise Refused."""
    _check_person(team, actor, facts.lock.environment_kind)
    found = next((one for one in assessment.waivers if one.id == waiver), None)
    if found is None:
        known = ", ".join(one.id for one in assessment.waivers) or "none"
        raise Refused.of(f"waiver '{waiver}'", "does not exist", hint=f"known: {known}")
    if found.approver:
        raise Refused.of(f"waiver '{waiver}'", f"was approved by {found.approver} already")
    if actor.person in {found.requested_by, found.owner}:
        raise Refused.of(
            f"waiver '{waiver}'", f"'{actor.person}' asked for it or owns it",
            hint="ask another person to approve",
        )  # fmt: skip
    quorum = facts.lock.policy.quorum
    if not any(team.holds(actor.person, role) for role in quorum):
        raise Refused.of(
            f"waiver '{waiver}'", f"is not '{actor.person}' to approve",
            hint=f"roles: {', '.join(quorum)}",
        )  # fmt: skip
    data: dict[str, Any] = {"release": assessment.release, "id": waiver, "step": "approved"}
    return Ledger.open(ledger_path(project.reports)).append("waiver", data, actor=actor)
