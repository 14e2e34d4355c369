"""From facts to an assessment: items, criteria, waivers, recommendation and its causes; pure.

assess
  close_world      what the lock expects against what there is        (items.py)
  standing_waivers which failures are covered, and why others are not
  tests_done, readiness   one finding for each criterion              (testing.py, readiness.py)
  recommend        GO only when every mandatory criterion is met
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from golive.gate.assessment import (
    Assessment,
    Finding,
    Item,
    ItemState,
    Lane,
    Recommendation,
    Waiver,
)
from golive.gate.criteria import CriterionState
from golive.gate.facts import Facts
from golive.gate.items import close_world
from golive.gate.policy import relaxations
from golive.gate.readiness import readiness
from golive.gate.standing import Case
from golive.gate.testing import tests_done
from golive.gate.words import NOTHING_SAID, Text, text

__all__ = ["NOT_WAIVABLE", "assess", "standing_waivers"]

S = ItemState
#: A record that is wrong is repaired or run again, never waived.
NOT_WAIVABLE = frozenset({S.CORRUPT, S.DUPLICATE, S.FOREIGN, S.PASSED, S.QUARANTINED})
#: The order in which causes are told.
_WORST_FIRST = (
    S.FAILED, S.CORRUPT, S.DUPLICATE, S.FOREIGN, S.BROKEN, S.UNPLANNED, S.STALE, S.NOT_RUN,
)  # fmt: skip
#: More items than this with one reason are told in one sentence.
_FEW = 3


def assess(facts: Facts, language: str = "en") -> Assessment:
    """Return how a release stands. Nothing but met criteria makes a GO."""
    items = close_world(facts, language)
    waivers = standing_waivers(facts.waivers, items, facts.at, language)
    waived = frozenset(
        name for waiver in waivers if not waiver.void for name in waiver.items
    )  # fmt: skip
    case = Case(facts=facts, items=items, waived=waived, language=language)
    findings = (*tests_done(case), *readiness(case))
    counted = Counter[str]()
    for run in facts.counting:
        counted.update(run.assurance)
    return Assessment(
        release=facts.lock.release,
        lock_sha256=facts.lock_sha256,
        at=facts.at,
        recommendation=_recommend(findings, items, waived),
        findings=findings,
        items=items,
        waivers=waivers,
        relaxations=relaxations(facts.lock.policy),
        causes=tuple(dict.fromkeys(_causes(case, findings))),
        assurance=dict(counted),
        ledger_seq=facts.ledger_seq,
        ledger_hash=facts.ledger_hash,
        changes=facts.changes,
        runs=tuple(run.run for run in facts.counting),
        environment=facts.lock.environment,
    )


def standing_waivers(
    waivers: tuple[Waiver, ...], items: tuple[Item, ...], at: datetime, language: str = "en"
) -> tuple[Waiver, ...]:
    """Return the waivers, each with why it is void; a valid one has nothing there."""
    by_id = {item.id: item for item in items}
    return tuple(
        replace(waiver, void=_void(waiver, by_id, at).into(language)) for waiver in waivers
    )


def _void(waiver: Waiver, items: dict[str, Item], at: datetime) -> Text:
    if not waiver.approver:
        return text("nobody has approved it", "尚未批准")
    if waiver.approver in {waiver.requested_by, waiver.owner}:
        return text("its requester or owner approved it", "申请人或责任人自行批准")
    if at >= waiver.expires:
        until = waiver.expires.isoformat(timespec="minutes")
        return text(f"it expired at {until}", f"已于 {until} 到期")
    for name in waiver.items:
        item = items.get(name)
        if item is None or item.state is S.PASSED:
            return text(f"'{name}' needs none any more", f"“{name}”已无需豁免")
        if item.severity == "S1" and item.lane is Lane.UAT:
            return text(f"'{name}' is S1, which is never waived", f"“{name}”为 S1，不得豁免")
        if item.state in NOT_WAIVABLE:
            return text(
                f"'{name}' is {item.state}, which is never waived",
                f"“{name}”{_STATES_ZH.get(item.state, '')}，不得豁免",
            )
        if waiver.failures.get(name) != item.failure:
            return text(
                f"'{name}' fails otherwise than when it was waived",
                f"“{name}”的问题与豁免时不同",
            )
    return NOTHING_SAID


def _recommend(
    findings: tuple[Finding, ...], items: tuple[Item, ...], waived: frozenset[str]
) -> Recommendation:
    fine = {CriterionState.MET, CriterionState.WAIVED}
    if not findings or any(one.state not in fine for one in findings if one.mandatory):
        return Recommendation.NO_GO
    doubts = [one for one in findings if one.state is not CriterionState.MET]
    unsteady = [item for item in items if _is_unsteady(item)]
    tolerated = [
        item for item in items if item.state in _WORST_FIRST and item.state is not S.UNPLANNED
    ]
    if doubts or unsteady or waived or tolerated:
        return Recommendation.CONDITIONAL
    return Recommendation.GO


def _is_unsteady(item: Item) -> bool:
    """Tell whether a test passed only the second time, so that it may fail the third.

    A rehearsal that failed and was held again is what rehearsals are for.
    """
    again = item.retries or item.failed_before
    return item.state is S.PASSED and item.lane in {Lane.UAT, Lane.LOAD} and bool(again)


def _causes(case: Case, findings: tuple[Finding, ...]) -> Iterator[str]:
    """Yield why it is not GO, the worst first; each sentence names its place."""
    open_items = [item for item in case.items if item.id not in case.waived]
    for state in _WORST_FIRST:
        if state is S.UNPLANNED and case.policy.unplanned == "list":
            continue
        found = [item for item in open_items if item.state is state]
        if len(found) <= _FEW:
            yield from (_cause(case, item) for item in found)
        else:
            yield from _together(case, found)
    told = {item.id for item in open_items if item.state in _WORST_FIRST}
    for finding in findings:
        if finding.state in {CriterionState.MET, CriterionState.WAIVED}:
            continue
        if not finding.items or not told.issuperset(finding.items):
            yield f"{finding.question} {finding.found}"
    for item in case.items:
        if item.id in case.waived:
            yield case.say(f"waived: {_cause(case, item)}", f"已豁免：{_cause(case, item)}")
        if _is_unsteady(item):
            yield case.say(
                f"{item.title}: passed only on a retry", f"{item.title}：重试后才通过"
            )  # fmt: skip


def _cause(case: Case, item: Item) -> str:
    where = "" if item.title in item.reason else f"{item.title}: "
    return f"{where}{item.reason}"


def _together(case: Case, items: list[Item]) -> Iterator[str]:
    """Yield one sentence for many items of a lane in one state, with the first as its example."""
    for lane in Lane:
        found = [item for item in items if item.lane is lane]
        if 0 < len(found) <= _FEW:
            yield from (_cause(case, item) for item in found)
        elif found:
            state = found[0].state
            yield case.say(
                f"{len(found)} {lane} items are {state}, the first: {_cause(case, found[0])}",
                f"{_LANES_ZH[lane]}有 {len(found)} 项{_STATES_ZH[state]}，"
                f"第一项：{_cause(case, found[0])}",
            )


_LANES_ZH = {
    Lane.UAT: "验收测试", Lane.LOAD: "压力测试",
    Lane.REHEARSAL: "切换演练", Lane.DUAL_RUN: "双轨核对",
}  # fmt: skip
_STATES_ZH = {
    S.FAILED: "未通过", S.CORRUPT: "记录损坏", S.DUPLICATE: "重复", S.FOREIGN: "来源不明",
    S.BROKEN: "无法判定", S.UNPLANNED: "计划外", S.STALE: "已过期", S.NOT_RUN: "未执行",
}  # fmt: skip
