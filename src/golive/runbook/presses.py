"""The buttons people have on a task: verbs, the states they fit, and what one press says; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from golive.runbook.lifecycle import ENDED, TaskState

__all__ = ["ACTIONS", "RESULTS", "Press", "needs_second"]

S = TaskState
#: Before a task's end: somebody may still be named for it, or say how long it will take.
_OPEN = frozenset(S) - ENDED

#: verb -> (states it is allowed in, state it leads to; None: where it stands).
#: Everything else is refused.
ACTIONS: Mapping[str, tuple[frozenset[TaskState], TaskState | None]] = {
    "start": (frozenset({S.WAITING}), S.RUNNING),
    "complete": (frozenset({S.WAITING, S.RUNNING, S.UNDOING}), S.DONE),
    "fail": (frozenset({S.WAITING, S.RUNNING, S.VERIFYING}), S.FAILED),
    "verify": (frozenset({S.VERIFYING}), S.DONE),
    "hold": (frozenset({S.PENDING}), S.HELD),
    "release": (frozenset({S.HELD, S.SKIPPED, S.WAIVED}), S.PENDING),
    "skip": (frozenset({S.PENDING, S.HELD, S.WAITING, S.FAILED, S.STOPPED}), S.SKIPPED),
    "waive": (frozenset({S.FAILED}), S.WAIVED),
    "retry": (frozenset({S.FAILED, S.STOPPED, S.UNDO_FAILED}), S.PENDING),
    "stop": (frozenset({S.STARTING, S.RUNNING, S.UNKNOWN, S.UNDOING}), S.STOPPING),
    "done-by-hand": (frozenset({S.FAILED, S.STOPPED, S.UNKNOWN, S.UNDO_FAILED}), S.DONE_MANUAL),
    "resolve": (frozenset({S.UNKNOWN, S.STOPPED}), S.DONE),
    "reassign": (_OPEN, None),
    "estimate": (_OPEN, None),
    "override": (frozenset({S.PENDING}), None),
    "attach": (frozenset(S) - {S.NOT_RUN}, None),
}
#: What ``resolve`` may say of a task in doubt.
RESULTS = ("done", "not-done", "re-attach")


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """One button pressed by one person; what a verb does not need stays empty."""

    verb: str
    person: str
    reason: str = ""
    #: The second person who confirms it.
    second: str = ""
    #: resolve: one of :data:`RESULTS`.
    result: str = ""
    #: reassign: who does it from now on.
    assignee: str = ""
    #: When it will be over (estimate), can go on (hold) or will be repaired (fail).
    eta: datetime | None = None
    #: skip: let the tasks after it start.
    satisfies: bool = False
    #: override: ``earliest`` or ``lsat``.
    what: str = ""
    #: retry: variables to change for the next attempt.
    edited: Mapping[str, str] = field(default_factory=dict)
    #: True when a file comes with it.
    evidence: bool = False
    #: When it was really done, for what was written on paper and is entered later.
    happened: datetime | None = None


def needs_second(verb: str, *, result: str = "", satisfies: bool = False) -> bool:
    """Tell whether an action counts only when a second person confirms it.

    Whatever lets later tasks start without golive having seen the work needs two.
    """
    if verb == "resolve":
        return result != "re-attach"
    return verb == "done-by-hand" or (verb == "skip" and satisfies)
