"""The runbook on paper, for the night on which no screen works: tick boxes, clocks, phone numbers.

Everything stands on the sheets: what is done by whom and how, until when one can turn back, the way
back from the point of no return, and how what was written by hand is entered afterwards.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from golive.report.html import policy_for, render_template, style_of
from golive.report.words import local, local_day, say
from golive.runbook.definition import Body, Irreversible, Task
from golive.runbook.graph import topological_order
from golive.runbook.outlook import planned_state, stand_at_gates
from golive.runbook.planning import Plan
from golive.runbook.rollback import plan_rollback
from golive.runbook.schedule import Schedule, Slot, schedule
from golive.runbook.times import parse_instant, show_duration

__all__ = ["paper_page"]

#: Empty lines for what nobody planned.
_NOTES = 14
#: How the lines on paper are entered afterwards.
_ENTERING = (
    "golive task RUN TASK complete --as PERSON --at 2026-12-05T23:40+08:00",
    "golive decide GATE go|no-go --run RUN --as PERSON --at 2026-12-05T23:40+08:00",
    "golive run RUN note TEXT --sev S2 --as PERSON --at 2026-12-05T23:40+08:00",
)


def paper_page(plan: Plan, language: str, *, other: str) -> str:
    """Return the sheets; ``other`` is the file of the same sheets in the other language."""
    made = schedule(plan)
    style = style_of("paper.css")
    slots = sorted(made.slots, key=lambda each: (each.start, each.finish))
    stands = {each.task: each for each in stand_at_gates(plan, made)}
    zone = plan.runbook.zone
    return render_template(
        "paper.html",
        plan=plan,
        language=language,
        other=other,
        style=style,
        policy=policy_for(style),
        rows=[_row(plan, slot, language) for slot in slots if not plan.skips(plan.task(slot.task))],
        window=" – ".join(
            f"{parse_instant(each).astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"
            for each in (plan.runbook.window.start, plan.runbook.window.end)
        ),
        stands={
            name: f"{local(each.lsat, zone)} ({show_duration(each.way_back)})"
            for name, each in stands.items()
        },
        back=list(_way_back(plan, made, language)),
        people=[
            {"name": person.name, "phone": person.phone, "roles": ", ".join(_roles(plan, one))}
            for one, person in plan.team.people.items()
        ],
        shifts=[
            {
                "post": shift.post,
                "name": plan.team.people[shift.person].name,
                "start": local_day(parse_instant(shift.start), zone),
                "end": local_day(parse_instant(shift.end), zone),
            }
            for shift in plan.team.shifts
        ],
        notes=range(_NOTES),
        entering=_ENTERING,
        words=_words(language),
    )


def _row(plan: Plan, slot: Slot, language: str) -> Mapping[str, Any]:
    task, zone = plan.task(slot.task), plan.runbook.zone
    return {
        "task": task,
        "start": local(slot.start, zone),
        "finish": local(slot.finish, zone),
        "day": f"{slot.start.astimezone(ZoneInfo(zone)):%m-%d}",
        "how": _how(task, language),
        "probe": _how(task.probe, language) if task.probe else "",
        "who": _called(plan, task.owner, slot.people),
        "checks": _called(plan, task.verifier, ()),
        "undo": _undo(task, language),
    }


def _how(body: Task | Body, language: str) -> str:
    """Return what somebody without golive would do: the program, the playbook, the file."""
    match body.kind:
        case "ansible":
            return f"ansible-playbook {body.playbook}"
        case "command":
            return shlex.join(body.argv)
        case "uat":
            chosen = f" --select {shlex.quote(body.select)}" if body.select else ""
            return f"pytest {body.features or 'features/'}{chosen}"
        case "load":
            return f"golive load run {body.profile}"
        case "compare":
            return f"golive compare run {body.comparison}"
        case "notify":
            return f"{body.notice} → {', '.join(body.to)}"
    return _how_of_a_task(body, language) if isinstance(body, Task) else ""


def _how_of_a_task(task: Task, language: str) -> str:
    if task.kind == "checkpoint" and task.take is not None:
        return _how(task.take, language)
    if task.kind == "wait" and task.until is not None:
        return _how(task.until.probe, language) if task.until.probe else task.until.at
    if task.kind == "gate":
        asked = "; ".join(f"{name}: {asks}" for name, asks in task.criteria.items())
        votes = say(language, f"{task.quorum} must say go", f"须 {task.quorum} 人同意放行")
        return f"{asked} · {votes}" if asked else votes
    return ""


def _undo(task: Task, language: str) -> str:
    match task.undo:
        case Irreversible():
            why = task.undo.irreversible
            return say(language, f"CANNOT BE UNDONE: {why}", f"不可撤销：{why}")
        case Body():
            return _how(task.undo, language) or task.undo.title
    return _how(task.restore, language) if task.restore else ""


def _way_back(plan: Plan, made: Schedule, language: str) -> Iterator[Mapping[str, Any]]:
    """Yield the steps back from the last moment at which everything can still be undone."""
    stands = stand_at_gates(plan, made)
    if not stands:
        return
    last = max(stands, key=lambda each: each.at)
    state = planned_state(plan, made, last.at, begun=False)
    steps = {step.id: step for step in plan_rollback(plan, state).steps}
    for name in topological_order({step.id: step.after for step in steps.values()}):
        step = steps[name]
        task = plan.task(step.task)
        body = task.restore if step.role == "restore" else task.undo
        yield {
            "task": task.id,
            "title": task.title,
            "how": _how(body, language) or body.title if isinstance(body, Body) else "",
            "who": _called(plan, task.owner, ()),
            "after": ", ".join(steps[each].task for each in step.after),
            "replaces": ", ".join(step.replaces),
        }


def _called(plan: Plan, role: str, people: tuple[str, ...]) -> list[str]:
    """Return who to call: the planned people, else the role's, with their numbers."""
    names = people or (plan.team.roles[role].people if role in plan.team.roles else ())
    found = [plan.team.people[name] for name in names if name in plan.team.people]
    return [f"{one.name} {one.phone}".strip() for one in found] or [role] * bool(role)


