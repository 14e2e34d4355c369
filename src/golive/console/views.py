"""What the page of one run shows, from its state, the clock and nothing else; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from golive.run.state import Attempt, RunState
from golive.runbook.definition import Person, Task
from golive.runbook.guards import allowed
from golive.runbook.lifecycle import SATISFYING, RunPhase, TaskProgress, TaskState, body_of
from golive.runbook.moves import waits_for_people
from golive.runbook.on_call import called
from golive.runbook.returning import Returning, returning
from golive.runbook.rollback import past_point_of_no_return
from golive.runbook.safe_abort import Lsat, latest_safe_abort
from golive.runbook.schedule import Slot, forecast, schedule
from golive.runbook.turning_back import open_question

__all__ = ["VERBS", "Action", "RunView", "TaskRow", "view_run"]

S = TaskState
_BUSY = frozenset({S.STARTING, S.RUNNING, S.STOPPING, S.UNDOING})
_ASKED = {
    S.WAITING: "do", S.RUNNING: "do", S.VERIFYING: "verify", S.FAILED: "failed",
    S.STOPPED: "stopped", S.UNKNOWN: "unknown", S.UNDOING: "undo", S.UNDO_FAILED: "undo_failed",
}  # fmt: skip


#: What can be pressed on a page, in the order of the buttons.
VERBS = ("start", "complete", "verify", "fail")
#: What is asked that a button answers; the rest is decided at a terminal.
_BY_HAND = frozenset({"do", "verify", "undo"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What is asked of whom: ``asks`` is the key of the sentence."""

    task: Task
    progress: TaskProgress
    asks: str
    role: str
    #: In the order they are called: who is on shift first; ``deputies`` are those of them who are.
    people: tuple[Person, ...]
    deputies: tuple[Person, ...]
    #: What can be pressed here, and by whom, by the ids they press under.
    verbs: tuple[str, ...] = ()
    pressers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRow:
    """One task with its plan, its progress and its attempts, oldest first."""

    task: Task
    progress: TaskProgress
    slot: Slot
    #: When it is forecast as the night stands; None once it is over or the run goes back.
    forecast: Slot | None
    attempts: tuple[Attempt, ...]

    @property
    def tone(self) -> str:
        """Return how the state is coloured; the word itself always stands beside it."""
        state = self.progress.state
        if state in {S.FAILED, S.UNKNOWN, S.UNDO_FAILED}:
            return "bad"
        if state in {S.WAITING, S.VERIFYING, S.STOPPED, S.WAIVED, S.SKIPPED, S.HELD}:
            return "ask"
        return "good" if state in SATISFYING else "busy" if state in _BUSY else "calm"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """The page of one run."""

    state: RunState
    now: datetime
    #: Until when an abort is safe; None where that is no longer or not yet a question.
    lsat: Lsat | None
    past: bool
    #: How far the way back has come; None where the run is on none.
    back: Returning | None
    actions: tuple[Action, ...]
    running: tuple[TaskRow, ...]
    tasks: tuple[TaskRow, ...]
    gates: tuple[Task, ...]

    @property
    def done(self) -> int:
        """Return how many tasks are settled."""
        return sum(row.progress.state in SATISFYING for row in self._to_do)

    @property
    def total(self) -> int:
        """Return how many tasks a run in this mode does."""
        return len(self._to_do)

    @property
    def _to_do(self) -> tuple[TaskRow, ...]:
        return tuple(row for row in self.tasks if not self.state.plan.skips(row.task))

    @property
    def left(self) -> timedelta:
        """Return how long an abort stays safe."""
        return self.lsat.at - self.now if self.lsat else timedelta(0)

    @property
    def tone(self) -> str:
        """Return how the verdict is coloured."""
        verdict = self.state.verdict.get("verdict", "")
        return {"": "calm", "dry": "calm", "passed": "good"}.get(str(verdict), "bad")


def view_run(state: RunState, now: datetime) -> RunView:
    """Return what the page of a run shows at an instant."""
    plan, progress = state.plan, state.progress
    slots = {slot.task: slot for slot in schedule(plan).slots}
    forward = progress.phase in {RunPhase.RUNNING, RunPhase.PAUSED}
    coming = {slot.task: slot for slot in forecast(plan, progress, now).slots} if forward else {}
    rows = tuple(
        TaskRow(
            task=task,
            progress=progress.of(task.id),
            slot=slots[task.id],
            forecast=None if progress.of(task.id).ended else coming.get(task.id),
            attempts=tuple(item for item in state.attempts if item.task == task.id),
        )
        for task in plan.runbook.tasks
    )
    past = bool(past_point_of_no_return(plan, progress))
    turnable = forward and not past
    asked = () if state.closed else waits_for_people(plan, progress)
    return RunView(
        state=state,
        now=now,
        lsat=latest_safe_abort(plan, progress, now) if turnable else None,
        past=past,
        back=None if past else returning(plan, progress, now),
        actions=tuple(_action(state, plan.task(name), now) for name in asked),
        running=tuple(
            row
            for row in rows
            if row.task.id not in asked and (row.progress.active or row.progress.state in _BUSY)
        ),
        tasks=rows,
        gates=tuple(task for task in plan.runbook.tasks if task.kind == "gate"),
    )


def _action(state: RunState, task: Task, now: datetime) -> Action:
    team, found = state.plan.team, state.progress.of(task.id)
    role = _role(state, task, found)
    holders = team.roles.get(role)
    asks = _ASKED[found.state]
    if task.kind == "gate" and found.state in {S.WAITING, S.RUNNING}:
        asks = "decide" if task.id in state.progress.evaluated else "evaluate"
    if open_question(state.progress, task.id):
        asks = "turn_back"

    def people(names: tuple[str, ...]) -> tuple[Person, ...]:
        return tuple(team.people.get(name, Person(name=name)) for name in names)

    able = (*holders.people, *holders.deputies) if holders else ()
    verbs = allowed(state.plan, state.progress, task) if asks in _BY_HAND else ()
    return Action(
        verbs=tuple(verb for verb in VERBS if verb in verbs),
        pressers=(found.assignee,) if found.assignee else able,
        task=task,
        progress=found,
        asks=asks,
        role=role,
        people=called(team, role, now=now, holdings=state.holdings),
        deputies=people(holders.deputies if holders else ()),
    )


def _role(state: RunState, task: Task, found: TaskProgress) -> str:
    """Return who is asked: the verifier to verify, the undo's own owner to undo, else the owner."""
    if question := open_question(state.progress, task.id):
        return question.role
    if found.state is S.VERIFYING:
        return task.verifier
    if found.state in {S.UNDOING, S.UNDO_FAILED}:
        body = body_of(state.plan, task.id, found.role)
        return body.owner if body is not None and body.owner else task.owner
    return task.owner
