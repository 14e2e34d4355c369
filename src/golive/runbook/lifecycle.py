"""What a task and a run may become: states, operators' actions with their guards, ends; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from golive.errors import Refused
from golive.outcome import Outcome, Status
from golive.runbook.definition import Body, Task
from golive.runbook.planning import Plan

__all__ = [
    "ACTIONS",
    "ASKS",
    "HOLDS_LOCKS",
    "SATISFYING",
    "WAY_BACK",
    "Decision",
    "Progress",
    "RollbackStep",
    "RunPhase",
    "TaskProgress",
    "TaskState",
    "act",
    "body_of",
    "finish",
    "gate_result",
    "locks_taken",
]


class TaskState(StrEnum):
    """Where a task stands; ``unknown`` means in doubt and is settled, never guessed."""

    PENDING = "pending"
    HELD = "held"
    STARTING = "starting"
    RUNNING = "running"
    WAITING = "waiting"
    VERIFYING = "verifying"
    DONE = "done"
    DONE_MANUAL = "done_manual"
    WAIVED = "waived"
    SKIPPED = "skipped"
    FAILED = "failed"
    STOPPING = "stopping"
    STOPPED = "stopped"
    UNKNOWN = "unknown"
    UNDOING = "undoing"
    UNDONE = "undone"
    UNDO_FAILED = "undo_failed"
    NOT_RUN = "not_run"


class RunPhase(StrEnum):
    """Where a run stands."""

    RUNNING = "running"
    PAUSED = "paused"
    ABORTING = "aborting"
    ROLLING_BACK = "rolling_back"
    ROLLED_BACK = "rolled_back"
    ROLLBACK_BLOCKED = "rollback_blocked"
    LIVE = "live"
    CLOSED = "closed"


S = TaskState
#: A whitelist, never "all that did not fail": joins after a failed parent are the classic bug.
SATISFYING = frozenset({S.DONE, S.DONE_MANUAL, S.WAIVED})
#: States in which a task may be changing something right now, or in doubt.
HOLDS_LOCKS = frozenset({S.STARTING, S.RUNNING, S.STOPPING, S.UNKNOWN, S.UNDOING})
ASKS = frozenset({S.FAILED, S.STOPPED, S.UNKNOWN})
#: Phases in which only undos are done.
WAY_BACK = frozenset({RunPhase.ROLLING_BACK, RunPhase.ROLLBACK_BLOCKED, RunPhase.ROLLED_BACK})


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskProgress:
    """One task's part of the state."""

    state: TaskState = S.PENDING
    #: How many forward attempts, probes and undos were intended so far.
    attempts: int = 0
    probes: int = 0
    undos: int = 0
    #: The attempt in flight (``2``, ``probe-1``, ``undo-1``) and its role; empty when none is.
    active: str = ""
    role: str = ""
    started: datetime | None = None
    ended: datetime | None = None
    probed_at: datetime | None = None
    #: What the last probe said since the last forward attempt: ``""``, ``passed`` or ``failed``.
    probed: str = ""
    outcome: Outcome | None = None
    #: The person who did it, for verifier != executor.
    person: str = ""
    reason: str = ""
    #: True once an attempt or a person may have changed something.
    touched: bool = False
    #: A skip lets successors start only when it was approved so.
    skip_satisfies: bool = False
    #: Where its forward work stood when its undo began, and why; the verdict still counts it.
    forward: TaskState | None = None
    forward_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What one person decided at a gate."""

    gate: str
    person: str
    decision: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackStep:
    """One undo or restore of a rollback, after which others, standing for which tasks."""

    id: str
    task: str
    role: str
    after: tuple[str, ...]
    replaces: tuple[str, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """The state of a run as far as the life cycle needs it."""

    phase: RunPhase = RunPhase.RUNNING
    tasks: Mapping[str, TaskProgress] = field(default_factory=dict)
    decisions: tuple[Decision, ...] = ()
    #: Gate -> True when all criteria were met at its last evaluation.
    evaluated: Mapping[str, bool] = field(default_factory=dict)
    rollback: tuple[RollbackStep, ...] | None = None
    #: Ids of the rollback's steps that are done: a checkpoint may have two, restore and undo.
    undone: frozenset[str] = frozenset()
    abort_reason: str = ""
    #: Which golive fingerprints were taken: ``before``, ``after``.
    fingerprints: frozenset[str] = frozenset()
    measured: frozenset[str] = frozenset()

    def of(self, name: str) -> TaskProgress:
        """Return a task's progress; pending when nothing was recorded yet."""
        return self.tasks.get(name, TaskProgress())


