"""What records of the run itself make of its state: phases, notes, shifts, amendments; pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from golive.record.chain import Record
from golive.run.runstate import Note, RunState, in_phase
from golive.run.taskrecords import Data
from golive.run.working import with_task
from golive.runbook.lifecycle import RollbackStep, RunPhase, TaskState, changed
from golive.runbook.on_call import Holding
from golive.runbook.partial import as_of_checkpoint
from golive.runbook.planning import plan_from_json

__all__ = ["RUN_RECORDS"]


def _opened(state: RunState, data: Data, record: Record) -> RunState:
    return replace(
        state, run=data["run"], environment=data["environment"], opened=record.at,
        dry_run=bool(data.get("dry_run", False)),
        started_by=_and_by(state, record.actor.person, record.actor.assurance),
    )  # fmt: skip


def _and_by(state: RunState, person: str, assurance: str) -> tuple[Mapping[str, str], ...]:
    if assurance == "system":
        return state.started_by
    return (*state.started_by, {"person": person, "assurance": assurance})


def _controller(state: RunState, data: Data, record: Record) -> RunState:
    by = data.get("by", {})
    who = _and_by(state, by.get("person", ""), by.get("assurance", "system"))
    return replace(state, token=int(data["token"]), started_by=who)


def _aborted(state: RunState, data: Data, record: Record) -> RunState:
    by_person = record.actor.assurance != "system"
    state = in_phase(
        state, RunPhase.ABORTING, abort_reason=data["reason"], abort_to=data.get("to", "")
    )
    for name, found in tuple(state.progress.tasks.items()):
        if found.elsewhere and not found.active:
            # The way back waits for proof that it is over: that is a stop, too.
            away = changed(found, state=TaskState.UNKNOWN, stop_asked=True)
            state = with_task(state, name, away)
    return replace(
        state, stopped_by_operator=state.stopped_by_operator or by_person, aborted=record.at,
        stopped_work=bool(state.in_flight()), turned=None, returned=None, verified=None,
    )  # fmt: skip


def _planned(state: RunState, data: Data, record: Record) -> RunState:
    steps = tuple(
        RollbackStep(**{**step, "after": tuple(step["after"]), "replaces": tuple(step["replaces"])})
        for step in data["steps"]
    )
    return replace(
        in_phase(state, RunPhase.ROLLING_BACK, rollback=steps),
        turned=record.at,
        way_back_planned=float(data.get("seconds", 0)),
    )


def _rolled_back(state: RunState, data: Data, record: Record) -> RunState:
    """End the way back; from a checkpoint the run can go forward again, once a person says so."""
    took = (record.at - state.turned).total_seconds() if state.turned else 0.0
    state = replace(state, way_back_seconds=took, returned=record.at)
    if not state.progress.abort_to:
        return in_phase(state, RunPhase.ROLLED_BACK)
    progress = as_of_checkpoint(state.plan, state.progress)
    return replace(state, progress=replace(progress, phase=RunPhase.PAUSED))


def _noted(state: RunState, data: Data, record: Record) -> RunState:
    happened = data.get("happened")
    note = Note(
        at=record.at, person=record.actor.person, text=data["text"],
        severity=data.get("severity", ""),
        kind="broadcast" if record.type == "run.broadcast" else "note",
        happened=datetime.fromisoformat(happened) if happened else None,
        answers=int(data.get("answers", 0)),
    )  # fmt: skip
    return replace(state, notes=(*state.notes, note))


def _fix_forward(state: RunState, data: Data, record: Record) -> RunState:
    note = Note(at=record.at, person=record.actor.person, text=data["reason"], kind="fix-forward")
    return replace(state, fixing=note, notes=(*state.notes, note))


def _stream(state: RunState, data: Data, record: Record) -> RunState:
    held = {
        name: why for name, why in state.progress.held_streams.items() if name != data["stream"]
    }
    if record.type == "run.stream_held":
        held[data["stream"]] = data["reason"]
    return replace(state, progress=replace(state.progress, held_streams=held))


def _shift(state: RunState, data: Data, record: Record) -> RunState:
    post = data["post"]
    offered = {key: who for key, who in state.offered.items() if key != post}
    if record.type == "shift.offered":
        return replace(state, offered={**offered, post: data["to"]})
    held = Holding(person=record.actor.person, since=record.at)
    return replace(state, offered=offered, holdings={**state.holdings, post: held})


def _closed(state: RunState, data: Data, record: Record) -> RunState:
    tasks = {
        task.id: changed(found, state=TaskState.NOT_RUN)
        if found.state is TaskState.PENDING
        else found
        for task in state.plan.runbook.tasks
        for found in (state.progress.of(task.id),)
    }
    progress = replace(state.progress, phase=RunPhase.CLOSED, tasks=tasks)
    return replace(state, progress=progress, verdict=dict(data), closed=record.at)


def _amended(state: RunState, data: Data, record: Record) -> RunState:
    what = {"at": record.at, "person": record.actor.person, **{
        key: data[key] for key in ("reason", "changes", "fingerprint", "second", "end", "lsat")
    }}  # fmt: skip
    plan = plan_from_json(data["plan"], path=f"record {record.seq}")
    return replace(state, plan=plan, amendments=(*state.amendments, what))


def _tried(state: RunState, data: Data, record: Record) -> RunState:
    return replace(state, boundaries=(*state.boundaries, dict(data)))


def _forked(state: RunState, data: Data, record: Record) -> RunState:
    return replace(state, forked=data["label"])


def _clock_set(state: RunState, data: Data, record: Record) -> RunState:
    """Move what is measured onto the clock as it was set, so that every duration stays true."""
    step = timedelta(seconds=float(data["seconds"]))
    tasks = {
        name: changed(found, **_moved(found, step, "started", "ended", "probed_at", "undo_began"))
        for name, found in state.progress.tasks.items()
    }
    attempts = tuple(
        one._replace(**_moved(one, step, "started", "ended")) for one in state.attempts
    )
    note = Note(at=record.at, person="", text=f"{step.total_seconds():+.0f}", kind="clock")
    return replace(
        state, progress=replace(state.progress, tasks=tasks), attempts=attempts,
        notes=(*state.notes, note),
        **_moved(state, step, "opened", "aborted", "turned", "returned", "verified"),
    )  # fmt: skip


def _called(state: RunState, data: Data, record: Record) -> RunState:
    step = (int(data["minutes"]), datetime.fromisoformat(data["lsat"]))
    text = f"{step[0]} {', '.join(data['call'])}".strip()
    note = Note(at=record.at, person="", text=text, kind="call")
    called = state.clock_called | {step}
    return replace(state, clock_called=called, notes=(*state.notes, note))


def _moved(value: object, step: timedelta, *names: str) -> dict[str, Any]:
    """Return the instants a value has under these names, moved."""
    found = {name: getattr(value, name) for name in names}
    return {name: at + step for name, at in found.items() if at is not None}


def _to(phase: RunPhase) -> Callable[[RunState, Data, Record], RunState]:
    return lambda state, data, record: in_phase(state, phase)


#: Record type -> what it does to the state.
RUN_RECORDS: Mapping[str, Callable[[RunState, Data, Record], RunState]] = {
    "run.opened": _opened,
    "run.paused": _to(RunPhase.PAUSED),
    "run.continued": _to(RunPhase.RUNNING),
    "run.aborting": _aborted,
    "run.rolled_back": _rolled_back,
    "run.rollback_blocked": _to(RunPhase.ROLLBACK_BLOCKED),
    "run.live": _to(RunPhase.LIVE),
    "run.noted": _noted,
    "run.broadcast": _noted,
    "run.fix_forward": _fix_forward,
    "run.stream_held": _stream,
    "run.stream_released": _stream,
    "shift.offered": _shift,
    "shift.accepted": _shift,
    "run.closed": _closed,
    "controller.opened": _controller,
    "rollback.planned": _planned,
    "plan.amended": _amended,
    "boundary.tried": _tried,
    "run.forked": _forked,
    "clock.jumped": _clock_set,
    "clock.called": _called,
}
