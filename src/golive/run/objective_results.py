"""Judge a run's kept measurement anew and say what it shows of each objective."""

from __future__ import annotations

from collections.abc import Iterator

from golive.errors import GoliveError
from golive.gate.assessment import ItemState, Lane
from golive.gate.facts import Result, RunFact
from golive.gate.lock import Lock
from golive.gate.words import Text, plain, text
from golive.load.definition import Profile, profile_digest, read_profiles
from golive.load.measurement import read_measurement
from golive.load.verdict import ObjectiveResult, judge
from golive.outcome import Outcome, Status
from golive.project import Project
from golive.record.evidence import EvidenceStore
from golive.run.freezing import PROFILES, objective_text
from golive.run.lane_results import KILLED, STATES, kept
from golive.run.state import Attempt
from golive.runbook.definition import Task

__all__ = ["objective_results"]

S = ItemState


def objective_results(
    project: Project,
    fact: RunFact,
    attempt: Attempt,
    task: Task,
    store: EvidenceStore,
    lock: Lock,
) -> Iterator[Result]:
    """Yield a result of each objective the lock declares for a task's profile."""
    locked = next((item for item in lock.profiles if item.name == task.profile), None)
    if locked is None:
        return
    outcome = attempt.outcome
    subject = outcome.subject if outcome is not None else None
    judged = _judged(project, task.profile, outcome, store)
    for objective in locked.objectives:
        state, reason = _objective(outcome, judged, objective)
        yield Result(
            item=f"{PROFILES}::{task.profile}::{objective}",
            lane=Lane.LOAD,
            run=fact.run,
            at=attempt.ended or attempt.started,
            state=state,
            reason=reason,
            digest=(subject.digest if subject else "") or "not known",
            builds={locked.target: subject.target_version} if subject else {},
            sites={locked.target: subject.site} if subject else {},
            title=objective,
            outcome=outcome,
        )


def _judged(
    project: Project, name: str, outcome: Outcome | None, store: EvidenceStore
) -> dict[str, ObjectiveResult] | Text:
    """Judge the kept measurement anew, by the profile it was made with; or say why not."""
    path = kept(outcome, store, f"{name}/result.json")
    if path is None or outcome is None:
        return text("no measurement was kept", "没有保存测量结果")
    try:
        profile = _profile(project, name, outcome.subject.digest)
        measured = read_measurement(path)
    except (OSError, ValueError, KeyError, TypeError, GoliveError) as error:
        return text(f"its measurement cannot be read: {error}", f"测量结果无法读取：{error}")
    if profile is None:
        return {}
    verdict = judge(profile, measured)
    if verdict.invalid:
        return Text(
            en="; ".join(en for en, _ in verdict.invalid),
            zh="；".join(zh for _, zh in verdict.invalid),
        )
    return {objective_text(item.objective): item for item in verdict.results}


def _profile(project: Project, name: str, digest: str) -> Profile | None:
    """Return the workspace's profile when it is still the one that was run."""
    profile = read_profiles(project.root / PROFILES, shown_as=PROFILES).profiles.get(name)
    if profile is None or profile_digest(profile, project.root / profile.locustfile) != digest:
        return None  # stale; its own digest says so
    return profile


def _objective(
    outcome: Outcome | None, judged: dict[str, ObjectiveResult] | Text, objective: str
) -> tuple[ItemState, Text]:
    if outcome is None:
        return S.BROKEN, KILLED
    if outcome.status is Status.BROKEN:
        return S.BROKEN, plain(outcome.summary)
    if outcome.status is Status.SKIPPED:
        return S.NOT_RUN, plain(outcome.summary)
    if isinstance(judged, Text):
        return S.CORRUPT, judged
    found = judged.get(objective)
    if found is None:
        # Judged by another text than the lock's: passed at most, and stale by its digest.
        return STATES.get(outcome.status, S.NOT_RUN), plain(outcome.summary)
    if found.met:
        return S.PASSED, Text()
    return S.FAILED, plain(str(found))
