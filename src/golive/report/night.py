"""What a run says of the night: forecast, way back, drills, timeline; pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from golive.report.document import DrillLine, Forecast, Moment, RollbackProof, TaskTimes
from golive.report.material import RunMaterial
from golive.run.state import RunState
from golive.runbook.lifecycle import Progress
from golive.runbook.outlook import stand_at_gates
from golive.runbook.planning import Plan
from golive.runbook.schedule import forecast, schedule
from golive.runbook.times import parse_duration, parse_instant

__all__ = ["drills_of", "forecast_of", "rollback_of", "timeline_of", "times_of"]

_STEPS = ("detect", "acknowledge", "restore")


def forecast_of(
    plan: Plan, run: str, *, progress: Progress | None = None, at: datetime | None = None
) -> Forecast | None:
    """Return when the night ends and until when it can be turned back; None without tasks.

    As planned; with the ``progress`` of a run that is open at ``at``, as it stands now.
    """
    if not plan.runbook.tasks:
        return None
    planned = schedule(plan)
    window = plan.runbook.window
    gate = next((task for task in plan.runbook.tasks if task.kind == "gate" and task.ponr), None)
    stand = next(
        (one for one in stand_at_gates(plan, planned) if gate and one.task == gate.id), None
    )
    return Forecast(
        run=run,
        end=forecast(plan, progress, at).end if progress and at else planned.end,
        window_start=parse_instant(window.start),
        window_end=parse_instant(window.end),
        gate=stand.task if stand else "",
        rollback_until=stand.lsat if stand else None,
        way_back=stand.way_back.total_seconds() if stand else None,
    )


def times_of(state: RunState) -> Iterator[TaskTimes]:
    """Yield when each task was planned and when it was; nothing of a check run alone."""
    if state.plan.mode == "check" or not state.plan.runbook.tasks:
        return
    slots = {slot.task: slot for slot in schedule(state.plan).slots}
    for task in state.plan.tasks_to_do:
        found, slot = state.progress.of(task.id), slots[task.id]
        yield TaskTimes(
            task=task.id, title=task.title, planned_begin=slot.start, planned_end=slot.finish,
            began=found.started, ended=found.ended if found.started else None,
        )  # fmt: skip


def rollback_of(state: RunState) -> Iterator[RollbackProof]:
    """Yield the proof of a run's way back, also of one that was never compared."""
    if state.progress.rollback is None:
        return
    counts = state.fingerprints.get("after", {}).get("counts", {})
    yield RollbackProof(
        run=state.run,
        differences=state.differences,
        counts={str(key): int(value) for key, value in counts.items()},
        steps=len(state.progress.rollback),
        seconds=state.way_back_seconds,
        planned=state.way_back_planned,
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
    attempted = {item.task for item in state.attempts}
    for name, found in state.progress.tasks.items():
        if found.person and found.ended is not None and name not in attempted:
            yield Moment(
                at=found.ended, run=state.run, kind="task", entered=found.entered,
                subject=f"{name} {titles.get(name, '')}".strip(), text=found.person,
            )  # fmt: skip
    for decision in material.decisions:
        yield Moment(
            at=decision.at, run=state.run, kind="decision",
            subject=f"{decision.gate} {decision.person}", text=decision.decision,
            entered=decision.entered,
        )  # fmt: skip
    for note in state.notes:
        subject = f"{note.severity} {note.person}".strip()
        yield Moment(
            at=note.happened or note.at, run=state.run, subject=subject,
            kind=note.kind if note.kind in {"clock", "call"} else "note",
            text=note.text, entered=note.at if note.happened else None,
        )  # fmt: skip
    if state.closed:
        verdict = str(state.verdict.get("verdict", ""))
        yield Moment(
            at=state.closed, run=state.run, kind="closed", subject=state.run, text="", tone=verdict
        )
