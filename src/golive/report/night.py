"""What a run says of the night: forecast, way back, drills, timeline; pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from golive.report.document import DrillLine, Forecast, Moment, RollbackProof
from golive.report.material import RunMaterial
from golive.run.state import RunState
from golive.runbook.definition import Task
from golive.runbook.graph import ancestors
from golive.runbook.lifecycle import Progress, TaskProgress, TaskState
from golive.runbook.planning import Plan
from golive.runbook.rollback import Lsat, latest_safe_abort
from golive.runbook.schedule import schedule
from golive.runbook.times import parse_duration, parse_instant

__all__ = ["drills_of", "forecast_of", "rollback_of", "timeline_of"]

_STEPS = ("detect", "acknowledge", "restore")


def forecast_of(plan: Plan, run: str) -> Forecast | None:
    """Return when the plan ends and until when it can be turned back; None without tasks."""
    if not plan.runbook.tasks:
        return None
    window = plan.runbook.window
    gate = next((task for task in plan.runbook.tasks if task.kind == "gate" and task.ponr), None)
    lsat = _lsat(plan, gate) if gate else None
    return Forecast(
        run=run,
        end=schedule(plan).end,
        window_start=parse_instant(window.start),
        window_end=parse_instant(window.end),
        gate=gate.id if gate else "",
        rollback_until=lsat.at if lsat else None,
        way_back=lsat.way_back.total_seconds() if lsat else None,
    )


def _lsat(plan: Plan, gate: Task) -> Lsat:
    """Return the latest safe abort with everything before the gate done."""
    before = ancestors(plan.graph)[gate.id]
    done = {name: TaskProgress(state=TaskState.DONE, touched=True) for name in before}
    return latest_safe_abort(plan, replace(Progress(), tasks=done), parse_instant(plan.t0))


def rollback_of(state: RunState) -> Iterator[RollbackProof]:
    """Yield the proof of a run's way back, also of one that was never compared."""
    if state.progress.rollback is None:
        return
    back = [item for item in state.attempts if item.role in {"undo", "restore"} and item.ended]
    seconds = (
        (max(item.ended for item in back if item.ended) - min(item.started for item in back))
        / timedelta(seconds=1)
        if back
        else 0.0
    )
    counts = state.fingerprints.get("after", {}).get("counts", {})
    yield RollbackProof(
        run=state.run,
        differences=state.differences,
        counts={str(key): int(value) for key, value in counts.items()},
        steps=len(state.progress.rollback),
        seconds=seconds,
    )


def drills_of(state: RunState) -> Iterator[DrillLine]:
    """Yield each drill of the plan; one that was not measured is not met."""
    for drill in state.plan.drills:
        found = state.drills.get(drill.id)
        yield DrillLine(
            run=state.run,
            id=drill.id,
            title=drill.title,
            times={
                step: (float(found[step]), _seconds(getattr(drill.targets, step)))
                for step in (_STEPS if found else ())
            }
            if found
            else {},
            met=bool(found and found["met"]),
            missed=tuple(found["missed"]) if found else _STEPS,
        )


def _seconds(span: str) -> float:
    return parse_duration(span).total_seconds()


def timeline_of(material: RunMaterial) -> Iterator[Moment]:
    """Yield what happened in a run: its beginning and end, attempts, decisions and notes."""
    state = material.state
    if state.opened:
        yield Moment(at=state.opened, run=state.run, kind="opened", subject=state.run, text="")
    titles = {task.id: task.title for task in state.plan.runbook.tasks}
    for item in state.attempts:
        if item.role == "probe" or item.ended is None:
            continue
        status = item.outcome.status.value if item.outcome else item.end
        yield Moment(
            at=item.ended,
            run=state.run,
            kind="undo" if item.role in {"undo", "restore"} else "task",
            subject=f"{item.task} {titles.get(item.task, '')}".strip(),
            text=item.outcome.summary if item.outcome else item.end,
            tone=status,
        )
    for decision in material.decisions:
        yield Moment(
            at=decision.at, run=state.run, kind="decision",
            subject=f"{decision.gate} {decision.person}", text=decision.decision,
        )  # fmt: skip
    for note in state.notes:
        subject = f"{note.severity} {note.person}".strip()
        yield Moment(at=note.at, run=state.run, kind="note", subject=subject, text=note.text)
    if state.closed:
        verdict = str(state.verdict.get("verdict", ""))
        yield Moment(
            at=state.closed, run=state.run, kind="closed", subject=state.run, text="", tone=verdict
        )
