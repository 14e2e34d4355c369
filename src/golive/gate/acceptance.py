"""How user acceptance stands, process by process and scenario by scenario; pure.

acceptance
  _line        one scenario: passed, by whom, accepted by whom, and whether that still holds
  _outdated    what has changed since it was accepted: text, phrases, build, site, data
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from golive.gate.assessment import Item, ItemState, Lane
from golive.gate.facts import Facts, Result, Tester
from golive.gate.items import in_order
from golive.gate.lock import LockedScenario
from golive.gate.signoffs import Acceptance, AcceptedItem
from golive.gate.words import NOTHING_SAID, Text, plain, text

__all__ = ["AcceptanceLine", "LineState", "ProcessAcceptance", "acceptance", "stale_scenarios"]


class LineState(StrEnum):
    """How the acceptance of one scenario stands; only ``accepted`` is user acceptance."""

    ACCEPTED = "accepted"
    #: It was accepted, and what it rested on has changed since.
    STALE = "stale"
    #: A user ran it and it passed; nobody has accepted it yet.
    OPEN = "to be accepted"
    #: It passed, but in a run of IT, of a vendor, or of nobody by name.
    NOT_A_USERS = "not a user's run"
    NOT_PASSED = "not passed"


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptanceLine:
    """One scenario of a process."""

    id: str
    title: str
    place: str
    state: LineState
    #: Why it is not accepted, or not any more.
    reason: Text = NOTHING_SAID
    #: The run, the instant (aware UTC) and the tester of its newest result that counts.
    run: str = ""
    ran: datetime | None = None
    tester: Tester | None = None
    #: Target -> build it ran on.
    builds: Mapping[str, str]
    #: The acceptance that covers it, or covered it until something changed.
    acceptance: Acceptance | None = None
    #: What signing now would accept; None when there is nothing to accept.
    offered: AcceptedItem | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessAcceptance:
    """One business process: its scenarios and every word given on it."""

    process: str
    lines: tuple[AcceptanceLine, ...]
    #: Oldest first; those taken back are among them.
    acceptances: tuple[Acceptance, ...]

    def count(self, *states: LineState) -> int:
        """Return how many scenarios stand so."""
        return sum(line.state in states for line in self.lines)

    @property
    def complete(self) -> bool:
        """Whether every scenario is accepted; a process without one never is."""
        return bool(self.lines) and self.count(LineState.ACCEPTED) == len(self.lines)


def acceptance(facts: Facts, items: tuple[Item, ...]) -> tuple[ProcessAcceptance, ...]:
    """Return each process of the lock; ``items`` are :func:`golive.gate.items.close_world`'s.

    A quarantined scenario does not count and is in none.
    """
    by_id = {item.id: item for item in items if item.lane is Lane.UAT}
    counted = [one for one in facts.lock.scenarios if not one.quarantined]
    return tuple(
        ProcessAcceptance(
            process=process,
            lines=tuple(
                _line(facts, one, by_id[one.id]) for one in counted if one.process == process
            ),
            acceptances=tuple(one for one in facts.acceptances if one.process == process),
        )
        for process in dict.fromkeys(one.process for one in counted)
    )


def stale_scenarios(facts: Facts, items: tuple[Item, ...]) -> tuple[str, ...]:
    """Return the ids of exactly those scenarios whose pass, or acceptance, has been outlived."""
    stale = {item.id for item in items if item.lane is Lane.UAT and item.state is ItemState.STALE}
    stale |= {
        line.id
        for process in acceptance(facts, items)
        for line in process.lines
        if line.state is LineState.STALE
    }
    return tuple(one.id for one in facts.lock.scenarios if one.id in stale)


def _line(facts: Facts, scenario: LockedScenario, item: Item) -> AcceptanceLine:
    result = _result(facts, item)
    tester = _testers(facts).get(result.run) if result is not None else None
    given = _given(facts, scenario.id)
    offered = None
    if item.state is ItemState.PASSED and result is not None and _is_user(tester):
        offered = _offer(facts, scenario, result, tester)
    state, reason = _state(facts, scenario, item, given, offered, tester)
    return AcceptanceLine(
        id=scenario.id, title=scenario.title, place=f"{scenario.file}:{scenario.line}",
        state=state, reason=reason, run=result.run if result else item.run,
        ran=result.at if result else None,
        tester=tester, builds=dict(result.builds) if result else {},
        acceptance=given[0] if given else None, offered=offered,
    )  # fmt: skip


def _result(facts: Facts, item: Item) -> Result | None:
    """Return the result an acceptance rests on: the item's own, or a user's pass of the same.

    A later run by somebody else that passed as well, such as the night's smoke test, takes nothing
    from what a user saw, as long as nothing failed between them and all it speaks of is the same.
    """
    found = in_order(facts, [one for one in facts.results if one.item == item.id])
    own = [one for one in found if one.run == item.run]
    if not own or item.state is not ItemState.PASSED:
        return own[-1] if own else None
    testers = _testers(facts)
    for one in reversed(found[: found.index(own[-1]) + 1]):
        if _speaks_of(one) != _speaks_of(own[-1]):
            break
        if _is_user(testers.get(one.run)):
            return one
    return own[-1]


def _speaks_of(result: Result) -> tuple[object, ...]:
    return (result.state, result.digest, result.builds, result.sites, result.data)


def _testers(facts: Facts) -> dict[str, Tester | None]:
    return {run.run: run.tester for run in facts.runs}


def _is_user(tester: Tester | None) -> bool:
    return tester is not None and tester.side == "business"


def _given(facts: Facts, name: str) -> tuple[Acceptance, AcceptedItem] | None:
    """Return the newest acceptance that stands and covers a scenario."""
    for one in reversed(facts.acceptances):
        for item in one.items:
            if item.id == name and not one.revoked:
                return one, item
    return None


def _offer(
    facts: Facts, scenario: LockedScenario, result: Result, tester: Tester | None
) -> AcceptedItem:
    return AcceptedItem(
        id=scenario.id, title=scenario.title, digest=result.digest,
        steps=facts.lock.steps_sha256, run=result.run, ran=result.at.isoformat(),
        tester=tester.person if tester else "", builds=dict(result.builds),
        sites=dict(result.sites), data=dict(result.data),
    )  # fmt: skip


def _state(
    facts: Facts,
    scenario: LockedScenario,
    item: Item,
    given: tuple[Acceptance, AcceptedItem] | None,
    offered: AcceptedItem | None,
    tester: Tester | None,
) -> tuple[LineState, Text]:
    if given is not None:
        why = _outdated(facts, scenario, given[1]) or _failed_since(item, given[1])
        if not why:
            return LineState.ACCEPTED, NOTHING_SAID
        if offered is None or offered.run == given[1].run:
            return LineState.STALE, why
        return LineState.OPEN, text(f"run again since: {why.en}", f"此后已重新执行：{why.zh}")
    if item.state is not ItemState.PASSED:
        return LineState.NOT_PASSED, plain(item.reason)
    return (LineState.OPEN, NOTHING_SAID) if offered else (LineState.NOT_A_USERS, _whose(tester))


def _whose(tester: Tester | None) -> Text:
    """Say why a run is no user's."""
    if tester is None:
        return text(
            "ran without a person's name: a business user runs it with --as PERSON",
            "执行时未署名：请由业务人员以 --as 人员 执行",
        )
    name = tester.name or tester.person
    if tester.side in {"it", "vendor"}:
        en, zh = {"it": ("IT", "信息技术人员"), "vendor": ("a vendor", "供应商")}[tester.side]
        return text(
            f"was run by {name} of {en}, which is no user acceptance",
            f"由{zh}{name}执行，不算用户验收",
        )
    return text(
        f"was run by {name}, of whom the team does not say 'side: business'",
        f"由 {name} 执行，团队表未注明 side: business",
    )


