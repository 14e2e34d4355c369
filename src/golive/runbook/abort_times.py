"""What an abort takes beside its undos: to decide, to stop work, to verify the old system; pure.

The runbook estimates each in its ``window``. What past runs showed of stopping and verifying
counts instead, as of every step: four fifths of them took no longer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from golive.runbook.planning import Measured, Plan
from golive.runbook.times import parse_duration

__all__ = ["STOP", "VERIFY", "AbortTimes", "abort_times"]

#: Names in ``Plan.measured`` that no task can have.
STOP, VERIFY = "@stop", "@verify"


@dataclass(frozen=True, slots=True, kw_only=True)
class AbortTimes:
    """The parts of an abort, and what past runs they come from; None where it is an estimate."""

    decision: timedelta
    stop: timedelta
    verify: timedelta
    stop_measured: Measured | None
    verify_measured: Measured | None

    @property
    def before(self) -> timedelta:
        """Return what passes before the first undo begins."""
        return self.decision + self.stop


def abort_times(plan: Plan) -> AbortTimes:
    """Return how long a plan's aborts take beside their undos."""
    window = plan.runbook.window
    stop, verify = plan.measured.get(STOP), plan.measured.get(VERIFY)
    return AbortTimes(
        decision=parse_duration(window.decision),
        stop=timedelta(seconds=stop.p80) if stop else parse_duration(window.stop),
        verify=timedelta(seconds=verify.p80) if verify else parse_duration(window.verify),
        stop_measured=stop,
        verify_measured=verify,
    )
