"""The clock's calls: each step before the latest safe abort is put on record once, with its names.

A controller asks when it has nothing else to do; nothing waits for the answer.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from golive.run.control import Controller
from golive.run.state import RunState
from golive.runbook.escalation import Escalation, escalation
from golive.runbook.lifecycle import RunPhase
from golive.runbook.rollback import past_point_of_no_return
from golive.runbook.safe_abort import latest_safe_abort

__all__ = ["ClockCalls", "call_due"]

#: The latest safe abort of a long plan takes its time to work out: not asked at every glance.
_EVERY = timedelta(seconds=15)


def call_due(state: RunState, now: datetime) -> tuple[Escalation, datetime] | None:
    """Return the step to put on record at ``now`` and its latest safe abort; None when none is.

    Each is called once for each latest safe abort: where that moves, so does who must hear of it.
    """
    forward = state.progress.phase in {RunPhase.RUNNING, RunPhase.PAUSED}
    if state.closed or not forward or state.plan.mode == "check":
        return None
    if past_point_of_no_return(state.plan, state.progress):
        return None
    lsat = latest_safe_abort(state.plan, state.progress, now)
    step = escalation(state.plan, lsat, now, state.holdings)
    if step is None or (step.minutes, lsat.at) in state.clock_called:
        return None
    return step, lsat.at


class ClockCalls:
    """Asks :func:`call_due` from time to time, and records what is due."""

    def __init__(self) -> None:
        self._next: datetime | None = None

    def look(self, controller: Controller) -> None:
        """Record the step that is due, if one is. Raise Stale when others' records came first."""
        now = controller.now()
        if self._next is not None and now < self._next:
            return
        self._next = now + _EVERY
        due = call_due(controller.state, now)
        if due is None:
            return
        step, at = due
        controller.append(
            "clock.called",
            {
                "minutes": step.minutes,
                "lsat": at.isoformat(),
                "call": [person.name for person in step.call],
            },
        )
