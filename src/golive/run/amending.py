"""Change the plan of a run that is going on: read, checked, its effect shown, then recorded.

The whole new plan stands in the ``plan.amended`` record, so the journal alone tells what the run
was executed by at any moment; ``plan.json`` stays the plan the run was opened with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from golive.errors import Problem, Refused
from golive.project import Project
from golive.run.operate import Desk, refuse_closed
from golive.run.state import RunState
from golive.runbook.amend_effect import Effect, effect_of, worse
from golive.runbook.amendment import Change, check_amendment
from golive.runbook.conditions import keep_conditions
from golive.runbook.lifecycle import RunPhase
from golive.runbook.loaded import Loaded
from golive.runbook.loading import load_runbook
from golive.runbook.planning import Plan, make_plan, plan_to_json
from golive.runbook.times import parse_instant

__all__ = ["Amendment", "amend_run", "propose"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment:
    """A plan to go on with, what it changes, and what that does to the night."""

    plan: Plan
    changes: tuple[Change, ...]
    before: Effect
    after: Effect
    #: What the new plan's lint remarks, and what it breaks that held before.
    problems: tuple[Problem, ...]

    @property
    def later(self) -> timedelta:
        """Return by how much the end moves; negative when it comes earlier."""
        return self.after.end - self.before.end


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
    was, will = (effect_of(plan, state.progress, now) for plan in (before, after))
    return Amendment(
        plan=after, changes=changes, before=was, after=will,
        problems=(*loaded.warnings, *worse(after, was, will)),
    )  # fmt: skip


def amend_run(desk: Desk, amendment: Amendment, reason: str) -> RunState:
    """Go on by the amended plan. Needs a reason and a second person who has reviewed it.

    Raise Refused when a task it changes has begun since, or the run is on its way back.
    """
    sides = (amendment.before, amendment.after)

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
        broken = [problem for problem in amendment.problems if not problem.warning]
        if broken:
            raise Refused(*broken)
        changes = check_amendment(state.plan, amendment.plan, state.progress)
        return {
            "reason": reason,
            "second": dict(desk.second),
            "changes": [asdict(change) for change in changes],
            "fingerprint": amendment.plan.fingerprint,
            "end": [side.end.isoformat() for side in sides],
            "lsat": [side.lsat.at.isoformat() for side in sides],
            "longest": [side.longest.total_seconds() for side in sides],
            "gates": [{one.task: one.lsat.isoformat() for one in side.stands} for side in sides],
            "plan": plan_to_json(amendment.plan),
        }

    return desk.append("plan.amended", decide)
