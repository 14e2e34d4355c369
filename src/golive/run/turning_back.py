"""A person's answer to the question a live failure opened: turn back, or go on forward."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from golive.errors import Refused
from golive.run.operate import Desk, check_happened, refuse_closed
from golive.run.state import RunState
from golive.runbook.turning_back import open_question

__all__ = ["decide_abort"]


def decide_abort(
    desk: Desk, task: str, decision: str, *, reason: str = "", happened: datetime | None = None
) -> RunState:
    """Record that the run turns back (``no-go``) or goes on (``go``) after a task's failure.

    Both need a reason. Raise Refused when nothing is asked of this task, it is not this person's
    to decide, or a live run is turned back without a second person.
    """

    def decide(state: RunState) -> Mapping[str, Any]:
        refuse_closed(state)
        asked = open_question(state.progress, task)
        if asked is None:
            raise Refused.of(f"task '{task}'", "has no decision to turn back open",
                             hint=f"see golive status {state.run}")  # fmt: skip
        _check_decider(state, asked.role, desk.actor.person, task)
        if not reason:
            raise Refused.of(f"task '{task}'", f"{decision} needs a reason", hint="add --reason")
        desk.check_second(state)
        alone = not desk.second or desk.second["person"] == desk.actor.person
        if decision == "no-go" and alone and state.environment.get("kind") == "live":
            raise Refused.of(
                f"run '{state.run}'", "is live, so turning back needs a second person",
                hint="add --with PERSON",
            )  # fmt: skip
        check_happened(state, happened)
        late = {"happened": happened.isoformat()} if happened else {}
        second = {"second": dict(desk.second)} if desk.second else {}
        return {"gate": task, "decision": decision, "reason": reason, **late, **second}

    return desk.append("gate.decided", decide)


def _check_decider(state: RunState, role: str, person: str, task: str) -> None:
    if role and not state.plan.team.holds(person, role):
        raise Refused.of(
            f"task '{task}'", f"whether to turn back is not '{person}' to decide",
            hint=f"ask {', '.join(state.plan.team.roles[role].people)}",
        )  # fmt: skip
