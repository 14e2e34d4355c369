"""Read from one run's evidence what it says of each item: never from its summary alone."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from golive.errors import GoliveError
from golive.gate.assessment import ItemState, Lane
from golive.gate.facts import Result, RunFact, RunKind, RunStanding
from golive.gate.lock import Lock, LockedRehearsal
from golive.gate.words import Text, plain, text
from golive.load.definition import Profile, profile_digest, read_profiles
from golive.load.measurement import read_measurement
from golive.load.verdict import ObjectiveResult, judge
from golive.outcome import Outcome, Status
from golive.project import Project
from golive.record.evidence import EvidenceStore
from golive.record.runs import attempt_folder
from golive.run.freezing import PROFILES, objective_text, rehearsal_digest
from golive.run.state import Attempt, RunState
from golive.runbook.definition import Task
from golive.uat.results import BLOCKED, FAILED, PASSED, WAITING, Results, read_results
from golive.uat.results import Result as ScenarioResult

__all__ = ["results_of"]

S = ItemState
_STATES = {Status.PASSED: S.PASSED, Status.FAILED: S.FAILED, Status.BROKEN: S.BROKEN}
_LANES = {"uat": Lane.UAT, "load": Lane.LOAD}
_KILLED = text("the run ended before it told what came of it", "运行在给出结果之前就已中断")


def results_of(
    project: Project,
    folder: Path,
    fact: RunFact,
    state: RunState | None,
    store: EvidenceStore,
    lock: Lock,
) -> tuple[Result, ...]:
    """Return every result of a run that is of the release's environment and no dry run."""
    if fact.standing in {RunStanding.ELSEWHERE, RunStanding.DRY}:
        return ()
    if state is None or fact.standing is RunStanding.DAMAGED:
        return tuple(_damaged(fact, state, lock))
    found: list[Result] = []
    for attempt in state.attempts:
        if attempt.role != "run":
            continue
        task = state.plan.task(attempt.task)
        match task.kind:
            case "uat":
                found += _scenarios(folder, fact, state, attempt, store)
            case "load":
                found += _objectives(project, fact, attempt, task, store, lock)
            case "compare" if task.cycle:
                found.append(_comparison(fact, attempt, task))
            case _:
                pass
    if fact.kind is RunKind.REHEARSAL:
        found += _rehearsal(fact, state, lock)
    return tuple(found)


def _damaged(fact: RunFact, state: RunState | None, lock: Lock) -> Iterator[Result]:
    """Say of every item a damaged run may have been about that nothing can be said."""
    tasks = state.plan.runbook.tasks if state is not None else ()
    lanes = {_LANES[task.kind] for task in tasks if task.kind in _LANES}
    lanes |= {Lane.REHEARSAL} if fact.kind is RunKind.REHEARSAL else set()
    for name, lane in _locked(lock):
        if state is None or lane in lanes:
            yield _corrupt(fact, name, lane)
    for task in tasks:
        if task.kind == "compare" and task.cycle:
            yield _corrupt(fact, f"{task.comparison}@{task.cycle}", Lane.DUAL_RUN)


def _locked(lock: Lock) -> Iterator[tuple[str, Lane]]:
    yield from ((item.id, Lane.UAT) for item in lock.scenarios)
    for profile in lock.profiles:
        for objective in profile.objectives:
            yield f"{PROFILES}::{profile.name}::{objective}", Lane.LOAD
    for rehearsal in lock.rehearsals:
        for part in ("", "::rollback", *(f"::{drill}" for drill in rehearsal.drills)):
            yield f"{rehearsal.path}{part}", Lane.REHEARSAL


def _corrupt(fact: RunFact, item: str, lane: Lane) -> Result:
    return Result(
        item=item, lane=lane, run=fact.run, at=fact.opened, state=S.CORRUPT, reason=fact.problem
    )


def _kept(outcome: Outcome | None, store: EvidenceStore, name: str) -> Path | None:
    """Return where evidence of a name is stored; None when the outcome names none or several."""
    named = [item for item in outcome.evidence if item.name == name] if outcome else []
    return store.path(named[0].sha256) if len(named) == 1 else None