def _roles(plan: Plan, person: str) -> Iterator[str]:
    for name, role in plan.team.roles.items():
        if person in (*role.people, *role.deputies):
            yield name


def _words(language: str) -> Mapping[str, str]:
    pairs = {
        "other": ("中文", "English"),
        "paper": ("Runbook on paper", "纸质执行手册"),
        "fingerprint": ("plan fingerprint", "计划指纹"),
        "window": ("window", "窗口"),
        "forward": ("Forward", "正向执行"),
        "back": ("Way back, from the point of no return", "回退步骤（自不可逆点起）"),
        "people": ("Who to call", "联系人"),
        "shifts": ("Shifts", "值班"),
        "notes": ("What nobody planned", "突发事项"),
        "done": ("Done", "完成"),
        "planned": ("Planned", "计划"),
        "task": ("Task and how", "任务与做法"),
        "who": ("Who", "执行人"),
        "checks": ("checked by", "复核"),
        "proof": ("there when", "验证"),
        "undo": ("To undo", "撤销方法"),
        "really": ("Really, from – to", "实际起止"),
        "initials": ("Initials", "签名"),
        "gate": ("latest safe abort (way back)", "最晚安全中止（回退用时）"),
        "ponr": ("POINT OF NO RETURN", "不可逆点"),
        "after": ("after", "前置步骤"),
        "replaces": ("brings back also", "一并恢复"),
        "time": ("Time", "时间"),
        "what": ("What happened, severity", "事件与级别"),
        "decided": ("What was done, by whom", "处置与处置人"),
        "later": (
            "Afterwards every line is entered with the time it was really done, in these words:",
            "事后逐条补录，并注明真实时间，命令如下：",
        ),
    }
    return {key: say(language, english, chinese) for key, (english, chinese) in pairs.items()}
