"""A plan as text and as data: times, critical chain, the way back from its gates; a pure view."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from golive.report.plan_sources import (
    abort_data,
    abort_line,
    source_data,
    source_lines,
    source_mark,
    undo_data,
)
from golive.report.words import fit, local, say, width
from golive.runbook.lint import buffer_share
from golive.runbook.outlook import Outlook, outlook, stand_at_gates
from golive.runbook.planning import Plan
from golive.runbook.schedule import Schedule, Slot, schedule
from golive.runbook.times import parse_duration, parse_instant, show_duration

__all__ = ["plan_data", "plan_summary", "plan_text", "why"]


def plan_data(plan: Plan) -> dict[str, Any]:
    """Return the plan for machines; instants as RFC 3339, spans in seconds."""
    made = schedule(plan)
    seen = outlook(plan, made)
    return {
        "runbook": plan.runbook.runbook,
        "fingerprint": plan.fingerprint,
        "t0": plan.t0,
        "end": made.end.isoformat(),
        "end_at_worst": schedule(plan, pace="worst").end.isoformat(),
        "window_end": parse_instant(plan.runbook.window.end).isoformat(),
        "buffer": round(_buffer(plan, made), 4),
        "critical_chain": list(made.chain),
        "gates": {stand.task: stand.lsat.isoformat() for stand in stand_at_gates(plan, made)},
        "crossing": {"at": seen.crossing.isoformat(), "task": seen.crossed_by}
        if seen.crossing
        else None,
        "no_return": seen.no_return.isoformat() if seen.no_return else None,
        "way_back": [
            {
                "at": point.at.isoformat(),
                "task": point.task,
                "seconds": point.way_back.total_seconds(),
                "lsat": point.lsat.isoformat(),
            }
            for point in seen.points
        ],
        "abort": abort_data(plan),
        "undos": undo_data(plan),
        "tasks": [_slot_data(plan, slot, made) for slot in made.slots],
    }


def _slot_data(plan: Plan, slot: Slot, made: Schedule) -> dict[str, Any]:
    return {
        "id": slot.task,
        "start": slot.start.isoformat(),
        "finish": slot.finish.isoformat(),
        "float_seconds": slot.slack.total_seconds(),
        "free_float_seconds": slot.free.total_seconds(),
        "critical": slot.critical,
        "in_chain": slot.task in made.chain,
        "because": slot.because,
        "reason": slot.reason,
        "people": list(slot.people),
        "past_runs": slot.runs,
        "source": source_data(plan, slot.task, plan.task(slot.task).est),
    }


def _buffer(plan: Plan, made: Schedule) -> float:
    window = plan.runbook.window
    begins, ends = parse_instant(plan.t0), parse_instant(window.end)
    return buffer_share(ends - begins, parse_duration(window.reserve), made.end - begins)


def plan_text(plan: Plan, language: str) -> str:
    """Return the plan as a table of at most 100 columns, then what matters of it."""
    zone = plan.runbook.zone
    made = schedule(plan)
    slots = sorted(made.slots, key=lambda slot: (slot.start, slot.finish))
    wide = max(width(slot.task) for slot in slots)
    printed = f"{say(language, 'fingerprint', '指纹')} {plan.fingerprint[:12]}"
    lines = [f"{plan.runbook.title}  {plan.t0}  {printed}", ""]
    day = ""
    for slot in slots:
        task = plan.task(slot.task)
        if day != (today := f"{slot.start.astimezone(ZoneInfo(zone)):%Y-%m-%d}"):
            lines.append(f"  {today}")
            day = today
        mark = "*" if slot.task in made.chain else " "
        pad = " " * (wide - width(slot.task))
        source = source_mark(plan, slot.task, language)
        room = "" if slot.critical else f"+{show_duration(slot.slack)}"
        lines.append(
            fit(
                f"{mark} {local(slot.start, zone)}-{local(slot.finish, zone)}  {slot.task}{pad}  "
                f"{task.kind:<10} {source}{' ' * (4 - width(source))}{room:>7}  {task.title}",
                100,
            )
        )
    return "\n".join([*lines, "", *plan_summary(plan, made, outlook(plan, made), language)])


def why(slot: Slot, language: str) -> str:
    """Return in words what keeps a task from beginning earlier."""
    word, _, name = slot.reason.partition(" ")
    english, chinese = {
        "start": ("the start", "切换开始"),
        "now": ("now", "当前时间"),
        "actual": ("began", "已开始"),
        "link": (slot.because, slot.because),
        "earliest": ("its earliest time", "最早开始时间"),
        "blackout": ("the blackout's end", "禁止启动时段结束"),
        "shift": ("somebody's shift", "值班人员到岗"),
        "lock": (f"lock {name}, {slot.because} has it", f"锁 {name}（{slot.because} 占用）"),
        "person": (f"{name}, busy with {slot.because}", f"{name}（正在做 {slot.because}）"),
    }[word]
    return say(language, english, chinese)


def plan_summary(plan: Plan, made: Schedule, seen: Outlook, language: str) -> list[str]:
    """Return what matters of a plan: chain, end, sources of its times, the way back."""
    zone, window = plan.runbook.zone, plan.runbook.window
    worst = schedule(plan, pace="worst")
    spare = parse_instant(window.end) - parse_duration(window.reserve) - made.end
    until, left = local(parse_instant(window.end), zone), show_duration(spare)
    share = f"{_buffer(plan, made):.0%}"
    return [
        f"* {say(language, 'critical chain', '关键链')}: {' > '.join(made.chain)}",
        say(
            language,
            f"planned end {local(made.end, zone)} (at worst {local(worst.end, zone)}), "
            f"window to {until}, spare before the reserve {left}, buffer {share}",
            f"计划结束 {local(made.end, zone)}（最慢 {local(worst.end, zone)}），窗口至 {until}，"
            f"距保留时间余量 {left}，缓冲 {share}",
        ),
        *source_lines(plan, language),
        abort_line(plan, language),
        *_way_back(plan, made, seen, language),
    ]


def _way_back(plan: Plan, made: Schedule, seen: Outlook, language: str) -> list[str]:
    zone, lines = plan.runbook.zone, []
    for stand in stand_at_gates(plan, made):
        at, back, lsat = (
            local(stand.at, zone), show_duration(stand.way_back), local(stand.lsat, zone),
        )  # fmt: skip
        late = "" if stand.safe else say(language, ": TOO LATE", "：已来不及回退")
        lines.append(
            say(
                language,
                f"at {stand.task} {at}: the way back takes {back} at worst, "
                f"latest safe abort {lsat}{late}",
                f"在 {stand.task}（{at}）：回退最多需 {back}，最晚可回退 {lsat}{late}",
            )
        )
    if seen.crossing:
        lines.append(
            say(
                language,
                f"no safe abort from {local(seen.crossing, zone)} on, because of {seen.crossed_by}",
                f"自 {local(seen.crossing, zone)} 起不再能安全回退，起因是 {seen.crossed_by}",
            )
        )
    if seen.no_return:
        at = local(seen.no_return, zone)
        lines.append(
            say(language, f"point of no return as planned: {at}", f"计划的不可回退点：{at}")
        )
    return lines
