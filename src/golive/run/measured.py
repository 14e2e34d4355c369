"""How long each task, undo and restore took in past runs of a runbook: P50 and P80, from journals.

Only work that passed counts, and only where it was really done: not in environments of kind
``test``, not in dry runs, and of what people did not the runs in which people were simulated.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from golive.errors import GoliveError
from golive.outcome import Status
from golive.record.runs import list_runs
from golive.run.opening import read_run
from golive.run.state import RunState
from golive.runbook.abort_times import STOP, VERIFY
from golive.runbook.definition import Body, Runbook
from golive.runbook.lifecycle import TaskState
from golive.runbook.planning import Measured

__all__ = ["durations_of", "measured_durations", "summed"]

#: The newest runs looked at: what was slow a year ago says little about next week.
_NEWEST = 20
_BY_HAND = frozenset({"manual", "gate"})


def measured_durations(runs: Path, runbook: Runbook) -> dict[str, Measured]:
    """Return step -> how long it took, from the newest runs below ``reports/runs``.

    Steps are ``TASK``, ``TASK.undo`` and ``TASK.restore``, and what an abort takes beside them
    (:mod:`golive.runbook.abort_times`). A run that cannot be read, or is of another runbook, says
    nothing.
    """
    found: dict[str, dict[datetime, tuple[float, str]]] = {}
    for folder in list_runs(runs)[-_NEWEST:]:
        try:
            state = read_run(folder)
        except (GoliveError, OSError):
            continue
        if state.plan.runbook.runbook == runbook.runbook and not state.dry_run:
            for step, began, seconds in durations_of(state):
                # A run forked from another holds the other's attempts, too: the same moment.
                found.setdefault(step, {}).setdefault(began, (seconds, folder.name))
    kinds = {task.id: task.kind for task in runbook.tasks}
    return {
        step: summed(
            tuple(seconds for seconds, _ in took.values()),
            tuple(dict.fromkeys(name for _, name in took.values())),
        )
        for step, took in found.items()
        if step.partition(".")[0] in kinds or step in {STOP, VERIFY}
    }


def durations_of(state: RunState) -> Iterator[tuple[str, datetime, float]]:
    """Yield what began when and took how many seconds in one run."""
    if state.plan.mode == "check" or state.environment.get("kind") == "test":
        return
    for attempt in state.attempts:
        passed = attempt.outcome is not None and attempt.outcome.status is Status.PASSED
        if attempt.ended is None or not passed or attempt.role == "probe":
            continue
        suffix = "" if attempt.role == "run" else f".{attempt.role}"
        yield (
            attempt.task + suffix,
            attempt.started,
            (attempt.ended - attempt.started).total_seconds(),
        )
    yield from _abort(state)
    if state.assurance.get("simulated"):
        return
    for task in state.plan.runbook.tasks:
        found = state.progress.of(task.id)
        undone = found.state is TaskState.UNDONE and found.role == ""
        if undone and found.undo_began and found.ended and _by_hand(task.undo):
            yield f"{task.id}.undo", found.undo_began, (
                found.ended - found.undo_began
            ).total_seconds()  # fmt: skip
        done = found.state is TaskState.DONE and found.started is not None
        if task.kind in _BY_HAND and done and found.started and found.ended:
            yield task.id, found.started, (found.ended - found.started).total_seconds()


def _by_hand(undo: object) -> bool:
    return isinstance(undo, Body) and undo.kind == "manual"


def _abort(state: RunState) -> Iterator[tuple[str, datetime, float]]:
    """Yield how long stopping took, where there was work to stop, and the last verification."""
    if state.aborted and state.turned and state.stopped_work:
        yield STOP, state.aborted, (state.turned - state.aborted).total_seconds()
    if state.returned and state.verified:
        yield VERIFY, state.returned, (state.verified - state.returned).total_seconds()


def summed(seconds: Sequence[float], sources: tuple[str, ...] = ()) -> Measured:
    """Return the P50 and P80 of some durations: the smallest that so many were no longer than."""
    ordered = sorted(seconds)
    p50, p80 = (ordered[math.ceil(share * len(ordered)) - 1] for share in (0.5, 0.8))
    return Measured(p50=p50, p80=p80, runs=len(ordered), sources=sources)
