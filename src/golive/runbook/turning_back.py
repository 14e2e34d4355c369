"""The decision a live failure opens where its task says rollback: turn back, or go on; pure.

It is asked of a named role and has a time to be decided by. Nobody's silence decides: until a
person has, nothing new starts and the failed task waits.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from golive.runbook.definition import Task
from golive.runbook.lifecycle import AbortDecision, Progress, TaskState
from golive.runbook.planning import Plan
from golive.runbook.rollback import past_point_of_no_return
from golive.runbook.safe_abort import latest_safe_abort
from golive.runbook.safety import deciders
from golive.runbook.times import parse_duration

__all__ = ["Asked", "abort_role", "asks_to_abort", "open_question", "turned_back"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked: of which role, and until when (aware UTC)."""

    role: str
    decide_by: datetime


def abort_role(plan: Plan) -> str:
    """Return the role that decides to turn back before the point of no return: the lead's.

    Without one in the team it is who decides the point of no return; empty: anybody of the team.
    """
    return "lead" if "lead" in plan.team.roles else deciders(plan)[0]


def asks_to_abort(plan: Plan, progress: Progress, task: Task, now: datetime) -> Asked | None:
    """Return the decision a task's failure opens now; None when it opens none, or did already.

    A rehearsal turns back by itself, and past the point of no return there is nothing to ask.
    """
    found = progress.of(task.id)
    if plan.mode != "live" or task.on_fail != "rollback" or found.state is not TaskState.FAILED:
        return None
    before = progress.abort_asked.get(task.id)
    if before is not None and before.attempt == found.attempts:
        return None
    if past_point_of_no_return(plan, progress):
        return None
    soon = now + parse_duration(plan.runbook.window.decision)
    safe = latest_safe_abort(plan, progress, now)
    # Deciding is part of what an abort takes: by its latest moment it need not be decided yet.
    latest = safe.at + parse_duration(plan.runbook.window.decision)
    return Asked(role=abort_role(plan), decide_by=min(soon, latest) if safe.safe else now)


def open_question(progress: Progress, task: str) -> AbortDecision | None:
    """Return what a failed task still waits to have decided; None when nothing."""
    asked, found = progress.abort_asked.get(task), progress.of(task)
    if asked is None or asked.decided or found.state is not TaskState.FAILED:
        return None
    return asked if asked.attempt == found.attempts else None


def turned_back(progress: Progress) -> AbortDecision | None:
    """Return the decision to turn back of a task that still stands failed; None without one."""
    for name, asked in progress.abort_asked.items():
        found = progress.of(name)
        current = found.state is TaskState.FAILED and asked.attempt == found.attempts
        if asked.decided == "no-go" and current:
            return asked
    return None
