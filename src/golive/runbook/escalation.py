"""Whom the clock calls as the latest safe abort comes near: 60, 30 and 10 minutes before it; pure.

Each step calls one person more. What nobody decides stays undecided: the clock only calls.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from golive.runbook.definition import Person
from golive.runbook.on_call import Holding, called
from golive.runbook.planning import Plan
from golive.runbook.safe_abort import Lsat
from golive.runbook.safety import deciders

__all__ = ["STEPS", "Escalation", "escalation"]

#: Minutes before the latest safe abort, the first step first.
STEPS = (60, 30, 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """The step reached, in minutes before the latest safe abort (0: it is over), and whom to call.

    ``call`` begins with who is called first; each step adds the next.
    """

    minutes: int
    call: tuple[Person, ...]


def escalation(
    plan: Plan, lsat: Lsat, now: datetime, holdings: Mapping[str, Holding] | None = None
) -> Escalation | None:
    """Return the step reached at ``now``; None while there is more time than the first says."""
    left = lsat.at - now
    reached = [minutes for minutes in STEPS if left <= timedelta(minutes=minutes)]
    if not reached:
        return None
    role = deciders(plan)[0] or "lead"
    people = called(plan.team, role, now=now, holdings=holdings)
    over = not lsat.safe
    return Escalation(
        minutes=0 if over else reached[-1],
        call=people if over else people[: len(reached)],
    )
