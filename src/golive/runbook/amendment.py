"""A live plan changed: which tasks become what, and whether that is still allowed; pure.

Only tasks that have not begun may be added, removed, relinked, timed or otherwise changed. What
has begun, the window, the system and the zone stay: the journal and every promise rest on them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

from golive.errors import Problem, Refused
from golive.runbook.definition import Body, Task
from golive.runbook.lifecycle import Progress, TaskState
from golive.runbook.planning import Plan

__all__ = ["Change", "changes_between", "check_amendment"]

S = TaskState
_NOT_BEGUN = frozenset({S.PENDING, S.HELD})
#: What of a runbook an amendment leaves as it is.
_FIXED = ("runbook", "system", "zone", "window", "calendar", "team")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One task added, removed or changed; ``what`` are the keys that differ, before and after."""

    task: str
    kind: str
    what: tuple[tuple[str, str, str], ...] = ()

    @property
    def sentence(self) -> str:
        """Return the change in one line."""
        parts = ", ".join(f"{key}: {before} -> {after}" for key, before, after in self.what)
        return f"{self.kind} {self.task}{': ' if parts else ''}{parts}"


def changes_between(before: Plan, after: Plan) -> tuple[Change, ...]:
    """Return what differs task by task: removed, changed, then added, in the plans' order."""
    old = {task.id: task for task in before.runbook.tasks}
    new = {task.id: task for task in after.runbook.tasks}
    removed = [Change(task=name, kind="removed") for name in old if name not in new]
    changed = [
        Change(task=name, kind="changed", what=_keys(old[name], new[name]))
        for name in old
        if name in new and old[name] != new[name]
    ]
    added = [Change(task=name, kind="added") for name in new if name not in old]
    return (*removed, *changed, *added)


def _keys(before: Task, after: Task) -> tuple[tuple[str, str, str], ...]:
    return tuple(
        (item.name, _shown(getattr(before, item.name)), _shown(getattr(after, item.name)))
        for item in fields(Task)
        if getattr(before, item.name) != getattr(after, item.name)
    )


def _shown(value: Any) -> str:
    if value in ("", None, ()):
        return "-"
    if isinstance(value, Body):
        return f"{value.kind} {value.args()}"
    if isinstance(value, tuple):
        return "[" + ", ".join(str(getattr(item, "id", item)) for item in value) + "]"
    return str(value)


def check_amendment(before: Plan, after: Plan, progress: Progress) -> tuple[Change, ...]:
    """Return the changes when they are allowed now. Raise Refused with every one that is not."""
    changes = changes_between(before, after)
    problems = [*_fixed(before, after), *_begun(before, after, changes, progress)]
    if not changes and not problems:
        problems = [Problem(subject="plan", message="is the same", hint="nothing to amend")]
    if problems:
        raise Refused(*problems)
    return changes


def _fixed(before: Plan, after: Plan) -> Iterator[Problem]:
    for key in _FIXED:
        if getattr(before.runbook, key) != getattr(after.runbook, key):
            yield Problem(
                subject=f"key '{key}'",
                message="may not change while the run goes on",
                hint="keep it as the run was opened with",
            )


def _begun(
    before: Plan, after: Plan, changes: tuple[Change, ...], progress: Progress
) -> Iterator[Problem]:
    """Yield each change to a task that has begun, or that would put one before it."""
    for change in changes:
        found = progress.of(change.task)
        if change.kind == "added" and change.task in progress.tasks:
            yield Problem(
                subject=f"task '{change.task}'",
                message="was in this run before; its attempts keep its name",
                hint="give the new task another id",
            )
        elif change.kind != "added" and (found.state not in _NOT_BEGUN or found.attempts):
            yield Problem(
                subject=f"task '{change.task}'",
                message=f"is {found.state}, so it cannot be {change.kind}",
                hint="amend only what has not begun",
            )
    if after.abort_at and after.abort_at not in {task.id for task in after.runbook.tasks}:
        yield Problem(
            subject=f"task '{after.abort_at}'",
            message="is where the rehearsal turns back",
            hint="keep it",
        )
