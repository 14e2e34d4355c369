"""How far a way back has come, and when the old system will be back and verified; pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from golive.runbook.abort_times import abort_times
from golive.runbook.backwards import Step, length_of
from golive.runbook.duty import offset
from golive.runbook.lifecycle import Progress, RollbackStep, RunPhase, TaskState
from golive.runbook.partial import narrowed
from golive.runbook.planning import Plan
from golive.runbook.rollback import Undoing, undoing_of
from golive.runbook.safe_abort import latest_safe_abort
from golive.runbook.times import parse_duration, parse_instant

__all__ = ["Returning", "returning"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Returning:
    """Where a way back stands."""

    #: Steps done, and of how many; both 0 while what is at work is still being stopped.
    done: int
    total: int
    #: When it is forecast to be over, the old system verified; aware UTC.
    back_by: datetime
    #: When the window's reserve begins: it should be back by then.
    limit: datetime
    #: The steps that failed and wait for a person: until then nothing is forecast for certain.
    blocked: tuple[str, ...]


def returning(plan: Plan, progress: Progress, now: datetime) -> Returning | None:
    """Return where the way back of a run stands; None when it is not on its way back."""
    steps = progress.rollback or ()
    if progress.phase is RunPhase.ABORTING:
        steps = ()
        left = latest_safe_abort(*narrowed(plan, progress), now).back_by - now
        left -= abort_times(plan).decision
    elif progress.phase in {RunPhase.ROLLING_BACK, RunPhase.ROLLBACK_BLOCKED}:
        left = _left(plan, progress, steps, now) + abort_times(plan).verify
    else:
        return None
    window = plan.runbook.window
    return Returning(
        done=sum(step.id in progress.undone for step in steps),
        total=len(steps),
        back_by=now + left,
        limit=parse_instant(window.end) - parse_duration(window.reserve),
        blocked=tuple(
            step.task for step in steps
            if step.id not in progress.undone
            and progress.of(step.task).state is TaskState.UNDO_FAILED
            and progress.of(step.task).reason != "retry"
        ),
    )  # fmt: skip


def _left(
    plan: Plan, progress: Progress, steps: tuple[RollbackStep, ...], now: datetime
) -> timedelta:
    """Return how long the steps not yet done take, as the way back was planned to."""
    open_ones = [step for step in steps if step.id not in progress.undone]
    known = undoing_of(plan)
    made = [_step(known, step, progress, now) for step in open_ones]
    places = {step.id: each.place for step, each in zip(open_ones, made, strict=True)}
    after = [
        sum(1 << places[name] for name in step.after if name in places) for step in open_ones
    ]  # fmt: skip
    begins = offset(now, parse_instant(plan.t0))
    return timedelta(seconds=length_of(made, after, plan.runbook.locks, known.duty, begins))


def _step(known: Undoing, step: RollbackStep, progress: Progress, now: datetime) -> Step:
    """Return a step with the time it still needs: less what it has been at work already."""
    found = progress.of(step.task)
    restores = {each.task.id: each for each in known.restores}
    planned = restores[step.task] if step.role == "restore" else known.undos[step.task]
    spent = 0.0
    if found.state is TaskState.UNDOING and found.role == step.role and found.undo_began:
        spent = (now - found.undo_began).total_seconds()
    return replace(planned, seconds=max(0.0, step.seconds - spent))
