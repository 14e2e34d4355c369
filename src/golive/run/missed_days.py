"""Business days of the dual run nobody compared: each stands in the row of cycles as not run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from golive.compare.cycles import business_days
from golive.compare.reading import read_comparison
from golive.errors import GoliveError
from golive.gate.assessment import ItemState, Lane
from golive.gate.facts import Result
from golive.gate.lock import Lock
from golive.gate.words import text
from golive.project import Project

__all__ = ["missed_days"]

_MISSED = text("a business day nobody compared", "该营业日没有核对")


def missed_days(project: Project, lock: Lock, results: Iterable[Result]) -> Iterator[Result]:
    """Yield a result that was never made for each business day between two that were compared."""
    found = tuple(results)
    for comparison in lock.comparisons:
        try:
            cycles = read_comparison(project.root / comparison.path).cycles
        except GoliveError:
            continue  # it cannot be read any more, which makes its results stale
        prefix = f"{comparison.path}@"
        made = {one.cycle: one for one in found if one.item.startswith(prefix) and _day(one.cycle)}
        days = sorted(made)
        if not days:
            continue
        for day in business_days(cycles, date.fromisoformat(days[0]), date.fromisoformat(days[-1])):
            name = day.isoformat()
            if name not in made:
                after = made[next(later for later in days if later > name)]
                yield Result(
                    item=f"{prefix}{name}", lane=Lane.DUAL_RUN, run=after.run,
                    at=after.at - timedelta(seconds=1), state=ItemState.NOT_RUN,
                    reason=_MISSED, group=name, cycle=name,
                )  # fmt: skip


def _day(cycle: str) -> bool:
    try:
        return date.fromisoformat(cycle).isoformat() == cycle
    except ValueError:
        return False
