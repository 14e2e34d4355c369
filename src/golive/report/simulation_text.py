"""A simulated night as text and as data; a pure view."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from golive.report.words import fit, local, say, width
from golive.run.virtual import VirtualNight
from golive.runbook.planning import Plan
from golive.runbook.schedule import Schedule
from golive.runbook.simulation import Finish, Simulation
from golive.runbook.times import parse_instant, show_duration

__all__ = ["simulation_data", "simulation_text"]

_WHAT: Mapping[str, tuple[str, str]] = {
    "start": ("start", "开始"),
    "open": ("open", "打开"),
    "done": ("done", "完成"),
    "skipped": ("skipped", "跳过"),
    "undo": ("undo", "撤销"),
    "undone": ("undone", "已撤销"),
}


def simulation_data(
    plan: Plan, made: Schedule, night: VirtualNight, drawn: Simulation
) -> dict[str, Any]:
    """Return a simulation for machines; instants as RFC 3339, shares from 0 to 1."""
    return {
        "runbook": plan.runbook.runbook,
        "fingerprint": plan.fingerprint,
        "t0": plan.t0,
        "planned_end": made.end.isoformat(),
        "window_end": parse_instant(plan.runbook.window.end).isoformat(),
        "night": {
            "ended": night.ended,
            "at": night.at.isoformat(),
            "why": night.why,
            "records": night.records,
            "moments": [
                {"at": each.at.isoformat(), "task": each.task, "what": each.what,
                 "person": each.person}
                for each in night.moments
            ],
        },
        "draws": drawn.draws,
        "seed": drawn.seed,
        "finish": _finish_data(drawn.finish),
        "in_window": drawn.in_window,
        "before_reserve": drawn.before_reserve,
        "safe_abort": [
            {
                "task": each.task, "kind": each.kind, "reached": _finish_data(each.reached),
                "safe": each.safe, "way_back_p50": each.way_back_p50,
                "way_back_p80": each.way_back_p80,
            }
            for each in drawn.stands
        ],
        "criticality": dict(drawn.criticality),
        "times": {"measured": drawn.measured, "estimated": drawn.estimated},
    }  # fmt: skip


def _finish_data(finish: Finish) -> dict[str, str]:
    return {
        "p50": finish.p50.isoformat(), "p80": finish.p80.isoformat(), "p95": finish.p95.isoformat(),
    }  # fmt: skip


def simulation_text(
    plan: Plan,
    made: Schedule,
    night: VirtualNight,
    drawn: Simulation,
    language: str,
    *,
    moments: bool = False,
) -> str:
    """Return a simulation in plain words; ``moments`` lists the night on the clock, too."""
    zone = plan.runbook.zone
    lines = [f"{plan.runbook.title}  {plan.t0}", ""]
    if moments:
        for each in night.moments:
            what = say(language, *_WHAT[each.what])
            pad = " " * max(0, 8 - width(what))
            lines.append(
                fit(f"  {local(each.at, zone)}  {what}{pad}{each.task}  {each.person}", 100)
            )
        lines.append("")
    lines += [_ended(night, made, zone, language), *_finish(plan, drawn, language)]
    lines += _stands(drawn, zone, language)
    lines += _criticality(drawn, language)
    return "\n".join(lines)


def _ended(night: VirtualNight, made: Schedule, zone: str, language: str) -> str:
    at, planned = local(night.at, zone), local(made.end, zone)
    match night.ended:
        case "live":
            english = f"on the virtual clock the night ends {at}, planned {planned}"
            chinese = f"虚拟时钟推演：{at} 结束（计划 {planned}）"
        case "rolled_back":
            english = f"on the virtual clock everything is rolled back by {at}"
            chinese = f"虚拟时钟推演：{at} 全部回退完毕"
        case _:
            english = f"on the virtual clock the night stands still from {at}: {night.why}"
            chinese = f"虚拟时钟推演：{at} 起停滞：{night.why}"
    return say(language, english, chinese)


def _finish(plan: Plan, drawn: Simulation, language: str) -> list[str]:
    zone = plan.runbook.zone
    p50, p80, p95 = (
        local(time, zone) for time in (drawn.finish.p50, drawn.finish.p80, drawn.finish.p95)
    )
    until = local(parse_instant(plan.runbook.window.end), zone)
    inside, early = _share(drawn.in_window, drawn), _share(drawn.before_reserve, drawn)
    return [
        say(
            language,
            f"{drawn.draws:,} nights drawn (seed {drawn.seed}): P50 {p50}, P80 {p80}, P95 {p95}",
            f"随机推演 {drawn.draws:,} 次（种子 {drawn.seed}）：P50 {p50}，P80 {p80}，P95 {p95}",
        ),
        say(
            language,
            f"live in the window (to {until}): {inside}; before the reserve: {early}",
            f"窗口内（至 {until}）完成上线的概率：{inside}；不动用保留时间：{early}",
        ),
        say(
            language,
            f"times: {drawn.measured} tasks from past runs, {drawn.estimated} estimated; "
            "drawn independently, nothing fails: odds of time, not of quality",
            f"用时依据：{drawn.measured} 项取自以往演练实测，{drawn.estimated} 项为估计；"
            "各项用时独立抽取、不模拟失败：只反映时间上的把握，不代表质量",
        ),
    ]


def _share(value: float, drawn: Simulation) -> str:
    """Return a share that claims no more than the draws can tell."""
    least = 1 / drawn.draws
    if value > 1 - least:
        return f">{1 - least:.2%}"
    return f"<{least:.2%}" if value < least else f"{value:.1%}"


def _stands(drawn: Simulation, zone: str, language: str) -> list[str]:
    if not drawn.stands:
        return []
    wide = max(len(each.task) for each in drawn.stands)
    lines = ["", say(language, "safe abort", "安全回退的概率")]
    for each in drawn.stands:
        at, late = local(each.reached.p50, zone), local(each.reached.p95, zone)
        back = show_duration(timedelta(seconds=each.way_back_p80))
        share = _share(each.safe, drawn)
        told = say(
            language,
            f"reached {at} (P95 {late}), way back P80 {back}",
            f"到达 {at}（P95 {late}），回退 P80 {back}",
        )
        lines.append(f"  {each.task:<{wide}}  {share:>7}  {told}")
    return lines


def _criticality(drawn: Simulation, language: str) -> list[str]:
    often = [(name, share) for name, share in drawn.criticality.items() if share > 0]
    if not often:
        return []
    wide = max(len(name) for name, _ in often)
    head = say(
        language, "how often the end hangs on a task", "各任务落在关键链上的频率"
    )  # fmt: skip
    return ["", head, *(f"  {name:<{wide}}  {share:7.1%}" for name, share in often)]
