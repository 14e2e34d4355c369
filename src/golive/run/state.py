"""State is ``fold(records)``: run, resume, rollback and every report read the same journal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from golive.outcome import Outcome, outcome_from_json
from golive.record.chain import Record
from golive.runbook.actions import apply
from golive.runbook.lifecycle import (
    Decision,
    Progress,
    RollbackStep,
    RunPhase,
    TaskProgress,
    TaskState,
    finish,
)
from golive.runbook.partial import as_of_checkpoint
from golive.runbook.planning import Plan
from golive.runbook.presses import Press

__all__ = ["Attempt", "Note", "RunState", "fold", "press_of"]

S = TaskState
#: The roles of attempts on the way back.
_BACK = frozenset({"undo", "restore"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt as the journal knows it. ``end`` is empty while it is in flight."""

    task: str
    number: str
    role: str
    started: datetime
    ended: datetime | None = None
    end: str = ""
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One line somebody wrote during the night."""

    at: datetime
    person: str
    text: str
    severity: str = ""
    #: ``note``, or ``broadcast`` when it was meant for everyone.
    kind: str = "note"
    #: When it happened, for what was written on paper and entered later; else None.
    happened: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunState:
    """Everything golive knows of a run, from its journal alone."""

    run: str = ""
    plan: Plan
    environment: Mapping[str, Any] = field(default_factory=dict)
    opened: datetime | None = None
    closed: datetime | None = None
    progress: Progress = field(default_factory=Progress)
    attempts: tuple[Attempt, ...] = ()
    #: Gate -> its criteria as last evaluated.
    criteria: Mapping[str, tuple[Mapping[str, str], ...]] = field(default_factory=dict)
    #: ``before``/``after`` -> evidence of the fingerprint taken.
    fingerprints: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    #: What differs after the rollback; None until compared.
    differences: tuple[str, ...] | None = None
    drills: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    #: What came of each way back that was tried (``boundary.tried``), in order.
    boundaries: tuple[Mapping[str, Any], ...] = ()
    #: Which boundary this copy of a run was made to try; empty for a run itself.
    forked: str = ""
    #: When the way back was planned, and how many seconds it took.
    turned: datetime | None = None
    way_back_seconds: float = 0.0
    #: How long it was planned to take: R.
    way_back_planned: float = 0.0
    #: Post -> who holds it since the last hand-over.
    on_duty: Mapping[str, str] = field(default_factory=dict)
    #: Post -> who was offered it and has not read it back yet.
    offered: Mapping[str, str] = field(default_factory=dict)
    #: The newest controller's fencing token.
    token: int = 0
    verdict: Mapping[str, Any] = field(default_factory=dict)
    #: Actions by people whose identity was only claimed, simulated, or proven.
    assurance: Mapping[str, int] = field(default_factory=dict)
    head: int = 0
    head_hash: str = ""
    stopped_by_operator: bool = False

    def in_flight(self) -> tuple[tuple[str, str], ...]:
        """Return (task, attempt number) of everything a worker does right now."""
        return tuple(
            (name, found.active) for name, found in self.progress.tasks.items() if found.active
        )


def fold(plan: Plan, records: Iterable[Record], start: RunState | None = None) -> RunState:
    """Return the state after these records; ``start`` is the state before the first of them."""
    state = start or RunState(plan=plan)
    for record in records:
        handler = _HANDLERS.get(record.type)
        if handler is not None:
            state = handler(state, record.data, record)
        counted = dict(state.assurance)
        second = record.data.get("second") or {}
        for assurance in (record.actor.assurance, second.get("assurance", "system")):
            if assurance != "system":
                counted[assurance] = counted.get(assurance, 0) + 1
        state = replace(state, head=record.seq, head_hash=record.hash, assurance=counted)
    return state


Data = Mapping[str, Any]


def _task(state: RunState, name: str, /, **changes: Any) -> RunState:
    tasks = dict(state.progress.tasks)
    tasks[name] = replace(state.progress.of(name), **changes)
    return replace(state, progress=replace(state.progress, tasks=tasks))


def _phase(state: RunState, phase: RunPhase, /, **changes: Any) -> RunState:
    return replace(state, progress=replace(state.progress, phase=phase, **changes))


def _opened(state: RunState, data: Data, record: Record) -> RunState:
    return replace(state, run=data["run"], environment=data["environment"], opened=record.at)


def _controller(state: RunState, data: Data, record: Record) -> RunState:
    return replace(state, token=int(data["token"]))


def _starting(state: RunState, data: Data, record: Record) -> RunState:
    name, role = data["task"], data["role"]
    found = state.progress.of(name)
    changes: dict[str, Any] = {"active": data["number"], "role": role}
    if role == "run":
        changes |= {
            "state": S.STARTING, "attempts": found.attempts + 1, "started": record.at,
            "ended": None, "touched": True, "probed": "", "reason": "",
        }  # fmt: skip
    elif role == "probe":
        changes |= {"probes": found.probes + 1}
    else:
        changes |= _undo_begins(found, role)
    attempt = Attempt(task=name, number=data["number"], role=role, started=record.at)
    return replace(_task(state, name, **changes), attempts=(*state.attempts, attempt))


def _started(state: RunState, data: Data, record: Record) -> RunState:
    found = state.progress.of(data["task"])
    running = found.state is S.STARTING and found.role == "run"
    return _task(state, data["task"], state=S.RUNNING) if running else state


def _finished(state: RunState, data: Data, record: Record) -> RunState:
    name = data["task"]
    outcome = outcome_from_json(data["outcome"]) if data.get("outcome") else None
    found = state.progress.of(name)
    after = finish(
        state.plan.task(name), found, data["exit"], outcome,
        survivors=len(data.get("survivors", ())),
    )  # fmt: skip
    if found.role == "probe":
        after = replace(after, probed_at=record.at)
    if found.role == "run" or after.state is not found.state:
        after = replace(after, ended=record.at)
    tasks = {**state.progress.tasks, name: after}
    state = replace(state, progress=replace(state.progress, tasks=tasks))
    if after.state is S.UNDONE and found.role in _BACK:
        state = _step_done(state, name, found.role)
    return _ended(state, name, data["number"], record.at, data["exit"], outcome)


def _undo_begins(found: TaskProgress, role: str) -> dict[str, Any]:
    changes: dict[str, Any] = {
        "state": S.UNDOING, "role": role, "undos": found.undos + 1, "reason": "",
    }  # fmt: skip
    return changes | _forward_of(found)


def _forward_of(found: TaskProgress) -> dict[str, Any]:
    """Return what is kept of the forward work when its undo begins."""
    if found.state in {S.UNDOING, S.UNDONE, S.UNDO_FAILED}:
        return {}
    return {"forward": found.state, "forward_reason": found.reason}


def _step_done(state: RunState, name: str, role: str) -> RunState:
    """Count a step of the rollback as done, and the tasks a restore brought back with it."""
    step = next(
        (s for s in state.progress.rollback or () if s.task == name and s.role == role), None
    )
    tasks = dict(state.progress.tasks)
    for other in step.replaces if step else ():
        found = state.progress.of(other)
        tasks[other] = replace(found, state=S.UNDONE, **_forward_of(found))
    undone = state.progress.undone | {f"{name}.{role}"}
    return replace(state, progress=replace(state.progress, tasks=tasks, undone=undone))


def _ended(
    state: RunState, name: str, number: str, at: datetime, end: str, outcome: Outcome | None
) -> RunState:
    attempts = tuple(
        replace(item, ended=at, end=end, outcome=outcome)
        if (item.task, item.number) == (name, number) and item.ended is None
        else item
        for item in state.attempts
    )
    return replace(state, attempts=attempts)


def _lost(state: RunState, data: Data, record: Record) -> RunState:
    name = data["task"]
    found = state.progress.of(name)
    back = found.role in _BACK
    changes: dict[str, Any] = {
        "active": "", "role": found.role if back else "", "reason": data["why"],
    }  # fmt: skip
    if found.role == "run":
        changes["state"] = S.UNKNOWN
    elif back:
        changes["state"] = S.UNDO_FAILED
    elif found.role == "probe":
        changes["probed_at"] = record.at
    state = _task(state, name, **changes)
    return _ended(state, name, data["number"], record.at, "lost", None)


def _moved(state: RunState, data: Data, record: Record) -> RunState:
    """Apply the controller's own transitions: open, pass, fail, retry, skip, withdraw."""
    name = data["task"]
    found = state.progress.of(name)
    touched = state.plan.task(name).kind == "manual" and found.touched
    match data["verb"]:
        case "open":
            return _task(
                _reopened(state, name), name, state=S.WAITING, attempts=found.attempts + 1,
                started=record.at, ended=None, probed="", probed_at=None, reason="",
            )  # fmt: skip
        case "pass":
            started = found.started or record.at
            return _task(state, name, state=S.DONE, started=started, ended=record.at)
        case "fail":
            return _task(state, name, state=S.FAILED, ended=record.at, reason=data["reason"])
        case "retry":
            return _task(state, name, state=S.PENDING, reason=data["reason"])
        case "skip":
            return _task(
                state, name, state=S.SKIPPED, started=record.at, ended=record.at,
                reason=data["reason"], skip_satisfies=True,
            )  # fmt: skip
        case "withdraw":
            return _task(state, name, state=S.NOT_RUN if not touched else S.STOPPED)
        case "open-undo":
            return _task(state, name, **_undo_begins(found, data["role"]))
        case verb:
            return _task(state, name, **_MARKS[verb](data["reason"]))


