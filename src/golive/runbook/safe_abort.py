"""Tell until when an abort still ends inside the window: the latest safe abort time; pure.

LSAT = window.end - reserve - decision - stop - R - verify, with R the length of the best way back
(:mod:`golive.runbook.rollback`) that begins then, and the rest as in
:mod:`golive.runbook.abort_times`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from golive.runbook.abort_times import abort_times
from golive.runbook.definition import Body, Task
from golive.runbook.duty import duty_of
from golive.runbook.lifecycle import Progress, changed
from golive.runbook.planning import Plan
from golive.runbook.rollback import (
    Durations,
    Undoing,
    Way,
    best_of,
    effects_of,
    expected_seconds,
    undoing_of,
    ways_back,
)
from golive.runbook.times import parse_duration, parse_instant

__all__ = ["Lsat", "latest_safe_abort", "safe_until", "surely_safe"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lsat:
    """The latest safe abort time and what it is made of."""

    at: datetime
    way_back: timedelta
    back_by: datetime
    safe: bool


def latest_safe_abort(
    plan: Plan,
    progress: Progress,
    now: datetime,
    *,
    starting: Task | None = None,
    measured: Durations | None = None,
) -> Lsat:
    """Return the latest moment an abort still ends inside the window less its reserve.

    ``window.end - reserve - decision - stop - R(X) - verify``, with R as :func:`plan_rollback`
    counts it: measured where a rehearsal has it, with blackouts, and with who is on shift when the
    way back would begin. With ``starting`` the answer is for the state in which that task, too, has
    had effects: ask this before each start, and refuse the start (or have the point-of-no-return's
    people decide) when the task's forecast end is later than ``at``.
    """
    if starting is not None:
        tasks = dict(progress.tasks)
        tasks[starting.id] = changed(progress.of(starting.id), touched=True)
        progress = replace(progress, tasks=tasks)
    known = undoing_of(plan, measured)
    ways, times = ways_back(known, progress), abort_times(plan)
    at, from_now = _safe_until(ways, known)
    length = from_now
    if _is_bound(plan):
        from_now, _ = best_of(ways, known, now + times.before)
    back_by = now + times.before + from_now + times.verify
    return Lsat(at=at, way_back=length, back_by=back_by, safe=now <= at)


def safe_until(
    plan: Plan, progress: Progress, *, known: Undoing | None = None
) -> tuple[datetime, timedelta]:
    """Return :attr:`Lsat.at` alone, and the length of the way back that begins then.

    ``known`` is what :func:`undoing_of` returns for the plan: for who asks at many moments.
    """
    known = known or undoing_of(plan)
    return _safe_until(ways_back(known, progress), known)


def _safe_until(ways: Sequence[Way], known: Undoing) -> tuple[datetime, timedelta]:
    overhead, limit = abort_times(known.plan).before, _limit(known.plan)
    length, _ = best_of(ways, known, None)
    at = limit - overhead - length
    while _is_bound(known.plan):
        # Who is there, and what is dark, depends on when the way back begins: go earlier until
        # it fits. Each round is earlier by what was too long, so the search ends.
        length, _ = best_of(ways, known, at + overhead)
        over = at + overhead + length - limit
        if over <= timedelta(0):
            break
        at -= over
    return at, length


def surely_safe(plan: Plan, progress: Progress, at: datetime) -> bool:
    """Tell at little cost that an abort at ``at`` is safe; False only says that it is not so clear.

    On the way back something is always at work unless all is dark or a person is off shift. So
    without shifts it takes no longer than all its steps one after the other and all that is dark.
    """
    if plan.team.shifts:
        return False
    undos = ((f"{task.id}.undo", task.undo) for task in effects_of(plan, progress))
    restores = ((f"{task.id}.restore", task.restore) for task in plan.runbook.tasks)
    seconds = sum(
        expected_seconds(plan, name, body)
        for name, body in (*undos, *restores)
        if isinstance(body, Body)
    )
    # A second more for each: what waits for its end is counted in whole ones.
    dark = sum(end - begin + 1 for begin, end in duty_of(plan).blackouts)
    return at <= _limit(plan) - abort_times(plan).before - timedelta(seconds=seconds + dark)


def _limit(plan: Plan) -> datetime:
    """Return when the last undo has to have ended."""
    window = plan.runbook.window
    reserve = parse_duration(window.reserve)
    return parse_instant(window.end) - reserve - abort_times(plan).verify


def _is_bound(plan: Plan) -> bool:
    """Tell whether the length of a way back depends on when it begins."""
    return bool(plan.runbook.calendar.blackouts or plan.team.shifts)