def locks_taken(plan: Plan, task: Task, busy: Iterable[Task]) -> bool:
    """Tell whether a lock the task needs is held to its capacity by the busy ones."""
    holders = tuple(busy)
    return any(
        sum(lock in other.locks for other in holders) >= plan.runbook.locks.get(lock, 1)
        for lock in task.locks
    )


# --- operators' actions -----------------------------------------------------------------------

#: verb -> (states it is allowed in, state it leads to). Everything else is refused.
ACTIONS: Mapping[str, tuple[frozenset[TaskState], TaskState]] = {
    "start": (frozenset({S.WAITING}), S.RUNNING),
    "complete": (frozenset({S.WAITING, S.RUNNING, S.UNDOING}), S.DONE),
    "fail": (frozenset({S.WAITING, S.RUNNING, S.VERIFYING}), S.FAILED),
    "verify": (frozenset({S.VERIFYING}), S.DONE),
    "hold": (frozenset({S.PENDING}), S.HELD),
    "release": (frozenset({S.HELD}), S.PENDING),
    "skip": (frozenset({S.PENDING, S.HELD, S.WAITING, S.FAILED, S.STOPPED}), S.SKIPPED),
    "waive": (frozenset({S.FAILED}), S.WAIVED),
    "retry": (frozenset({S.FAILED, S.STOPPED, S.UNDO_FAILED}), S.PENDING),
    "stop": (frozenset({S.STARTING, S.RUNNING}), S.STOPPING),
    "done-by-hand": (frozenset({S.FAILED, S.STOPPED, S.UNKNOWN, S.UNDO_FAILED}), S.DONE_MANUAL),
    "resolve": (frozenset({S.UNKNOWN}), S.DONE),
}
_NEEDS_REASON = frozenset({"fail", "hold", "skip", "waive", "done-by-hand", "resolve"})
_MANUAL_ONLY = frozenset({"start", "complete"})


def act(
    plan: Plan, progress: Progress, task: Task, verb: str, *, person: str, reason: str = ""
) -> TaskState:
    """Return the state an operator's action leads to. Raise Refused, saying what is allowed."""
    found = progress.of(task.id)
    _, target = ACTIONS[verb]
    subject = f"task '{task.id}'"
    if not _possible(plan, progress, task, verb):
        now = [name for name in ACTIONS if _possible(plan, progress, task, name)]
        raise Refused.of(
            subject,
            f"is {found.state}, so it cannot be told to {verb}",
            hint=f"allowed now: {', '.join(now) or 'nothing'}",
        )
    if verb in _NEEDS_REASON and not reason:
        raise Refused.of(subject, f"{verb} needs a reason", hint="add --reason")
    _check_person(plan, task, found, verb, person)
    if verb in {"complete", "done-by-hand"} and found.state in {S.UNDOING, S.UNDO_FAILED}:
        return S.UNDONE
    if verb == "retry" and found.state is S.UNDO_FAILED:
        return S.UNDO_FAILED
    if verb == "complete" and (task.verifier or task.probe is not None):
        return S.VERIFYING
    return target


def _possible(plan: Plan, progress: Progress, task: Task, verb: str) -> bool:
    """Tell whether an action fits the run, the state, and the worker or the probe behind it."""
    found = progress.of(task.id)
    if found.state not in ACTIONS[verb][0]:
        return False
    if progress.phase in WAY_BACK and found.state not in {S.UNDOING, S.UNDO_FAILED}:
        # The way back is planned from what had happened: nothing more may happen.
        return False
    if verb in _MANUAL_ONLY:
        return task.kind == "manual" or _manual_undo(plan, found, task)
    if verb == "stop":
        return bool(found.active)
    if verb == "fail":
        # A worker's work is stopped, never declared over: it would go on meanwhile.
        return not (found.active and found.role == "run")
    return verb != "verify" or task.probe is None or found.probed == "passed"


