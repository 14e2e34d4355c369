"""A night on a virtual clock: the real moves and the real fold, with made-up workers and people.

No file, no process, no clock. What a worker or a person does next is read from ``choices``, bytes
that Hypothesis draws and shrinks; zero is always the smooth way. The night keeps its own books
(`began`, `undone`, `working`) and checks every record against them, not against the state.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from golive.errors import Refused
from golive.outcome import Outcome, Status, outcome_to_json
from golive.record.chain import Actor, Record
from golive.run import leftovers
from golive.run.moves import make_move
from golive.run.state import RunState, fold
from golive.runbook.actions import act
from golive.runbook.definition import Body, Irreversible, Task
from golive.runbook.graph import ancestors
from golive.runbook.lifecycle import RunPhase, body_of
from golive.runbook.moves import Move, next_moves, waits_for_people
from golive.runbook.planning import Plan
from golive.runbook.presses import ACTIONS, RESULTS, Press
from golive.runbook.rollback import past_point_of_no_return
from golive.runbook.times import parse_duration, parse_instant
from golive.runbook.turning_back import open_question

MINUTE = timedelta(minutes=1)
#: What lets a successor start; written out here, not taken from the code under test.
WHITELIST = {"done", "done_manual", "waived"}
PEOPLE = ("li", "mei", "tom", "zhao", "claire")


@dataclass
class Choices:
    """Numbers to decide by; when they are used up, zero."""

    data: bytes = b""
    used: int = 0

    def below(self, limit: int) -> int:
        value = self.data[self.used] if self.used < len(self.data) else 0
        self.used += 1
        return value % limit


@dataclass
class Worker:
    task: str
    number: str
    role: str
    ends: datetime
    stopped: bool = False


@dataclass
class Night:
    """One run. After ``abort_after`` records it is aborted; with ``chaos`` people meddle."""

    plan: Plan
    choices: Choices
    abort_after: int = 10_000
    chaos: bool = True
    undo_fails: bool = True
    now: datetime = field(init=False)
    state: RunState = field(init=False)
    records: list[Record] = field(default_factory=list)
    workers: dict[str, Worker] = field(default_factory=dict)
    began: Counter[str] = field(default_factory=Counter)
    #: When each task first began, was opened or passed.
    first_start: dict[str, datetime] = field(default_factory=dict)
    #: Step id (``A.undo``) -> how often it passed.
    undone: Counter[str] = field(default_factory=Counter)
    #: (task, number of the attempt) -> when what it left behind goes by itself.
    left: dict[tuple[str, str], datetime] = field(default_factory=dict)
    #: Task -> when what it began on other machines goes by itself; it is not to be seen from here.
    far: dict[str, datetime] = field(default_factory=dict)
    project: None = None
    #: No folder of a record: nothing of the night is entered in a ledger.
    folder: Path = Path("nowhere")

    def __post_init__(self) -> None:
        self.now = parse_instant(self.plan.t0)
        self.state = RunState(plan=self.plan)
        self.before = ancestors(self.plan.graph)
        self.append("run.opened", {"run": "night", "environment": {}})
        self.append("controller.opened", {"token": 1})

    # --- what make_move asks of a controller and of the attempts --------------------------------

    def append(self, kind: str, data: dict[str, Any], person: str = "") -> None:
        self._check(kind, data)
        seq = len(self.records) + 1
        actor = Actor(
            person=person or "golive", os_user="u", host="h", tty="",
            assurance="claimed" if person else "system",
        )  # fmt: skip
        record = Record(
            seq=seq, at=self.now, mono=0.0, boot="", actor=actor, type=kind, data=data,
            prev="", hash=f"{seq:064x}",
        )  # fmt: skip
        self.records.append(record)
        self.state = fold(self.plan, [record], self.state)
        self._keep_books(kind, data)
        self._check_locks()

    def look(self) -> None:
        for name, number in self.state.in_flight():
            found = self.state.progress.of(name)
            worker = self.workers.get(name)
            if worker is None:
                self._launch(name, number, found.role)
            elif worker.ends <= self.now or (self._asked(found) and self.choices.below(2)):
                self._end(worker, stopped=self._asked(found))
            elif found.state == "starting":
                self.append("task.started", {"task": name, "number": number})
        leftovers.end_asked(self, self._end_left, self._end_far)

    def end_leftovers(self) -> tuple[str, ...]:
        return leftovers.end_all(self.state, self._end_left)

    def living(self, task: str) -> tuple[int, ...]:
        return leftovers.living(self.state, task, self._left)

    def _left(self, task: str, number: str) -> tuple[int, ...]:
        return (1,) if self.left.get((task, number), self.now) > self.now else ()

    def _end_far(self, task: str, number: str) -> tuple[str, ...]:
        if self.far.get(task, self.now) > self.now and self.choices.below(2) == 0:
            del self.far[task]
        return ("a host",) if self.far.get(task, self.now) > self.now else ()

    def end_far(self, task: str) -> tuple[str, ...]:
        return leftovers.end_far(self.state, task, self._end_far)

    def _end_left(self, task: str, number: str) -> tuple[int, ...]:
        if self._left(task, number) and self.choices.below(2) == 0:
            del self.left[task, number]
        return self._left(task, number)

    @staticmethod
    def _asked(found: Any) -> bool:
        """Tell whether a worker was told to stop."""
        return found.state == "stopping" or found.stop_asked

    # --- the loop -------------------------------------------------------------------------------

    def run(self, rounds: int = 3000) -> RunState:
        """Go on until the run is closed. Fail when it stands still and asks nobody."""
        for _ in range(rounds):
            if self.state.closed or not self._round():
                return self.state
        raise AssertionError(f"no end after {rounds} rounds: {self.state.progress}")

    def _round(self) -> bool:
        before = len(self.records)
        self.look()
        for move in self.moves():
            self.make(move)
        if len(self.records) >= self.abort_after:
            self.abort()
        if self.chaos and self.choices.below(3) == 2:
            self._meddle()
        if len(self.records) == before and not self._people_act():
            return self._time_passes()
        return True

    def moves(self) -> tuple[Move, ...]:
        return next_moves(self.plan, self.state.progress, self.now)

    def make(self, move: Move) -> None:
        if move.verb == "fingerprint":
            differences = {"differences": []} if move.reason == "after" else {}
            self.append("fingerprint.taken", {"when": move.reason, **differences})
        else:
            make_move(self, self, move)

    def _time_passes(self) -> bool:
        """Go to the next end of a worker, or a minute on; False when nothing will ever happen."""
        if self.workers:
            self.now = max(self.now, min(worker.ends for worker in self.workers.values()))
            return True
        self.now += MINUTE
        if self.now < parse_instant(self.plan.runbook.window.end):
            return True
        states = {task.id: self.state.progress.of(task.id) for task in self.plan.runbook.tasks}
        excused = any(
            found.state == "held" or (found.state == "skipped" and not found.skip_satisfies)
            for found in states.values()
        )
        assert excused or self.state.progress.phase == "paused", f"stands still: {states}"
        return self.abort()

    def abort(self) -> bool:
        """Open the way back, where it is still open; tell whether it was opened."""
        self.abort_after = 10_000
        if past_point_of_no_return(self.plan, self.state.progress):
            return False
        if self.state.progress.phase not in {RunPhase.RUNNING, RunPhase.PAUSED}:
            return False
        self.append("run.aborting", {"reason": "a person says so"}, "zhao")
        return True

    # --- workers --------------------------------------------------------------------------------

    def _launch(self, name: str, number: str, role: str) -> None:
        body = body_of(self.plan, name, role)
        assert body is not None, f"{name} {number} has nothing to do"
        assert body.kind != "manual", f"{name} {number} is for a person"
        back = role in {"undo", "restore"}
        minutes = body.est[1] if back else self.choices.below(8)
        self.workers[name] = Worker(name, number, role, self.now + minutes * MINUTE)

    def _end(self, worker: Worker, *, stopped: bool) -> None:
        del self.workers[worker.task]
        data = {"task": worker.task, "number": worker.number}
        back = worker.role in {"undo", "restore"}
        luck = self.choices.below(12) if self.undo_fails or not back else 0
        survivors = self._leave_behind(worker) if luck in {10, 11} else []
        ends_early = stopped or luck in {5, 8, 9, 10, 11}
        far: dict[str, Any] = {}
        if ends_early and worker.role != "probe" and self.choices.below(3) == 2:
            far = {"elsewhere": ["a host"]}
        kind, ended = self._how(luck, survivors, far, stopped=stopped)
        self.append(kind, {**data, **ended})
        if far:
            self.far[worker.task] = self.now + (1 + self.choices.below(20)) * MINUTE

    def _how(
        self, luck: int, survivors: list[int], far: dict[str, Any], *, stopped: bool
    ) -> tuple[str, dict[str, Any]]:
        """Return the record of how a worker ended."""
        if not stopped and luck in {9, 11}:
            return "task.lost", {"why": "its worker is gone", "living": survivors, **far}
        if stopped or luck in {8, 10}:
            word = "stopped" if stopped else "timeout"
            return "task.finished", {"exit": word, "outcome": None, "survivors": survivors, **far}
        status = Status.FAILED if luck in {6, 7} else Status.PASSED
        outcome = Outcome(status=status, summary="it ran", started=self.now, ended=self.now)
        if far:
            outcome = replace(outcome, status=Status.BROKEN, doubt=True)
        return "task.finished", {"exit": "finished", "outcome": outcome_to_json(outcome)}

    def _leave_behind(self, worker: Worker) -> list[int]:
        minutes = 1 + self.choices.below(20)
        self.left[worker.task, worker.number] = self.now + minutes * MINUTE
        return [1]

    # --- people ---------------------------------------------------------------------------------

    def _people_act(self) -> bool:
        """Let people do what is asked of them; False when nothing is asked that they may do."""
        for name in waits_for_people(self.plan, self.state.progress):
            task = self.plan.task(name)
            found = self.state.progress.of(name)
            if task.kind == "gate" and found.state == "waiting":
                if name in self.state.progress.evaluated:
                    self._decide(task)
                    return True
                continue
            if open_question(self.state.progress, name):
                self._decide(task)
                return True
            verbs = [verb for verb, (states, _) in ACTIONS.items() if found.state in states]
            verbs.sort(key=["complete", "verify", "retry", "resolve"].__contains__, reverse=True)
            shift = self.choices.below(len(verbs))
            if any(self.press(task, verb) for verb in (*verbs[shift:], *verbs[:shift])):
                return True
        return False

    def _decide(self, gate: Task) -> None:
        word = "no-go" if self.choices.below(6) == 5 else "go"
        decided = Counter(item.person for item in self.state.progress.decisions)
        person = min(("zhao", "claire"), key=lambda name: decided[name])
        self.append("gate.decided", {"gate": gate.id, "decision": word, "reason": "r"}, person)

    def press(self, task: Task, verb: str) -> bool:
        """Press one button as the first person allowed to; tell whether anybody was."""
        for person in PEOPLE:
            press = self._pressed(task, verb, person)
            try:
                to = act(self.plan, self.state.progress, task, press)
            except Refused:
                continue
            self.append("task.acted", self._said(task, press, to.value), person)
            return True
        return False

    def _pressed(self, task: Task, verb: str, person: str) -> Press:
        result = RESULTS[self.choices.below(2)] if verb == "resolve" else ""
        late = bool(self.state.progress.of(task.id).late)
        return Press(
            verb=verb, person=person, reason="r", second="tom" if person != "tom" else "mei",
            result=result, assignee="li", eta=self.now + MINUTE, evidence=True,
            what="lsat" if late else "earliest", satisfies=self.choices.below(3) != 2,
        )  # fmt: skip

    def _said(self, task: Task, press: Press, to: str) -> dict[str, Any]:
        return {
            "task": task.id, "verb": press.verb, "to": to, "reason": press.reason,
            "satisfies": press.satisfies, "second": {"person": press.second, "assurance": "pin"},
            "result": press.result, "assignee": press.assignee, "what": press.what,
            "eta": press.eta.isoformat(), "evidence": [{"sha256": "0" * 64}],
        }  # fmt: skip

    def _meddle(self) -> None:
        tasks, verbs = self.plan.runbook.tasks, tuple(ACTIONS)
        chosen = self.choices.below(len(verbs) + 1)
        if chosen < len(verbs):
            self.press(tasks[self.choices.below(len(tasks))], verbs[chosen])
        elif self.state.progress.phase is RunPhase.RUNNING:
            self.append("run.paused", {}, "zhao")
        if self.state.progress.phase is RunPhase.PAUSED and self.choices.below(2) == 0:
            self.append("run.continued", {}, "zhao")

    # --- the night's own books ------------------------------------------------------------------

    def _keep_books(self, kind: str, data: dict[str, Any]) -> None:
        name, verb = data.get("task", ""), data.get("verb", "")
        found = self.state.progress.of(name)
        if found.started is not None:
            self.first_start.setdefault(name, found.started)
        if kind == "task.starting" and data["role"] == "run":
            self.began[name] += 1
        elif kind == "task.acted" and verb in {"start", "complete", "done-by-hand"}:
            if data["to"] in {"undone", "undone_manual"}:
                self.undone[self._step_of(name)] += 1
            else:
                self.began[name] += 1
        elif kind == "task.finished" and found.state == "undone":
            role = data["number"].split("-")[0]
            self.undone[f"{name}.{role}"] += role in {"undo", "restore"}

    def _step_of(self, name: str) -> str:
        """Return the step of the rollback a person just did by hand: a restore before an undo."""
        steps = [step.id for step in self.state.progress.rollback or () if step.task == name]
        return next(step for step in sorted(steps) if not self.undone[step])

    def _check(self, kind: str, data: dict[str, Any]) -> None:
        verb = data.get("verb", "")
        self._check_left(kind, data)
        if kind == "task.starting":
            attempt = (data["task"], data["number"])
            known = {(item.task, item.number) for item in self.state.attempts}
            assert attempt not in known, f"the folder of {attempt} is taken"
        if (kind == "task.starting" and data["role"] == "run") or verb == "open":
            self._check_links(self.plan.task(data["task"]))
            assert data["task"] not in self.workers, f"{data['task']} is at work already"
        elif kind == "task.starting" and data["role"] in {"undo", "restore"}:
            self._check_way_back(data["task"], data["role"])
            assert data["task"] not in self.workers, f"{data['task']} is at work already"
        if verb == "open" and self.plan.task(data["task"]).kind == "manual":
            self._check_hands(data["task"])
        elif verb == "open-undo":
            self._check_way_back(data["task"], data["role"])

    def _check_hands(self, name: str) -> None:
        """Nobody is asked for two manual tasks at once, but who was named for one by a person."""
        asked = [
            found
            for task in self.plan.runbook.tasks
            if task.kind == "manual" and task.id != name
            for found in [self.state.progress.of(task.id)]
            if found.state in {"waiting", "running"} and not found.assignee
        ]
        if not self.state.progress.of(name).assignee:
            assert len(asked) < len(self.plan.team.roles["ops"].people), (
                f"nobody is free for {name}"
            )

    def _check_left(self, kind: str, data: dict[str, Any]) -> None:
        """Nothing begins beside what lives on of the same task, nor is it said to be gone."""
        living = {task for (task, _), goes in self.left.items() if goes > self.now}
        if kind == "task.starting" or (
            kind == "task.moved" and data["verb"] in {"cleared", "retry"}
        ):
            assert data["task"] not in living, f"{data['task']} still runs, and yet: {kind} {data}"
        elif kind == "rollback.planned":
            assert not living, f"the way back is planned while {living} still run"
        self._check_far(kind, data)

    def _check_far(self, kind: str, data: dict[str, Any]) -> None:
        """Nor beside what goes on on other machines, unless two people say what is so there."""
        name, verb = data.get("task", ""), data.get("verb", "")
        if verb in {"resolve", "done-by-hand"} or data.get("number", "").startswith("probe"):
            # Two people, or the probe, say that it is over: the night believes them.
            self.far.pop(name, None)
        far = {task for task, goes in self.far.items() if goes > self.now}
        if (kind == "task.starting" and data["role"] != "probe") or verb in {"cleared", "retry"}:
            told_to = kind == "task.acted"
            assert told_to or name not in far, f"{name} goes on elsewhere, and yet: {kind} {data}"
        elif kind == "rollback.planned":
            assert not far, f"the way back is planned while {far} go on elsewhere"

    def _check_links(self, task: Task) -> None:
        for link in task.links:
            other = self.state.progress.of(link.id)
            met = other.state.value in WHITELIST or (
                other.state == "skipped" and other.skip_satisfies
            )
            if link.type == "SS" and link.id in self.first_start:
                assert self.now >= self.first_start[link.id] + parse_duration(link.lag)
            else:
                assert met, f"{task.id} begins while {link.id} is {other.state}"
                assert other.ended is not None
                assert self.now >= other.ended + parse_duration(link.lag)

    def _check_way_back(self, name: str, role: str) -> None:
        """Everything begun that was built on a task is undone before the task is.

        What a restore covers counts as undone at the restore, and the restore waits for the undos
        of all work begun after its checkpoint: of those two rules the second wins.
        """
        assert self.began[name], f"{name} is undone but never began"
        assert not self.undone[f"{name}.{role}"], f"{name} is undone twice"
        for task in self.plan.runbook.tasks:
            later = any(
                checkpoint in (name, *self.before[name]) for checkpoint in self.covering(task.id)
            )
            if role == "undo" and name in self.covering(task.id):
                assert self.undone[f"{name}.restore"], f"{name} is removed before its restore"
            elif name in self.before[task.id] and self.has_own_way_back(task) and not later:
                assert self.is_undone(task.id), f"{name} is undone before {task.id}"

    def has_own_way_back(self, task: Task) -> bool:
        covered = bool(self.covering(task.id))
        return self.began[task.id] > 0 and (isinstance(task.undo, Body) or covered)

    def covering(self, name: str) -> tuple[str, ...]:
        steps = self.state.progress.rollback or ()
        return tuple(step.task for step in steps if name in step.replaces)

    def is_undone(self, name: str) -> bool:
        return self.undone[f"{name}.undo"] > 0 or any(
            self.undone[f"{checkpoint}.restore"] for checkpoint in self.covering(name)
        )

    def _check_locks(self) -> None:
        held = Counter(lock for task in self._holders() for lock in task.locks)
        for lock, count in held.items():
            assert count <= self.plan.runbook.locks[lock], f"{lock} is held {count} times"

    def _holders(self) -> Iterator[Task]:
        """Yield the tasks at work: a worker does them, nobody knows, or a person was told to."""
        for task in self.plan.runbook.tasks:
            found = self.state.progress.of(task.id)
            worker = self.workers.get(task.id)
            by_hand = task.kind == "manual" and found.state in {"waiting", "running"}
            if (
                (worker is not None and worker.role != "probe")
                or by_hand
                or found.state == "undoing"
            ):
                yield task

    def check_way_back_complete(self) -> None:
        """After the rollback: each effect was taken back exactly once, nothing else was."""
        steps = {step.id for step in self.state.progress.rollback or ()}
        assert dict.fromkeys(steps, 1) == {key: n for key, n in self.undone.items() if n}
        for task in self.plan.runbook.tasks:
            times = self.undone[f"{task.id}.undo"] + len(self.covering(task.id))
            if isinstance(task.undo, Irreversible):
                assert times == 0, f"{task.id} cannot be undone"
            elif isinstance(task.undo, Body):
                assert times == (self.began[task.id] > 0), f"{task.id} was undone {times} times"
