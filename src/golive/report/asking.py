"""The one next action of the night: what, who with phone, and the exact commands; pure.

Only what is allowed now is offered, in the order people should think of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from golive.report.expected import expected_lines
from golive.report.going_back import phones
from golive.report.words import line_for, local, say, short_name, span_words
from golive.run.state import RunState
from golive.runbook.definition import Task
from golive.runbook.guards import allowed
from golive.runbook.lifecycle import AbortDecision, TaskState, body_of
from golive.runbook.on_call import called, names_to_call
from golive.runbook.safety import deciders
from golive.runbook.turning_back import open_question

__all__ = ["action_lines"]

S = TaskState
#: Verbs by state, the first ones first; only those allowed now are shown.
_OFFERED: Mapping[TaskState, tuple[str, ...]] = {
    S.PENDING: ("override", "hold"),
    S.WAITING: ("complete", "fail"),
    S.RUNNING: ("complete", "fail"),
    S.VERIFYING: ("verify", "fail"),
    S.FAILED: ("retry", "done-by-hand", "waive"),
    S.STOPPED: ("retry", "resolve", "done-by-hand"),
    S.UNKNOWN: ("resolve", "done-by-hand"),
    S.UNDOING: ("complete",),
    S.UNDO_FAILED: ("retry", "done-by-hand"),
}
#: What a verb needs besides the person.
_DETAILS: Mapping[str, str] = {
    "override": "--what lsat --reason '…'",
    "hold": "--reason '…'",
    "fail": "--reason '…'",
    "waive": "--reason '…'",
    "done-by-hand": "--with … --file … --reason …",
    "resolve": "--result … --with … --reason …",
}
#: States after which somebody else verifies what was done.
_BEFORE_VERIFYING = frozenset({S.WAITING, S.RUNNING, S.FAILED, S.STOPPED, S.UNKNOWN, S.PENDING})
#: How many commands the screen has room for.
_COMMANDS = 3


def action_lines(state: RunState, task: Task, now: datetime, language: str) -> list[str]:
    """Return the block of the next action; its first line begins with ``>``."""
    found = state.progress.of(task.id)
    role = role_of(state, task)
    asked = _asked(state, task, role, now)
    people = tuple(state.plan.team.people[name] for name in asked)
    then = _verifier(state, task, now, language)
    # Both of their phones must be read: the deputy's gives way to the verifier's.
    names = phones(people[: 1 if then else 2])
    why = found.late or found.reason or (found.outcome.summary if found.outcome else "")
    word = line_for(language, f"word.{found.state}")
    stands = f"{word}{_since(state, task, now, language)}  {why}".rstrip()
    lines = [
        f"> {say(language, 'now', '现在做')}  {task.id}  {task.title}",
        f"  {say(language, 'state', '状态')}  {stands}",
        f"  {say(language, 'who', '负责')}  {names}{then}",
    ]
    lines += expected_lines(state, task, now, language)
    if question := open_question(state.progress, task.id):
        lines.append(_turn_back(state, question, now, language))
    if task.kind == "gate" and found.state is S.WAITING:
        lines += _gate(state, task, language)
    if found.state in {S.UNKNOWN, S.VERIFYING} and task.probe is not None:
        lines.append(_probe(state, task, language))
    who = asked[0] if asked else "…"
    return [*lines, *(f"  $ {command}" for command in _commands(state, task, who))]


def role_of(state: RunState, task: Task) -> str:
    """Return the role that is asked: verifier, decider, the undo's owner, or the task's own."""
    found = state.progress.of(task.id)
    if asked := open_question(state.progress, task.id):
        return asked.role
    if found.state is S.VERIFYING:
        return task.verifier
    if found.state is S.PENDING:
        return deciders(state.plan)[0]
    if found.state in {S.UNDOING, S.UNDO_FAILED}:
        body = body_of(state.plan, task.id, found.role)
        return body.owner if body is not None and body.owner else task.owner
    return task.owner


def _asked(state: RunState, task: Task, role: str, now: datetime) -> tuple[str, ...]:
    """Return who is asked, who is on shift first; of a task given to somebody, that person.

    Left out is who did what is to be verified, and who has decided what others must decide, too.
    """
    team, found = state.plan.team, state.progress.of(task.id)
    names = [*names_to_call(team, role, now=now, holdings=state.holdings)]
    if found.assignee and found.state is not S.VERIFYING:
        names = [found.assignee, *names]
    out = {item.person for item in state.progress.decisions if item.gate == task.id}
    out |= set(found.approvals) if found.state is S.PENDING else set()
    out |= {found.person, found.starter} if found.state is S.VERIFYING else set()
    left = [name for name in dict.fromkeys(names) if name in team.people and name not in out]
    return tuple(left)


def _since(state: RunState, task: Task, now: datetime, language: str) -> str:
    """Return how long it stands so, and until when people said it would."""
    found, zone = state.progress.of(task.id), state.plan.runbook.zone
    began = found.undo_began if found.state is S.UNDOING else found.started
    began = found.ended if found.state in {S.FAILED, S.STOPPED, S.UNDO_FAILED} else began
    text = f" {span_words(now - began, language)}" if began and now > began else ""
    if found.overdue:
        text += say(language, " OVERDUE", " 已超时")
    if found.eta:
        text += say(
            language, f" until {local(found.eta, zone)}", f" 预计到 {local(found.eta, zone)}"
        )
    return text


def _verifier(state: RunState, task: Task, now: datetime, language: str) -> str:
    """Return who verifies afterwards, with the phone."""
    if state.progress.of(task.id).state not in _BEFORE_VERIFYING:
        return ""
    people = called(state.plan.team, task.verifier, now=now, holdings=state.holdings)
    return f"  {say(language, 'then', '核验')} {phones(people[:1])}" if people else ""


def _gate(state: RunState, task: Task, language: str) -> list[str]:
    """Return how a gate's criteria stand, and who has decided what."""
    criteria = state.criteria.get(task.id, ())
    met = sum(item["state"] == "met" for item in criteria)
    open_ones = ", ".join(item["name"] for item in criteria if item["state"] != "met")
    said = {item.person: item.decision for item in state.progress.decisions if item.gate == task.id}
    go = sum(word == "go" for word in said.values())
    words = ", ".join(f"{person} {word}" for person, word in said.items())
    return [
        say(
            language,
            f"  criteria {met}/{len(criteria)} met {open_ones}",
            f"  条件 {met}/{len(criteria)} 满足 {open_ones}",
        ).rstrip(),
        say(
            language,
            f"  decided {go}/{task.quorum} go  {words}",
            f"  决定 {go}/{task.quorum} 同意  {words}",
        ).rstrip(),
    ]


