"""What a closed run proved, from its state alone; pure."""

from __future__ import annotations

from typing import Any

from golive.errors import ExitCode, worst
from golive.outcome import Status
from golive.run.boundary_coverage import coverage_of, gap_of
from golive.run.state import RunState
from golive.runbook.lifecycle import TaskState

__all__ = ["verdict_of"]


def verdict_of(state: RunState) -> dict[str, Any]:
    """Return ``{"exit", "verdict", "reasons"}`` of a run that is about to close.

    A rehearsal passes when it went as far as it should, every check passed, each drill met its
    targets, and after the rollback golive's own fingerprints equal those before. So does a live
    run that turned back. A waiver lets a
    run go on but never turns its verdict. A dry run that went to its end is ``dry``: it proves
    nothing, though its exit code is 0.
    """
    if state.forked:
        # A copy of a run proves its way back and nothing else.
        found = [*_not_undone(state), *_way_back(state)]
    else:
        found = [*_outcomes(state), *_not_undone(state), *_drills(state), *_way_back(state),
                 *_boundaries(state), *_reach(state)]  # fmt: skip
    code = worst(code for code, _ in found)
    fine = "dry" if state.dry_run else "passed"
    return {
        "exit": int(code),
        "verdict": {0: fine, 1: "failed", 3: "broken", 4: "stopped"}.get(int(code), "failed"),
        "reasons": [reason for _, reason in found],
    }


def _outcomes(state: RunState) -> list[tuple[ExitCode, str]]:
    found = []
    for task in state.plan.runbook.tasks:
        progress = state.progress.of(task.id)
        outcome = progress.outcome
        # That it was undone since does not make it right.
        stood = progress.forward or progress.state
        reason = progress.forward_reason if progress.forward else progress.reason
        left_out = state.dry_run and outcome is not None and outcome.status is Status.SKIPPED
        if outcome is not None and outcome.status is not Status.PASSED and not left_out:
            found.append((outcome.status.exit_code, f"{task.id}: {outcome.summary}"))
        elif stood in {TaskState.FAILED, TaskState.WAIVED}:
            found.append((ExitCode.FAILED, f"{task.id}: {reason or 'failed'}"))
        elif stood is TaskState.UNKNOWN:
            found.append((ExitCode.BROKEN, f"{task.id}: unknown, {reason}"))
    return found


def _not_undone(state: RunState) -> list[tuple[ExitCode, str]]:
    return [
        (ExitCode.FAILED, f"{name}: not undone, {found.reason}")
        for name, found in state.progress.tasks.items()
        if found.state is TaskState.UNDO_FAILED
    ]


def _boundaries(state: RunState) -> list[tuple[ExitCode, str]]:
    """Name the first boundary whose way back is wrong: what is undone there for the first time."""
    wrong = [item for item in state.boundaries if gap_of(item) == "wrong"]
    if not wrong:
        return []
    first = wrong[0]
    found = coverage_of(state)
    count = f"{found.covered} of {found.tried} boundaries proven"
    where = str(first["label"]).replace("-", " ", 1)
    return [(ExitCode.FAILED, f"the way back is wrong {where}: {first['problems'][0]} ({count})")]


def _drills(state: RunState) -> list[tuple[ExitCode, str]]:
    found = []
    for drill in state.plan.drills:
        measured = state.drills.get(drill.id)
        if measured is None:
            found.append((ExitCode.BROKEN, f"{drill.id}: the drill did not run to its end"))
        elif not measured["met"]:
            late = ", ".join(measured["missed"])
            found.append((ExitCode.FAILED, f"{drill.id}: later than its target: {late}"))
    return found


def _way_back(state: RunState) -> list[tuple[ExitCode, str]]:
    if state.plan.mode == "check" or state.progress.rollback is None:
        return []
    if state.differences is None:
        return [(ExitCode.BROKEN, "the old system was not compared with before")]
    counts = state.fingerprints.get("after", {}).get("counts")
    if counts is not None and not any(counts.values()):
        reason = "nothing of the old system was read: name it in environments.NAME.fingerprint"
        return [(ExitCode.BROKEN, reason)]
    return [(ExitCode.FAILED, f"not as before: {item}") for item in state.differences]


def _reach(state: RunState) -> list[tuple[ExitCode, str]]:
    if state.stopped_by_operator:
        reason = state.progress.abort_reason
        return [(ExitCode.STOPPED, f"a person stopped it: {reason}")]
    goal = state.plan.abort_at
    if goal and state.progress.of(goal).started is None:
        return [(ExitCode.BROKEN, f"it never reached {goal}")]
    return []
