"""What people do to a run: each action is guarded, compared with the newest record, and appended.

The command line and the console both come through here. Of two people on one button the second
is refused and told who was first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from golive.errors import Refused
from golive.record.chain import Actor
from golive.record.journal import Journal, Stale
from golive.run.opening import read_plan
from golive.run.state import RunState, fold
from golive.runbook.lifecycle import RunPhase, TaskState, act
from golive.runbook.rollback import past_point_of_no_return

__all__ = ["Desk", "abort_run", "act_on_task", "decide_gate", "note_run", "open_desk", "pause_run"]

#: How often a guard is asked again when other records came between.
_TRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One person in front of one run."""

    folder: Path
    journal: Journal
    actor: Actor

    def state(self) -> RunState:
        """Return the run's state as of now."""
        plan = read_plan(self.folder)
        return fold(plan, self.journal.records())

    def append(self, kind: str, decide: Callable[[RunState], Mapping[str, Any]]) -> RunState:
        """Append what ``decide`` returns for the newest state; ask again when it was stale.

        Whatever others did meanwhile, the guard inside ``decide`` has seen it.
        """
        for _ in range(_TRIES):
            state = self.state()
            data = decide(state)
            try:
                self.journal.append(kind, data, actor=self.actor, expect=state.head)
            except Stale:
                continue
            return self.state()
        raise Refused.of(
            f"run '{self.folder.name}'", "changes too fast to act on", hint="try again"
        )


def open_desk(folder: Path, actor: Actor) -> Desk:
    """Sit a person in front of a run. Raise Refused for somebody the demo only simulates."""
    desk = Desk(folder=folder, journal=Journal.open(folder / "journal.jsonl"), actor=actor)
    state = desk.state()
    if actor.person not in state.plan.team.people:
        raise Refused.of(
            f"person '{actor.person}'",
            "is not in the team",
            hint=f"name one with --as: {', '.join(state.plan.team.people)}",
        )
    simulated = state.plan.team.people[actor.person].simulated or actor.assurance == "simulated"
    if simulated and state.environment.get("kind") != "demo":
        raise Refused.of(
            f"person '{actor.person}'",
            "is simulated, and this is not the demo",
            hint="name a person with --as",
        )
    return desk


def act_on_task(
    desk: Desk, task: str, verb: str, *, reason: str = "", satisfies: bool = False
) -> RunState:
    """Do one operator action on a task. Raise Refused, saying what is allowed now."""

    def decide(state: RunState) -> Mapping[str, Any]:
        _open(state)
        try:
            found = state.plan.task(task)
        except KeyError as error:
            known = ", ".join(item.id for item in state.plan.runbook.tasks)
            raise Refused.of(f"task '{task}'", "is not in this plan", hint=known) from error
        person = desk.actor.person
        try:
            to = act(state.plan, state.progress, found, verb, person=person, reason=reason)
        except Refused as refusal:
            raise _with_first(refusal, desk, task, verb) from refusal
        return {
            "task": task, "verb": verb, "to": to.value, "reason": reason, "satisfies": satisfies,
        }  # fmt: skip

    return desk.append("task.acted", decide)


def _with_first(refusal: Refused, desk: Desk, task: str, verb: str) -> Refused:
    """Say who did the same before, if somebody did."""
    for record in reversed(desk.journal.records()):
        data = record.data
        if record.type == "task.acted" and (data["task"], data["verb"]) == (task, verb):
            who = f"{record.actor.person} did so at {record.at:%H:%M:%S} UTC"
            return Refused.of(f"task '{task}'", f"{verb} was done already: {who}",
                              hint=refusal.problems[0].hint)  # fmt: skip
    return refusal


def _open(state: RunState) -> None:
    if state.closed:
        raise Refused.of(
            f"run '{state.run}'", "is closed", hint=f"read it: golive status {state.run}"
        )


def decide_gate(desk: Desk, gate: str, decision: str, *, reason: str = "") -> RunState:
    """Record one person's decision at a gate. Raise Refused when it is not theirs or not now."""

    def decide(state: RunState) -> Mapping[str, Any]:
        _open(state)
        gates = [task for task in state.plan.runbook.tasks if task.kind == "gate"]
        found = next((task for task in gates if task.id == gate), None)
        if found is None:
            names = ", ".join(task.id for task in gates) or "none"
            raise Refused.of(f"gate '{gate}'", "is not in this plan", hint=f"gates: {names}")
        progress = state.progress.of(gate)
        if progress.state is not TaskState.WAITING or gate not in state.progress.evaluated:
            raise Refused.of(
                f"gate '{gate}'", f"is {progress.state}, not open", hint="wait until it opens"
            )
        if not state.plan.team.holds(desk.actor.person, found.owner):
            raise Refused.of(
                f"gate '{gate}'",
                f"is not '{desk.actor.person}' to decide",
                hint=f"ask {', '.join(state.plan.team.roles[found.owner].people)}",
            )
        if decision == "go" and not state.progress.evaluated[gate] and not reason:
            raise Refused.of(
                f"gate '{gate}'",
                "its criteria are not met, so a go against the evidence needs a reason",
                hint="add --reason; it is printed on page 1",
            )
        return {"gate": gate, "decision": decision, "reason": reason}

    return desk.append("gate.decided", decide)


def abort_run(desk: Desk, reason: str) -> RunState:
    """Open the way back. Raise Refused past the point of no return or when already on it."""

    def decide(state: RunState) -> Mapping[str, Any]:
        _open(state)
        lost = past_point_of_no_return(state.plan, state.progress)
        if lost:
            raise Refused.of(
                f"run '{state.run}'",
                f"is past its point of no return: {', '.join(lost)}",
                hint="fix forward",
            )
        if state.progress.phase not in {RunPhase.RUNNING, RunPhase.PAUSED}:
            raise Refused.of(
                f"run '{state.run}'", f"is already {state.progress.phase}", hint="let it go on"
            )
        if not reason:
            raise Refused.of(f"run '{state.run}'", "abort needs a reason", hint="add --reason")
        return {"reason": reason}

    return desk.append("run.aborting", decide)


def pause_run(desk: Desk, *, paused: bool) -> RunState:
    """Stop new starts, or allow them again. What is in flight goes on."""

    def decide(state: RunState) -> Mapping[str, Any]:
        _open(state)
        needed = RunPhase.RUNNING if paused else RunPhase.PAUSED
        if state.progress.phase is not needed:
            raise Refused.of(
                f"run '{state.run}'",
                f"is {state.progress.phase}, not {needed}",
                hint=f"see golive status {state.run}",
            )
        return {"reason": ""}

    return desk.append("run.paused" if paused else "run.continued", decide)


def note_run(desk: Desk, text: str, *, severity: str = "") -> RunState:
    """Write one line into the night's log."""

    def decide(state: RunState) -> Mapping[str, Any]:
        return {"text": text, "severity": severity}

    return desk.append("run.noted", decide)
