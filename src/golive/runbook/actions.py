"""What a person's action leads to, and what it changes in the run's progress; pure.

:func:`act` asks the guards and returns the state the action leads to, which is recorded;
:func:`apply` folds the recorded action into the progress.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from golive.errors import Refused
from golive.runbook.attempt_ends import other_jobs
from golive.runbook.definition import Task
from golive.runbook.guards import ALWAYS, WAITS_FOR_DECISION, allowed, check_press, possible
from golive.runbook.lifecycle import (
    TAKEN_BACK,
    Progress,
    TaskProgress,
    TaskState,
    with_changes,
)
from golive.runbook.planning import Plan
from golive.runbook.presses import ACTIONS, Press
from golive.runbook.turning_back import open_question

__all__ = ["act", "apply"]

S = TaskState


def act(plan: Plan, progress: Progress, task: Task, press: Press) -> TaskState:
    """Return the state an action leads to. Raise Refused, saying what is allowed now."""
    found = progress.of(task.id)
    if press.verb in WAITS_FOR_DECISION and open_question(progress, task.id):
        raise Refused.of(
            f"task '{task.id}'",
            f"waits for the decision whether to turn back, so it cannot be told to {press.verb}",
            hint=f"golive decide {task.id} go|no-go --as PERSON --reason TEXT",
        )
    if not possible(plan, progress, task, press.verb):
        raise Refused.of(
            f"task '{task.id}'",
            f"is {found.state}, so it cannot be told to {press.verb}",
            hint=f"allowed now: {', '.join(allowed(plan, progress, task)) or 'nothing'}",
        )
    check_press(plan, progress, task, press)
    return _target(task, found, press)


def _target(task: Task, found: TaskProgress, press: Press) -> TaskState:
    match press.verb:
        case "complete" if found.state in {S.UNDOING, S.UNDO_FAILED}:
            return S.UNDONE
        case "done-by-hand" if found.state is S.UNDO_FAILED:
            return S.UNDONE_MANUAL
        case "retry" if found.state is S.UNDO_FAILED:
            return S.UNDO_FAILED
        case "complete" if task.verifier or task.probe is not None:
            return S.VERIFYING
        case "stop" if found.state in {S.UNKNOWN, S.UNDOING}:
            return found.state
        case "release" if found.state is S.WAIVED or (found.state is S.SKIPPED and found.touched):
            return S.FAILED
        case "resolve":
            return _resolved(task, found, press.result)
        case verb:
            return ACTIONS[verb][1] or found.state


def _resolved(task: Task, found: TaskProgress, result: str) -> TaskState:
    if result == "not-done":
        return S.FAILED
    if result == "re-attach":
        # An attempt that has ended tells no more: the next one goes on with its work.
        return S.PENDING if found.doubt == "told" else S.RUNNING
    return S.VERIFYING if task.verifier else S.DONE


#: Where what a person did ends.
_ENDED = frozenset({S.DONE, S.DONE_MANUAL, S.WAIVED, S.SKIPPED, S.FAILED, *TAKEN_BACK})


def apply(
    progress: Progress, task: Task, press: Press, to: TaskState, at: datetime
) -> TaskProgress:
    """Return the task's progress after a recorded action that leads to ``to``."""
    found = progress.of(task.id)
    changes = _CHANGES.get(press.verb, _only_why)(found, press, to)
    if to in _ENDED and press.verb not in ALWAYS:
        changes["ended"] = press.happened or at
        changes["entered"] = at if press.happened else None
    changes["state"] = to
    return with_changes(found, changes)


#: What a task has when people know what came of its work.
_KNOWN = {"doubt": "", "elsewhere": False}


def _only_why(found: TaskProgress, press: Press, to: TaskState) -> dict[str, Any]:
    return {"reason": press.reason}


def _by_a_person(found: TaskProgress, press: Press, to: TaskState) -> dict[str, Any]:
    changes: dict[str, Any] = {"person": press.person, "touched": True, "reason": press.reason}
    changes |= {"role": ""} if to in TAKEN_BACK else {"probed": ""}
    changes |= {} if to in {S.RUNNING, S.VERIFYING} else _KNOWN
    return changes | {"attached": found.attached + press.evidence}


def _start(found: TaskProgress, press: Press, to: TaskState) -> dict[str, Any]:
    return _by_a_person(found, press, to) | {"starter": press.person}


def _reassign(found: TaskProgress, press: Press, to: TaskState) -> dict[str, Any]:
    # What is in hand changes hands; who began it stays known.
    by_hand = found.state is S.RUNNING and not found.active
    return {"assignee": press.assignee, **({"person": press.assignee} if by_hand else {})}


def _retry(found: TaskProgress, press: Press, to: TaskState) -> dict[str, Any]:
    reason = "retry" if to is S.UNDO_FAILED else press.reason
    # With other inputs it is other work.
    jobs = {} if press.edited else found.jobs
    return {"reason": reason, "edited": dict(press.edited), "jobs": jobs}


def _stop(found: TaskProgress, press: Press, to: TaskState) -> dict[str, Any]:
    return {"reason": press.reason} if to is S.STOPPING else {"stop_asked": True}


def _resolve(found: TaskProgress, press: Press, to: TaskState) -> dict[str, Any]:
    if press.result == "re-attach":
        attempt = {"active": str(found.attempts), "role": "run"} if to is S.RUNNING else {}
        return {"reason": press.reason, **attempt}
    probed = {"probed": ""} if to is S.VERIFYING else {}
    return {"reason": press.reason, **probed, **_KNOWN, "jobs": other_jobs(found, "run")}


def _override(found: TaskProgress, press: Press, to: TaskState) -> dict[str, Any]:
    if press.what == "earliest":
        return {"early": True}
    return {"approvals": (*found.approvals, press.person)}


#: verb -> what it changes beside the state; without an entry, only the reason.
_CHANGES: Mapping[str, Callable[[TaskProgress, Press, TaskState], dict[str, Any]]] = {
    "start": _start,
    "complete": _by_a_person,
    "done-by-hand": _by_a_person,
    "skip": lambda found, press, to: {
        "reason": press.reason, "skip_satisfies": press.satisfies,
    },
    "retry": _retry,
    "hold": lambda found, press, to: {"reason": press.reason, "eta": press.eta},
    "fail": lambda found, press, to: {"reason": press.reason, "eta": press.eta},
    "release": lambda found, press, to: {"reason": "", "eta": None, "skip_satisfies": False},
    "stop": _stop,
    "resolve": _resolve,
    "reassign": _reassign,
    "estimate": lambda found, press, to: {"eta": press.eta},
    "override": _override,
    "attach": lambda found, press, to: {"attached": found.attached + 1},
}  # fmt: skip