# -- scenarios


def _scenarios(
    folder: Path, fact: RunFact, state: RunState, attempt: Attempt, store: EvidenceStore
) -> Iterator[Result]:
    at = attempt.ended or attempt.started
    path = _kept(attempt.outcome, store, "results.json")
    if path is None or attempt.outcome is None:
        for name in _expected(attempt_folder(folder, attempt.task, attempt.number)):
            yield Result(
                item=name, lane=Lane.UAT, run=fact.run, at=at, state=S.BROKEN, reason=_KILLED
            )
        return
    try:
        results = read_results(path)
    except (OSError, ValueError, KeyError, TypeError) as error:
        why = text(f"results.json cannot be read: {error}", f"results.json 无法读取：{error}")
        for name in _expected(attempt_folder(folder, attempt.task, attempt.number)):
            yield Result(item=name, lane=Lane.UAT, run=fact.run, at=at, state=S.CORRUPT, reason=why)
        return
    yield from _each(fact, state, attempt.outcome, results, at)


def _expected(folder: Path) -> tuple[str, ...]:
    """Return what a run that told nothing was about to run; only ever used against it."""
    try:
        data = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
        return tuple(map(str, data["expected"]))
    except (OSError, ValueError, KeyError, TypeError):
        return ()


def _each(
    fact: RunFact, state: RunState, outcome: Outcome, results: Results, at: datetime
) -> Iterator[Result]:
    counts = Counter(item.id for item in results.scenarios)
    by_id = {item.id: item for item in results.scenarios}
    # The process around the scenarios says it could not tell, whatever each of them says.
    doubt = outcome.status is Status.BROKEN and all(
        item.status == PASSED for item in results.scenarios
    )
    for name in dict.fromkeys((*results.expected, *by_id)):
        result = by_id.get(name)
        if result is None:
            said = (S.NOT_RUN, text("no result came back of it", "没有返回结果"))
        elif counts[name] > 1:
            said = (
                S.DUPLICATE,
                text(
                    f"run {fact.run} has {counts[name]} results of it",
                    f"运行 {fact.run} 中有 {counts[name]} 个结果",
                ),
            )
        elif name not in results.expected:
            said = (
                S.BROKEN,
                text("its run had not selected it", "该次运行并未选中它"),
            )
        else:
            said = _said(result)
            if doubt:
                said = (S.BROKEN, plain(outcome.summary))
        yield _scenario(fact, state, results, name, result, said, at)


def _said(result: ScenarioResult) -> tuple[ItemState, Text]:
    step = f" ({result.step})" if result.step else ""
    place = f"{result.file}:{result.step_line or result.line}"
    why = plain(f"{place}: {result.message}{step}")
    if result.quarantined:
        return S.NOT_RUN, text("it is quarantined and does not count", "已隔离，不计入结果")
    if result.status == PASSED:
        return S.PASSED, Text()
    if result.status == FAILED:
        return S.FAILED, why
    if result.status in {BLOCKED, WAITING}:
        return S.NOT_RUN, why
    return S.BROKEN, why


def _scenario(
    fact: RunFact,
    state: RunState,
    results: Results,
    name: str,
    result: ScenarioResult | None,
    said: tuple[ItemState, Text],
    at: datetime,
) -> Result:
    file = name.partition("::")[0]
    ran = result.digest if result is not None else ""
    target = result.target if result is not None else ""
    told = {target: results.targets.get(target, {})} if target else {}
    return Result(
        item=name,
        lane=Lane.UAT,
        run=fact.run,
        at=_ended(result) or at,
        state=said[0],
        reason=said[1],
        digest=ran or state.plan.digests.get(file, "not known"),
        builds={key: str(value.get("build", "")) for key, value in told.items()},
        sites={key: str(value.get("site", "")) for key, value in told.items()},
        data={key: str(value.get("data", "")) for key, value in told.items()},
        retries=len(result.earlier) if result is not None else 0,
        title=result.name if result is not None else "",
        group=_process(file),
    )


