"""Whether a start would break the latest safe abort time, and who may decide that it shall; pure.

Before a task with effects starts: forecast finish <= LSAT of the state in which it, too, has had
effects. A start that breaks this needs a decision of the point of no return's own class.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from golive.runbook.definition import Body, Irreversible, Task
from golive.runbook.lifecycle import Progress, TaskProgress, changed
from golive.runbook.planning import Plan
from golive.runbook.rollback import past_point_of_no_return
from golive.runbook.safe_abort import Lsat, latest_safe_abort, safe_until, surely_safe
from golive.runbook.times import show_duration

__all__ = ["Break", "approved", "breaks_lsat", "deciders", "held_back"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """A start that would break the latest safe abort: which task, by how much."""

    task: str
    #: When the task would end, and the latest safe abort once it has begun; aware UTC.
    finish: datetime
    lsat: Lsat
    zone: str

    @property
    def sentence(self) -> str:
        """Return why the task is not started."""
        over = show_duration(self.finish - self.lsat.at)
        back = show_duration(self.lsat.way_back)
        at = self.lsat.at.astimezone(ZoneInfo(self.zone))
        return (
            f"starting {self.task} now would break the latest safe abort {at:%H:%M} by {over}: "
            f"the way back would take {back}"
        )


def deciders(plan: Plan) -> tuple[str, int]:
    """Return the role that decides the point of no return, and how many of it must agree.

    Without such a gate any two people must.
    """
    for task in plan.runbook.tasks:
        if task.kind == "gate" and task.ponr:
            return task.owner, task.quorum
    return "", 2


def approved(plan: Plan, found: TaskProgress) -> bool:
    """Tell whether enough people decided that a task may break the latest safe abort."""
    return len(set(found.approvals)) >= deciders(plan)[1]


def held_back(
    plan: Plan, progress: Progress, tasks: Sequence[Task], now: datetime
) -> Mapping[str, Break]:
    """Return which of the tasks about to start together at ``now`` must not, by id, and why.

    All together first: two starts can break together what neither breaks alone. If that is too
    much, one after the other, in the order given. A task without effects makes no way back longer,
    an irreversible one is decided at its gate, and what the deciders approved starts; past the
    point of no return there is no abort to keep safe.
    """
    counted = [task for task in tasks if _has_way_back(task)]
    asked = [task for task in counted if not approved(plan, progress.of(task.id))]
    if not asked or past_point_of_no_return(plan, progress):
        return {}
    together, ends = _begun(progress, counted), max(_finish(plan, task, now) for task in asked)
    if surely_safe(plan, together, ends) or ends <= safe_until(plan, together)[0]:
        return {}
    begun = _begun(progress, [task for task in counted if task not in asked])
    held: dict[str, Break] = {}
    for task in asked:
        found = breaks_lsat(plan, begun, task, now)
        if found is None:
            begun = _begun(begun, [task])
        else:
            held[task.id] = found
    return held


def _has_way_back(task: Task) -> bool:
    return not isinstance(task.undo, Irreversible) and (
        isinstance(task.undo, Body) or bool(task.touches)
    )


def _begun(progress: Progress, tasks: Sequence[Task]) -> Progress:
    """Return the progress in which these tasks, too, have had effects."""
    touched = {task.id: changed(progress.of(task.id), touched=True) for task in tasks}
    return replace(progress, tasks={**progress.tasks, **touched})


def _finish(plan: Plan, task: Task, now: datetime) -> datetime:
    """Return when a task begun now would end: as past runs showed (P80), else the estimate."""
    past = plan.measured.get(task.id)
    return now + (timedelta(seconds=past.p80) if past else timedelta(minutes=task.est[0]))


def breaks_lsat(plan: Plan, progress: Progress, task: Task, now: datetime) -> Break | None:
    """Return how a start of ``task`` alone would break the latest safe abort; None if not."""
    if not _has_way_back(task) or past_point_of_no_return(plan, progress):
        return None
    lsat = latest_safe_abort(plan, progress, now, starting=task)
    finish = _finish(plan, task, now)
    if finish <= lsat.at:
        return None
    return Break(task=task.id, finish=finish, lsat=lsat, zone=plan.runbook.zone)
