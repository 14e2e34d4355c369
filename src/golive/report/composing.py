"""Make the document of a release or of a run from values alone; pure."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from golive.gate.assessment import Assessment, Item, ItemState, Lane, Waiver
from golive.gate.decisions import standing_reds
from golive.report.document import (
    DecisionLine,
    Document,
    Earlier,
    Forecast,
    Group,
    LaneView,
    Proof,
    Red,
    RunLine,
    Share,
)
from golive.report.items import expected_tasks, items_of_run
from golive.report.material import ReleaseFacts, RunMaterial
from golive.report.night import drills_of, forecast_of, rollback_of, timeline_of, times_of
from golive.report.rowing import row_of
from golive.run.state import RunState
from golive.runbook.lifecycle import SATISFYING, TaskState

__all__ = ["compose_release", "compose_run", "evidence_root"]

#: Ran and are listed, but nothing is concluded from them.
_UNCOUNTED = frozenset({ItemState.QUARANTINED})


def compose_release(
    assessment: Assessment, facts: ReleaseFacts, materials: Sequence[RunMaterial]
) -> Document:
    """Return the document of a release: what its assessment says, shown with its runs' details."""
    runs = {material.state.run: material for material in materials}
    return Document(
        kind="release",
        id=assessment.release,
        title=facts.title,
        system=facts.system,
        zone=facts.zone,
        at=assessment.at,
        recommendation=assessment.recommendation,
        verdict="",
        reds=tuple(Red(sentence=cause) for cause in assessment.causes),
        findings=assessment.findings,
        lanes=_lanes(assessment.items, runs, assessment.waivers),
        waivers=assessment.waivers,
        relaxations=assessment.relaxations,
        decisions=_decisions(assessment, materials),
        assurance=dict(assessment.assurance),
        forecast=_forecast(facts, materials),
        environment=assessment.environment,
        decided=assessment.decided,
        missing=assessment.missing,
        changes=assessment.changes,
        earlier=_earlier(assessment, facts),
        problems=(*facts.problems, *_damage(materials)),
        lock_sha256=assessment.lock_sha256,
        ledger_seq=assessment.ledger_seq,
        ledger_hash=assessment.ledger_hash,
        **_of_runs(materials),
    )


def compose_run(material: RunMaterial, at: datetime) -> Document:
    """Return the document of one run alone: its verdict, and each thing it checked."""
    state = material.state
    items = items_of_run(material)
    return Document(
        kind="run",
        id=state.run,
        title=state.plan.runbook.title,
        system=state.plan.runbook.system,
        zone=state.plan.runbook.zone,
        at=at,
        recommendation=None,
        verdict=str(state.verdict.get("verdict", "")),
        reds=tuple(Red(sentence=str(reason)) for reason in state.verdict.get("reasons", ())),
        findings=(),
        lanes=_lanes(items, {state.run: material}, ()),
        waivers=(),
        relaxations=(),
        decisions=tuple(_named(material.decisions, _names([material]))),
        assurance=dict(state.assurance),
        forecast=None
        if state.plan.mode == "check"
        else forecast_of(
            state.plan, state.run, progress=None if state.closed else state.progress, at=at
        ),
        environment=str(state.environment.get("name", "")),
        problems=_damage([material]),
        **_of_runs([material]),
    )


def _of_runs(materials: Sequence[RunMaterial]) -> dict[str, Any]:
    """Return the parts of a document that come from its runs alone."""
    evidence = tuple(proof for item in materials for proof in _evidence(item))
    states = [item.state for item in materials]
    return {
        "rollbacks": tuple(one for state in states for one in rollback_of(state)),
        "drills": tuple(one for state in states for one in drills_of(state)),
        "runs": tuple(_run_line(state) for state in states),
        "timeline": tuple(
            sorted(
                (moment for item in materials for moment in timeline_of(item)),
                key=lambda moment: moment.at,
            )
        ),
        "evidence": evidence,
        "evidence_root": evidence_root(proof.sha256 for proof in evidence),
    }


def _earlier(assessment: Assessment, facts: ReleaseFacts) -> Earlier | None:
    """Return what is better and what is new since the standing recorded before this one."""
    if facts.earlier is None:
        return None
    at, recommendation, then = facts.earlier
    titles = {f"item {item.id}": item.title for item in assessment.items}
    titles |= {f"finding {item.id}": item.question for item in assessment.findings}
    # A red names its state too; what only fails otherwise now is neither solved nor new.
    was = {red.rpartition(": ")[0] for red in then}
    now = {red.rpartition(": ")[0] for red in standing_reds(assessment)}
    return Earlier(
        at=at,
        recommendation=recommendation,
        solved=tuple(sorted(titles.get(name, name) for name in was - now)),
        new=tuple(sorted(titles.get(name, name) for name in now - was)),
    )


