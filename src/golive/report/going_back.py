"""What the screen says of going back: until when it is safe, or how far it has come; pure.

Past the point of no return nothing speaks of going back any more.
"""

from __future__ import annotations

from datetime import datetime

from golive.report.words import line_for, local, say, short_name, span_words
from golive.run.state import RunState
from golive.runbook.definition import Person
from golive.runbook.escalation import Escalation, escalation
from golive.runbook.lifecycle import ASKS, RunPhase
from golive.runbook.on_call import called
from golive.runbook.returning import Returning, returning
from golive.runbook.rollback import past_point_of_no_return
from golive.runbook.safe_abort import latest_safe_abort
from golive.runbook.safety import deciders

__all__ = ["FORWARD", "abort_lines", "phones"]

FORWARD = frozenset({RunPhase.RUNNING, RunPhase.PAUSED})


def abort_lines(state: RunState, now: datetime, language: str) -> list[str]:
    """Say until when an abort is safe and who must decide, or when the old system is back."""
    if past_point_of_no_return(state.plan, state.progress):
        return _fix_forward(state, now, language)
    back = returning(state.plan, state.progress, now)
    if back is not None:
        return _returning(state, back, now, language)
    if state.progress.phase not in FORWARD:
        phase = line_for(language, f"phase.{state.progress.phase}", reason="")
        return [f"{say(language, 'Run', '运行')} {state.run}: {phase.rstrip(': ：')}"]
    lsat = latest_safe_abort(state.plan, state.progress, now)
    back_words = f"{span_words(lsat.way_back, language)}, {_from(state, language)}"
    when = local(lsat.at, state.plan.runbook.zone)
    left = span_words(lsat.at - now, language)
    text = (
        say(
            language,
            f"Latest safe abort {when} (in {left}; the way back takes {back_words})",
            f"最晚可回退 {when}（还有 {left}；回退需 {back_words}）",
        )
        if lsat.safe
        else say(
            language,
            f"LATE: the last safe abort was {when}; the way back takes {back_words}",
            f"已超过最晚可回退时间 {when}；回退需 {back_words}",
        )
    )
    step = escalation(state.plan, lsat, now, state.holdings)
    return [text] if step is None else [text, _escalated(step, language)]


def _fix_forward(state: RunState, now: datetime, language: str) -> list[str]:
    """Say that only forward is left; who decided so and why, or whom to call once work failed."""
    text = say(
        language, "Past the point of no return: fix forward.", "已过不可逆点：只能向前修复。"
    )  # fmt: skip
    if state.fixing is not None:
        at = local(state.fixing.at, state.plan.runbook.zone)
        who, why = state.fixing.person, state.fixing.text
        return [text, say(language, f"  since {at}, {who}: {why}", f"  {at} 起，{who}：{why}")]
    if not any(found.state in ASKS for found in state.progress.tasks.values()):
        return [text]
    role = deciders(state.plan)[0] or "lead"
    names = phones(called(state.plan.team, role, now=now, holdings=state.holdings)[:1])
    command = f"golive run {short_name(state.run)} fix-forward"
    return [text, say(language, f"! call {names}: {command}", f"! 请致电 {names}：{command}")]


def _from(state: RunState, language: str) -> str:
    """Say whether the way back was measured in rehearsals or is an estimate."""
    runs = [item.runs for key, item in state.plan.measured.items() if "." in key]
    if not runs:
        return say(language, "estimated", "估算")
    return say(language, f"from {max(runs)} rehearsals", f"演练 {max(runs)} 次实测")


def _escalated(step: Escalation, language: str) -> str:
    """Name who has to decide, with phones; each step of the clock names one more."""
    names = phones(step.call)
    if not step.minutes:
        return say(language, f"! decide now, call {names}", f"! 须立即决断，请致电 {names}")
    return say(
        language,
        f"! under {step.minutes} min left to decide, call {names}",
        f"! 决断时间不足{step.minutes}分钟，请致电 {names}",
    )


def phones(people: tuple[Person, ...]) -> str:
    """Return people with their phones, in one line."""
    return ", ".join(f"{person.name} {person.phone}".strip() for person in people)


def _returning(state: RunState, back: Returning, now: datetime, language: str) -> list[str]:
    """Say when the old system is back, how many steps are done, and whether that is in time."""
    zone = state.plan.runbook.zone
    by, reserve = local(back.back_by, zone), local(back.limit, zone)
    left = span_words(back.back_by - now, language)
    steps = say(
        language, f"{back.done} of {back.total} steps", f"已完成 {back.done}/{back.total} 步"
    )
    if state.progress.phase is RunPhase.ABORTING:
        text = say(
            language,
            f"Turning back: what is at work is being stopped; back by {by} (in {left})",
            f"转入回退：正在停止进行中的工作；预计 {by} 恢复旧系统（还需{left}）",
        )
    elif back.blocked:
        names = ", ".join(back.blocked)
        text = say(
            language,
            f"ROLLBACK BLOCKED at {names}: {steps}, back by {by} at the earliest",
            f"回退受阻（{names}）：{steps}，最早 {by} 恢复旧系统",
        )
    else:
        text = say(
            language,
            f"Rolling back: {steps}, back by {by} (in {left}; the reserve begins {reserve})",
            f"正在回退：{steps}，预计 {by} 恢复（还需{left}；保留时间 {reserve} 起）",
        )
    if back.back_by <= back.limit:
        return [text]
    names = phones(called(state.plan.team, "lead", now=now, holdings=state.holdings)[:2])
    late = say(
        language,
        f"! LATE: the reserve begins {reserve}; call {names}",
        f"! 将晚于保留时间 {reserve}，请致电 {names}",
    )
    return [text, late]
