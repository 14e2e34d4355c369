"""Which manual tasks people have in hand, and for which more one is free: one at a time; pure.

The schedule plans people the same way. Whoever was named for a task (``reassign``) was named by a
person, so that task is asked for whatever else they have in hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from golive.runbook.definition import Task
from golive.runbook.duty import hands, on_duty
from golive.runbook.lifecycle import Progress, TaskProgress, TaskState
from golive.runbook.planning import Plan

__all__ = ["in_hand", "too_many"]

S = TaskState
#: States in which a person was asked for a manual task and has not ended it.
_ASKED = frozenset({S.WAITING, S.RUNNING})


def in_hand(plan: Plan, progress: Progress, person: str, *, beside: str = "") -> str:
    """Return the manual task a person is doing, other than ``beside``; empty for none."""
    for name, found in progress.tasks.items():
        at_work = found.state is S.RUNNING and not found.active and found.person == person
        if at_work and name != beside and plan.task(name).kind == "manual":
            return name
    return ""


def too_many(
    plan: Plan, progress: Progress, ready: Sequence[Task], now: datetime
) -> frozenset[str]:
    """Return those of the ready manual tasks for which nobody is free; earlier ones go first."""
    new = [task for task in ready if task.kind == "manual"]
    asked = [
        plan.task(name)
        for name, found in progress.tasks.items()
        if found.state in _ASKED and plan.task(name).kind == "manual"
    ]
    if not new or len(new) + len(asked) < 2:  # noqa: PLR2004 - one task alone is never too many
        return frozenset()
    able = {task.id: _able(plan, task, progress.of(task.id), now) for task in (*asked, *new)}
    doing: dict[str, str] = {}
    for task in asked:
        _finds(task.id, able, doing, set())
    return frozenset(
        task.id
        for task in new
        if able[task.id]
        and not _finds(task.id, able, doing, set())
        and not progress.of(task.id).assignee
    )


def _able(plan: Plan, task: Task, found: TaskProgress, now: datetime) -> Iterable[str]:
    """Return who may do a task: who does it or was named, else those of its role on shift."""
    named = found.person if found.state is S.RUNNING else found.assignee
    if named:
        return (named,)
    people = hands(plan.team, task.owner)
    return tuple(one for one in people if on_duty(plan.team, one, now)) or people


def _finds(
    task: str, able: Mapping[str, Iterable[str]], doing: dict[str, str], tried: set[str]
) -> bool:
    """Give a task a person, moving others' tasks to other people where that helps."""
    for person in able[task]:
        if person in tried:
            continue
        tried.add(person)
        if person not in doing or _finds(doing[person], able, doing, tried):
            doing[person] = task
            return True
    return False
