"""The state of a run for machines: what the screen says, as data; pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from golive.report.going_back import FORWARD
from golive.report.issues import issues_of
from golive.run.state import RunState
from golive.runbook.definition import Person, Task
from golive.runbook.escalation import escalation
from golive.runbook.moves import waits_for_people
from golive.runbook.returning import returning
from golive.runbook.rollback import past_point_of_no_return
from golive.runbook.safe_abort import Lsat, latest_safe_abort
from golive.runbook.schedule import Slot, forecast, schedule

__all__ = ["status_data"]


def status_data(state: RunState, now: datetime) -> dict[str, Any]:
    """Return the state for machines; instants as RFC 3339 in UTC, spans in seconds."""
    plan, progress = state.plan, state.progress
    lsat = latest_safe_abort(plan, progress, now)
    coming = forecast(plan, progress, now)
    planned = {slot.task: slot for slot in schedule(plan).slots}
    expected = {slot.task: slot for slot in coming.slots}
    return {
        "run": state.run,
        "mode": plan.mode,
        "dry_run": state.dry_run,
        "environment": state.environment.get("name", ""),
        "started_by": [dict(one) for one in state.started_by],
        "phase": progress.phase.value,
        "tasks": {
            task.id: _task(state, task, planned[task.id], expected[task.id])
            for task in plan.runbook.tasks
        },
        "asks": list(waits_for_people(plan, progress)),
        "held_streams": dict(progress.held_streams),
        "latest_safe_abort": lsat.at.isoformat(),
        "way_back_seconds": lsat.way_back.total_seconds(),
        "escalation": _escalation(state, lsat, now),
        "rollback": _rollback(state, now),
        "fix_forward": _fixing(state),
        "forecast_end": coming.end.isoformat(),
        "on_duty": {post: held.person for post, held in state.holdings.items()},
        "incidents": [
            {"number": item.number, "severity": item.note.severity, "text": item.note.text,
             "answered_by": item.answered_by, "late": item.late(now),
             "call": _person(item.call) if item.call else None}
            for item in issues_of(state, now)
        ],
        "boundaries": [dict(item) for item in state.boundaries],
        "verdict": dict(state.verdict),
        "head": state.head_hash,
    }  # fmt: skip


def _task(state: RunState, task: Task, planned: Slot, expected: Slot) -> dict[str, Any]:
    """Return one task: its state, and when it was planned, is forecast, and was.

    Nothing is forecast of a task that is over, nor once the run goes no further forward.
    """
    found = state.progress.of(task.id)
    over = found.ended is not None or state.progress.phase not in FORWARD
    return {
        "state": found.state.value,
        "attempts": found.attempts,
        "active": found.active,
        "reason": found.reason,
        "late": found.late,
        "overdue": found.overdue,
        "waits_for": list(found.waits_for),
        "planned": _span(planned.start, planned.finish),
        "forecast": None if over else _span(expected.start, expected.finish),
        "actual": _span(found.started, found.ended),
    }


def _span(begin: datetime | None, end: datetime | None) -> dict[str, str | None]:
    return {
        "begin": begin.isoformat() if begin else None,
        "end": end.isoformat() if end else None,
    }


def _escalation(state: RunState, lsat: Lsat, now: datetime) -> dict[str, Any] | None:
    """Return the step before the latest safe abort that is reached, and whom it calls."""
    if state.progress.phase not in FORWARD:
        return None
    if past_point_of_no_return(state.plan, state.progress):
        return None
    step = escalation(state.plan, lsat, now, state.holdings)
    if step is None:
        return None
    return {"minutes": step.minutes, "call": [_person(person) for person in step.call]}


def _fixing(state: RunState) -> dict[str, Any] | None:
    """Return who decided to fix forward, when and why, and the tasks that were added since."""
    if state.fixing is None:
        return None
    added = [
        change["task"]
        for amendment in state.amendments
        if amendment["at"] >= state.fixing.at
        for change in amendment["changes"]
        if change["kind"] == "added"
    ]
    at, who, why = state.fixing.at.isoformat(), state.fixing.person, state.fixing.text
    return {"at": at, "person": who, "reason": why, "tasks": added}


def _rollback(state: RunState, now: datetime) -> dict[str, Any] | None:
    """Return how far the way back has come; None when the run is not on it."""
    back = returning(state.plan, state.progress, now)
    if back is None:
        return None
    return {
        "done": back.done,
        "total": back.total,
        "back_by": back.back_by.isoformat(),
        "in_time": back.back_by <= back.limit,
        "blocked": list(back.blocked),
    }


def _person(person: Person) -> Mapping[str, str]:
    return {"name": person.name, "phone": person.phone}
