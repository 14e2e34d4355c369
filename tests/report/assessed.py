"""Assessments of a release as the gate computes them, for reports of every colour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.report.recorded import CREDIT, ORDER, PAID, RUN

from golive.gate.assessment import (
    Assessment,
    Change,
    ChangedEntry,
    Condition,
    Decision,
    Finding,
    Item,
    ItemState,
    Lane,
    Recommendation,
    Relaxation,
    Waiver,
)  # fmt: skip
from golive.gate.criteria import CriterionState
from golive.outcome import Outcome, Status

AT = datetime(2026, 12, 4, 14, 30, tzinfo=UTC)
RELEASE = "wave-1"


def outcome(summary: str, status: Status = Status.PASSED) -> Outcome:
    return Outcome(status=status, summary=summary, started=AT, ended=AT + timedelta(seconds=9))


def item(
    id_: str, lane: Lane, group: str, state: ItemState = ItemState.PASSED, **more: Any
) -> Item:
    title = more.pop("title", id_.partition("::")[2] or id_)
    return Item(id=id_, lane=lane, group=group, title=title, state=state, run=RUN, **more)


#: All that was promised, and all of it passed.
ITEMS = (
    item(ORDER, Lane.UAT, "order to cash"),
    item(PAID, Lane.UAT, "finance"),
    item(CREDIT, Lane.UAT, "finance", retries=1),
    item("opening/p95", Lane.LOAD, "opening morning", outcome=outcome("p95 45 ms")),
    item("dress/rollback", Lane.REHEARSAL, "dress", outcome=outcome("the old system is as before")),
    item("day-1/orders", Lane.DUAL_RUN, "2026-12-02", outcome=outcome("496 rows agree")),
    item("day-2/orders", Lane.DUAL_RUN, "2026-12-03", outcome=outcome("498 rows agree")),
)
FINDINGS = (
    Finding(id="uat-passed", question="Did the business accept it?",
            go="100% executed, ≥98% passed", no_go="any S1 or S2 open",
            found="3 of 3 scenarios passed", state=CriterionState.MET,
            owner="business", count=3, total=3, runs=(RUN,)),
    Finding(id="rehearsed", question="Was the way back rehearsed?", go="≥1 verified rollback",
            no_go="no verified rollback", found="1 verified rollback", state=CriterionState.MET,
            runs=(RUN,)),
)  # fmt: skip


def assessment(
    recommendation: Recommendation = Recommendation.GO,
    items: Sequence[Item] = ITEMS,
    findings: Sequence[Finding] = FINDINGS,
    **more: Any,
) -> Assessment:
    return Assessment(
        release=RELEASE, lock_sha256="cd" * 32, at=AT, recommendation=recommendation,
        findings=tuple(findings), items=tuple(items), waivers=more.pop("waivers", ()),
        relaxations=more.pop("relaxations", ()), causes=more.pop("causes", ()),
        assurance=more.pop("assurance", {"simulated": 4, "claimed": 2, "pin": 1}), ledger_seq=12,
        ledger_hash="ef" * 32, runs=(RUN,), environment="demo", **more,
    )  # fmt: skip


GO = assessment(decisions=(
    Decision(person="zhao", decision="go", role="steering", reason="all seen", at=AT,
             assurance="simulated", recommended=Recommendation.GO, statement="I have seen it"),
), decided="go")  # fmt: skip


def no_go() -> Assessment:
    """Return a release with one of every trouble a report must show."""
    states = (
        ItemState.FAILED, ItemState.BROKEN, ItemState.NOT_RUN, ItemState.STALE, ItemState.CORRUPT,
        ItemState.DUPLICATE, ItemState.FOREIGN, ItemState.UNPLANNED, ItemState.QUARANTINED,
    )  # fmt: skip
    troubles = [
        item(f"features/finance/more.feature::Scenario {state}", Lane.UAT, "finance", state,
             reason=f"it is {state}: features/finance/more.feature:{number}", severity="S2",
             failure="12" * 32, failed_before=("20261201-0900-check-bbbb",))
        for number, state in enumerate(states, 3)
    ]  # fmt: skip
    failed = replace(
        ITEMS[0], state=ItemState.FAILED, reason="凭证 V001 应为“已审批”，实际为“待审批”"
    )
    waiver = Waiver(
        id="W-1", items=(troubles[0].id,), reason="the printer is replaced on Monday", risk="low",
        owner="mei", approver="zhao", expires=AT + timedelta(days=3),
        failures={troubles[0].id: "12" * 32}, requested_by="mei",
    )  # fmt: skip
    void = replace(waiver, id="W-2", items=(ORDER,), approver="", void="nobody approved it")
    decision = Decision(
        person="zhao", decision="conditional", role="steering", reason="the risk is known", at=AT,
        assurance="pin", recommended=Recommendation.NO_GO, statement="I have seen it",
        conditions=(Condition(text="printers checked", owner="mei", due=AT, before="OPEN"),),
    )  # fmt: skip
    findings = (
        replace(
            FINDINGS[0], state=CriterionState.NOT_MET, found="2 of 11 passed", count=2, total=11
        ),
        replace(FINDINGS[1], state=CriterionState.NO_EVIDENCE, found="no rehearsal was run"),
    )
    return assessment(
        Recommendation.NO_GO, (failed, *ITEMS[1:], *troubles), findings,
        waivers=(waiver, void), decisions=(decision,), missing=("finance has not spoken",),
        causes=("凭证 V001 应为“已审批”，实际为“待审批” (features/order_to_cash/order.feature:12)",
                "the way back was not rehearsed", "a <script>alert(1)</script> & more"),
        relaxations=(Relaxation(key="rehearsal.full", default="2", value="1"),),
        changes=(Change(number=2, at=AT, person="mei", change="CHG-1", reason="scope grew",
                        entries=(ChangedEntry(what="uat.passed", old="98%", new="95%"),)),),
    )  # fmt: skip
