"""The status screen: one next action, and until when the night can be turned back; a pure view."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from golive.report.words import fit, line_for, local, say, verdict_words, width
from golive.run.state import RunState
from golive.runbook.definition import Task
from golive.runbook.lifecycle import SATISFYING, RunPhase, TaskState
from golive.runbook.moves import waits_for_people
from golive.runbook.rollback import latest_safe_abort, past_point_of_no_return
from golive.runbook.times import show_duration

__all__ = ["status_data", "status_screen"]

_COLUMNS, _ROWS = 80, 24


def status_data(state: RunState, now: datetime) -> dict[str, Any]:
    """Return the state for machines."""
    lsat = latest_safe_abort(state.plan, state.progress, now)
    return {
        "run": state.run,
        "mode": state.plan.mode,
        "phase": state.progress.phase.value,
        "tasks": {
            task.id: {
                "state": state.progress.of(task.id).state.value,
                "attempts": state.progress.of(task.id).attempts,
                "active": state.progress.of(task.id).active,
                "reason": state.progress.of(task.id).reason,
            }
            for task in state.plan.runbook.tasks
        },
        "asks": list(waits_for_people(state.plan, state.progress)),
        "latest_safe_abort": lsat.at.isoformat(),
        "way_back_seconds": lsat.way_back.total_seconds(),
        "verdict": dict(state.verdict),
        "head": state.head_hash,
    }


def status_screen(state: RunState, now: datetime, language: str) -> str:
    """Return the screen: at most 24 lines of 80 columns, a Chinese character counted as two."""
    lines = [*_header(state, now, language), ""]
    asking = waits_for_people(state.plan, state.progress)
    running = [
        task
        for task in state.plan.runbook.tasks
        if state.progress.of(task.id).active
        or state.progress.of(task.id).state in {TaskState.RUNNING, TaskState.UNDOING}
    ]
    if state.closed:
        lines.append(f"> {verdict_words(state, language)}")
        lines += [f"  {reason}" for reason in state.verdict.get("reasons", ())]
    elif asking:
        lines += _action(state, state.plan.task(asking[0]), language)
    elif not running:
        lines.append(say(language, "> nothing to do; the controller goes on", "> 暂无需要人做的事"))
    else:
        lines.append(
            say(language, "> nothing to do; work is going on", "> 暂无需要人做的事，正在执行")
        )
    for task in running:
        if task.id not in asking[:1]:
            lines.append(f"  … {task.id} {task.title}")
    for name in asking[1:]:
        lines.append(f"  ! {name} {state.plan.task(name).title}")
    lines += ["", *_recent(state, language)]
    return "\n".join(fit(line, _COLUMNS) for line in lines[:_ROWS])


_MODES = {
    "rehearsal": ("REHEARSAL", "演练"),
    "live": ("LIVE", "正式切换"),
    "check": ("CHECK", "单项检查"),
}


def _header(state: RunState, now: datetime, language: str) -> list[str]:
    plan, zone = state.plan, state.plan.runbook.zone
    done = sum(state.progress.of(task.id).state in SATISFYING for task in plan.runbook.tasks)
    mode = say(language, *_MODES[plan.mode])
    end = datetime.fromisoformat(plan.runbook.window.end)
    left = f"golive {mode} {plan.runbook.system}"
    right = (
        f"{local(now, zone)}  {say(language, 'window to', '窗口至')} {local(end, zone)}  "
        f"{done}/{len(plan.runbook.tasks)}"
    )
    return [
        left + " " * max(2, _COLUMNS - width(left) - width(right)) + right,
        _abort(state, now, language),
    ]


def _abort(state: RunState, now: datetime, language: str) -> str:
    """Say until when an abort is safe; past the point of no return the word rollback is gone."""
    if past_point_of_no_return(state.plan, state.progress):
        return say(
            language, "Past the point of no return: fix forward.", "已过不可逆点：只能向前修复。"
        )
    if state.progress.phase not in {RunPhase.RUNNING, RunPhase.PAUSED}:
        phase = line_for(language, f"phase.{state.progress.phase}", reason="")
        return f"{say(language, 'Run', '运行')} {state.run}: {phase.rstrip(': ：')}"
    lsat = latest_safe_abort(state.plan, state.progress, now)
    back = show_duration(lsat.way_back)
    when = local(lsat.at, state.plan.runbook.zone)
    if not lsat.safe:
        return say(
            language,
            f"LATE: the last safe abort was {when}; the way back takes {back}",
            f"已超过最晚可回退时间 {when}；回退需 {back}",
        )
    return say(
        language,
        f"Latest safe abort {when} (in {show_duration(lsat.at - now)}; the way back takes {back})",
        f"最晚可回退 {when}（还有 {show_duration(lsat.at - now)}；回退需 {back}）",
    )


def _action(state: RunState, task: Task, language: str) -> list[str]:
    """Return the one next action: what, who with phone, and the command to type."""
    found = state.progress.of(task.id)
    role = task.verifier if found.state is TaskState.VERIFYING else task.owner
    people = state.plan.team.roles[role].people if role in state.plan.team.roles else ()
    names = ", ".join(
        f"{state.plan.team.people[name].name} {state.plan.team.people[name].phone}"
        for name in people
    )
    who = people[0] if people else "PERSON"
    lines = [
        f"> {say(language, 'now', '现在')}  {task.id}  {task.title}",
        f"  {say(language, 'state', '状态')}  {found.state}  {found.reason}".rstrip(),
        f"  {say(language, 'who', '负责')}  {names}",
    ]
    return [*lines, *(f"  $ {command}" for command in _commands(state, task, who))]


def _commands(state: RunState, task: Task, who: str) -> list[str]:
    found, run = state.progress.of(task.id), state.run
    if task.kind == "gate" and found.state is TaskState.WAITING:
        return [f"golive decide {task.id} go|no-go --run {run} --as {who}"]
    verbs = {
        TaskState.WAITING: ["complete"], TaskState.RUNNING: ["complete"],
        TaskState.VERIFYING: ["verify"], TaskState.FAILED: ["retry", "waive --reason '…'"],
        TaskState.STOPPED: ["retry"], TaskState.UNDOING: ["complete"],
        TaskState.UNDO_FAILED: ["retry", "done-by-hand --reason '…'"],
        TaskState.UNKNOWN: ["resolve --reason '…'", "done-by-hand --reason '…'"],
    }.get(found.state, [])  # fmt: skip
    return [f"golive task {run} {task.id} {verb} --as {who}" for verb in verbs]


def _recent(state: RunState, language: str) -> list[str]:
    zone = state.plan.runbook.zone
    ended = sorted(
        (item for item in state.attempts if item.ended is not None),
        key=lambda item: item.ended or item.started,
    )[-5:]
    lines = []
    for item in ended:
        outcome = item.outcome.status.value if item.outcome else item.end
        lines.append(
            f"  {local(item.ended or item.started, zone)} {item.task} {item.number}: {outcome}"
        )
    notes = [
        f"  {local(note.at, zone)} {note.severity} {note.person}: {note.text}"
        for note in state.notes[-3:]
    ]
    return [say(language, "recent", "最近"), *lines, *notes] if lines or notes else []
