"""A plan as text and as data: times, critical chain, the way back from its gate; a pure view."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from golive.report.words import fit, local, say, width
from golive.runbook.graph import ancestors
from golive.runbook.lifecycle import Progress, TaskProgress, TaskState
from golive.runbook.planning import Plan, critical_chain, schedule
from golive.runbook.rollback import Lsat, latest_safe_abort
from golive.runbook.times import parse_duration, parse_instant, show_duration

__all__ = ["plan_data", "plan_text"]


def plan_data(plan: Plan) -> dict[str, Any]:
    """Return the plan for machines; instants as RFC 3339."""
    slots = schedule(plan)
    return {
        "runbook": plan.runbook.runbook,
        "fingerprint": plan.fingerprint,
        "t0": plan.t0,
        "end": max(slot.finish for slot in slots).isoformat(),
        "window_end": parse_instant(plan.runbook.window.end).isoformat(),
        "critical_chain": list(critical_chain(slots)),
        "gates": {name: lsat.at.isoformat() for name, lsat in _gates(plan).items()},
        "tasks": [
            {
                "id": slot.task,
                "start": slot.start.isoformat(),
                "finish": slot.finish.isoformat(),
                "float_seconds": slot.slack.total_seconds(),
                "critical": slot.critical,
            }
            for slot in slots
        ],
    }


def plan_text(plan: Plan, language: str) -> str:
    """Return the plan as a table of at most 100 columns, then what matters of it."""
    zone = plan.runbook.zone
    slots = sorted(schedule(plan), key=lambda slot: (slot.start, slot.finish))
    wide = max(width(slot.task) for slot in slots)
    printed = f"{say(language, 'fingerprint', '指纹')} {plan.fingerprint[:12]}"
    lines = [f"{plan.runbook.title}  {plan.t0}  {printed}", ""]
    for slot in slots:
        task = plan.task(slot.task)
        mark = "*" if slot.critical else " "
        pad = " " * (wide - width(slot.task))
        lines.append(
            fit(
                f"{mark} {local(slot.start, zone)}-{local(slot.finish, zone)}  {slot.task}{pad}  "
                f"{task.kind:<10} {task.title}",
                100,
            )
        )
    return "\n".join([*lines, "", *_summary(plan, language)])


def _summary(plan: Plan, language: str) -> list[str]:
    slots = schedule(plan)
    zone, window = plan.runbook.zone, plan.runbook.window
    end = max(slot.finish for slot in slots)
    chain = " > ".join(critical_chain(slots))
    spare = parse_instant(window.end) - parse_duration(window.reserve) - end
    until, left = local(parse_instant(window.end), zone), show_duration(spare)
    lines = [
        f"* {say(language, 'critical chain', '关键链')}: {chain}",
        say(
            language,
            f"planned end {local(end, zone)}, window to {until}, spare {left}",
            f"计划结束 {local(end, zone)}，窗口至 {until}，余量 {left}",
        ),
    ]
    for name, lsat in _gates(plan).items():
        lines.append(
            say(
                language,
                f"at {name}: the way back takes {show_duration(lsat.way_back)} at worst, "
                f"latest safe abort {local(lsat.at, zone)}",
                f"在 {name}：回退最多需 {show_duration(lsat.way_back)}，"
                f"最晚可回退 {local(lsat.at, zone)}",
            )
        )
    return lines


def _gates(plan: Plan) -> dict[str, Lsat]:
    """Return each point-of-no-return gate's latest safe abort, all before it having been done."""
    before = ancestors(plan.graph)
    slots = {slot.task: slot for slot in schedule(plan)}
    found = {}
    for task in plan.runbook.tasks:
        if task.kind != "gate" or not task.ponr:
            continue
        done = {name: TaskProgress(state=TaskState.DONE, touched=True) for name in before[task.id]}
        progress = replace(Progress(), tasks=done)
        found[task.id] = latest_safe_abort(plan, progress, slots[task.id].start)
    return found
