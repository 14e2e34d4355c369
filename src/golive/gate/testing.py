"""Criteria on what was tested: scenarios, severities, edges, load, dual run; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from golive.gate.assessment import Finding, ItemState, Lane
from golive.gate.criteria import CriterionState
from golive.gate.items import dual_run_due, dual_run_of
from golive.gate.standing import Case, share
from golive.runbook.times import show_duration

__all__ = ["EDGE_TAGS", "ERROR_TAGS", "tests_done"]

S = ItemState
C = CriterionState
#: Tags of scenarios at the edge of what is allowed, and of those in which something goes wrong.
EDGE_TAGS = frozenset({"边界", "edge", "boundary"})
ERROR_TAGS = frozenset({"异常", "error"})


def tests_done(case: Case) -> Iterator[Finding]:
    """Yield the criteria on tests, in the order a sponsor reads them."""
    yield _executed(case)
    yield _passed(case)
    yield _severities(case)
    yield _edges(case)
    if case.facts.lock.profiles or not case.policy.load_scope:
        yield _load(case)
        yield _load_size(case)
    yield _dual_run(case)


def _executed(case: Case) -> Finding:
    items = case.lane(Lane.UAT)
    done = [item for item in items if item.state in {S.PASSED, S.FAILED}]
    bad = [item for item in items if item not in done]
    wanted = case.policy.uat_executed
    enough = bool(items) and share(len(done), len(items)) >= wanted
    state = case.state(bad, enough=enough) if items else C.NO_EVIDENCE
    return case.finding(
        "uat-executed",
        ("Was every scenario in scope executed?", "范围内的场景是否全部执行？"),
        (f"at least {wanted:.0%} of the scenarios", f"执行率不低于 {wanted:.0%}"),
        ("a scenario has no valid result", "有场景没有有效结果"),
        (
            f"{len(done)} of {len(items)} scenarios have a valid result",
            f"{len(items)} 个场景中 {len(done)} 个有有效结果",
        ),
        state, counts=(len(done), len(items)), items=bad or items,
    )  # fmt: skip


def _passed(case: Case) -> Finding:
    items = case.lane(Lane.UAT)
    good = [item for item in items if item.state is S.PASSED]
    bad = [item for item in items if item.state is not S.PASSED]
    wanted = case.policy.uat_passed
    enough = bool(items) and share(len(good), len(items)) >= wanted
    state = case.state(bad, enough=enough) if items else C.NO_EVIDENCE
    return case.finding(
        "uat-passed",
        ("Did the scenarios pass?", "场景是否通过？"),
        (f"at least {wanted:.0%} of the scenarios passed", f"通过率不低于 {wanted:.0%}"),
        (f"fewer than {wanted:.0%} passed", f"通过率低于 {wanted:.0%}"),
        (
            f"{len(good)} of {len(items)} scenarios passed",
            f"{len(items)} 个场景中 {len(good)} 个通过",
        ),
        state, counts=(len(good), len(items)), items=bad or items,
    )  # fmt: skip


def _severities(case: Case) -> Finding:
    items, policy = case.lane(Lane.UAT), case.policy
    bad = [item for item in items if item.state is not S.PASSED]
    count = Counter(item.severity for item in bad)
    minor = count["S3"] + count["S4"]
    over = [
        *(item for item in bad if item.severity == "S1" and count["S1"] > policy.uat_s1),
        *(item for item in bad if item.severity == "S2" and count["S2"] > policy.uat_s2),
        *(
            item
            for item in bad
            if item.severity in {"S3", "S4"} and share(minor, len(items)) > policy.uat_minor
        ),
    ]
    said = ", ".join(f"{name} {count[name]}" for name in ("S1", "S2", "S3", "S4"))
    limit = f"S1 ≤ {policy.uat_s1}, S2 ≤ {policy.uat_s2}, S3+S4 ≤ {policy.uat_minor:.0%}"
    return case.finding(
        "uat-severity",
        ("How bad are the scenarios that did not pass?", "未通过场景的严重程度如何？"),
        (limit, limit),
        ("one more than that", "超出上述限额"),
        (f"not passed: {said}", f"未通过：{said}"),
        case.state(over) if items else C.NO_EVIDENCE,
        counts=(len(over), len(items)), items=over or items,
    )  # fmt: skip


def _edges(case: Case) -> Finding:
    """Ask for scenarios at the edges and with errors in each process, and for their share."""
    locked = [item for item in case.facts.lock.scenarios if not item.quarantined]
    policy = case.policy
    edges = [item for item in locked if EDGE_TAGS & set(item.tags)]
    errors = [item for item in locked if ERROR_TAGS & set(item.tags)]
    special = len({item.id for item in (*edges, *errors)})
    least = f"{policy.uat_edge_share:.0%}"
    thin = [
        process
        for process in dict.fromkeys(item.process for item in locked)
        if sum(item.process == process for item in edges) < policy.uat_edges
        or sum(item.process == process for item in errors) < policy.uat_errors
    ]
    met = bool(locked) and not thin and share(special, len(locked)) >= policy.uat_edge_share
    lacking = f"; too few in {', '.join(thin)}" if thin else ""
    lacking_zh = f"；{'、'.join(thin)} 不足" if thin else ""
    return case.finding(
        "uat-edges",
        ("Do the scenarios go to the edges?", "是否覆盖边界与异常情况？"),
        (
            f"in each process {policy.uat_edges} edge, {policy.uat_errors} error; {least} of all",
            f"每个流程至少边界 {policy.uat_edges} 个、异常 {policy.uat_errors} 个，合计占 {least}",
        ),
        ("fewer", "不足"),
        (
            f"{len(edges)} edge, {len(errors)} error, {special} of {len(locked)}{lacking}",
            f"边界 {len(edges)} 个、异常 {len(errors)} 个，共 {special}/{len(locked)}{lacking_zh}",
        ),
        C.MET if met else C.NOT_MET if locked else C.NO_EVIDENCE,
        counts=(special, len(locked)),
    )  # fmt: skip


def _load(case: Case) -> Finding:
    items = case.lane(Lane.LOAD)
    good = [item for item in items if item.state is S.PASSED]
    bad = [item for item in items if item.state is not S.PASSED]
    return case.finding(
        "load",
        ("Does the system carry the load?", "系统能否承受负载？"),
        ("every objective of every load profile is met", "每个负载方案的每项指标都达标"),
        ("an objective is missed or was not measured", "有指标未达标或未测得"),
        (
            f"{len(good)} of {len(items)} objectives met",
            f"{len(items)} 项指标中 {len(good)} 项达标",
        ),
        case.state(bad) if items else C.NO_EVIDENCE,
        counts=(len(good), len(items)), items=bad or items,
    )  # fmt: skip


def _load_size(case: Case) -> Finding:
    policy, profiles = case.policy, case.facts.lock.profiles
    hold = policy.hold.total_seconds()
    small = [item for item in profiles if item.level < policy.load_level or item.seconds < hold]
    said = "; ".join(f"{item.name}: {item.level:g} x, {item.seconds:g} s" for item in profiles)
    return case.finding(
        "load-size",
        ("Was the load large and long enough?", "负载是否足够大、足够久？"),
        (
            f"{policy.load_level:g} times the stated peak for {show_duration(policy.hold)}",
            f"达到申报峰值的 {policy.load_level:g} 倍，持续 {show_duration(policy.hold)}",
        ),
        ("smaller or shorter", "偏小或偏短"),
        (said or "no profile", said or "没有负载方案"),
        C.NO_EVIDENCE if not profiles else C.NOT_MET if small else C.MET,
        counts=(len(profiles) - len(small), len(profiles)),
    )  # fmt: skip


def _dual_run(case: Case) -> Finding:
    policy, comparisons = case.policy, case.facts.lock.comparisons
    question = ("Do both systems agree, cycle after cycle?", "新旧系统逐期核对是否一致？")
    go = (
        f"{policy.dual_run_cycles} consecutive clean business days",
        f"连续 {policy.dual_run_cycles} 个营业日核对无差异",
    )
    no_go = (
        "a difference is open, a business day was missed, or a day was judged otherwise",
        "存在未解释差异、漏核营业日，或核对依据有变更",
    )
    if not dual_run_due(case.facts):
        return case.finding(
            "dual-run", question, go, no_go,
            (
                f"due after the cutover: {len(comparisons)} comparisons are agreed and frozen",
                f"切换后进行：{len(comparisons)} 项核对已商定并冻结",
            ),
            C.MET if comparisons else C.NO_EVIDENCE,
        )  # fmt: skip
    items = case.lane(Lane.DUAL_RUN)
    bad = [item for item in items if item.state is not S.PASSED]
    stands = [(one, dual_run_of(case.facts, one.path)) for one in comparisons]
    state = case.state(bad) if items else C.NO_EVIDENCE
    if state is C.MET and not all(found.met for _, found in stands):
        # Every day is clean, and yet not in a row: one was judged otherwise than the one before.
        state = C.NOT_MET
    if not stands:
        return case.finding("dual-run", question, go, no_go, ("no comparison", "没有核对项"), state)
    worst, found = min(stands, key=lambda one: (one[1].met, one[1].streak))
    return case.finding(
        "dual-run", question, go, no_go,
        (f"{worst.title}: {found.sentence.en}", f"{worst.title}：{found.sentence.zh}"),
        state, counts=(found.streak, found.required), items=bad or items,
    )  # fmt: skip
