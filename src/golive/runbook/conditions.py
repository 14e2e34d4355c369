"""Turn the conditions of a conditional GO into tasks others have to wait for; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from golive.runbook.definition import Link, Role, Task
from golive.runbook.planning import Plan

__all__ = ["ConditionTask", "keep_conditions", "with_conditions"]

_NAME, _ROLE = "CONDITION-", "condition-"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionTask:
    """One condition: what, by whom, by when, and the task that waits for it (empty: all)."""

    text: str
    owner: str
    due: datetime
    before: str = ""


def with_conditions(plan: Plan, conditions: Sequence[ConditionTask]) -> Plan:
    """Return the plan with one manual task for each condition, before what waits for it.

    The plan keeps its fingerprint: what the runbook says has not changed. Raise ValueError for a
    task that is not in the plan.
    """
    roots = {task.id for task in plan.runbook.tasks if not task.after}
    tasks, roles = list(plan.runbook.tasks), dict(plan.team.roles)
    for number, condition in enumerate(conditions, 1):
        name = f"{_NAME}{number}"
        waiting = {condition.before} if condition.before else roots
        if not waiting <= {task.id for task in tasks}:
            raise ValueError(f"there is no task '{condition.before}'")
        role = f"{_ROLE}{number}"
        roles[role] = Role(people=(condition.owner,))
        tasks = [
            replace(task, after=(*task.after, Link(id=name))) if task.id in waiting else task
            for task in tasks
        ]
        tasks.insert(
            number - 1,
            Task(
                id=name, kind="manual", title=condition.text, owner=role, undo="none",
                phase=plan.runbook.phases[0] if plan.runbook.phases else "",
                deadline=condition.due.isoformat(),
            ),
        )  # fmt: skip
    return replace(
        plan,
        runbook=replace(plan.runbook, tasks=tuple(tasks)),
        team=replace(plan.team, roles=roles),
    )


def keep_conditions(before: Plan, after: Plan) -> Plan:
    """Return a plan made anew from its runbook with the conditions the plan before it had.

    What waited for one waits on; where that was everything without a predecessor, or is gone, it
    is everything without one now.
    """
    conditions = [
        task
        for task in before.runbook.tasks
        if task.id.startswith(_NAME) and task.owner.startswith(_ROLE)
    ]
    if not conditions:
        return after
    names = {task.id for task in conditions}
    roots = {task.id for task in after.runbook.tasks if not task.after}
    old_roots = {
        task.id
        for task in before.runbook.tasks
        if task.id not in names and {link.id for link in task.links} <= names
    }
    tasks = list(after.runbook.tasks)
    for condition in conditions:
        waited = {
            task.id
            for task in before.runbook.tasks
            if any(link.id == condition.id for link in task.links)
        }
        waiting = waited & {task.id for task in tasks}
        if old_roots <= waited or not waiting:
            waiting |= roots
        link = Link(id=condition.id)
        tasks = [
            replace(task, after=(*task.after, link)) if task.id in waiting else task
            for task in tasks
        ]
    roles = {task.owner: before.team.roles[task.owner] for task in conditions}
    return replace(
        after,
        runbook=replace(after.runbook, tasks=(*conditions, *tasks)),
        team=replace(after.team, roles={**after.team.roles, **roles}),
    )