def _ended(result: ScenarioResult | None) -> datetime | None:
    try:
        return datetime.fromisoformat(result.started).astimezone(UTC) if result else None
    except ValueError:
        return None


def _process(file: str) -> str:
    folders = Path(file).parts[1:-1]
    return folders[0] if folders else ""


# -- load


def _objectives(
    project: Project,
    fact: RunFact,
    attempt: Attempt,
    task: Task,
    store: EvidenceStore,
    lock: Lock,
) -> Iterator[Result]:
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
    path = _kept(outcome, store, f"{name}/result.json")
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
        return S.BROKEN, _KILLED
    if outcome.status is Status.BROKEN:
        return S.BROKEN, plain(outcome.summary)
    if outcome.status is Status.SKIPPED:
        return S.NOT_RUN, plain(outcome.summary)
    if isinstance(judged, Text):
        return S.CORRUPT, judged
    found = judged.get(objective)
    if found is None:
        # Judged by another text than the lock's: passed at most, and stale by its digest.
        return _STATES.get(outcome.status, S.NOT_RUN), plain(outcome.summary)
    if found.met:
        return S.PASSED, Text()
    return S.FAILED, plain(str(found))


# -- dual run and rehearsals


def _comparison(fact: RunFact, attempt: Attempt, task: Task) -> Result:
    outcome = attempt.outcome
    state = S.BROKEN if outcome is None else _STATES.get(outcome.status, S.NOT_RUN)
    return Result(
        item=f"{task.comparison}@{task.cycle}",
        lane=Lane.DUAL_RUN,
        run=fact.run,
        at=attempt.ended or attempt.started,
        state=state,
        reason=_KILLED if outcome is None else plain(outcome.summary),
        digest=(outcome.subject.digest if outcome else "") or "not known",
        title=task.title,
        group=task.cycle,
        cycle=task.cycle,
        outcome=outcome,
    )


def _rehearsal(fact: RunFact, state: RunState, lock: Lock) -> Iterator[Result]:
    locked = next((item for item in lock.rehearsals if _is_of(state, item)), None)
    if locked is None:
        return
    for part, result, reason in _parts(fact, state, locked):
        yield Result(
            item=f"{locked.path}{part}",
            lane=Lane.REHEARSAL,
            run=fact.run,
            at=fact.closed or fact.opened,
            state=result,
            reason=reason,
            digest=rehearsal_digest(state.plan.fingerprint, state.plan.abort_at, state.plan.drills),
            title=part.removeprefix("::") or locked.title,
            group=locked.title,
        )


def _is_of(state: RunState, locked: LockedRehearsal) -> bool:
    return Path(locked.path).stem == state.plan.rehearsal


def _parts(
    fact: RunFact, state: RunState, locked: LockedRehearsal
) -> Iterator[tuple[str, ItemState, Text]]:
    if fact.closed is None:
        for part in ("", "::rollback", *(f"::{name}" for name in locked.drills)):
            yield part, S.BROKEN, _KILLED
        return
    why = plain("; ".join(fact.reasons[:3]) or f"exit {fact.exit}")
    yield "", S.PASSED if fact.exit == 0 else S.BROKEN if fact.exit in {3, 4} else S.FAILED, why
    yield "::rollback", *_rollback(state)
    for name in locked.drills:
        yield f"::{name}", *_drill(state, name)


def _rollback(state: RunState) -> tuple[ItemState, Text]:
    if state.differences is None:
        return S.NOT_RUN, text(
            "the old system was not compared with before", "没有将旧系统与之前对比"
        )
    if state.differences:
        said = "; ".join(state.differences[:3])
        return S.FAILED, text(f"not as before: {said}", f"与之前不一致：{said}")
    return S.PASSED, Text()


def _drill(state: RunState, name: str) -> tuple[ItemState, Text]:
    measured = state.drills.get(name)
    if measured is None:
        return S.NOT_RUN, text("the drill did not run to its end", "应急演练没有完成")
    if not measured["met"]:
        late = ", ".join(map(str, measured["missed"]))
        return S.FAILED, text(f"later than its target: {late}", f"超过时限：{late}")
    return S.PASSED, Text()
