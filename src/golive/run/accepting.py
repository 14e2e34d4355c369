"""A business person accepts a process, or takes it back: guarded, entered in the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from golive.errors import Refused
from golive.gate.acceptance import LineState, ProcessAcceptance, acceptance
from golive.gate.facts import Facts
from golive.gate.items import close_world
from golive.gate.signoffs import Acceptance, accepted_to_json
from golive.project import Project
from golive.record.chain import Actor, Record
from golive.record.ledger import Ledger
from golive.record.releases import ledger_path
from golive.runbook.definition import Person, Team

__all__ = ["accept_process", "acceptance_statement", "find_process", "revoke_acceptance", "stand"]


def stand(facts: Facts, language: str) -> tuple[ProcessAcceptance, ...]:
    """Return how acceptance stands; reasons of failed scenarios are in ``language``."""
    return acceptance(facts, close_world(facts, language))


def find_process(processes: Sequence[ProcessAcceptance], name: str) -> ProcessAcceptance:
    """Return a process by its name. Raise Refused when the release has none such."""
    found = next((one for one in processes if one.process == name), None)
    if found is None:
        known = ", ".join(one.process for one in processes)
        raise Refused.of(f"process '{name}'", "is not in the release", hint=f"known: {known}")
    return found


def acceptance_statement(process: ProcessAcceptance, facts: Facts, language: str) -> str:
    """Return the sentence a person is shown and gives their name to."""
    offered = sum(line.offered is not None for line in process.lines)
    total, lock, head = len(process.lines), facts.lock_sha256[:12], facts.ledger_hash[:12]
    release = facts.lock.release
    if language == "zh":
        return (
            f"本人已查看流程“{process.process}”在发布“{release}”（基线 {lock}，台账 {head}）中"
            f"实际执行的内容，验收其中 {offered} 个场景（共 {total} 个）；其余未验收。"
        )
    return (
        f"I have seen what was run of '{process.process}' for release '{release}' (lock {lock}, "
        f"ledger {head}) and accept {offered} of its {total} scenarios; the others I do not."
    )


def accept_process(
    project: Project,
    facts: Facts,
    process: ProcessAcceptance,
    *,
    team: Team,
    actor: Actor,
    comment: str = "",
    happened: datetime | None = None,
) -> Record:
    """Record that a person accepts what a user ran of their process and passed.

    Raise Refused when the process is not theirs, they are no user, or nothing can be accepted.
    """
    person, role = _who_may(team, process.process, actor, facts.lock.environment_kind)
    offered = [line.offered for line in process.lines if line.offered is not None]
    if not offered:
        raise Refused.of(
            f"process '{process.process}'", f"has nothing to accept: {_why_not(process)}",
            hint=f"GOLIVE_PERSON={actor.person} pytest features/{process.process}",
        )  # fmt: skip
    if happened is not None and happened > datetime.now(UTC):
        raise Refused.of("--at", "is still to come", hint="give when it was signed")
    names = {item.id for item in offered}
    language = project.language.value
    data = {
        "release": facts.lock.release,
        "lock_sha256": facts.lock_sha256,
        "process": process.process,
        "name": person.name,
        "department": person.department,
        "role": role,
        "statement": acceptance_statement(process, facts, language),
        "comment": comment,
        "happened": happened.astimezone(UTC).isoformat() if happened else "",
        "items": [accepted_to_json(item) for item in offered],
        "left": [line.id for line in process.lines if line.id not in names],
    }
    ledger = Ledger.open(ledger_path(project.reports))
    # What is signed is what was shown: anything entered since may speak against it.
    return ledger.append("signoff", data, actor=actor, expect=facts.ledger_seq)


def _why_not(process: ProcessAcceptance) -> str:
    states = (LineState.NOT_PASSED, LineState.NOT_A_USERS, LineState.STALE)
    return ", ".join(f"{process.count(state)} {state}" for state in states if process.count(state))


def _who_may(team: Team, process: str, actor: Actor, kind: str) -> tuple[Person, str]:
    """Return the person and the role they accept in. Raise Refused."""
    found = team.people.get(actor.person)
    subject = f"person '{actor.person}'"
    if found is None:
        raise Refused.of(subject, "is not in the team", hint=f"known: {', '.join(team.people)}")
    if (found.simulated or actor.assurance == "simulated") and kind != "demo":
        raise Refused.of(subject, "is simulated, and this is not the demo", hint="name a person")
    role = team.processes.get(process)
    if role is None or role not in team.roles:
        raise Refused.of(
            f"process '{process}'", "has no role that accepts it",
            hint=f"in the team's file: processes: {{{process}: ROLE}}; "
            f"roles: {', '.join(team.roles)}",
        )  # fmt: skip
    if found.side != "business":
        side = {"it": "is of IT", "vendor": "is of a vendor"}.get(found.side, "")
        raise Refused.of(
            subject, f"{side or 'is not said to be a user'}, whose word is no user acceptance",
            hint="a business person signs; the team's file says side: business",
        )  # fmt: skip
    if not team.holds(actor.person, role):
        people = ", ".join((*team.roles[role].people, *team.roles[role].deputies))
        raise Refused.of(
            f"process '{process}'", f"is not '{actor.person}' to accept", hint=f"ask {people}"
        )
    return found, role


def revoke_acceptance(
    project: Project,
    facts: Facts,
    process: ProcessAcceptance,
    *,
    team: Team,
    actor: Actor,
    reason: str,
) -> Record:
    """Take back the newest acceptance of a process that stands. Raise Refused."""
    standing = [one for one in process.acceptances if not one.revoked]
    if not standing:
        raise Refused.of(f"process '{process.process}'", "has no acceptance to take back")
    if not reason:
        raise Refused.of("revoke", "has no reason", hint="add --reason")
    _who_may(team, process.process, actor, facts.lock.environment_kind)
    newest: Acceptance = standing[-1]
    data = {"release": facts.lock.release, "signoff": newest.seq, "reason": reason}
    ledger = Ledger.open(ledger_path(project.reports))
    return ledger.append("revoke", data, actor=actor)
