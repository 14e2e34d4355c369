"""How the dual run of each locked comparison stands, by the rule the command counts by."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from golive.compare.cycles import CycleRun, DayState, Standing, standing
from golive.compare.definition import Cycles
from golive.compare.reading import read_comparison
from golive.compare.register import read_register
from golive.errors import GoliveError
from golive.gate.assessment import ItemState, Lane
from golive.gate.facts import DualRun, Result
from golive.gate.lock import Lock
from golive.gate.words import text
from golive.project import Project

__all__ = ["cycle_run", "dual_run_fact", "dual_runs"]

_STATUS = {ItemState.PASSED: "passed", ItemState.FAILED: "failed"}


def dual_runs(
    project: Project, lock: Lock, counting: Iterable[Result], today: date
) -> dict[str, DualRun]:
    """Return the path of each locked comparison and how its dual run stands on ``today``.

    ``counting`` are the results of runs that count. The streak asked for is the comparison's own
    or the policy's, whichever is longer.
    """
    made = [one for one in counting if one.lane is Lane.DUAL_RUN and _day(one.cycle)]
    found = {}
    for locked in lock.comparisons:
        cycles, neutral = _rule(project, locked.path)
        asked = max(cycles.consecutive, lock.policy.dual_run_cycles)
        runs = [cycle_run(one) for one in made if one.item == f"{locked.path}@{one.cycle}"]
        found[locked.path] = dual_run_fact(
            standing(replace(cycles, consecutive=asked), runs, today=today, neutral=neutral)
        )
    return found


def _rule(project: Project, path: str) -> tuple[Cycles, tuple[tuple[str, str], ...]]:
    """Return the calendar of a comparison and the changes two people call neutral.

    One that cannot be read any more has the usual calendar: its results are stale anyway.
    """
    file = project.root / path
    try:
        comparison = read_comparison(file, shown_as=path)
        register = read_register(file.parent / "accepted.jsonl").register
    except GoliveError:
        return Cycles(), ()
    return comparison.cycles, register.changes(comparison.id)


def cycle_run(result: Result) -> CycleRun:
    """Return a result of the dual run as the rule counts it; its cycle is a day."""
    return CycleRun(
        day=date.fromisoformat(result.cycle),
        at=result.at,
        status=_STATUS.get(result.state, "broken"),
        basis=result.basis,
        run=result.run,
    )


def dual_run_fact(found: Standing) -> DualRun:
    """Return how a dual run stands as the gate is told."""
    due = [day for day in found.days if day.state is not DayState.PENDING]
    return DualRun(
        days=tuple(day.day.isoformat() for day in due),
        missed=frozenset(day.day.isoformat() for day in due if day.state is DayState.MISSING),
        special_missing=tuple(day.isoformat() for day in found.special_missing),
        streak=found.streak,
        required=found.required,
        met=found.met,
        sentence=text(found.sentence("en"), found.sentence("zh")),
    )


def _day(cycle: str) -> bool:
    try:
        return date.fromisoformat(cycle).isoformat() == cycle
    except ValueError:
        return False
