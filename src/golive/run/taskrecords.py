"""What records of tasks, gates and drills make of a run's state; pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from golive.outcome import outcome_from_json
from golive.record.chain import Record
from golive.run.runstate import Attempt, RunState, in_phase
from golive.run.working import with_attempt, with_ended, with_task
from golive.runbook.actions import apply
from golive.runbook.attempt_ends import finish
from golive.runbook.lifecycle import (
    TAKEN_BACK,
    AbortDecision,
    Decision,
    RunPhase,
    TaskProgress,
    TaskState,
    changed,
    with_changes,
)
from golive.runbook.presses import Press

__all__ = ["TASK_RECORDS", "Data", "press_of"]

S = TaskState
#: The roles of attempts on the way back.
_BACK = frozenset({"undo", "restore"})
#: Words that settle whether the run turns back; to abstain leaves it open.
_SETTLES = frozenset({"go", "no-go"})
#: A state by its name: at every record of a long journal, quicker than to ask the class.
_STATES: Mapping[str, TaskState] = {state.value: state for state in S}
Data = Mapping[str, Any]


def _task(state: RunState, name: str, /, **changes: Any) -> RunState:
    return with_task(state, name, changed(state.progress.of(name), **changes))


def _starting(state: RunState, data: Data, record: Record) -> RunState:
    name, role, number = data["task"], data["role"], data["number"]
    found = state.progress.of(name)
    jobs = _jobs(found, role, f"{number}-{record.hash[:12]}")
    if role == "run":
        after = changed(
            found, active=number, role=role, state=S.STARTING, attempts=found.attempts + 1,
            jobs=jobs, started=record.at, ended=None, touched=True, probed="", reason="",
            waits_for=(),
        )  # fmt: skip
    elif role == "probe":
        after = changed(found, active=number, role=role, jobs=jobs, probes=found.probes + 1)
    else:
        after = changed(found, active=number, jobs=jobs, **_undo_begins(found, role, record.at))
    attempt = Attempt(task=name, number=number, role=role, started=record.at)
    return with_attempt(with_task(state, name, after), attempt)


def _jobs(found: TaskProgress, role: str, new: str) -> dict[str, str]:
    """Return a task's work in doubt once an attempt begins: it goes on with that of its role.

    ``new`` names the attempt by its record, too: copies of a run number theirs alike. A probe tells
    of now, so that it never goes on with another.
    """
    kept = "" if role == "probe" else found.jobs.get(role, "")
    return {**found.jobs, role: kept or new}


def _started(state: RunState, data: Data, record: Record) -> RunState:
    name = data["task"]
    found = state.progress.of(name)
    if found.state is not S.STARTING or found.role != "run":
        return state
    return with_task(state, name, changed(found, state=S.RUNNING))


def _finished(state: RunState, data: Data, record: Record) -> RunState:
    name = data["task"]
    outcome = outcome_from_json(data["outcome"]) if data.get("outcome") else None
    found = state.progress.of(name)
    survivors = len(data.get("survivors", ()))
    after = finish(
        state.plan.task(name), found, data["exit"], outcome,
        survivors=survivors, elsewhere=data.get("elsewhere", ()), dry_run=state.dry_run,
    )  # fmt: skip
    when = {"probed_at": record.at} if found.role == "probe" else {}
    if found.role == "run" or after.state is not found.state:
        when["ended"] = record.at
    after = with_changes(after, when) if when else after
    state = with_task(state, name, after)
    if after.state is S.UNDONE and found.role in _BACK:
        state = _step_done(state, name, found.role)
    return with_ended(
        state, name, data["number"], ended=record.at, end=data["exit"], outcome=outcome,
        survivors=survivors,
    )  # fmt: skip


def _undo_begins(found: TaskProgress, role: str, at: datetime) -> dict[str, Any]:
    changes: dict[str, Any] = {
        "state": S.UNDOING, "role": role, "undos": found.undos + 1, "reason": "",
        "undo_began": at, "overdue": False,
    }  # fmt: skip
    return changes | _forward_of(found)


def _forward_of(found: TaskProgress) -> dict[str, Any]:
    """Return what is kept of the forward work when its undo begins."""
    if found.state in TAKEN_BACK | {S.UNDOING, S.UNDO_FAILED}:
        return {}
    return {"forward": found.state, "forward_reason": found.reason}


def _step_done(state: RunState, name: str, role: str) -> RunState:
    """Count a step of the rollback as done, and the tasks a restore brought back with it."""
    step = next(
        (s for s in state.progress.rollback or () if s.task == name and s.role == role), None
    )
    for other in step.replaces if step else ():
        found = state.progress.of(other)
        state = _task(state, other, state=S.UNDONE, **_forward_of(found))
    undone = state.progress.undone | {f"{name}.{role}"}
    return replace(state, progress=replace(state.progress, undone=undone))


def _lost(state: RunState, data: Data, record: Record) -> RunState:
    name = data["task"]
    found = state.progress.of(name)
    back = found.role in _BACK
    changes: dict[str, Any] = {
        "active": "", "role": found.role if back else "", "reason": data["why"],
    }  # fmt: skip
    elsewhere = bool(data.get("elsewhere"))
    if found.role == "run":
        # What is safe to rerun, but not beside itself, is ended there first.
        ends = elsewhere and state.plan.task(name).rerun == "safe"
        changes |= {"state": S.UNKNOWN, "doubt": "lost", "elsewhere": elsewhere, "stop_asked": ends}
    elif back:
        changes |= {"state": S.UNDO_FAILED, "elsewhere": elsewhere}
    elif found.role == "probe":
        changes["probed_at"] = record.at
    state = _task(state, name, **changes)
    return with_ended(state, name, data["number"], ended=record.at, end="lost")


def _moved(state: RunState, data: Data, record: Record) -> RunState:
    """Apply the controller's own transitions: open, pass, fail, retry, skip, withdraw."""
    name = data["task"]
    found = state.progress.of(name)
    touched = state.plan.task(name).kind == "manual" and found.touched
    match data["verb"]:
        case "open":
            return _task(
                _reopened(state, name), name, state=S.WAITING, attempts=found.attempts + 1,
                started=record.at, ended=None, probed="", probed_at=None, reason="", starter="",
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
        case "waits":
            return _task(state, name, waits_for=tuple(data["processes"]))
        case "open-undo":
            return _task(state, name, **_undo_begins(found, data["role"], record.at))
        case verb:
            return _task(state, name, **_MARKS[verb](data["reason"]))


#: What the controller found out about a task whose state it leaves.
_MARKS: Mapping[str, Callable[[str], Mapping[str, Any]]] = {
    "late": lambda reason: {"late": reason, "approvals": ()},
    "overdue": lambda reason: {"overdue": True},
    "cleared": lambda reason: {
        "stop_asked": False, "reason": reason, "elsewhere": False, "doubt": "lost",
    },
    # A step back that may be begun again now.
    "cleared-back": lambda reason: {"elsewhere": False},
    "remains": lambda reason: {"stop_asked": False, "reason": reason},
}  # fmt: skip


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


#: What the record of a press says that needs nothing but a reason.
_ALWAYS_SAID = frozenset({"task", "verb", "to", "reason"})


@lru_cache(maxsize=1024)
def _plain_press(verb: str, person: str, reason: str) -> Press:
    """Return a press that needs nothing else: one value, however many records say the same."""
    return Press(verb=verb, person=person, reason=reason)


def press_of(record: Record) -> Press:
    """Return the button a ``task.acted`` record says was pressed."""
    data = record.data
    if data.keys() <= _ALWAYS_SAID:
        return _plain_press(data["verb"], record.actor.person, data.get("reason", ""))
    eta, happened = data.get("eta"), data.get("happened")
    return Press(
        verb=data["verb"], person=record.actor.person, reason=data.get("reason", ""),
        second=data.get("second", {}).get("person", ""), result=data.get("result", ""),
        assignee=data.get("assignee", ""), what=data.get("what", ""),
        eta=datetime.fromisoformat(eta) if eta else None, edited=data.get("edited", {}),
        satisfies=bool(data.get("satisfies", False)), evidence=bool(data.get("evidence")),
        happened=datetime.fromisoformat(happened) if happened else None,
    )  # fmt: skip


def _acted(state: RunState, data: Data, record: Record) -> RunState:
    """Apply what an operator did to a task; the guards were asked before it was recorded."""
    name, to = data["task"], _STATES[data["to"]]
    found, press = state.progress.of(name), press_of(record)
    after = apply(state.progress, state.plan.task(name), press, to, record.at)
    state = with_task(state, name, after)
    if press.verb == "retry" and to is S.UNDO_FAILED:
        state = in_phase(state, RunPhase.ROLLING_BACK)
    if press.verb == "resolve" and press.result == "re-attach" and after.active:
        state = _reattached(state, name, after.active)
    # A file attached to what is undone already leaves it undone: that is no step.
    if to in TAKEN_BACK and found.state not in TAKEN_BACK:
        state = _step_done(state, name, found.role)
        if state.progress.phase is RunPhase.ROLLBACK_BLOCKED:
            state = in_phase(state, RunPhase.ROLLING_BACK)
    return state


def _reattached(state: RunState, name: str, number: str) -> RunState:
    """Take an attempt that was given up for in flight again; the next look tells."""
    attempts = tuple(
        item._replace(ended=None, end="")
        if (item.task, item.number) == (name, number) and item.left_behind
        else item
        for item in state.attempts
    )
    return replace(state, attempts=attempts)


def _evaluated(state: RunState, data: Data, record: Record) -> RunState:
    met = {**state.progress.evaluated, data["gate"]: bool(data["met"])}
    criteria = {**state.criteria, data["gate"]: tuple(data["criteria"])}
    return replace(state, criteria=criteria, progress=replace(state.progress, evaluated=met))


def _decided(state: RunState, data: Data, record: Record) -> RunState:
    happened = data.get("happened")
    decision = Decision(
        gate=data["gate"], person=record.actor.person, decision=data["decision"],
        reason=data.get("reason", ""),
        at=datetime.fromisoformat(happened) if happened else record.at,
        entered=record.at if happened else None,
    )  # fmt: skip
    progress = state.progress
    asked = {**progress.abort_asked}
    if decision.gate in asked and decision.decision in _SETTLES:
        asked[decision.gate] = replace(
            asked[decision.gate], decided=decision.decision, person=decision.person
        )
    decisions = (*progress.decisions, decision)
    return replace(state, progress=replace(progress, decisions=decisions, abort_asked=asked))


def _abort_asked(state: RunState, data: Data, record: Record) -> RunState:
    name = data["task"]
    asked = AbortDecision(
        task=name, attempt=state.progress.of(name).attempts, role=data["role"],
        decide_by=datetime.fromisoformat(data["decide_by"]),
    )  # fmt: skip
    every = {**state.progress.abort_asked, name: asked}
    return replace(state, progress=replace(state.progress, abort_asked=every))


def _measured(state: RunState, data: Data, record: Record) -> RunState:
    measured = state.progress.measured | {data["drill"]}
    state = replace(state, progress=replace(state.progress, measured=measured))
    return replace(state, drills={**state.drills, data["drill"]: dict(data)})


def _fingerprinted(state: RunState, data: Data, record: Record) -> RunState:
    taken = state.progress.fingerprints | {data["when"]}
    state = replace(state, progress=replace(state.progress, fingerprints=taken))
    differences = data.get("differences")
    return replace(
        state,
        verified=record.at if data["when"] == "after" else state.verified,
        fingerprints={**state.fingerprints, data["when"]: dict(data)},
        differences=tuple(differences) if differences is not None else state.differences,
    )


#: Record type -> what it does to the state.
TASK_RECORDS: Mapping[str, Callable[[RunState, Data, Record], RunState]] = {
    "task.starting": _starting,
    "task.started": _started,
    "task.finished": _finished,
    "task.lost": _lost,
    "task.moved": _moved,
    "task.acted": _acted,
    "gate.evaluated": _evaluated,
    "gate.decided": _decided,
    "abort.asked": _abort_asked,
    "fingerprint.taken": _fingerprinted,
    "drill.measured": _measured,
}