def _decisions(
    assessment: Assessment, materials: Sequence[RunMaterial]
) -> tuple[DecisionLine, ...]:
    """Return every word given on the release and at the gates of its runs, oldest first."""
    given = [
        DecisionLine(
            gate="", decision=item.decision, person=item.person, assurance=item.assurance,
            reason=item.reason, at=item.at, of=assessment.release, role=item.role,
            against=item.decision not in {item.recommended, "abstain"},
            conditions=item.conditions, void=item.void,
        )
        for item in assessment.decisions
    ]  # fmt: skip
    given += [one for item in materials for one in item.decisions]
    return tuple(sorted(_named(given, _names(materials)), key=lambda line: line.at))


def _names(materials: Sequence[RunMaterial]) -> dict[str, str]:
    return {
        name: person.name
        for item in materials
        for name, person in item.state.plan.team.people.items()
    }


def _named(lines: Iterable[DecisionLine], names: Mapping[str, str]) -> Iterator[DecisionLine]:
    """Yield decisions with the people's full names beside the short ones they act under."""
    for line in lines:
        name = names.get(line.person, "")
        full = f"{name} ({line.person})" if name and name != line.person else line.person
        yield replace(line, person=full)


def _damage(materials: Sequence[RunMaterial]) -> tuple[str, ...]:
    """Return what is wrong with stored evidence, each file once."""
    return tuple(dict.fromkeys(text for item in materials for text in item.damaged.values()))


def evidence_root(digests: Iterable[str]) -> str:
    """Return SHA-256 over the sorted distinct digests, one a line; of nothing for no evidence."""
    lines = "".join(f"{digest}\n" for digest in sorted(set(digests)))
    return hashlib.sha256(lines.encode()).hexdigest()


def _lanes(
    items: Sequence[Item], runs: dict[str, RunMaterial], waivers: Sequence[Waiver]
) -> tuple[LaneView, ...]:
    """Return all four lanes: one without a single item is shown as 0 of 0, never left out."""
    waived = {name: waiver.id for waiver in waivers if not waiver.void for name in waiver.items}
    return tuple(
        _lane(lane, [item for item in items if item.lane is lane], runs, waived) for lane in Lane
    )


def _lane(
    lane: Lane, items: Sequence[Item], runs: dict[str, RunMaterial], waived: dict[str, str]
) -> LaneView:
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(item.group, []).append(item)
    counted = Counter(item.state for item in items)
    return LaneView(
        lane=lane,
        passed=_share(items),
        states={state: counted[state] for state in ItemState if counted[state]},
        retried=sum(item.state is ItemState.PASSED and item.retries > 0 for item in items),
        groups=tuple(
            Group(
                name=name,
                passed=_share(members),
                rows=tuple(
                    row_of(item, runs.get(item.run), waived.get(item.id, ""))
                    for item in sorted(members, key=lambda one: one.state is ItemState.PASSED)
                ),
            )
            for name, members in groups.items()
        ),
    )


def _share(items: Iterable[Item]) -> Share:
    """Return passed of expected: the unplanned counts against it, the quarantined not at all."""
    counted = [item for item in items if item.state not in _UNCOUNTED]
    passed = sum(item.state is ItemState.PASSED for item in counted)
    return Share(count=passed, total=len(counted))


def _run_line(state: RunState) -> RunLine:
    tasks = expected_tasks(state)
    done = sum(_forward(state, task.id) in SATISFYING for task in tasks)
    return RunLine(
        run=state.run,
        mode="dry" if state.dry_run else str(state.plan.mode),
        title=state.plan.rehearsal or state.plan.runbook.title,
        environment=str(state.environment.get("name", "")),
        verdict=str(state.verdict.get("verdict", "")),
        reasons=tuple(str(reason) for reason in state.verdict.get("reasons", ())),
        opened=state.opened,
        closed=state.closed,
        done=Share(count=done, total=len(tasks)),
        fingerprint=state.plan.fingerprint,
        head=state.head,
        head_hash=state.head_hash,
        times=tuple(times_of(state)),
    )


def _forward(state: RunState, task: str) -> TaskState:
    found = state.progress.of(task)
    return found.forward or found.state


def _evidence(material: RunMaterial) -> Iterator[Proof]:
    """Yield each piece of evidence once for the attempt it was kept for."""
    state = material.state
    for attempt in state.attempts:
        for kept in attempt.outcome.evidence if attempt.outcome else ():
            yield Proof(
                name=kept.name, sha256=kept.sha256, size=kept.size, media_type=kept.media_type,
                run=state.run, task=f"{attempt.task}/{attempt.number}",
                damaged=material.damaged.get(kept.sha256, ""),
            )  # fmt: skip
    for when, taken in state.fingerprints.items():
        if stored := taken.get("evidence"):
            yield Proof(
                **stored, run=state.run, task=f"fingerprint {when}",
                damaged=material.damaged.get(stored["sha256"], ""),
            )  # fmt: skip


def _forecast(facts: ReleaseFacts, materials: Sequence[RunMaterial]) -> Forecast | None:
    """Return the night's forecast: of the plan itself, else of the newest cutover or rehearsal."""
    if facts.plan is not None:
        return forecast_of(facts.plan, "")
    states = [item.state for item in materials if item.state.plan.mode in {"live", "rehearsal"}]
    newest = max(states, key=lambda state: (state.plan.mode == "live", state.run), default=None)
    return forecast_of(newest.plan, newest.run) if newest else None