#: What the controller found out about a task whose state it leaves.
_MARKS: Mapping[str, Callable[[str], Mapping[str, Any]]] = {
    "late": lambda reason: {"late": reason, "approvals": ()},
    "overdue": lambda reason: {"overdue": True},
    "cleared": lambda reason: {"stop_asked": False, "reason": reason},
}


def _reopened(state: RunState, gate: str) -> RunState:
    """Forget what was decided when a gate was open before: it is evaluated and asked anew."""
    progress = state.progress
    return replace(
        state,
        progress=replace(
            progress,
            evaluated={key: met for key, met in progress.evaluated.items() if key != gate},
            decisions=tuple(item for item in progress.decisions if item.gate != gate),
        ),
    )


def press_of(record: Record) -> Press:
    """Return the button a ``task.acted`` record says was pressed."""
    data = record.data
    eta = data.get("eta")
    return Press(
        verb=data["verb"], person=record.actor.person, reason=data.get("reason", ""),
        second=data.get("second", {}).get("person", ""), result=data.get("result", ""),
        assignee=data.get("assignee", ""), what=data.get("what", ""),
        eta=datetime.fromisoformat(eta) if eta else None, edited=data.get("edited", {}),
        satisfies=bool(data.get("satisfies", False)), evidence=bool(data.get("evidence")),
    )  # fmt: skip


