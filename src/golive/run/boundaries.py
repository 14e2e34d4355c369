"""Prove the way back from every boundary of a rehearsal: after each task, and inside each.

Inside a task a tool does, the abort comes while the tool is at it; inside a person's, while a
person has begun it.

The rehearsal goes forward one task at a time. Before each next task a copy of the run is aborted
there and rolled back, and golive compares the old system with before; then the systems are put
back and the rehearsal goes on. A second copy begins the next task and is aborted inside it. The
last boundary is the rehearsal's own rollback. What came of each is a record of the run.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from golive.contracts import Environment
from golive.project import Project
from golive.run.control import Controller, take_control
from golive.run.executor import execute
from golive.run.forks import Forks, fork_run
from golive.run.inflight import InFlight
from golive.run.moves import make_move
from golive.run.state import RunState
from golive.run.verdict import verdict_of
from golive.runbook.definition import ENGINE_KINDS
from golive.runbook.lifecycle import RunPhase, TaskState
from golive.runbook.moves import Move

__all__ = ["Walk"]

#: Forward work begins with one of these moves.
_BEGINS = frozenset({"open", "pass", "skip"})
#: Seconds of a task's work before it is aborted inside, unless it says something earlier.
_INSIDE = 1.0
_LOOK = 0.02


@dataclass(kw_only=True)
class Walk:
    """A rehearsal going forward one task at a time, its way back tried at every boundary.

    Give :meth:`choose` to :func:`golive.run.executor.execute`.
    """

    controller: Controller
    project: Project
    environment: Environment
    forks: Forks
    #: Told ``(label, result)`` after each boundary; the result is the record's data.
    tell: Callable[[Mapping[str, Any]], None] = lambda result: None
    pause: Callable[[float], None] = time.sleep
    proven: set[str] = field(default_factory=set)

    def choose(self, state: RunState, moves: tuple[Move, ...]) -> tuple[Move, ...]:
        """Return the moves to make now: never more than one task is begun at a time."""
        if state.progress.phase is not RunPhase.RUNNING:
            return moves
        begins = [move for move in moves if _begins(state, move)]
        others = tuple(move for move in moves if not _begins(state, move))
        if not begins or others or _at_work(state):
            return others
        self.proven |= {str(item["label"]) for item in state.boundaries}
        last = _last(state)
        if last:
            self._prove(f"after-{last}", "")
        task = state.plan.task(begins[0].task)
        by_tool = begins[0].verb == "start" and task.kind in {*ENGINE_KINDS, "checkpoint"}
        if by_tool or (begins[0].verb == "open" and task.kind == "manual"):
            self._prove(f"inside-{task.id}", task.id)
        return (begins[0],)

    def _prove(self, label: str, inside: str) -> None:
        if label in self.proven:
            return
        result = self._try_once(label, inside, patience=_INSIDE)
        if inside and result["proven"] and not result["caught"]:
            # It was over too soon: once more, and aborted as soon as it has begun. What was found
            # wrong is not tried away.
            result = self._try_once(label, inside, patience=0.0)
        self.controller.append("boundary.tried", result)
        self.proven.add(label)
        self.tell(result)

    def _try_once(self, label: str, inside: str, *, patience: float) -> dict[str, Any]:
        kept = self.forks.keep(label)
        folder = fork_run(self.controller.folder, label)
        try:
            return self._try(folder, label, inside, patience=patience)
        finally:
            self.forks.put_back(label, kept)

    def _try(self, folder: Path, label: str, inside: str, *, patience: float) -> dict[str, Any]:
        """Abort a copy of the run at its end, roll it back, and tell what came of it."""
        plan = self.controller.state.plan
        with take_control(folder, plan) as copy:
            copy.append("run.forked", {"label": label, "of": self.controller.folder.name})
            caught = bool(inside) and self._begin(copy, inside, patience)
            copy.append("run.aborting", {"reason": f"the way back is tried: {label}"})
            state = execute(
                copy, self.project, self.environment, pause=self.pause, until=_stands,
            )  # fmt: skip
            if not state.closed:
                copy.append("run.closed", verdict_of(state))
                state = copy.state
        return _result(state, label, inside, caught=caught)

    def _begin(self, copy: Controller, task: str, patience: float) -> bool:
        """Begin a task in the copy until it is at work; tell whether it still was then."""
        attempts = InFlight(controller=copy, project=self.project, environment=self.environment)
        if copy.state.plan.task(task).kind == "manual":
            make_move(copy, attempts, Move(verb="open", task=task))
            begun = {"task": task, "verb": "start", "to": str(TaskState.RUNNING)}
            copy.append("task.acted", {**begun, "reason": "nobody: the way back is tried"})
            return True
        number = str(copy.state.progress.of(task).attempts + 1)
        make_move(copy, attempts, Move(verb="start", task=task, number=number, role="run"))
        log = attempts.folder(task, number) / "log.txt"
        began = 0.0
        while copy.state.progress.of(task).active:
            running = copy.state.progress.of(task).state is TaskState.RUNNING
            if running and (_said(log) or began >= patience):
                return True
            began += _LOOK if running else 0.0
            self.pause(_LOOK)
            attempts.look()
        return False


def _begins(state: RunState, move: Move) -> bool:
    """Tell whether a task begins with a move; a gate or a wait that is open only ends with it."""
    if move.verb in _BEGINS:
        return state.progress.of(move.task).state is TaskState.PENDING
    return move.verb == "start" and move.role == "run"


def _at_work(state: RunState) -> bool:
    """Tell whether a worker, a person, a gate or a wait is still at something."""
    busy = {TaskState.WAITING, TaskState.RUNNING, TaskState.VERIFYING}
    return bool(state.in_flight()) or any(
        found.state in busy for found in state.progress.tasks.values()
    )


def _stands(state: RunState) -> bool:
    """Tell whether a copy goes no further by itself: there is nobody at it to press anything."""
    blocked = state.progress.phase is RunPhase.ROLLBACK_BLOCKED
    return blocked or (not state.in_flight() and bool(_by_hand(state)))


def _by_hand(state: RunState) -> list[str]:
    """Return the tasks whose way back waits for a person to do it."""
    return [
        name
        for name, found in state.progress.tasks.items()
        if found.state is TaskState.UNDOING and not found.active
    ]


def _last(state: RunState) -> str:
    """Return the task that began last; empty at the start."""
    begun = [(found.started, name) for name, found in state.progress.tasks.items() if found.started]
    return max(begun)[1] if begun else ""


def _said(log: Path) -> bool:
    try:
        return log.stat().st_size > 0
    except OSError:
        return False


def _result(state: RunState, label: str, inside: str, *, caught: bool) -> dict[str, Any]:
    """Return the data of a ``boundary.tried`` record."""
    stuck = [
        f"{name}: not undone, {found.reason}"
        for name, found in state.progress.tasks.items()
        if found.state is TaskState.UNDO_FAILED
    ]
    differences, by_hand = list(state.differences or ()), _by_hand(state)
    if state.differences is None and not stuck and not by_hand:
        stuck.append("the old system was not compared with before")
    return {
        "label": label,
        "inside": inside,
        #: False when the task had ended before the abort: then this is a boundary after it.
        "caught": caught,
        "proven": not differences and not stuck and not by_hand,
        #: What a person takes back: nobody can try that on a copy.
        "by_hand": by_hand,
        "seconds": round(state.way_back_seconds, 3),
        "planned": state.way_back_planned,
        "steps": len(state.progress.rollback or ()),
        "problems": [*differences, *stuck],
    }
