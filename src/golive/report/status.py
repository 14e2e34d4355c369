"""The status screen: one next action, and until when the night can be turned back; a pure view.

At most 24 lines of 80 display columns, needing no colour. The first line says LIVE or REHEARSAL,
and DRY RUN of one;
past the point of no return nothing speaks of going back any more.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from golive.report.asking import action_lines
from golive.report.expected import expected_lines
from golive.report.going_back import FORWARD, abort_lines
from golive.report.issues import Issue, issues_of
from golive.report.words import (
    fit,
    line_for,
    local,
    note_words,
    say,
    short_name,
    span_words,
    verdict_words,
    waits_words,
    width,
)
from golive.run.state import RunState
from golive.runbook.definition import Task
from golive.runbook.lifecycle import ENDED, SATISFYING, RunPhase, TaskState
from golive.runbook.moves import waits_for_people
from golive.runbook.schedule import forecast, schedule
from golive.runbook.times import parse_instant

__all__ = ["status_screen"]

_COLUMNS, _ROWS = 80, 24
_AT_WORK = frozenset({TaskState.RUNNING, TaskState.UNDOING, TaskState.STOPPING})


def status_screen(state: RunState, now: datetime, language: str) -> str:
    """Return the screen: at most 24 lines of 80 columns, a Chinese character counted as two."""
    lines = [_first(state, now, language), *abort_lines(state, now, language)]
    lines += [*_forecast(state, now, language), ""]
    lines += _middle(state, now, language)
    tail = ["", *_issues(state, now, language), *_recent(state, language)]
    room = max(0, _ROWS - len(lines))
    return "\n".join(fit(line, _COLUMNS) for line in (*lines[:_ROWS], *tail[:room]))


def _first(state: RunState, now: datetime, language: str) -> str:
    """Return what nobody may mistake: live or rehearsal, which system, what time it is."""
    plan, zone = state.plan, state.plan.runbook.zone
    done = sum(state.progress.of(task.id).state in SATISFYING for task in plan.tasks_to_do)
    end = datetime.fromisoformat(plan.runbook.window.end)
    right = (
        f"{local(now, zone)}  {say(language, 'window to', '窗口至')} {local(end, zone)}  "
        f"{done}/{len(plan.tasks_to_do)}"
    )
    called = f"golive {_mode(state, language)} {plan.runbook.system}"
    left = fit(called, _COLUMNS - width(right) - 2)
    return left + " " * (_COLUMNS - width(left) - width(right)) + right


def _mode(state: RunState, language: str) -> str:
    """Return what kind of run it is; only the real cutover says LIVE and nothing else."""
    match state.plan.mode:
        case "rehearsal":
            mode = say(language, "REHEARSAL", "演练")
        case "check":
            mode = say(language, "CHECK", "单项检查")
        case _:
            mode = say(language, "*** LIVE ***", "*** 正式切换 ***")
    if state.environment.get("kind") == "demo":
        mode = f"{say(language, 'DEMO', '演示')} {mode}"
    return f"*** {say(language, 'DRY RUN', '试运行')} *** {mode}" if state.dry_run else mode


def _forecast(state: RunState, now: datetime, language: str) -> list[str]:
    """Say when the night will end, how that compares with the plan, and what holds it."""
    if state.closed or state.progress.phase not in FORWARD:
        return []
    plan, zone = state.plan, state.plan.runbook.zone
    end = forecast(plan, state.progress, now).end
    drift = end - schedule(plan).end
    sign = "+" if drift > timedelta(0) else ""
    spare = parse_instant(plan.runbook.window.end) - end
    text = say(
        language,
        f"Forecast end {local(end, zone)} ({sign}{span_words(drift, language)} on plan, "
        f"{span_words(spare, language)} to the window's end)",
        f"预计完成 {local(end, zone)}（较计划 {sign}{span_words(drift, language)}，"
        f"距窗口结束 {span_words(spare, language)}）",
    )
    lines = [text]
    if state.progress.phase is RunPhase.PAUSED:
        lines.append(say(language, "PAUSED: nothing new starts", "已暂停：不再启动新任务"))
    lines += [
        say(language, f"stream held: {name}: {why}", f"工作流搁置：{name}：{why}")
        for name, why in state.progress.held_streams.items()
    ]
    return lines


def _middle(state: RunState, now: datetime, language: str) -> list[str]:
    """Return the next action, what is at work, and what else asks."""
    plan, progress = state.plan, state.progress
    asking = waits_for_people(plan, progress)
    running = [
        task
        for task in plan.runbook.tasks
        if progress.of(task.id).active or progress.of(task.id).state in _AT_WORK
    ]
    if state.closed:
        lines = [f"> {verdict_words(state, language)}"]
        lines += [f"  {reason}" for reason in state.verdict.get("reasons", ())]
    elif asking:
        lines = action_lines(state, plan.task(asking[0]), now, language)
    elif running:
        lines = [say(language, "> nothing to do; work is going on", "> 暂无需要人做的事，正在执行")]
    else:
        idle = ("> nothing to do; the controller goes on", "> 暂无需要人做的事")
        lines = [say(language, *idle)]
    for task in running:
        if task.id not in asking[:1]:
            lines.append(_at_work(state, task, now, language))
            # With nothing to do, what to look for of the first at work.
            alone = task is running[0] and not asking and not state.closed
            lines += expected_lines(state, task, now, language) if alone else []
    lines += [
        f"  … {name} {waits_words(found.waits_for, language)}"
        for name, found in progress.tasks.items()
        if found.waits_for and found.state is TaskState.PENDING
    ]
    lines += [f"  ! {name} {plan.task(name).title}" for name in asking[1:]]
    if state.closed:
        return lines
    return [*lines, *_next(state, language), *_notice(state, now, language)]


def _at_work(state: RunState, task: Task, now: datetime, language: str) -> str:
    """Return one task at work, how long, of how much, and whether that is too long."""
    began, likely = _took_of(state, task)
    took = now - began if began else timedelta(0)
    span = span_words(took, language)
    if likely:
        span += f"/{span_words(likely, language)}"
    overdue = state.progress.of(task.id).overdue or (likely and took > likely)
    late = say(language, " LATE", " 超时") if overdue else ""
    return f"  … {task.id} {span}{late} {task.title}"


def _took_of(state: RunState, task: Task) -> tuple[datetime | None, timedelta]:
    """Return when what is at work began, forward or back, and how long it should take."""
    found = state.progress.of(task.id)
    if found.state in {TaskState.UNDOING, TaskState.UNDO_FAILED}:
        steps = state.progress.rollback or ()
        seconds = [step.seconds for step in steps if step.id == f"{task.id}.{found.role}"]
        return found.undo_began, timedelta(seconds=sum(seconds))
    past = state.plan.measured.get(task.id)
    return found.started, timedelta(seconds=past.p80 if past else task.est[0] * 60)


def _next(state: RunState, language: str) -> list[str]:
    """Return what comes after: the tasks not begun whose turn is next, in one line."""
    if state.progress.phase not in FORWARD:
        return []
    coming = [
        task.id
        for task in state.plan.runbook.tasks
        if state.progress.of(task.id).state is TaskState.PENDING
        and all(
            state.progress.of(link.id).state is not TaskState.PENDING
            or state.progress.of(link.id).state in ENDED
            for link in task.links
        )
    ]
    if not coming:
        return []
    return [f"  {say(language, 'next', '接下来')}  {', '.join(coming[:4])}"]


def _notice(state: RunState, now: datetime, language: str) -> list[str]:
    """Return the next notice that is due, and when."""
    if state.progress.phase not in FORWARD:
        return []
    coming = [
        slot
        for slot in forecast(state.plan, state.progress, now).slots
        if state.plan.task(slot.task).kind == "notify"
        and state.progress.of(slot.task).state is TaskState.PENDING
    ]
    if not coming:
        return []
    slot = min(coming, key=lambda each: each.start)
    due = local(slot.start, state.plan.runbook.zone)
    title = state.plan.task(slot.task).title
    return [f"  {say(language, 'notice', '通报')}  {due} {slot.task} {title}"]


def _issues(state: RunState, now: datetime, language: str) -> list[str]:
    return [_issue(item, state, now, language) for item in issues_of(state, now)[:4]]


def _issue(item: Issue, state: RunState, now: datetime, language: str) -> str:
    """Return one incident in one line: number, age, text, and who must be called."""
    age = span_words(now - (item.note.happened or item.note.at), language)
    text = f"  #{item.number} {item.note.severity} {age}"
    if item.answered_by:
        text += f" ({item.answered_by})"
    elif item.call is not None:
        late = say(language, " LATE", " 超时") if item.late(now) else ""
        call = f"{item.call.name} {item.call.phone}".strip()
        text += f"{late} {say(language, 'call', '请致电')} {call}:"
    return f"{text} {item.note.text}"


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
            f"  {local(item.ended or item.started, zone)} {item.task} {item.number}: "
            f"{line_for(language, f'status.{outcome}')}"
        )
    notes = [
        f"  {local(note.happened or note.at, zone)} {note_words(note, language)}"
        f"{say(language, ' (entered later)', '（补录）') if note.happened else ''}"
        for note in state.notes[-3:]
        if not note.severity
    ]
    name = short_name(state.run)
    head = say(language, f"recent ({name})", f"最近（{name}）")
    return [head, *lines, *notes] if lines or notes else []
