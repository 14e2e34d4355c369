"""What happens next on the way back: work in flight is stopped, then undone in order; pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from golive.runbook.lifecycle import (
    Progress,
    RollbackStep,
    RunPhase,
    TaskProgress,
    TaskState,
    body_of,
    locks_taken,
)
from golive.runbook.move import Move
from golive.runbook.planning import Plan

__all__ = ["aborting", "rolling_back"]

S = TaskState


def aborting(plan: Plan, progress: Progress) -> Iterator[Move]:
    """Yield stops until nothing is in flight; then the rollback is planned."""
    in_flight = False
    for task in plan.runbook.tasks:
        found = progress.of(task.id)
        if found.active:
            in_flight = True
            if found.state in {S.STARTING, S.RUNNING}:
                yield Move(verb="stop", task=task.id, reason="the run is aborting")
        elif found.elsewhere:
            # Asked to stop there by the abort itself; then by a person, or two say what is so.
            in_flight = True
        elif found.state is S.WAITING or (found.state is S.RUNNING and task.kind == "manual"):
            yield Move(verb="withdraw", task=task.id, reason="the run is aborting")
            in_flight = True
    if not in_flight:
        yield Move(verb="plan-rollback")


def rolling_back(plan: Plan, progress: Progress, now: datetime) -> Iterator[Move]:
    """Yield the undos that may begin now, those that take too long, and the end of the way back."""
    steps = progress.rollback or ()
    finished = progress.undone
    busy = [task for task in plan.runbook.tasks if progress.of(task.id).state is S.UNDOING]
    for step in steps:
        found = progress.of(step.task)
        if _takes_long(step, found, now):
            why = f"its {step.role} takes longer than planned"
            yield Move(verb="overdue", task=step.task, reason=why, role=step.role)
        if found.active or step.id in finished or not set(step.after) <= finished:
            continue
        if found.state in {S.UNDOING, S.UNDO_FAILED} and found.reason != "retry":
            continue
        task = plan.task(step.task)
        if locks_taken(plan, task, busy):
            continue
        busy.append(task)
        body = body_of(plan, step.task, step.role)
        number = f"{step.role}-{found.undos + 1}"
        verb = "open-undo" if body is not None and body.kind == "manual" else "start"
        yield Move(verb=verb, task=step.task, number=number, role=step.role)
    if len(finished) == len(steps):
        yield Move(verb="rolled-back")
    elif progress.phase is RunPhase.ROLLING_BACK and any(
        progress.of(step.task).state is S.UNDO_FAILED and progress.of(step.task).reason != "retry"
        for step in steps
    ):
        yield Move(verb="block")


def _takes_long(step: RollbackStep, found: TaskProgress, now: datetime) -> bool:
    """Tell, once, whether a step takes longer than planned: nobody ends it for that.

    Where nothing was planned it may take as long as its task took.
    """
    began = found.undo_began
    if found.state is not S.UNDOING or found.role != step.role or found.overdue or began is None:
        return False
    took = found.ended - found.started if found.ended and found.started else timedelta(0)
    limit = timedelta(seconds=step.seconds) or took
    return limit > timedelta(0) and now - began > limit
