"""The decision to fix forward: what is left once the point of no return has been passed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from golive.errors import Refused
from golive.run.operate import Desk, refuse_closed
from golive.run.state import RunState
from golive.runbook.rollback import past_point_of_no_return
from golive.runbook.safety import deciders

__all__ = ["fix_forward"]


def fix_forward(desk: Desk, reason: str) -> RunState:
    """Record that the run is fixed forward, by whom and why; its tasks come by ``plan amend``.

    It is for who decides the point of no return. Raise Refused before it, to anybody else,
    without a reason, and in a live run without a second person.
    """

    def decide(state: RunState) -> Mapping[str, Any]:
        refuse_closed(state)
        subject, who = f"run '{state.run}'", desk.actor.person
        if not past_point_of_no_return(state.plan, state.progress):
            raise Refused.of(
                subject, "can still be turned back, so there is nothing to fix forward",
                hint="decide at the gate, or abort it",
            )  # fmt: skip
        role = deciders(state.plan)[0]
        if role and not state.plan.team.holds(who, role):
            people = ", ".join(state.plan.team.roles[role].people)
            message = f"to fix it forward is not '{who}' to decide"
            raise Refused.of(subject, message, hint=f"ask {people}")
        if not reason:
            raise Refused.of(subject, "fix-forward needs a reason", hint="add --reason")
        desk.check_second(state)
        alone = not desk.second or desk.second["person"] == who
        if alone and state.environment.get("kind") == "live":
            raise Refused.of(subject, "is live, so fix-forward needs a second person",
                             hint="add --with PERSON")  # fmt: skip
        return {"reason": reason, **({"second": dict(desk.second)} if desk.second else {})}

    return desk.append("run.fix_forward", decide)
