"""How a release stands, as plain lines for a terminal, in English or Chinese; pure."""

from __future__ import annotations

from collections.abc import Iterator

from golive.gate.assessment import Assessment, Finding, ItemState, Lane, Recommendation
from golive.gate.criteria import CriterionState
from golive.report.words import say

__all__ = ["decision_lines", "gate_lines", "recommendation_words"]

_WORDS = {
    Recommendation.GO: ("GO", "可以上线（GO）"),
    Recommendation.CONDITIONAL: ("CONDITIONAL GO", "有条件上线（CONDITIONAL GO）"),
    Recommendation.NO_GO: ("NO-GO", "不可上线（NO-GO）"),
}
_STATES = {
    CriterionState.MET: ("met", "满足"),
    CriterionState.NOT_MET: ("NOT MET", "不满足"),
    CriterionState.NO_EVIDENCE: ("NO EVIDENCE", "无证据"),
    CriterionState.STALE: ("STALE", "过期"),
    CriterionState.WAIVED: ("waived", "豁免"),
}
_LANES = {
    Lane.UAT: ("UAT", "验收测试"),
    Lane.LOAD: ("load", "压力测试"),
    Lane.REHEARSAL: ("rehearsal", "切换演练"),
    Lane.DUAL_RUN: ("dual run", "双轨核对"),
}
_DECISIONS = {
    "go": ("GO", "同意上线"),
    "conditional": ("CONDITIONAL GO", "有条件同意"),
    "no-go": ("NO-GO", "不同意"),
    "abstain": ("abstains", "弃权"),
}


def recommendation_words(recommendation: Recommendation, language: str) -> str:
    """Return a recommendation as people say it."""
    return say(language, *_WORDS[recommendation])


def gate_lines(assessment: Assessment, language: str) -> Iterator[str]:
    """Yield the lines: recommendation, causes, criteria, lanes, and what page 1 must not hide."""
    word = recommendation_words(assessment.recommendation, language)
    yield say(
        language,
        f"release '{assessment.release}': golive recommends {word}",
        f"发布“{assessment.release}”：golive 建议 {word}",
    )
    yield from (f"  - {cause}" for cause in assessment.causes)
    yield ""
    yield from (_finding(one, language) for one in assessment.findings)
    yield ""
    for lane in Lane:
        yield from _lane(assessment, lane, language)
    yield from _small_print(assessment, language)
    yield from decision_lines(assessment, language)


def _finding(finding: Finding, language: str) -> str:
    state = say(language, *_STATES[finding.state])
    return f"  [{state}] {finding.question} {finding.found}"


def _lane(assessment: Assessment, lane: Lane, language: str) -> Iterator[str]:
    items = [item for item in assessment.items if item.lane is lane]
    passed = sum(item.state is ItemState.PASSED for item in items)
    if items:
        name = say(language, *_LANES[lane])
        yield say(
            language,
            f"  {name}: {passed} of {len(items)} passed",
            f"  {name}：{len(items)} 项中 {passed} 项通过",
        )


def _small_print(assessment: Assessment, language: str) -> Iterator[str]:
    for item in assessment.items:
        if item.state is ItemState.QUARANTINED:
            yield say(language, f"  quarantined: {item.id}", f"  已隔离：{item.id}")
    for waiver in assessment.waivers:
        void = say(language, f" (void: {waiver.void})", f"（无效：{waiver.void}）")
        void = void if waiver.void else ""
        yield say(
            language,
            f"  waiver {waiver.id}: {', '.join(waiver.items)}; {waiver.reason}{void}",
            f"  豁免 {waiver.id}：{'、'.join(waiver.items)}；{waiver.reason}{void}",
        )
    for one in assessment.relaxations:
        yield say(
            language,
            f"  relaxed: {one.key} = {one.value}, golive's default is {one.default}",
            f"  放宽：{one.key} = {one.value}，默认为 {one.default}",
        )
    for change in assessment.changes:
        who = f"{change.change}, {change.person}, {change.at:%Y-%m-%d %H:%M} UTC"
        yield say(
            language,
            f"  changed since the first freeze ({who}): {change.reason}",
            f"  首次冻结后的变更（{who}）：{change.reason}",
        )
        yield from (
            f"    {entry.what}: {entry.old or '-'} -> {entry.new or '-'}"
            for entry in change.entries
        )
    counted = ", ".join(f"{name} {count}" for name, count in assessment.assurance.items())
    if counted:
        yield say(
            language,
            f"  actions by how sure we are who acted: {counted}",
            f"  操作人身份的可信程度：{counted}",
        )


def decision_lines(assessment: Assessment, language: str) -> Iterator[str]:
    """Yield who decided what, what it amounts to, and who is still missing."""
    for one in assessment.decisions:
        word = say(language, *_DECISIONS[one.decision])
        role = f" ({one.role})" if one.role else ""
        reason = f": {one.reason}" if one.reason else ""
        void = f" [{one.void}]" if one.void else ""
        yield f"  {one.person}{role}, {one.assurance}: {word}{reason}{void}"
        for condition in one.conditions:
            due = f"{condition.due:%Y-%m-%d %H:%M %Z}"
            yield say(
                language,
                f"    condition: {condition.text}; {condition.owner}, by {due}",
                f"    条件：{condition.text}；{condition.owner}，{due} 前",
            )
    if assessment.decided:
        word = say(language, *_DECISIONS[assessment.decided])
        yield say(language, f"decided: {word}", f"决定：{word}")
    for line in assessment.missing:
        yield say(language, f"not decided yet: {line}", f"尚未决定：{line}")
