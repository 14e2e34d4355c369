"""Change the plan of a run that is going on: read, checked, its effect shown, then recorded.

The whole new plan stands in the ``plan.amended`` record, so the journal alone tells what the run
was executed by at any moment; ``plan.json`` stays the plan the run was opened with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from golive.errors import Refused
from golive.project import Project
from golive.run.operate import Desk, refuse_closed
from golive.run.state import RunState
from golive.runbook.amendment import Change, check_amendment
from golive.runbook.conditions import keep_conditions
from golive.runbook.lifecycle import RunPhase
from golive.runbook.loaded import Loaded
from golive.runbook.loading import load_runbook
from golive.runbook.planning import Plan, make_plan, plan_to_json
from golive.runbook.safe_abort import Lsat, latest_safe_abort
from golive.runbook.schedule import forecast
from golive.runbook.times import parse_instant

__all__ = ["Amendment", "amend_run", "propose"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment:
    """A plan to go on with, what it changes, and what that does to the night."""

    plan: Plan
    changes: tuple[Change, ...]
    #: When the night is forecast to end, aware UTC.
    end_before: datetime
    end_after: datetime
    lsat_before: Lsat
    lsat_after: Lsat

    @property
    def later(self) -> timedelta:
        """Return by how much the end moves; negative when it comes earlier."""
        return self.end_after - self.end_before


def propose(project: Project, state: RunState, path: str, now: datetime) -> Amendment:
    """Read an amended runbook for a run and tell what it would do; nothing is changed.

    Raise SpecError when the file is wrong, Refused with every change that is not allowed.
    """
    return _amendment(state, load_runbook(project.root, path), now)


def _amendment(state: RunState, loaded: Loaded, now: datetime) -> Amendment:
    before = state.plan
    made = make_plan(
        loaded,
        mode=before.mode,
        t0=parse_instant(before.t0),
        rehearsal=before.rehearsal,
        abort_at=before.abort_at,
        drills=before.drills,
        measured=before.measured,
        # As the run was opened: the demo's live run begins when it is told to.
        bind_live=state.environment.get("kind") == "demo",
    )
    after = keep_conditions(before, made)
    changes = check_amendment(before, after, state.progress)
    return Amendment(
        plan=after,
        changes=changes,
        end_before=forecast(before, state.progress, now).end,
        end_after=forecast(after, state.progress, now).end,
        lsat_before=latest_safe_abort(before, state.progress, now),
        lsat_after=latest_safe_abort(after, state.progress, now),
    )


def amend_run(desk: Desk, amendment: Amendment, reason: str) -> RunState:
    """Go on by the amended plan. Needs a reason and a second person who has reviewed it.

    Raise Refused when a task it changes has begun since, or the run is on its way back.
    """

    def decide(state: RunState) -> Mapping[str, Any]:
        refuse_closed(state)
        subject = f"run '{state.run}'"
        if state.progress.phase not in {RunPhase.RUNNING, RunPhase.PAUSED}:
            raise Refused.of(subject, f"is {state.progress.phase}", hint="amend it no more")
        if not reason:
            raise Refused.of(subject, "an amendment needs a reason", hint="add --reason")
        if not desk.second or desk.second["person"] == desk.actor.person:
            raise Refused.of(subject, "an amendment needs a reviewer", hint="add --with PERSON")
        desk.check_second(state)
        changes = check_amendment(state.plan, amendment.plan, state.progress)
        return {
            "reason": reason,
            "second": dict(desk.second),
            "changes": [asdict(change) for change in changes],
            "fingerprint": amendment.plan.fingerprint,
            "end": [amendment.end_before.isoformat(), amendment.end_after.isoformat()],
            "lsat": [amendment.lsat_before.at.isoformat(), amendment.lsat_after.at.isoformat()],
            "plan": plan_to_json(amendment.plan),
        }

    return desk.append("plan.amended", decide)
