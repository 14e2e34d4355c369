"""What a run alone proves, item by item, where no release says what was expected of it; pure."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from golive.gate.assessment import Item, ItemState, Lane
from golive.outcome import Outcome, Status
from golive.report.material import RunMaterial
from golive.run.state import RunState
from golive.runbook.definition import Task
from golive.runbook.drills import drill_steps
from golive.runbook.graph import ancestors
from golive.runbook.lifecycle import TaskState
from golive.uat.results import BLOCKED, BROKEN, FAILED, NOT_WRITTEN, PASSED, WAITING, Result

__all__ = ["expected_tasks", "items_of_run", "process_of", "scenario_state"]

S = TaskState
_SCENARIO = {
    PASSED: ItemState.PASSED, FAILED: ItemState.FAILED, BROKEN: ItemState.BROKEN,
    NOT_WRITTEN: ItemState.BROKEN, BLOCKED: ItemState.NOT_RUN, WAITING: ItemState.NOT_RUN,
}  # fmt: skip
_OUTCOME = {
    Status.PASSED: ItemState.PASSED, Status.FAILED: ItemState.FAILED,
    Status.BROKEN: ItemState.BROKEN, Status.SKIPPED: ItemState.NOT_RUN,
}  # fmt: skip
_LANES = {"uat": Lane.UAT, "load": Lane.LOAD, "compare": Lane.DUAL_RUN}
_STOOD = {
    S.DONE: ItemState.PASSED, S.DONE_MANUAL: ItemState.PASSED, S.FAILED: ItemState.FAILED,
    S.WAIVED: ItemState.FAILED, S.STOPPED: ItemState.BROKEN, S.UNKNOWN: ItemState.BROKEN,
    S.UNDO_FAILED: ItemState.FAILED,
}  # fmt: skip


def items_of_run(material: RunMaterial) -> tuple[Item, ...]:
    """Return each scenario, load profile, comparison and task of a run with how it stands.

    Tasks behind the one a rehearsal was to go to are not expected and not listed.
    """
    return tuple(item for task in expected_tasks(material.state) for item in _items(material, task))


def expected_tasks(state: RunState) -> tuple[Task, ...]:
    """Return the tasks a run was to do: all, or those up to where a rehearsal was to turn back.

    What the plan leaves out in the run's mode was not to be done.
    """
    plan, goal = state.plan, state.plan.abort_at
    if not goal:
        return plan.tasks_to_do
    before = ancestors(plan.graph)[goal] | {goal}
    drills = {name for drill in plan.drills for name in drill_steps(drill)}
    return tuple(
        task
        for task in plan.tasks_to_do
        if task.id in before | drills or state.progress.of(task.id).touched
    )


def scenario_state(result: Result) -> ItemState:
    """Return how a scenario's own result counts; one set aside is listed and not counted."""
    return ItemState.QUARANTINED if result.quarantined else _SCENARIO[result.status]


def process_of(file: str) -> str:
    """Return the business process of a feature file: the folder below ``features/``."""
    parts = PurePosixPath(file).parent.parts
    return (parts[1] if len(parts) > 1 else parts[0] if parts else file).replace("_", " ")


def _items(material: RunMaterial, task: Task) -> Iterator[Item]:
    state = material.state
    attempt = next(
        (a.number for a in reversed(state.attempts) if (a.task, a.role) == (task.id, "run")), ""
    )
    results = material.results.get((task.id, attempt))
    if task.kind == "uat" and results is not None and results.scenarios:
        for result in results.scenarios:
            yield _scenario(result, state.run)
        return
    standing, reason = _standing(state, task)
    lane = _LANES.get(task.kind, Lane.REHEARSAL)
    outcome = state.progress.of(task.id).outcome
    yield Item(
        id=task.id, lane=lane, title=task.title, group=_drill_of(state, task) or _group(task, lane),
        state=standing,
        reason=reason, run=state.run, retries=_retries(state, task, outcome), outcome=outcome,
    )  # fmt: skip


def _scenario(result: Result, run: str) -> Item:
    return Item(
        id=result.id, lane=Lane.UAT, title=result.name, group=process_of(result.file),
        state=scenario_state(result), reason=result.message, run=run, retries=result.retries,
    )  # fmt: skip


def _group(task: Task, lane: Lane) -> str:
    if lane is Lane.LOAD:
        return task.profile or task.id
    if lane is Lane.DUAL_RUN:
        return PurePosixPath(task.comparison).stem.replace("_", " ") or task.id
    return task.phase or task.stream or task.kind


def _drill_of(state: RunState, task: Task) -> str:
    """Return the title of the drill a task is a step of; empty when it is none."""
    return next((drill.title for drill in state.plan.drills if task.id in drill_steps(drill)), "")


def _standing(state: RunState, task: Task) -> tuple[ItemState, str]:
    """Return how a task stood before it was undone; a waiver never makes a failure right."""
    found = state.progress.of(task.id)
    stood = found.forward or found.state
    reason = found.forward_reason if found.forward else found.reason
    if found.state is S.UNDO_FAILED:
        return ItemState.FAILED, found.reason
    if found.outcome is not None and found.outcome.status is not Status.PASSED:
        return _OUTCOME[found.outcome.status], found.outcome.summary
    return _STOOD.get(stood, ItemState.NOT_RUN), reason


def _retries(state: RunState, task: Task, outcome: Outcome | None) -> int:
    inside = outcome.retries if outcome else 0
    return inside + max(0, state.progress.of(task.id).attempts - 1)
