"""What a task should show, and what happens when it fails: two lines of the screen; pure."""

from __future__ import annotations

from datetime import datetime

from golive.report.going_back import phones
from golive.report.words import say
from golive.run.state import RunState
from golive.runbook.definition import Task
from golive.runbook.lifecycle import TaskState, body_of
from golive.runbook.on_call import called
from golive.runbook.turning_back import abort_role

__all__ = ["expected_lines"]

S = TaskState
#: Where the work is still to be done or to be judged.
_OPEN = frozenset({S.WAITING, S.STARTING, S.RUNNING, S.VERIFYING, S.UNDOING})


def expected_lines(state: RunState, task: Task, now: datetime, language: str) -> list[str]:
    """Return what to look for, and what follows a failure; nothing of a gate or what is over."""
    found = state.progress.of(task.id)
    if task.kind in {"gate", "milestone"} or found.state not in _OPEN:
        return []
    expect = task.expect
    if found.state is S.UNDOING:
        body = body_of(state.plan, task.id, found.role)
        expect = body.expect if body is not None else ""
    lines = [f"  {say(language, 'expect', '预期')}  {expect}"] if expect else []
    word = say(language, "if it fails", "失败时")
    return [*lines, f"  {word}  {_failing(state, task, now, language)}"]


def _failing(state: RunState, task: Task, now: datetime, language: str) -> str:
    """Say what follows a failure, as the runbook has it, and who decides then."""
    lead = phones(
        called(state.plan.team, abort_role(state.plan), now=now, holdings=state.holdings)[:1]
    )
    found = state.progress.of(task.id)
    if found.state is S.UNDOING:
        return say(language, f"the rollback waits; call {lead}", f"回退暂停，请致电 {lead}")
    word, _, count = task.on_fail.partition(" ")
    match word:
        case "retry" if int(count) >= found.attempts:
            left = int(count) - max(0, found.attempts - 1)
            return say(
                language,
                f"tried {left} times more, then {lead} decides",
                f"自动重试 {left} 次，仍失败则停；决策人 {lead}",
            )
        case "continue":
            return say(
                language,
                "what comes after it waits, the rest goes on",
                "后续任务等待，其余照常进行",
            )
        case "rollback" if state.plan.mode == "live":
            return say(
                language,
                f"{lead} decides whether to turn back",
                f"由 {lead} 决断是否回退",
            )
        case "rollback":
            return say(language, "the rehearsal turns back by itself", "演练自动转入回退")
        case _:
            return say(
                language,
                f"nothing new starts; {lead} decides",
                f"不再启动新任务；决策人 {lead}",
            )