def _turn_back(state: RunState, asked: AbortDecision, now: datetime, language: str) -> str:
    """Ask whether the run turns back, and say until when; what nobody decides stays open."""
    by = local(asked.decide_by, state.plan.runbook.zone)
    over = now > asked.decide_by
    late = say(language, ", OVERDUE: nothing starts until then", "，已超时；决定前不启动新任务")
    return say(
        language,
        f"  decide  turn back or go on? by {by}{late if over else ''}",
        f"  决断  回退还是继续？须于 {by} 前决定{late if over else ''}",
    )


def _probe(state: RunState, task: Task, language: str) -> str:
    body = body_of(state.plan, task.id, "probe")
    what = (body.playbook or " ".join(body.argv) or body.kind) if body is not None else ""
    told = state.progress.of(task.id).probed
    said = {
        "": say(language, "not asked yet", "尚未探查"),
        "passed": say(language, "confirms it", "已确认"),
        "failed": say(language, "does not confirm it", "未能确认"),
    }[told]
    return f"  {say(language, 'probe', '探查')}  {what}: {said}"


def _commands(state: RunState, task: Task, who: str) -> list[str]:
    found, run = state.progress.of(task.id), short_name(state.run)
    if task.kind == "gate" and found.state is S.WAITING:
        return [f"golive decide {task.id} go|no-go --run {run} --as {who}"]
    if open_question(state.progress, task.id):
        live = state.environment.get("kind") == "live"
        back = f"golive decide {task.id} no-go --run {run} --as {who} --reason '…'"
        on = f"golive decide {task.id} go --run {run} --as {who} --reason '…'"
        return [f"{back} --with …" if live else back, on]
    can = allowed(state.plan, state.progress, task)
    # What may go on on other machines is ended before anybody says what came of it.
    first = ("stop",) if found.elsewhere else ()
    verbs = [verb for verb in (*first, *_OFFERED.get(found.state, ())) if verb in can]
    return [
        f"golive task {run} {task.id} {verb} --as {who} {_DETAILS.get(verb, '')}".rstrip()
        for verb in verbs[:_COMMANDS]
    ]
