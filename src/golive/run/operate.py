"""What people do to a run: each action is guarded, compared with the newest record, and appended.

The command line and the console both come through here. Of two people on one button the second
is refused and told who was first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from golive.errors import Problem, Refused
from golive.outcome import Evidence
from golive.record.chain import Actor
from golive.record.journal import Journal, Stale
from golive.run.opening import read_plan
from golive.run.state import RunState, fold
from golive.runbook.actions import act
from golive.runbook.lifecycle import TaskState
from golive.runbook.presses import Press

__all__ = ["Desk", "act_on_task", "check_happened", "decide_gate", "open_desk", "refuse_closed"]

#: How often a guard is asked again when other records came between.
_TRIES = 5


@dataclass(slots=True, kw_only=True)
class Desk:
    """One person in front of one run; it remembers how far it has read the journal."""

    folder: Path
    journal: Journal
    actor: Actor
    #: The second person and how sure golive is of them: ``{"person", "assurance"}``, or empty.
    second: Mapping[str, str] = field(default_factory=dict)
    _seen: RunState | None = field(default=None, init=False, compare=False, repr=False)

    def check_second(self, state: RunState) -> None:
        """Refuse, in a live run, what two people confirm when one of them proved nothing."""
        if state.environment.get("kind") != "live" or not self.second:
            return
        unproven = [
            name
            for name, assurance in (
                (self.actor.person, self.actor.assurance),
                (self.second["person"], self.second["assurance"]),
            )
            if assurance != "pin"
        ]
        if unproven:
            raise Refused(*(
                Problem(
                    subject=f"person '{name}'",
                    message="has no PIN, and of a live run both people confirm with theirs",
                    hint=f"golive team pin {name}",
                )
                for name in dict.fromkeys(unproven)
            ))  # fmt: skip

    def state(self) -> RunState:
        """Return the run's state as of now; only what is new since the last look is folded."""
        last = self._seen or RunState(plan=read_plan(self.folder))
        newer = [record for record in self.journal.records() if record.seq > last.head]
        self._seen = fold(last.plan, newer, last)
        return self._seen

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


def open_desk(folder: Path, actor: Actor, *, second: Mapping[str, str] | None = None) -> Desk:
    """Sit a person in front of a run. Raise Refused for somebody the demo only simulates."""
    journal = Journal.open(folder / "journal.jsonl")
    desk = Desk(folder=folder, journal=journal, actor=actor, second=second or {})
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
    desk: Desk, task: str, press: Press, *, evidence: tuple[Evidence, ...] = ()
) -> RunState:
    """Do one operator action on a task. Raise Refused, saying what is allowed now."""
    press = replace(press, person=desk.actor.person, second=desk.second.get("person", ""))

    def decide(state: RunState) -> Mapping[str, Any]:
        refuse_closed(state)
        desk.check_second(state)
        try:
            found = state.plan.task(task)
        except KeyError as error:
            known = ", ".join(item.id for item in state.plan.runbook.tasks)
            raise Refused.of(f"task '{task}'", "is not in this plan", hint=known) from error
        check_happened(state, press.happened)
        try:
            to = act(state.plan, state.progress, found, press)
        except Refused as refusal:
            raise _with_first(refusal, desk, task, press.verb) from refusal
        return _acted_data(task, press, to, desk, evidence)

    return desk.append("task.acted", decide)


def check_happened(state: RunState, happened: datetime | None) -> None:
    """Raise Refused for work done before the run began, or in the future."""
    if happened is None:
        return
    if happened > datetime.now(UTC) or (state.opened and happened < state.opened):
        raise Refused.of(
            f"--at {happened:%Y-%m-%d %H:%M} UTC", "is not between the run's beginning and now",
            hint="write when it was done, with its offset, e.g. 2026-12-05T23:40+08:00",
        )  # fmt: skip


def _acted_data(
    task: str, press: Press, to: TaskState, desk: Desk, evidence: tuple[Evidence, ...]
) -> dict[str, Any]:
    """Return the data of a ``task.acted`` record; what a verb does not use is left out."""
    details = {
        "result": press.result,
        "assignee": press.assignee,
        "what": press.what,
        "eta": press.eta.isoformat() if press.eta else "",
        "happened": press.happened.isoformat() if press.happened else "",
        "edited": dict(press.edited),
        "second": dict(desk.second),
        "evidence": [asdict(item) for item in evidence],
    }
    return {
        "task": task,
        "verb": press.verb,
        "to": to.value,
        "reason": press.reason,
        "satisfies": press.satisfies,
        **{key: value for key, value in details.items() if value},
    }


def _with_first(refusal: Refused, desk: Desk, task: str, verb: str) -> Refused:
    """Say who did the same before, if somebody did."""
    for record in reversed(desk.journal.records()):
        data = record.data
        if record.type == "task.acted" and (data["task"], data["verb"]) == (task, verb):
            who = f"{record.actor.person} did so at {record.at:%H:%M:%S} UTC"
            return Refused.of(f"task '{task}'", f"{verb} was done already: {who}",
                              hint=refusal.problems[0].hint)  # fmt: skip
    return refusal


def refuse_closed(state: RunState) -> None:
    """Raise Refused when the run is closed: nothing is done to it any more."""
    if state.closed:
        raise Refused.of(
            f"run '{state.run}'", "is closed", hint=f"read it: golive status {state.run}"
        )


def decide_gate(
    desk: Desk, gate: str, decision: str, *, reason: str = "", happened: datetime | None = None
) -> RunState:
    """Record one person's decision at a gate. Raise Refused when it is not theirs or not now.

    ``happened`` is the true time of one that was given on paper and is entered later.
    """

    def decide(state: RunState) -> Mapping[str, Any]:
        refuse_closed(state)
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
        check_happened(state, happened)
        late = {"happened": happened.isoformat()} if happened else {}
        return {"gate": gate, "decision": decision, "reason": reason, **late}

    return desk.append("gate.decided", decide)