def _failed_since(item: Item, accepted: AcceptedItem) -> Text:
    """Say that a later run did not pass; what only became old is told by what changed."""
    bad = item.state in {ItemState.FAILED, ItemState.BROKEN, ItemState.CORRUPT}
    if not bad or item.run == accepted.run:
        return NOTHING_SAID
    return text(
        f"did not pass since, in run {item.run}: {item.reason}",
        f"此后在运行 {item.run} 中未通过：{item.reason}",
    )


def _outdated(facts: Facts, scenario: LockedScenario, accepted: AcceptedItem) -> Text:
    """Say what has changed since a scenario was accepted; nothing when all is as it was."""
    now = facts.texts.get(scenario.id)
    if now is None:
        return text("the scenario is gone from its feature", "该场景已从用例文件中删除")
    if now != accepted.digest:
        return text(
            "the scenario's text, a concept or a file it uses was changed since it was accepted",
            "场景内容，或它使用的概念、文件，在验收之后有改动",
        )
    if facts.texts.get("steps") != accepted.steps:
        return text(
            "the phrases, fixtures or hooks it uses changed since it was accepted"
            " (steps/, conftest.py, environment.py)",
            "所用句式、夹具或钩子（steps/、conftest.py、environment.py）在验收之后有改动",
        )
    return next(_moved(facts, accepted), NOTHING_SAID)


def _moved(facts: Facts, accepted: AcceptedItem) -> Iterator[Text]:
    """Yield what a target is now and was not; a target that does not answer says nothing."""
    for what, then, en, zh in (
        ("build", accepted.builds, "build", "版本"),
        ("site", accepted.sites, "site", "站点"),
        ("data", accepted.data, "data cut", "数据批次"),
    ):
        for name, before in then.items():
            target = facts.targets.get(name)
            now = getattr(target, what) if target is not None and not target.problem else ""
            if before and now and now != before:
                yield text(
                    f"accepted on {en} {before} of '{name}', which is {now} now",
                    f"验收时“{name}”的{zh}为 {before}，现为 {now}",
                )
