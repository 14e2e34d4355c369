"""Read from one run's evidence what it says of each item: never from its summary alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from golive.gate.assessment import ItemState, Lane
from golive.gate.facts import Result, RunFact, RunKind, RunStanding
from golive.gate.lock import Lock, LockedRehearsal
from golive.gate.words import Text, plain, text
from golive.outcome import Outcome
from golive.project import Project
from golive.record.evidence import EvidenceStore
from golive.run.freezing import PROFILES, rehearsal_digest
from golive.run.lane_results import KILLED, STATES
from golive.run.objective_results import objective_results
from golive.run.scenario_results import scenario_results
from golive.run.state import Attempt, RunState
from golive.runbook.definition import Task

__all__ = ["results_of"]

S = ItemState
_LANES = {"uat": Lane.UAT, "load": Lane.LOAD}


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
                found += scenario_results(folder, fact, state, attempt, store)
            case "load":
                found += objective_results(project, fact, attempt, task, store, lock)
            case "compare" if task.cycle:
                found.append(_comparison(fact, attempt, task, store))
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


def _comparison(fact: RunFact, attempt: Attempt, task: Task, store: EvidenceStore) -> Result:
    outcome = attempt.outcome
    state = S.BROKEN if outcome is None else STATES.get(outcome.status, S.NOT_RUN)
    return Result(
        item=f"{task.comparison}@{task.cycle}",
        lane=Lane.DUAL_RUN,
        run=fact.run,
        at=attempt.ended or attempt.started,
        state=state,
        reason=KILLED if outcome is None else plain(outcome.summary),
        digest=(outcome.subject.digest if outcome else "") or "not known",
        title=task.title,
        group=task.cycle,
        cycle=task.cycle,
        basis=_basis(outcome, store),
        outcome=outcome,
    )


def _basis(outcome: Outcome | None, store: EvidenceStore) -> str:
    """Return what a day of the dual run was judged by, as its kept cycle says; empty: not told."""
    evidence = outcome.evidence if outcome is not None else ()
    kept = [item for item in evidence if item.name.endswith("/cycle.json")]
    if len(kept) != 1:
        return ""
    try:
        data = json.loads(store.path(kept[0].sha256).read_text(encoding="utf-8"))
        return str(data["basis"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


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
            yield part, S.BROKEN, KILLED
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