def _acted(state: RunState, data: Data, record: Record) -> RunState:
    """Apply what an operator did to a task; the guards were asked before it was recorded."""
    name, to = data["task"], S(data["to"])
    found, press = state.progress.of(name), press_of(record)
    after = apply(state.progress, state.plan.task(name), press, to, record.at)
    tasks = {**state.progress.tasks, name: after}
    state = replace(state, progress=replace(state.progress, tasks=tasks))
    if press.verb == "retry" and to is S.UNDO_FAILED:
        state = _phase(state, RunPhase.ROLLING_BACK)
    if press.verb == "resolve" and press.result == "re-attach":
        state = _reattached(state, name, after.active)
    if to is S.UNDONE:
        state = _step_done(state, name, found.role)
        if state.progress.phase is RunPhase.ROLLBACK_BLOCKED:
            state = _phase(state, RunPhase.ROLLING_BACK)
    return state


def _reattached(state: RunState, name: str, number: str) -> RunState:
    """Take an attempt that was given up as lost for in flight again; the next look tells."""
    attempts = tuple(
        replace(item, ended=None, end="")
        if (item.task, item.number, item.end) == (name, number, "lost")
        else item
        for item in state.attempts
    )
    return replace(state, attempts=attempts)


def _evaluated(state: RunState, data: Data, record: Record) -> RunState:
    met = {**state.progress.evaluated, data["gate"]: bool(data["met"])}
    criteria = {**state.criteria, data["gate"]: tuple(data["criteria"])}
    return replace(state, criteria=criteria, progress=replace(state.progress, evaluated=met))


def _decided(state: RunState, data: Data, record: Record) -> RunState:
    decision = Decision(
        gate=data["gate"], person=record.actor.person, decision=data["decision"],
        reason=data.get("reason", ""), at=record.at,
    )  # fmt: skip
    decisions = (*state.progress.decisions, decision)
    return replace(state, progress=replace(state.progress, decisions=decisions))


def _aborted(state: RunState, data: Data, record: Record) -> RunState:
    by_person = record.actor.assurance != "system"
    state = _phase(
        state, RunPhase.ABORTING, abort_reason=data["reason"], abort_to=data.get("to", "")
    )
    return replace(state, stopped_by_operator=state.stopped_by_operator or by_person)


