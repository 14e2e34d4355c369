"""What the end of an attempt makes of its task: done, failed, stopped, or in doubt; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from golive.outcome import Outcome, Status
from golive.runbook.definition import Task
from golive.runbook.lifecycle import TaskProgress, TaskState, changed, with_changes

__all__ = ["finish", "other_jobs"]

S = TaskState
#: What no attempt in flight leaves of a task.
_SETTLED: dict[str, Any] = {"active": "", "role": "", "stop_asked": False}


def finish(
    task: Task,
    found: TaskProgress,
    end: str,
    outcome: Outcome | None,
    *,
    survivors: int = 0,
    elsewhere: Sequence[str] = (),
    dry_run: bool = False,
) -> TaskProgress:
    """Return a task's progress after its attempt in flight ended.

    ``end`` is the worker's word: finished, stopped, timeout, crashed or fenced. Fenced means it
    did nothing, for a newer controller had taken over: it is begun again, unless a person wanted
    it to stop. With survivors an attempt that was ended goes on somewhere: that is in doubt, not
    stopped. So it is when ``elsewhere`` says where its work on other machines may go on, and when
    the engine could not tell how far it got.

    In a dry run work that was left out (skipped) is as good as done, and nobody verifies it: there
    is no effect to look for. For the same reason a probe that finds none holds nothing up.
    """
    if end == "fenced":
        return _begun_again(found, changed(found, **_SETTLED))
    dry = dry_run and outcome is not None and outcome.status is Status.SKIPPED
    passed = outcome is not None and (outcome.status is Status.PASSED or dry)
    over = _End(
        how=end, outcome=outcome, survivors=survivors, elsewhere=tuple(elsewhere),
        passed=end == "finished" and passed,
    )  # fmt: skip
    if found.role == "probe":
        found = changed(found, **_SETTLED, jobs=_jobs_after(found, over, doubt=False))
        return _after_probe(task, found, passed=over.passed or dry_run)
    doubt = _doubts(found, over)
    left = {
        "jobs": _jobs_after(found, over, doubt=doubt),
        "elsewhere": doubt or bool(elsewhere),
    }
    # One change, not one after another: a journal has as many ends as attempts.
    if found.role in {"undo", "restore"}:
        return with_changes(found, _SETTLED | left | _after_undo(found, over, doubt=doubt))
    checked = not dry_run and _is_checked(task)
    return with_changes(found, _SETTLED | left | _after_run(over, doubt=doubt, checked=checked))


class _End(NamedTuple):
    """How an attempt ended, as :func:`finish` is told."""

    how: str
    outcome: Outcome | None
    survivors: int
    elsewhere: tuple[str, ...]
    passed: bool

    def lives(self) -> str:
        """Say what of it lives on and where; empty for nothing."""
        here = [f"{self.survivors} of its processes live on"] if self.survivors else []
        return "; ".join([*here, *self.elsewhere])

    def said(self) -> str:
        """Return the engine's own word; empty for none."""
        return self.outcome.summary if self.outcome is not None else ""


def _jobs_after(found: TaskProgress, over: _End, *, doubt: bool) -> Mapping[str, str]:
    """Return the work that the next attempt goes on with: what nobody knows the end of."""
    outcome = over.outcome
    clear = outcome is not None and outcome.status is not Status.BROKEN and not doubt
    return other_jobs(found, found.role) if over.how == "finished" and clear else found.jobs


def _is_checked(task: Task) -> bool:
    return task.probe is not None or bool(task.verifier)


def _after_undo(found: TaskProgress, over: _End, *, doubt: bool) -> dict[str, Any]:
    if over.passed:
        return {"state": S.UNDONE}
    # The role stays, so that a person who does it by hand ends the same step.
    reason = over.said() if doubt else "; ".join(over.elsewhere)
    return {"state": S.UNDO_FAILED, "role": found.role, "reason": reason}


def _after_run(over: _End, *, doubt: bool, checked: bool) -> dict[str, Any]:
    ended: dict[str, Any] = {"outcome": over.outcome, "probed": "", "doubt": ""}
    if doubt:
        return ended | {"state": S.UNKNOWN, "doubt": "told", "reason": over.said()}
    if over.how != "finished" and over.lives():
        return ended | {"state": S.UNKNOWN, "doubt": "lost", "reason": over.lives()}
    if over.how == "stopped":
        return ended | {"state": S.STOPPED}
    if not over.passed:
        return ended | {"state": S.FAILED}
    return ended | {"state": S.VERIFYING if checked else S.DONE}


def _doubts(found: TaskProgress, over: _End) -> bool:
    """Tell whether an attempt ended by itself and what came of the work is not known.

    One that could not even look leaves a doubt there was before it as it was.
    """
    if over.how != "finished" or over.outcome is None or over.passed:
        return False
    before = found.role == "run" and bool(found.doubt)
    return over.outcome.doubt or (before and over.outcome.status is Status.BROKEN)


def other_jobs(found: TaskProgress, role: str) -> dict[str, str]:
    """Return a task's work in doubt without that of one role."""
    return {other: job for other, job in found.jobs.items() if other != role}


def _begun_again(found: TaskProgress, settled: TaskProgress) -> TaskProgress:
    """Return where an attempt that did nothing leaves its task."""
    match found.role:
        case "probe":
            return settled
        case "undo" | "restore":
            reason = "" if found.stop_asked else "retry"
            return changed(settled, state=S.UNDO_FAILED, role=found.role, reason=reason)
        case _:
            stopped = found.state is S.STOPPING
            return changed(settled, state=S.STOPPED if stopped else S.PENDING)


def _after_probe(task: Task, found: TaskProgress, *, passed: bool) -> TaskProgress:
    found = changed(found, probed="passed" if passed else "failed")
    if found.state is S.WAITING:
        return changed(found, state=S.DONE) if passed else found
    if found.state is S.VERIFYING:
        if not passed:
            return changed(found, state=S.FAILED, reason="the probe does not confirm it")
        return found if task.verifier else changed(found, state=S.DONE)
    if found.state is S.UNKNOWN and passed:
        state = S.VERIFYING if task.verifier else S.DONE
        return changed(found, state=state, doubt="", elsewhere=False)
    if found.state is S.STOPPED:
        word = "finds" if passed else "does not find"
        return changed(found, reason=f"stopped; the probe {word} its effect")
    return found
