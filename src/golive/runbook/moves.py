"""What happens next in a run, by itself or by people: the one question; pure.

The executor and the simulator both ask :func:`next_moves` what to do and never decide themselves.
"""

from __future__ import annotations

from datetime import datetime

from golive.runbook.backward import aborting, rolling_back
from golive.runbook.forward import forward
from golive.runbook.lifecycle import ASKS, SATISFYING, Progress, RunPhase, TaskState
from golive.runbook.move import Move
from golive.runbook.planning import Plan
from golive.runbook.safety import approved

__all__ = ["Move", "next_moves", "waits_for_people"]

S = TaskState


def next_moves(plan: Plan, progress: Progress, now: datetime) -> tuple[Move, ...]:
    """Return everything that shall happen now; empty when the run waits for a tool or a person."""
    if progress.phase is RunPhase.CLOSED:
        return ()
    if plan.mode != "check" and "before" not in progress.fingerprints:
        return (Move(verb="fingerprint", reason="before"),)
    drills = tuple(
        Move(verb="measure", task=drill.id)
        for drill in plan.drills
        if drill.id not in progress.measured
        and progress.of(f"{drill.id}-confirm").state in SATISFYING
    )
    if drills:
        return drills
    match progress.phase:
        case RunPhase.ABORTING:
            return tuple(aborting(plan, progress))
        case RunPhase.ROLLING_BACK | RunPhase.ROLLBACK_BLOCKED:
            return tuple(rolling_back(plan, progress, now))
        case RunPhase.ROLLED_BACK:
            if plan.mode != "check" and "after" not in progress.fingerprints:
                return (Move(verb="fingerprint", reason="after"),)
            return (Move(verb="close"),)
        case RunPhase.LIVE:
            return (Move(verb="close"),)
        case _:
            return tuple(forward(plan, progress, now))


def waits_for_people(plan: Plan, progress: Progress) -> tuple[str, ...]:
    """Return the tasks that cannot go on without a person, in the plan's order."""
    asking = []
    forward = progress.phase in {RunPhase.RUNNING, RunPhase.PAUSED}
    for task in plan.runbook.tasks:
        found = progress.of(task.id)
        # One that was told to retry waits for its turn, not for a person.
        failed = found.state is S.UNDO_FAILED and found.reason != "retry"
        undo = failed or (found.state is S.UNDOING and not found.active)
        by_hand = task.kind in {"manual", "gate"} and found.state in {S.WAITING, S.RUNNING}
        # Nobody verifies before the probe has spoken.
        spoken = task.probe is None or found.probed == "passed"
        verify = found.state is S.VERIFYING and task.verifier and spoken and not found.active
        late = found.state is S.PENDING and found.late and not approved(plan, found)
        stuck = progress.phase is RunPhase.ABORTING and found.elsewhere and not found.stop_asked
        if (
            undo
            or (stuck and not found.active)
            or (forward and (by_hand or verify or late or found.state in ASKS))
        ):
            asking.append(task.id)
    return tuple(asking)
