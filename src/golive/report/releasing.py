"""Read a release for a report from the record: its newest assessment, and the ledger since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from golive.errors import GoliveError
from golive.gate.assessment import Assessment, Recommendation
from golive.gate.decisions import decisions_of, outcome_of
from golive.gate.lock import Lock, lock_from_json
from golive.project import Project
from golive.record.chain import Record
from golive.record.evidence import EvidenceStore
from golive.record.ledger import verify_ledger
from golive.record.releases import ledger_path, read_locks
from golive.report.composing import compose_release
from golive.report.document import Document
from golive.report.gathering import gather_run
from golive.report.material import ReleaseFacts, RunMaterial
from golive.run.gathering import assess_release
from golive.run.recording import latest_assessment
from golive.runbook.loading import load_runbook
from golive.runbook.planning import Plan, make_plan

__all__ = ["release_documents"]

_TWO = 2


def release_documents(
    project: Project, release: str
) -> tuple[Mapping[str, Document], tuple[RunMaterial, ...]]:
    """Return the document of a release in each language, and the runs it rests on.

    The newest recorded assessment is what is shown, so a report can be made again when the
    targets are gone; without one the release is assessed now. Raise Refused when it is not
    frozen, Damaged when lock, ledger or assessment are not as they were written.
    """
    checked = verify_ledger(ledger_path(project.reports))
    locks, problems = read_locks(project.reports, release, checked.records)
    lock = lock_from_json(locks[-1])
    told = _told(project, release, lock, checked.records)
    materials, unread = _runs(project, next(iter(told.values())).runs)
    plan = _plan(project, lock)
    facts = ReleaseFacts(
        title=_title(plan, materials, lock),
        system=lock.system,
        zone=_zone(plan, materials),
        plan=plan,
        earlier=_earlier(release, checked.records),
        problems=(*map(str, (*checked.problems, *problems)), *unread),
    )
    documents = {language: compose_release(one, facts, materials) for language, one in told.items()}
    return documents, materials


def _earlier(
    release: str, records: Sequence[Record]
) -> tuple[datetime, Recommendation, tuple[str, ...]] | None:
    """Return the standing recorded before the newest; None when there is only one."""
    entries = [r for r in records if r.type == "gate" and r.data.get("release") == release]
    if len(entries) < _TWO:
        return None
    data = entries[-2].data
    return entries[-2].at, Recommendation(data["recommendation"]), tuple(data["reds"])


def _told(
    project: Project, release: str, lock: Lock, records: Sequence[Record]
) -> Mapping[str, Assessment]:
    """Return the assessment by language, with the words people gave since it was recorded."""
    recorded = latest_assessment(project, release)
    newest = next(
        r.data["sha256"] for r in reversed(records)
        if r.type == "lock" and r.data.get("release") == release
    )  # fmt: skip
    if recorded is None or any(one.lock_sha256 != newest for one in recorded.values()):
        return assess_release(project, release)
    return {language: _since(one, lock, records, language) for language, one in recorded.items()}


def _since(told: Assessment, lock: Lock, records: Sequence[Record], language: str) -> Assessment:
    """Return an assessment with the decisions the ledger holds now.

    A word that was void when it was recorded stays so; one given since is about what it shows.
    """
    void = {(one.person, one.at): one.void for one in told.decisions}
    given = tuple(
        replace(one, void=one.void or void.get((one.person, one.at), ""))
        for one in decisions_of(records, told.release, told.lock_sha256)
    )
    decided, missing = outcome_of(given, lock.policy)
    return replace(
        told,
        decisions=given,
        decided=decided,
        missing=tuple(one.into(language) for one in missing),
        ledger_seq=records[-1].seq,
        ledger_hash=records[-1].hash,
    )


def _runs(
    project: Project, names: Sequence[str]
) -> tuple[tuple[RunMaterial, ...], tuple[str, ...]]:
    """Return the runs that can be read, and why the others cannot."""
    store = EvidenceStore(project.reports / "evidence")
    found, unread = [], []
    for name in names:
        try:
            found.append(gather_run(project.runs / name, store))
        except GoliveError as error:
            unread += [str(problem) for problem in error.problems]
    return tuple(found), tuple(unread)


def _plan(project: Project, lock: Lock) -> Plan | None:
    """Return the night's plan when the runbook is still the locked one; else nobody knows it."""
    try:
        plan = make_plan(load_runbook(project.root, lock.runbook), mode="live")
    except GoliveError:
        return None
    return plan if plan.fingerprint == lock.fingerprint else None


def _title(plan: Plan | None, materials: Sequence[RunMaterial], lock: Lock) -> str:
    plans = _plans(plan, materials)
    return next((one.runbook.title for one in plans), lock.system)


def _zone(plan: Plan | None, materials: Sequence[RunMaterial]) -> str:
    return next((one.runbook.zone for one in _plans(plan, materials)), "UTC")


def _plans(plan: Plan | None, materials: Sequence[RunMaterial]) -> list[Plan]:
    """Return the plans at hand, that of the night first, then those of whole nights rehearsed."""
    nights = [item.state.plan for item in reversed(materials)]
    nights.sort(key=lambda one: not one.rehearsal)
    return [*([plan] if plan else []), *nights]
