"""Requirements against everything that checks them, by process and level; pure.

A requirement is proven when something checks it and all of it passed on the build there is now.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from golive.gate.assessment import Item, ItemState, Lane
from golive.gate.facts import Facts
from golive.gate.words import NOTHING_SAID, Text, plain

__all__ = [
    "LEVELS", "Check", "Coverage", "CoverageState", "Requirement", "RequirementCoverage",
    "coverage", "release_checks",
]  # fmt: skip

#: From the smallest to the whole.
LEVELS = ("unit", "integration", "load", "uat")
_UNCOUNTED = frozenset({ItemState.QUARANTINED, ItemState.UNPLANNED})


class CoverageState(StrEnum):
    """How a requirement, or one check of it, stands; only ``passed`` is proof."""

    FAILED = "failed"
    STALE = "stale"
    NOT_RUN = "not run"
    PASSED = "passed"
    #: Nothing checks it.
    UNCOVERED = "not covered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One line of ``features/requirements.csv``."""

    id: str
    process: str
    title: str = ""
    priority: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One scenario, load objective or test of another suite."""

    level: str
    name: str
    state: CoverageState
    requirements: tuple[str, ...] = ()
    reason: Text = NOTHING_SAID
    #: Empty for one that is of no process, such as an objective of the whole system's load.
    process: str = ""
    #: The build it ran on; empty when nothing tells.
    build: str = ""
    #: The run, or the import's number in the ledger.
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementCoverage:
    """A requirement with its checks."""

    requirement: Requirement
    checks: tuple[Check, ...]

    def state(self, level: str = "") -> CoverageState:
        """Return how it stands at a level, or over all: the worst of its checks."""
        states = {one.state for one in self.checks if not level or one.level == level}
        return next((one for one in CoverageState if one in states), CoverageState.UNCOVERED)

    def count(self, level: str) -> tuple[int, int]:
        """Return how many checks of a level passed, of how many."""
        found = [one for one in self.checks if one.level == level]
        return sum(one.state is CoverageState.PASSED for one in found), len(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """All of it."""

    requirements: tuple[RequirementCoverage, ...]
    checks: tuple[Check, ...]
    #: Checks that name no requirement of the list.
    untraced: tuple[Check, ...]

    @property
    def processes(self) -> tuple[str, ...]:
        """The processes, in the order of the list, then those only checks name."""
        named = [one.requirement.process for one in self.requirements]
        named += [one.process for one in self.checks if one.process]
        return tuple(dict.fromkeys(named))

    def proven(self, process: str = "") -> tuple[int, int]:
        """Return how many requirements (of a process) are proven, of how many."""
        of = [one for one in self.requirements if process in {"", one.requirement.process}]
        return sum(one.state() is CoverageState.PASSED for one in of), len(of)

    def covered(self, process: str, level: str) -> tuple[int, int]:
        """Return how many requirements of a process a level checks at all, of how many."""
        of = [one for one in self.requirements if one.requirement.process == process]
        return sum(one.count(level)[1] > 0 for one in of), len(of)

    def passed(self, process: str, level: str) -> tuple[int, int]:
        """Return how many checks of a process and level passed, of how many."""
        of = [one for one in self.checks if (one.process, one.level) == (process, level)]
        return sum(one.state is CoverageState.PASSED for one in of), len(of)


def coverage(requirements: Sequence[Requirement], checks: Iterable[Check]) -> Coverage:
    """Lay requirements and checks side by side.

    A check of no process is counted in that of the first requirement it names.
    """
    by_id = {one.id: one for one in requirements}
    placed = tuple(_placed(one, by_id) for one in checks)
    return Coverage(
        requirements=tuple(
            RequirementCoverage(
                requirement=one,
                checks=tuple(check for check in placed if one.id in check.requirements),
            )
            for one in requirements
        ),
        checks=placed,
        untraced=tuple(one for one in placed if not by_id.keys() & set(one.requirements)),
    )


def _placed(check: Check, by_id: Mapping[str, Requirement]) -> Check:
    if check.process:
        return check
    named = next((by_id[name].process for name in check.requirements if name in by_id), "")
    return Check(
        level=check.level, name=check.name, state=check.state, requirements=check.requirements,
        reason=check.reason, process=named, build=check.build, source=check.source,
    )  # fmt: skip


def release_checks(facts: Facts, items: tuple[Item, ...]) -> Iterator[Check]:
    """Yield the release's scenarios and load objectives as they stand; no quarantined ones."""
    locked = {one.id: one for one in facts.lock.scenarios}
    required = {
        profile.item(objective): ids
        for profile in facts.lock.profiles
        for objective, ids in profile.requirements.items()
    }
    builds = {
        (one.item, one.run): ", ".join(one.builds.values()) for one in facts.results if one.builds
    }
    for item in items:
        if item.lane not in {Lane.UAT, Lane.LOAD} or item.state in _UNCOUNTED:
            continue
        scenario = locked.get(item.id)
        yield Check(
            level="uat" if item.lane is Lane.UAT else "load",
            name=item.title if scenario else f"{item.group}: {item.title}",
            state=_STATES.get(item.state, CoverageState.FAILED),
            requirements=scenario.requirements if scenario else required.get(item.id, ()),
            reason=plain(item.reason),
            process=scenario.process if scenario else "",
            build=builds.get((item.id, item.run), ""),
            source=item.run,
        )


_STATES = {
    ItemState.PASSED: CoverageState.PASSED,
    ItemState.STALE: CoverageState.STALE,
    ItemState.NOT_RUN: CoverageState.NOT_RUN,
    ItemState.BROKEN: CoverageState.NOT_RUN,
}
