"""Criteria on the night: record, plan, rehearsals, way back, the cutover; pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from golive.gate.assessment import Finding, ItemState, Lane
from golive.gate.criteria import CriterionState
from golive.gate.facts import RunFact, RunKind, RunStanding
from golive.gate.installed import installed
from golive.gate.standing import Case
from golive.gate.words import text
from golive.runbook.times import parse_instant, show_duration

__all__ = ["readiness"]

S = ItemState
C = CriterionState

#: Damages to the record a finding names; the rest is counted.
_MOST_WRONG = 3


def readiness(case: Case) -> Iterator[Finding]:
    """Yield the criteria on everything but the tests, in the order a sponsor reads them."""
    yield _rehearsals(case)
    yield _rehearsal_age(case)
    yield _way_back(case)
    if any(item.drills for item in case.facts.lock.rehearsals):
        yield _drills(case)
    yield _buffer(case)
    yield _reserve(case)
    yield _plan(case)
    yield _agreed(case)
    yield from installed(case)
    yield _scope(case)
    yield _record(case)
    if case.facts.cutover is not None:
        yield _cutover(case, case.facts.cutover)


def good_rehearsals(case: Case) -> tuple[RunFact, ...]:
    """Return the rehearsals of the frozen plan that ended green, oldest first."""
    plans = {item.fingerprint for item in case.facts.lock.rehearsals}
    return tuple(
        run
        for run in case.runs(RunKind.REHEARSAL)
        if run.exit == 0 and run.fingerprint in plans and run.fingerprint
    )


def _rehearsals(case: Case) -> Finding:
    wanted, good = case.policy.rehearsals, good_rehearsals(case)
    items = tuple(item for item in case.lane(Lane.REHEARSAL) if "::" not in item.id)
    bad = [item for item in items if item.state is not S.PASSED]
    state = case.state(bad)
    if state is C.MET and len(good) < wanted:
        state = C.NO_EVIDENCE if not good else C.NOT_MET
    return case.finding(
        "rehearsals",
        ("Was the cutover rehearsed as it will be run?", "切换是否按正式方案演练过？"),
        (
            f"{wanted} full rehearsals of this plan, the last one green",
            f"按本方案完整演练 {wanted} 次，且最近一次通过",
        ),
        ("fewer, of another plan, or not green", "次数不足、方案不同或未通过"),
        (
            f"{len(good)} green of {wanted} wanted, of {len(case.runs(RunKind.REHEARSAL))} held",
            f"要求 {wanted} 次，通过 {len(good)} 次，共演练 {len(case.runs(RunKind.REHEARSAL))} 次",
        ),
        state if items else C.NO_EVIDENCE,
        counts=(len(good), wanted), items=bad or items, runs=[run.run for run in good],
    )  # fmt: skip


def _rehearsal_age(case: Case) -> Finding:
    fewest, most = case.policy.rehearsal_age
    good = good_rehearsals(case)
    ended = max((run.closed for run in good if run.closed), default=None)
    question = ("Is the last rehearsal recent?", "最近一次演练的时间是否合适？")
    go = (f"T-{most:g} to T-{fewest:g} days", f"T-{most:g} 至 T-{fewest:g} 天")
    no_go = ("earlier or later", "过早或过晚")
    if ended is None:
        return case.finding(
            "rehearsal-age", question, go, no_go, ("no green rehearsal", "没有通过的演练"),
            C.NO_EVIDENCE,
        )  # fmt: skip
    days = (case.facts.t0 - ended) / timedelta(days=1)
    met = fewest <= days <= most
    state = C.MET if met else C.STALE if days > most else C.NOT_MET
    when = f"{case.facts.t0.astimezone(case.facts.zone):%Y-%m-%d %H:%M %Z}"
    return case.finding(
        "rehearsal-age", question, go, no_go,
        (f"T-{days:.1f} days; T0 is {when}", f"T-{days:.1f} 天；T0 为 {when}"),
        state, runs=[run.run for run in good if run.closed == ended],
    )  # fmt: skip


def _way_back(case: Case) -> Finding:
    wanted = case.policy.rollbacks
    proven = [run for run in good_rehearsals(case) if run.restored]
    items = tuple(item for item in case.lane(Lane.REHEARSAL) if item.id.endswith("::rollback"))
    bad = [item for item in items if item.state is not S.PASSED]
    state = case.state(bad)
    if state is C.MET and len(proven) < wanted:
        state = C.NO_EVIDENCE
    return case.finding(
        "rollback",
        ("Is the way back proven?", "回退是否得到验证？"),
        (
            f"{wanted} rollback after which the old system equalled before",
            f"{wanted} 次回退后旧系统与之前完全一致",
        ),
        ("not rehearsed, or something is not as before", "未演练，或有内容与之前不一致"),
        (f"{len(proven)} proven", f"已验证 {len(proven)} 次"),
        state, counts=(len(proven), wanted), items=bad or items,
        runs=[run.run for run in proven],
    )  # fmt: skip


def _drills(case: Case) -> Finding:
    items = tuple(
        item
        for item in case.lane(Lane.REHEARSAL)
        if "::" in item.id and not item.id.endswith("::rollback")
    )
    bad = [item for item in items if item.state is not S.PASSED]
    good = len(items) - len(bad)
    return case.finding(
        "drills",
        ("Did the emergency drills meet their targets?", "应急演练是否达到时限？"),
        ("every drill within its targets", "每项应急演练均在时限内"),
        ("a drill late or not held", "有应急演练超时或未进行"),
        (f"{good} of {len(items)} within their targets", f"{len(items)} 项中 {good} 项达标"),
        case.state(bad) if items else C.NO_EVIDENCE,
        counts=(good, len(items)), items=bad or items,
    )  # fmt: skip


def _buffer(case: Case) -> Finding:
    start, end = (parse_instant(value) for value in case.facts.lock.window)
    measured = [run for run in good_rehearsals(case) if run.forward_seconds]
    wanted = case.policy.buffer
    question = ("Does the plan fit the window?", "方案在窗口内是否有余量？")
    go = (f"{wanted:.0%} spare over the measured path", f"实测关键路径之外余量不低于 {wanted:.0%}")
    no_go = (f"less than {wanted:.0%}", f"余量低于 {wanted:.0%}")
    if not measured:
        return case.finding(
            "buffer", question, go, no_go, ("nothing was measured", "没有实测数据"), C.NO_EVIDENCE
        )
    path = max(run.forward_seconds or 0.0 for run in measured)
    spare = ((end - start).total_seconds() - path) / path
    took = show_duration(timedelta(seconds=path))
    return case.finding(
        "buffer", question, go, no_go,
        (
            f"the critical path took {took} of {show_duration(end - start)}",
            f"关键路径实测 {took}，窗口 {show_duration(end - start)}",
        ),
        C.MET if spare >= wanted else C.NOT_MET, runs=[run.run for run in measured],
    )  # fmt: skip


def _reserve(case: Case) -> Finding:
    """Ask that the longest rehearsed way back fits beside the measured way forward."""
    start, end = (parse_instant(value) for value in case.facts.lock.window)
    measured = [run for run in good_rehearsals(case) if run.back_seconds is not None]
    policy = case.policy
    more = f"{policy.rollback_margin:.0%}"
    question = ("Is there time to turn back?", "是否留足回退时间？")
    go = (
        f"the longest rehearsed rollback, {more} more and {show_duration(policy.floor)}",
        f"最长实测回退时间加 {more} 再加 {show_duration(policy.floor)}",
    )
    no_go = ("the window is too short for it", "窗口时间不足")
    if not measured:
        return case.finding(
            "reserve", question, go, no_go, ("no rollback was measured", "没有实测回退"),
            C.NO_EVIDENCE,
        )  # fmt: skip
    back = max(run.back_seconds or 0.0 for run in measured)
    forward = max((run.forward_seconds or 0.0 for run in measured), default=0.0)
    wanted = timedelta(seconds=back * (1 + policy.rollback_margin)) + policy.floor
    left = end - start - timedelta(seconds=forward)
    return case.finding(
        "reserve", question, go, no_go,
        (
            f"{show_duration(wanted)} wanted, {show_duration(left)} left in the window",
            f"需要 {show_duration(wanted)}，窗口剩余 {show_duration(left)}",
        ),
        C.MET if left >= wanted else C.NOT_MET, runs=[run.run for run in measured],
    )  # fmt: skip


def _plan(case: Case) -> Finding:
    lock = case.facts.lock
    now = case.facts.texts.get("plan", "")
    same = now == lock.fingerprint
    return case.finding(
        "plan",
        ("Is the plan the one that was frozen?", "方案是否与冻结时一致？"),
        ("the plan's fingerprint is the lock's", "方案指纹与发布基线一致"),
        ("the runbook or a file it names changed", "方案或其引用文件有改动"),
        (
            f"{lock.runbook}: {now[:12] or 'cannot be read'}, frozen {lock.fingerprint[:12]}",
            f"{lock.runbook}：现为 {now[:12] or '无法读取'}，冻结时 {lock.fingerprint[:12]}",
        ),
        C.MET if same else C.STALE,
    )


def _agreed(case: Case) -> Finding:
    same = case.facts.texts.get("policy") == "same"
    return case.finding(
        "policy",
        ("Are the criteria the ones that were agreed?", "放行标准是否与商定一致？"),
        ("[tool.golive.policy] is the lock's", "[tool.golive.policy] 与发布基线一致"),
        ("changed without a change id", "未经变更编号而修改"),
        ("unchanged", "未改动")
        if same
        else (
            "pyproject.toml: [tool.golive.policy] differs from the lock; freeze it by a change id",
            "pyproject.toml：[tool.golive.policy] 与基线不同，请以变更编号重新冻结",
        ),
        C.MET if same else C.NOT_MET,
    )


def _scope(case: Case) -> Finding:
    bad = [item for item in case.items if item.state is S.UNPLANNED]
    listed = case.policy.unplanned == "list"
    quarantined = sum(item.state is S.QUARANTINED for item in case.items)
    return case.finding(
        "scope",
        ("Was exactly what was agreed tested?", "测试内容是否恰为商定范围？"),
        ("no result beyond the lock", "没有基线之外的结果"),
        ("a result nobody expected", "出现未列入计划的结果"),
        (
            f"{len(bad)} unplanned results, {quarantined} scenarios in quarantine",
            f"计划外结果 {len(bad)} 项，隔离场景 {quarantined} 个",
        ),
        C.MET if listed or not bad else C.NOT_MET, items=bad,
    )  # fmt: skip


def _record(case: Case) -> Finding:
    wrong = [*case.facts.record_problems]
    wrong += [
        text(f"run {run.run}: {run.problem.en}", f"运行 {run.run}：{run.problem.zh}")
        for run in case.facts.runs
        if run.standing in {RunStanding.DAMAGED, RunStanding.FOREIGN}
    ]
    count, more = len(case.facts.counting), len(wrong) - _MOST_WRONG
    named = wrong[:_MOST_WRONG]
    if more > 0:
        named.append(text(f"and {more} more (golive verify)", f"另有 {more} 处（golive verify）"))
    found = (
        text("; ".join(one.en for one in named), "；".join(one.zh for one in named))
        if wrong
        else text(
            f"{count} runs and {case.facts.ledger_seq} ledger entries verify",
            f"{count} 次运行、{case.facts.ledger_seq} 条台账记录校验无误",
        )
    )
    return case.finding(
        "record",
        ("Is the record intact?", "记录是否完整？"),
        ("ledger, lock, journals and evidence verify", "台账、基线、日志与证据均校验无误"),
        ("something is missing or not as it was written", "有缺失或与写入时不一致"),
        (found.en, found.zh), C.NOT_MET if wrong else C.MET,
        runs=[run.run for run in case.facts.counting],
    )  # fmt: skip


def _cutover(case: Case, run: RunFact) -> Finding:
    if run.closed is None:
        found, state = (f"run {run.run} is going on", f"运行 {run.run} 正在进行"), C.NO_EVIDENCE
    elif run.exit == 0:
        found = (f"run {run.run} ended green", f"运行 {run.run} 顺利结束")
        state = C.MET
    else:
        why = "; ".join(run.reasons[:3]) or f"exit {run.exit}"
        found, state = (f"run {run.run}: {why}", f"运行 {run.run}：{why}"), C.NOT_MET
    return case.finding(
        "cutover",
        ("Did the cutover itself succeed?", "正式切换是否成功？"),
        ("the live run ended green", "正式切换顺利结束"),
        ("it failed or turned back", "失败或已回退"),
        found, state, runs=[run.run],
    )  # fmt: skip
