"""A whole night on a virtual clock: the real moves and the real fold, workers and people played.

Nothing is started and nothing is written. Workers take as long as planned and pass; people do what
is asked of them when they are on shift, one task at a time; gates get their go. What differs from
the plan's schedule is what the life cycle itself adds.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from golive.outcome import Outcome, Status, outcome_to_json
from golive.record.chain import Actor, Record
from golive.run.control import Controller
from golive.run.inflight import InFlight
from golive.run.moves import make_move
from golive.run.state import RunState, fold
from golive.runbook.definition import Body, Task
from golive.runbook.duty import hands, next_after, offset
from golive.runbook.lifecycle import RunPhase, TaskProgress, TaskState, body_of
from golive.runbook.moves import Move, next_moves
from golive.runbook.network import NEVER, network_of
from golive.runbook.planning import Plan
from golive.runbook.schedule import Pace, schedule
from golive.runbook.times import parse_duration, parse_instant

__all__ = ["Moment", "VirtualNight", "play"]

S = TaskState
#: What a record of the night is called on the screen, by the state it leads to.
_TOLD = {
    S.STARTING: "start", S.WAITING: "open", S.DONE: "done", S.SKIPPED: "skipped",
    S.UNDOING: "undo", S.UNDONE: "undone",
}  # fmt: skip


#: States in which somebody may be asked for something.
_WITH_PEOPLE = frozenset({S.VERIFYING, S.WAITING, S.RUNNING, S.UNDOING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One thing that happened: ``start``, ``open``, ``done``, ``skipped``, ``undo``, ``undone``."""

    at: datetime
    task: str
    what: str
    person: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualNight:
    """How the night went: ``live``, ``rolled_back``, or ``stands`` with the reason why.

    ``at`` is the end of the night's last task; hypercare is no part of the night.
    """

    ended: str
    at: datetime
    moments: tuple[Moment, ...]
    why: str = ""
    #: How many records a real journal would hold.
    records: int = 0


def play(plan: Plan, *, pace: Pace = "likely") -> VirtualNight:
    """Play the night to its end, or to where it cannot go on."""
    night = _Night(plan, pace)
    night.append("run.opened", {"run": "simulated", "environment": {}})
    night.append("controller.opened", {"token": 1})
    while not night.state.closed:
        before = night.seq
        night.look()
        for move in next_moves(plan, night.state.progress, night.now):
            night.make(move)
        night.people_act()
        if night.seq == before and not night.time_passes():
            return night.told("stands")
    rolled = night.state.progress.phase is RunPhase.ROLLED_BACK or night.back
    return night.told("rolled_back" if rolled else "live")


