"""Where a task and a run stand; pure.

People's actions and their guards are in :mod:`golive.runbook.actions`, what the end of an attempt
leads to in :mod:`golive.runbook.attempt_ends`, what is next in :mod:`golive.runbook.moves`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from golive.outcome import Outcome
from golive.runbook.definition import Body, Task
from golive.runbook.planning import Plan

__all__ = [
    "ASKS",
    "ENDED",
    "HOLDS_LOCKS",
    "SATISFYING",
    "TAKEN_BACK",
    "WAY_BACK",
    "AbortDecision",
    "Decision",
    "Progress",
    "RollbackStep",
    "RunPhase",
    "TaskProgress",
    "TaskState",
    "body_of",
    "changed",
    "gate_result",
    "locks_taken",
    "with_changes",
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
    UNDONE_MANUAL = "undone_manual"
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
#: Nothing of it is left; ``undone_manual`` by a person's word, a second person's, and evidence.
TAKEN_BACK = frozenset({S.UNDONE, S.UNDONE_MANUAL})
#: States a task does not leave by itself: nothing more is expected of it.
ENDED = TAKEN_BACK | {S.DONE, S.DONE_MANUAL, S.WAIVED, S.SKIPPED, S.NOT_RUN}
#: Phases in which only undos are done.
WAY_BACK = frozenset({RunPhase.ROLLING_BACK, RunPhase.ROLLBACK_BLOCKED, RunPhase.ROLLED_BACK})


class TaskProgress(NamedTuple):
    """One task's part of the state, made by keyword.

    A named tuple, unlike the other values: each record of a journal makes one of another, and a
    frozen dataclass of as many fields takes three times as long to make.
    """

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
    #: When its undo or restore in hand began, the last time one did; ``started`` is the forward
    #: work's.
    undo_began: datetime | None = None
    #: When its end was entered, for what was done on paper before; else None.
    entered: datetime | None = None
    probed_at: datetime | None = None
    #: What the last probe said since the last forward attempt: ``""``, ``passed`` or ``failed``.
    probed: str = ""
    outcome: Outcome | None = None
    #: The person who did it, and who began it, for verifier != executor.
    person: str = ""
    starter: str = ""
    reason: str = ""
    #: True once an attempt or a person may have changed something.
    touched: bool = False
    #: A skip lets successors start only when it was approved so.
    skip_satisfies: bool = False
    #: Where its forward work stood when its undo began, and why; the verdict still counts it.
    forward: TaskState | None = None
    forward_reason: str = ""
    #: Who does it instead of its owner's people; empty when nobody was named.
    assignee: str = ""
    #: When people say it will be over, or can go on.
    eta: datetime | None = None
    #: Why it was not started: the start would have broken the latest safe abort.
    late: str = ""
    #: Processes of an earlier attempt whose end its next one waits for.
    waits_for: tuple[int, ...] = ()
    #: Who decided that it may start nevertheless.
    approvals: tuple[str, ...] = ()
    #: True when it need not wait for its ``earliest``.
    early: bool = False
    #: True once its deadline, a person's timeout, or the time planned for its undo had passed
    #: before it ended.
    overdue: bool = False
    #: A person asked to end what is left of it, or its undo in flight.
    stop_asked: bool = False
    #: Evidence people attached to it.
    attached: int = 0
    #: Inputs a person changed for the next attempt.
    edited: Mapping[str, str] = {}
    #: Role -> the work in flight or in doubt, named by its first attempt; once it is recorded what
    #: came of that work, the next attempt is work of its own.
    jobs: Mapping[str, str] = {}
    #: Why nobody knows what came of its work: ``lost`` with its worker, or ``told`` so by an engine
    #: that ended without knowing; empty when it is known.
    doubt: str = ""
    #: True while work it began on other machines is not proven to be over.
    elsewhere: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What one person decided at a gate."""

    gate: str
    person: str
    decision: str
    reason: str
    at: datetime
    #: When it was entered, for what was given on paper before; else None.
    entered: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AbortDecision:
    """The question whether to turn back that a task's failure opened, and what was decided."""

    task: str
    #: Which attempt of the task failed.
    attempt: int
    #: Who decides (empty: anybody of the team), until when; aware UTC.
    role: str
    decide_by: datetime
    #: ``go``, ``no-go`` or empty while nobody has; and who.
    decided: str = ""
    person: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackStep:
    """One undo or restore of a rollback, after which others, standing for which tasks."""

    id: str
    task: str
    role: str
    after: tuple[str, ...]
    replaces: tuple[str, ...] = ()
    seconds: float = 0.0


#: What ``TaskProgress._make`` calls, without its look at the number of values.
_new = tuple.__new__
_PLACE = {name: place for place, name in enumerate(TaskProgress._fields)}

#: What nothing was recorded of yet; one value, for it is asked for at every event.
_PENDING = TaskProgress()


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
    #: Task -> the question its last failure opened: turn back, or go on.
    abort_asked: Mapping[str, AbortDecision] = field(default_factory=dict)
    abort_reason: str = ""
    #: The checkpoint the way back ends at; empty for all the way.
    abort_to: str = ""
    #: Stream -> why nothing in it may start.
    held_streams: Mapping[str, str] = field(default_factory=dict)
    #: Which golive fingerprints were taken: ``before``, ``after``.
    fingerprints: frozenset[str] = frozenset()
    measured: frozenset[str] = frozenset()

    def of(self, name: str) -> TaskProgress:
        """Return a task's progress; pending when nothing was recorded yet."""
        return self.tasks.get(name, _PENDING)


def changed(found: TaskProgress, **changes: Any) -> TaskProgress:
    """Return a task's progress with some of it changed: asked for at every record of a journal."""
    return with_changes(found, changes)


def with_changes(found: TaskProgress, changes: Mapping[str, Any]) -> TaskProgress:
    """Return a task's progress with the fields of a mapping changed."""
    values = [*found]
    for name in changes:
        values[_PLACE[name]] = changes[name]
    return _new(TaskProgress, values)


def locks_taken(plan: Plan, task: Task, busy: Iterable[Task]) -> bool:
    """Tell whether a lock the task needs is held to its capacity by the busy ones."""
    holders = tuple(busy)
    return any(
        sum(lock in other.locks for other in holders) >= plan.runbook.locks.get(lock, 1)
        for lock in task.locks
    )


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
