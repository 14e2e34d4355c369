"""A plan as one static page: its picture, what matters of it, and every task; asks no network."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from golive.report.gantt import gantt_of
from golive.report.html import policy_for, render_template, style_of
from golive.report.plan_text import plan_summary, why
from golive.report.words import local, say
from golive.runbook.outlook import outlook
from golive.runbook.planning import Plan
from golive.runbook.schedule import schedule
from golive.runbook.times import show_duration

__all__ = ["plan_page"]


def plan_page(plan: Plan, language: str, *, other: str) -> str:
    """Return the page; ``other`` is the file of the same page in the other language."""
    made = schedule(plan)
    seen = outlook(plan, made)
    style = style_of("page.css", "plan.css")
    zone = plan.runbook.zone
    rows = [
        {
            "slot": slot,
            "task": plan.task(slot.task),
            "day": f"{slot.start.astimezone(ZoneInfo(zone)):%m-%d}",
            "start": local(slot.start, zone),
            "finish": local(slot.finish, zone),
            "slack": show_duration(slot.slack),
            "free": show_duration(slot.free),
            "chain": slot.task in made.chain,
            "people": ", ".join(
                plan.team.people[one].name if one in plan.team.people else one
                for one in slot.people
            ),
            "why": why(slot, language),
        }
        for slot in sorted(made.slots, key=lambda each: (each.start, each.finish))
    ]
    return render_template(
        "plan.html",
        plan=plan,
        language=language,
        other=other,
        style=style,
        policy=policy_for(style),
        picture=gantt_of(plan, made, seen, language),
        summary=plan_summary(plan, made, seen, language),
        rows=rows,
        words=_words(language),
    )


def _words(language: str) -> Mapping[str, str]:
    pairs = {
        "other": ("中文", "English"),
        "fingerprint": ("plan fingerprint", "计划指纹"),
        "picture": ("The night", "当晚时间线"),
        "chain": ("critical chain", "关键链"),
        "critical": ("no room to slip", "无顺延余地"),
        "plain": ("may slip (thin line: how far)", "可顺延（细线为余地）"),
        "wait": ("waits", "等待"),
        "dark": ("nothing may start", "禁止启动时段"),
        "back": ("how long the way back takes", "回退所需时间"),
        "allowed": ("how long it may take", "回退可用时间"),
        "tasks": ("Tasks", "任务"),
        "task": ("Task", "任务"),
        "when": ("Planned", "计划"),
        "kind": ("Kind", "类型"),
        "owner": ("Owner", "负责"),
        "slack": ("May slip", "可顺延"),
        "free": ("Free", "自由余量"),
        "why": ("Waits for", "等待"),
        "time": ("Time from", "用时依据"),
        "estimate": ("estimate", "估计"),
        "runs": ("past runs", "次实测"),
    }
    return {key: say(language, english, chinese) for key, (english, chinese) in pairs.items()}