class _Night:
    """The state of the play; stands for the controller and for the attempts in flight."""

    project = None

    def __init__(self, plan: Plan, pace: Pace) -> None:
        self.plan, self.pace = plan, pace
        self.now = parse_instant(plan.t0)
        self.state = RunState(plan=plan)
        self.seq = 0
        self.back = False
        self.moments: list[Moment] = []
        self.last = self.now
        self._network = network_of(plan)
        self._nodes = {node.task: node for node in self._network.nodes}
        self._order = schedule(plan, pace=pace).order
        self._workers: dict[str, tuple[datetime, str, str]] = {}
        self._hands: dict[str, tuple[datetime, tuple[str, ...]]] = {}
        self._lags: dict[str, list[timedelta]] = {}
        for link in (link for task in plan.runbook.tasks for link in task.links):
            if lag := parse_duration(link.lag):
                self._lags.setdefault(link.id, []).append(lag)
        self._wakes = self._fixed_times()
        heapq.heapify(self._wakes)

    # --- what a move asks of a controller and of the attempts -------------------------------------

    def append(self, kind: str, data: dict[str, Any], person: str = "") -> None:
        """Fold one record of the night."""
        name = data.get("task", data.get("gate", ""))
        before = self.state.progress.of(name).state
        self.seq += 1
        actor = Actor(
            person=person or "golive", os_user="", host="", tty="",
            assurance="simulated" if person else "system",
        )  # fmt: skip
        record = Record(
            seq=self.seq, at=self.now, mono=0.0, boot="", actor=actor, type=kind, data=data,
            prev="", hash="",
        )  # fmt: skip
        self.state = fold(self.plan, [record], self.state)
        after = self.state.progress.of(name).state
        if name and after is not before:
            self._wake_for(name)
            if after in _TOLD:
                moment = Moment(at=self.now, task=name, what=_TOLD[after], person=person)
                self.moments.append(moment)
                # What waits for a time after the window is no part of the night.
                self.last = self.last if self._nodes[name].afterwards else self.now

    def look(self) -> None:
        """Launch what was begun, and end what has taken its time."""
        for name, number in self.state.in_flight():
            if name not in self._workers:
                found = self.state.progress.of(name)
                ends = self.now + self._time_of(name, found)
                self._workers[name] = (ends, number, found.role)
                heapq.heappush(self._wakes, ends)
                self.append("task.started", {"task": name, "number": number})
            elif self._workers[name][0] <= self.now:
                self._end(name)

    def living(self, task: str) -> tuple[int, ...]:
        """Return no process: none is real."""
        return ()

    def end_leftovers(self) -> tuple[str, ...]:
        """Return nothing: a played worker leaves nothing behind."""
        return ()

    def make(self, move: Move) -> None:
        """Do a move; what needs the world outside is played."""
        match move.verb:
            case "fingerprint":
                same: dict[str, Any] = {"differences": []} if move.reason == "after" else {}
                self.append("fingerprint.taken", {"when": move.reason, **same})
            case "evaluate":
                self.append("gate.evaluated", {"gate": move.task, "met": True, "criteria": []})
            case "close":
                self.append("run.closed", {"verdict": "", "reasons": []})
            case _:
                self.back = self.back or move.verb == "plan-rollback"
                # The night is its own controller and its own attempts in flight.
                make_move(cast("Controller", self), cast("InFlight", self), move)

    # --- workers ----------------------------------------------------------------------------------

    def _end(self, name: str) -> None:
        _, number, _ = self._workers.pop(name)
        outcome = Outcome(status=Status.PASSED, summary="", started=self.now, ended=self.now)
        data = {"task": name, "number": number, "exit": "finished"}
        self.append("task.finished", {**data, "outcome": outcome_to_json(outcome)})

    def _time_of(self, name: str, found: TaskProgress) -> timedelta:
        if found.role in {"undo", "restore"}:
            steps = self.state.progress.rollback or ()
            seconds = [step.seconds for step in steps if step.id == f"{name}.{found.role}"]
            return timedelta(seconds=seconds[0] if seconds else 0)
        if found.role == "probe" and found.state is not S.WAITING:
            return timedelta(0)
        spent = (
            self.now - found.started if found.role == "probe" and found.started else timedelta(0)
        )
        return max(timedelta(0), self._planned(name) - spent)

    def _planned(self, name: str) -> timedelta:
        node = self._nodes[name]
        return timedelta(seconds=node.worst if self.pace == "worst" else node.likely)

    # --- people -----------------------------------------------------------------------------------

    def people_act(self) -> None:
        """Let people begin, end, decide and verify what waits for them, the most critical first."""
        for name in self._order:
            found = self.state.progress.of(name)
            if found.state not in _WITH_PEOPLE:
                continue
            task = self.plan.task(name)
            if found.state is S.VERIFYING and task.verifier and not found.active:
                self._verify(task, found)
            elif found.state in {S.WAITING, S.RUNNING, S.UNDOING} and not found.active:
                self._by_hand(task, found)

    def _verify(self, task: Task, found: TaskProgress) -> None:
        if task.probe is not None and found.probed != "passed":
            return
        others = [one for one in hands(self.plan.team, task.verifier) if one != found.person]
        if others:
            self._press(task, "verify", S.DONE, others[0])

    def _by_hand(self, task: Task, found: TaskProgress) -> None:
        body = body_of(self.plan, task.id, found.role) if found.state is S.UNDOING else None
        manual = task.kind == "manual" if body is None else body.kind == "manual"
        if not manual and not (task.kind == "gate" and task.id in self.state.progress.evaluated):
            return
        if task.id not in self._hands:
            self._begin(task, body)
        ends, people = self._hands.get(task.id, (self.now, ()))
        if not people or ends > self.now:
            return
        del self._hands[task.id]
        if task.kind == "gate":
            for person in people:
                data = {"gate": task.id, "decision": "go", "reason": "simulated"}
                self.append("gate.decided", data, person)
        elif body is not None:
            self._press(task, "complete", S.UNDONE, people[0])
        else:
            checked = task.verifier or task.probe is not None
            self._press(task, "complete", S.VERIFYING if checked else S.DONE, people[0])

    def _begin(self, task: Task, body: Body | None) -> None:
        """Let enough people who are free and on shift begin; otherwise wake when one may be."""
        role = task.owner if body is None else body.owner or task.owner
        at, busy = offset(self.now, self._network.begins), self._busy()
        able = hands(self.plan.team, role)
        ready = [
            one
            for one in able
            if one not in busy and next_after(self._network.duty.spans(one), at) == at
        ]
        needed = min(len(able), task.quorum if task.kind == "gate" else 1)
        if len(ready) < needed or not able:
            return
        span = self._planned(task.id) if body is None else timedelta(minutes=body.est[1])
        self._hands[task.id] = (self.now + span, tuple(ready[:needed]))
        heapq.heappush(self._wakes, self.now + span)
        if task.kind == "manual" and body is None:
            self._press(task, "start", S.RUNNING, ready[0])

    def _busy(self) -> set[str]:
        return {one for _, people in self._hands.values() for one in people}

    def _press(self, task: Task, verb: str, to: TaskState, person: str) -> None:
        self.append(
            "task.acted",
            {"task": task.id, "verb": verb, "to": to.value, "reason": "simulated"},
            person,
        )

    # --- the clock --------------------------------------------------------------------------------

    def _fixed_times(self) -> list[datetime]:
        """Return every moment something may become possible by the clock alone."""
        seconds = [end for _, end in self._network.duty.blackouts]
        seconds += [end for spans in self._network.duty.away.values() for _, end in spans]
        for node in self._network.nodes:
            seconds += [time for time in (node.earliest, node.ends_at) if time > NEVER]
        return [self._network.begins + timedelta(seconds=each) for each in seconds]

    def _wake_for(self, name: str) -> None:
        """Note when a lag after this task's start or end will be over."""
        for lag in self._lags.get(name, ()):
            heapq.heappush(self._wakes, self.now + lag)

    def time_passes(self) -> bool:
        """Go to the next moment at which something may happen; False when there is none."""
        while self._wakes and self._wakes[0] <= self.now:
            heapq.heappop(self._wakes)
        if not self._wakes:
            return False
        self.now = heapq.heappop(self._wakes)
        return True

    def told(self, ended: str) -> VirtualNight:
        """Return how the night went."""
        why = ""
        if ended == "stands":
            stopped = [
                f"{name}: {found.late or found.state}"
                for name, found in self.state.progress.tasks.items()
                if found.late or found.state in {S.WAITING, S.FAILED, S.UNKNOWN}
            ]
            why = "; ".join(stopped)
        return VirtualNight(
            ended=ended, at=self.last, moments=tuple(self.moments), why=why, records=self.seq
        )