def _manual_undo(plan: Plan, found: TaskProgress, task: Task) -> bool:
    if found.state is not S.UNDOING:
        return False
    body = body_of(plan, task.id, found.role)
    return body is not None and body.kind == "manual"


def _check_person(plan: Plan, task: Task, found: TaskProgress, verb: str, person: str) -> None:
    subject = f"task '{task.id}'"
    if verb == "verify":
        if person == found.person:
            raise Refused.of(
                subject, f"'{person}' did it and may not verify it", hint="ask another person"
            )
        if task.verifier and not plan.team.holds(person, task.verifier):
            raise Refused.of(
                subject,
                f"'{person}' does not hold the role '{task.verifier}'",
                hint=f"ask {', '.join(plan.team.roles[task.verifier].people)}",
            )
    elif verb in _MANUAL_ONLY and task.owner and not plan.team.holds(person, task.owner):
        raise Refused.of(
            subject,
            f"'{person}' does not hold the role '{task.owner}'",
            hint=f"ask {', '.join(plan.team.roles[task.owner].people)}",
        )


# --- what an attempt's end leads to -----------------------------------------------------------


def finish(task: Task, found: TaskProgress, end: str, outcome: Outcome | None) -> TaskProgress:
    """Return a task's progress after its attempt in flight ended.

    ``end`` is the worker's word: finished, stopped, timeout, crashed or fenced.
    """
    passed = end == "finished" and outcome is not None and outcome.status is Status.PASSED
    settled = replace(found, active="", role="")
    if found.role == "probe":
        return _after_probe(task, settled, passed=passed)
    if found.role in {"undo", "restore"}:
        if passed:
            return replace(settled, state=S.UNDONE)
        # The role stays, so that a person who does it by hand ends the same step.
        return replace(settled, state=S.UNDO_FAILED, role=found.role)
    if end == "fenced":
        return replace(settled, state=S.PENDING)
    settled = replace(settled, outcome=outcome, probed="")
    if end == "stopped":
        return replace(settled, state=S.STOPPED)
    if not passed:
        return replace(settled, state=S.FAILED)
    checked = task.probe is not None or bool(task.verifier)
    return replace(settled, state=S.VERIFYING if checked else S.DONE)


def _after_probe(task: Task, found: TaskProgress, *, passed: bool) -> TaskProgress:
    found = replace(found, probed="passed" if passed else "failed")
    if found.state is S.WAITING:
        return replace(found, state=S.DONE) if passed else found
    if found.state is S.VERIFYING:
        if not passed:
            return replace(found, state=S.FAILED, reason="the probe does not confirm it")
        return found if task.verifier else replace(found, state=S.DONE)
    if found.state is S.UNKNOWN and passed:
        return replace(found, state=S.VERIFYING if task.verifier else S.DONE)
    return found


def gate_result(plan: Plan, progress: Progress, gate: Task) -> str:
    """Return ``go`` when the quorum said go, ``no-go`` when one did not, else empty.

    Each person's last word counts. Without met criteria a go needs the reason its giver gave.
    """
    last = {item.person: item for item in progress.decisions if item.gate == gate.id}
    if any(item.decision == "no-go" for item in last.values()):
        return "no-go"
    going = [item for item in last.values() if item.decision == "go"]
    return "go" if len(going) >= gate.quorum else ""


def body_of(plan: Plan, task: str, role: str) -> Body | None:
    """Return what an attempt of this role does for a task."""
    found = plan.task(task)
    match role:
        case "probe":
            return found.until.probe if found.until is not None else found.probe
        case "undo":
            return found.undo if isinstance(found.undo, Body) else None
        case "restore":
            return found.restore
        case _:
            return found.body()