def _planned(state: RunState, data: Data, record: Record) -> RunState:
    steps = tuple(
        RollbackStep(**{**step, "after": tuple(step["after"]), "replaces": tuple(step["replaces"])})
        for step in data["steps"]
    )
    return replace(
        _phase(state, RunPhase.ROLLING_BACK, rollback=steps),
        turned=record.at,
        way_back_planned=float(data["seconds"]),
    )


def _fingerprinted(state: RunState, data: Data, record: Record) -> RunState:
    taken = state.progress.fingerprints | {data["when"]}
    state = replace(state, progress=replace(state.progress, fingerprints=taken))
    differences = data.get("differences")
    return replace(
        state,
        fingerprints={**state.fingerprints, data["when"]: dict(data)},
        differences=tuple(differences) if differences is not None else state.differences,
    )


def _measured(state: RunState, data: Data, record: Record) -> RunState:
    measured = state.progress.measured | {data["drill"]}
    state = replace(state, progress=replace(state.progress, measured=measured))
    return replace(state, drills={**state.drills, data["drill"]: dict(data)})


def _rolled_back(state: RunState, data: Data, record: Record) -> RunState:
    """End the way back; from a checkpoint the run can go forward again, once a person says so."""
    took = (record.at - state.turned).total_seconds() if state.turned else 0.0
    state = replace(state, way_back_seconds=took)
    if not state.progress.abort_to:
        return _phase(state, RunPhase.ROLLED_BACK)
    progress = as_of_checkpoint(state.plan, state.progress)
    return replace(state, progress=replace(progress, phase=RunPhase.PAUSED))


def _noted(state: RunState, data: Data, record: Record) -> RunState:
    happened = data.get("happened")
    note = Note(
        at=record.at, person=record.actor.person, text=data["text"],
        severity=data.get("severity", ""),
        kind="broadcast" if record.type == "run.broadcast" else "note",
        happened=datetime.fromisoformat(happened) if happened else None,
    )  # fmt: skip
    return replace(state, notes=(*state.notes, note))


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
    return replace(state, offered=offered, on_duty={**state.on_duty, post: record.actor.person})


def _closed(state: RunState, data: Data, record: Record) -> RunState:
    tasks = {
        task.id: replace(found, state=S.NOT_RUN) if found.state is S.PENDING else found
        for task in state.plan.runbook.tasks
        for found in (state.progress.of(task.id),)
    }
    progress = replace(state.progress, phase=RunPhase.CLOSED, tasks=tasks)
    return replace(state, progress=progress, verdict=dict(data), closed=record.at)


def _tried(state: RunState, data: Data, record: Record) -> RunState:
    return replace(state, boundaries=(*state.boundaries, dict(data)))


def _forked(state: RunState, data: Data, record: Record) -> RunState:
    return replace(state, forked=data["label"])


def _to(phase: RunPhase) -> Callable[[RunState, Data, Record], RunState]:
    return lambda state, data, record: _phase(state, phase)


_HANDLERS: Mapping[str, Callable[[RunState, Data, Record], RunState]] = {
    "run.opened": _opened,
    "run.paused": _to(RunPhase.PAUSED),
    "run.continued": _to(RunPhase.RUNNING),
    "run.aborting": _aborted,
    "run.rolled_back": _rolled_back,
    "run.rollback_blocked": _to(RunPhase.ROLLBACK_BLOCKED),
    "run.live": _to(RunPhase.LIVE),
    "run.noted": _noted,
    "run.broadcast": _noted,
    "run.stream_held": _stream,
    "run.stream_released": _stream,
    "shift.offered": _shift,
    "shift.accepted": _shift,
    "run.closed": _closed,
    "controller.opened": _controller,
    "task.starting": _starting,
    "task.started": _started,
    "task.finished": _finished,
    "task.lost": _lost,
    "task.moved": _moved,
    "task.acted": _acted,
    "gate.evaluated": _evaluated,
    "gate.decided": _decided,
    "rollback.planned": _planned,
    "fingerprint.taken": _fingerprinted,
    "drill.measured": _measured,
    "boundary.tried": _tried,
    "run.forked": _forked,
}


def elapsed(state: RunState, now: datetime) -> timedelta:
    """Return how long a run has lasted, or lasted."""
    if state.opened is None:
        return timedelta(0)
    return (state.closed or now) - state.opened
