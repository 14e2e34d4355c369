"""What a task and a run may become: states, transitions, guards, the ready set; pure.

The executor and the simulator both ask :func:`next_moves` what to do and never decide themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from golive.errors import Refused
from golive.outcome import Outcome, Status
from golive.runbook.definition import Body, Task
from golive.runbook.planning import Plan
from golive.runbook.times import parse_duration, parse_instant

__all__ = [
    "ACTIONS",
    "SATISFYING",
    "Decision",
    "Move",
    "Progress",
    "RollbackStep",
    "RunPhase",
    "TaskProgress",
    "TaskState",
    "act",
    "body_of",
    "finish",
    "gate_result",
    "next_moves",
    "waits_for_people",
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
_HOLDS_LOCKS = frozenset({S.STARTING, S.RUNNING, S.STOPPING, S.UNKNOWN, S.UNDOING})
_ASKS = frozenset({S.FAILED, S.STOPPED, S.UNKNOWN})


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
    abort_reason: str = ""
    #: Which golive fingerprints were taken: ``before``, ``after``.
    fingerprints: frozenset[str] = frozenset()
    measured: frozenset[str] = frozenset()

    def of(self, name: str) -> TaskProgress:
        """Return a task's progress; pending when nothing was recorded yet."""
        return self.tasks.get(name, TaskProgress())


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Something the executor shall do next. ``verb`` is one of the names in this module."""

    verb: str
    task: str = ""
    number: str = ""
    role: str = ""
    reason: str = ""


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
    allowed, target = ACTIONS[verb]
    subject = f"task '{task.id}'"
    hand_made = task.kind == "manual" or _manual_undo(plan, found, task)
    if found.state not in allowed or (verb in _MANUAL_ONLY and not hand_made):
        now = [
            name
            for name, (states, _) in ACTIONS.items()
            if found.state in states and (name not in _MANUAL_ONLY or hand_made)
        ]
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
    if verb == "complete" and task.verifier:
        return S.VERIFYING
    return target


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
        return replace(settled, state=S.UNDONE if passed else S.UNDO_FAILED)
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
    if task.kind == "wait":
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


# --- what is next -----------------------------------------------------------------------------


def next_moves(plan: Plan, progress: Progress, now: datetime) -> tuple[Move, ...]:
    """Return everything that shall happen now; empty when the run waits for a tool or a person."""
    if progress.phase is RunPhase.CLOSED:
        return ()
    if plan.mode == "rehearsal" and "before" not in progress.fingerprints:
        return (Move(verb="fingerprint", reason="before"),)
    drills = tuple(
        Move(verb="measure", task=drill.id)
        for drill in plan.drills
        if drill.id not in progress.measured
        and progress.of(f"{drill.id}-confirm").state in SATISFYING
    )
    if drills:
        return drills
    match progress.phase:
        case RunPhase.ABORTING:
            return tuple(_aborting(plan, progress))
        case RunPhase.ROLLING_BACK | RunPhase.ROLLBACK_BLOCKED:
            return tuple(_rolling_back(plan, progress))
        case RunPhase.ROLLED_BACK:
            if plan.mode == "rehearsal" and "after" not in progress.fingerprints:
                return (Move(verb="fingerprint", reason="after"),)
            return (Move(verb="close"),)
        case RunPhase.LIVE:
            return (Move(verb="close"),)
        case _:
            return tuple(_forward(plan, progress, now))


def _forward(plan: Plan, progress: Progress, now: datetime) -> Iterator[Move]:
    ending = _ending(plan, progress)
    if ending is not None:
        yield ending
        return
    for task in plan.runbook.tasks:
        yield from _settle(plan, task, progress, now)
    if progress.phase is RunPhase.PAUSED or _asks(plan, progress):
        return
    busy = [task for task in plan.runbook.tasks if progress.of(task.id).state in _HOLDS_LOCKS]
    for task in plan.runbook.tasks:
        if progress.of(task.id).state is not S.PENDING or not _ready(task, plan, progress, now):
            continue
        if plan.mode in task.modes and task.modes[plan.mode] == "skip":
            yield Move(verb="skip", task=task.id, reason=f"the plan skips it in a {plan.mode}")
        elif task.kind == "milestone":
            yield Move(verb="pass", task=task.id)
        elif task.kind in {"manual", "gate", "wait"}:
            yield Move(verb="open", task=task.id)
        elif not _blocked(task, plan, busy):
            number = str(progress.of(task.id).attempts + 1)
            yield Move(verb="start", task=task.id, number=number, role="run")
            busy.append(task)


def _ending(plan: Plan, progress: Progress) -> Move | None:
    """Return the abort of a rehearsal at its point, an automatic rollback, or the live end."""
    states = {task.id: progress.of(task.id).state for task in plan.runbook.tasks}
    if plan.abort_at and states[plan.abort_at] in SATISFYING | {S.FAILED, S.SKIPPED}:
        return Move(verb="abort", reason=f"the rehearsal reached its abort point {plan.abort_at}")
    for task in plan.runbook.tasks:
        if plan.mode == "rehearsal" and task.on_fail == "rollback" and states[task.id] is S.FAILED:
            return Move(verb="abort", reason=f"task {task.id} failed and says rollback")
    if all(state in SATISFYING | {S.SKIPPED} for state in states.values()):
        return Move(verb="live")
    return None


def _settle(plan: Plan, task: Task, progress: Progress, now: datetime) -> Iterator[Move]:
    """Yield what a task that already began needs: probes, expiry, gate decisions, retries."""
    found = progress.of(task.id)
    if found.active:
        return
    probe = Move(verb="start", task=task.id, number=f"probe-{found.probes + 1}", role="probe")
    match found.state:
        case S.VERIFYING if task.probe is not None and not found.probed:
            yield probe
        case S.UNKNOWN if task.probe is not None and not found.probed:
            yield probe
        case S.UNKNOWN if task.rerun != "unsafe" and found.probed != "passed":
            yield Move(verb="retry", task=task.id, reason=f"it is declared {task.rerun} to rerun")
        case S.FAILED if _retries_left(task, found):
            yield Move(verb="retry", task=task.id, reason=f"on_fail: {task.on_fail}")
        case S.WAITING if task.kind == "wait":
            yield from _wait(task, found, now, probe)
        case S.WAITING if task.kind == "gate":
            yield from _gate(plan, progress, task, now)
        case _:
            pass


def _wait(task: Task, found: TaskProgress, now: datetime, probe: Move) -> Iterator[Move]:
    until = task.until
    if until is None or found.started is None:
        return
    if task.timeout and now - found.started > parse_duration(task.timeout):
        yield Move(verb="fail", task=task.id, reason=f"waited longer than {task.timeout}")
    elif until.at and now >= parse_instant(until.at):
        yield Move(verb="pass", task=task.id)
    elif until.probe is not None and (
        found.probed_at is None or now - found.probed_at >= parse_duration(until.every)
    ):
        yield probe


def _gate(plan: Plan, progress: Progress, gate: Task, now: datetime) -> Iterator[Move]:
    if gate.id not in progress.evaluated:
        yield Move(verb="evaluate", task=gate.id)
        return
    match gate_result(plan, progress, gate):
        case "go":
            yield Move(verb="pass", task=gate.id)
        case "no-go":
            yield Move(verb="fail", task=gate.id, reason="the decision is no-go")
        case _ if gate.decide_by and gate.decide_by != "lsat":
            if now > parse_instant(gate.decide_by):
                yield Move(verb="fail", task=gate.id, reason="nobody decided in time")


def _retries_left(task: Task, found: TaskProgress) -> bool:
    word, _, count = task.on_fail.partition(" ")
    return word == "retry" and found.attempts <= int(count)


def _asks(plan: Plan, progress: Progress) -> bool:
    """Tell whether a task needs a person before anything new may start."""
    return any(
        progress.of(task.id).state in _ASKS
        and task.on_fail != "continue"
        and not (
            progress.of(task.id).state is S.FAILED and _retries_left(task, progress.of(task.id))
        )
        for task in plan.runbook.tasks
    )


def _ready(task: Task, plan: Plan, progress: Progress, now: datetime) -> bool:
    if task.earliest and now < parse_instant(task.earliest):
        return False
    for link in task.links:
        other = progress.of(link.id)
        if link.type == "SS":
            base = other.started
        else:
            met = other.state in SATISFYING or (other.state is S.SKIPPED and other.skip_satisfies)
            base = other.ended if met else None
        if base is None or now < base + parse_duration(link.lag):
            return False
    return not any(
        parse_instant(start) <= now < parse_instant(start) + parse_duration(span)
        for start, _, span in (text.partition("/") for text in plan.runbook.calendar.blackouts)
    )


def _blocked(task: Task, plan: Plan, busy: list[Task]) -> bool:
    """Tell whether a lock the task needs is taken to its capacity."""
    return any(
        sum(lock in other.locks for other in busy) >= plan.runbook.locks.get(lock, 1)
        for lock in task.locks
    )


def _aborting(plan: Plan, progress: Progress) -> Iterator[Move]:
    """Yield stops until nothing is in flight; then the rollback is planned."""
    in_flight = False
    for task in plan.runbook.tasks:
        found = progress.of(task.id)
        if found.active:
            in_flight = True
            if found.state in {S.STARTING, S.RUNNING}:
                yield Move(verb="stop", task=task.id, reason="the run is aborting")
        elif found.state is S.WAITING or (found.state is S.RUNNING and task.kind == "manual"):
            yield Move(verb="withdraw", task=task.id, reason="the run is aborting")
            in_flight = True
    if not in_flight:
        yield Move(verb="plan-rollback")


def _rolling_back(plan: Plan, progress: Progress) -> Iterator[Move]:
    steps = progress.rollback or ()
    finished = {step.id for step in steps if progress.of(step.task).state is S.UNDONE}
    for step in steps:
        found = progress.of(step.task)
        if found.active or step.id in finished or not set(step.after) <= finished:
            continue
        if found.state in {S.UNDOING, S.UNDO_FAILED} and found.reason != "retry":
            continue
        body = body_of(plan, step.task, step.role)
        number = f"{step.role}-{found.undos + 1}"
        verb = "open-undo" if body is not None and body.kind == "manual" else "start"
        yield Move(verb=verb, task=step.task, number=number, role=step.role)
    if len(finished) == len(steps):
        yield Move(verb="rolled-back")
    elif progress.phase is RunPhase.ROLLING_BACK and any(
        progress.of(step.task).state is S.UNDO_FAILED and progress.of(step.task).reason != "retry"
        for step in steps
    ):
        yield Move(verb="block")


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


def waits_for_people(plan: Plan, progress: Progress) -> tuple[str, ...]:
    """Return the tasks that cannot go on without a person, in the plan's order."""
    asking = []
    for task in plan.runbook.tasks:
        found = progress.of(task.id)
        by_hand = task.kind in {"manual", "gate"} and found.state in {S.WAITING, S.RUNNING}
        verify = found.state is S.VERIFYING and task.verifier and not found.active
        if (
            by_hand
            or verify
            or found.state in _ASKS | {S.UNDO_FAILED}
            or (found.state is S.UNDOING and not found.active)
        ):
            asking.append(task.id)
    return tuple(asking)


def overdue(task: Task, found: TaskProgress, now: datetime) -> timedelta:
    """Return by how much a running task exceeds its likely estimate; zero when it does not."""
    if found.started is None or found.ended is not None or not task.est[0]:
        return timedelta(0)
    return max(timedelta(0), now - found.started - timedelta(minutes=task.est[0]))
