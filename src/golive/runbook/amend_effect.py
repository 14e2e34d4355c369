"""What an amended plan does to the night: its end, the longest way back, each gate's room; pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from golive.errors import Problem
from golive.runbook.lifecycle import ENDED, Progress
from golive.runbook.outlook import Stand, outlook, stand_at_gates
from golive.runbook.planning import Plan
from golive.runbook.safe_abort import Lsat, latest_safe_abort
from golive.runbook.schedule import forecast
from golive.runbook.times import parse_instant

__all__ = ["Effect", "effect_of", "worse"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """How a night goes on by a plan, as it stands now."""

    #: When the night is forecast to end, aware UTC.
    end: datetime
    #: The longest the way back gets to be up to what cannot be undone, and the task that makes it.
    longest: timedelta
    longest_at: str
    lsat: Lsat
    #: Each gate and checkpoint still to come before what cannot be undone.
    stands: tuple[Stand, ...]

    def stand(self, task: str) -> Stand | None:
        """Return how a gate or checkpoint stands; None when it is not to come."""
        return next((stand for stand in self.stands if stand.task == task), None)


def effect_of(plan: Plan, progress: Progress, now: datetime) -> Effect:
    """Return how the night goes on by a plan from ``now``."""
    made = forecast(plan, progress, now)
    points = outlook(plan, made).points
    worst = max(points, key=lambda point: point.way_back, default=None)
    return Effect(
        end=made.end,
        longest=worst.way_back if worst else timedelta(0),
        longest_at=worst.task if worst else "",
        lsat=latest_safe_abort(plan, progress, now),
        stands=tuple(
            stand
            for stand in stand_at_gates(plan, made)
            if progress.of(stand.task).state not in ENDED
        ),
    )


def worse(plan: Plan, before: Effect, after: Effect) -> Iterator[Problem]:
    """Yield what the amended plan breaks that held before: the window's end, a gate's way back."""
    zone = ZoneInfo(plan.runbook.zone)
    closes = parse_instant(plan.runbook.window.end)
    if after.end > closes >= before.end:
        yield Problem(
            subject="window",
            message=f"ends {closes.astimezone(zone):%H:%M}, the amended plan only "
            f"{after.end.astimezone(zone):%H:%M}",
            hint="leave more out, or shorten it",
        )
    for stand in after.stands:
        was = before.stand(stand.task)
        if stand.safe or (was is not None and not was.safe):
            continue
        yield Problem(
            subject=f"task '{stand.task}'",
            message=f"would open {stand.at.astimezone(zone):%H:%M}, after the latest safe abort "
            f"{stand.lsat.astimezone(zone):%H:%M}",
            hint="shorten the way back, or decide earlier",
        )
