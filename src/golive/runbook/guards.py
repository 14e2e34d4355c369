"""The guards of people's actions: what is allowed now, to whom, and with what; pure.

Every refusal is one sentence with the next action as its hint.
"""

from __future__ import annotations

from golive.errors import Refused
from golive.runbook.definition import Task
from golive.runbook.lifecycle import WAY_BACK, Progress, TaskProgress, TaskState, body_of
from golive.runbook.planning import Plan
from golive.runbook.presses import ACTIONS, RESULTS, Press, needs_second
from golive.runbook.safety import approved, deciders
from golive.runbook.staffing import in_hand
from golive.runbook.turning_back import open_question

__all__ = ["ALWAYS", "WAITS_FOR_DECISION", "allowed", "check_press", "possible"]

S = TaskState
_NEEDS_REASON = frozenset({
    "fail", "hold", "skip", "waive", "done-by-hand", "resolve", "override",
})  # fmt: skip
_MANUAL_ONLY = frozenset({"start", "complete"})
#: A gate is decided, never walked around; what it opens must have been decided.
_NOT_FOR_GATES = frozenset({
    "skip", "waive", "done-by-hand", "complete", "start", "fail",
})  # fmt: skip
#: What changes nothing of the work itself and so is allowed on the way back, too.
ALWAYS = frozenset({"reassign", "estimate", "attach"})
#: What carries a failed task forward: not while it is open whether the run turns back after it.
WAITS_FOR_DECISION = frozenset({"retry", "waive", "skip", "done-by-hand"})


def allowed(plan: Plan, progress: Progress, task: Task) -> tuple[str, ...]:
    """Return the verbs a task can be told now, in the table's order."""
    return tuple(verb for verb in ACTIONS if possible(plan, progress, task, verb))


def check_press(plan: Plan, progress: Progress, task: Task, press: Press) -> None:
    """Raise Refused for a press without its reason, by the wrong person, or lacking a detail."""
    subject, found = f"task '{task.id}'", progress.of(task.id)
    if press.verb in _NEEDS_REASON and not press.reason:
        raise Refused.of(subject, f"{press.verb} needs a reason", hint="add --reason")
    _check_person(plan, task, found, press)
    _check_free(plan, progress, task, press)
    _check_details(plan, task, found, press)
    _check_second(plan, subject, press)


def possible(plan: Plan, progress: Progress, task: Task, verb: str) -> bool:
    """Tell whether an action fits the run, the state, and the worker or the probe behind it."""
    found = progress.of(task.id)
    if found.state not in ACTIONS[verb][0]:
        return False
    if verb in WAITS_FOR_DECISION and open_question(progress, task.id):
        return False
    # The way back is planned from what had happened: nothing more may happen.
    undoing = found.state in {S.UNDOING, S.UNDO_FAILED}
    if progress.phase in WAY_BACK and verb not in ALWAYS and not undoing:
        return False
    if task.kind == "gate" and verb in _NOT_FOR_GATES:
        return False
    return _fits_work(plan, progress, task, verb)


def _fits_work(plan: Plan, progress: Progress, task: Task, verb: str) -> bool:
    """Tell whether an action fits who or what is at work on the task right now."""
    found = progress.of(task.id)
    match verb:
        case "start" | "complete":
            return task.kind == "manual" or _manual_undo(plan, found, task)
        case "stop":
            return bool(found.active) != (found.state is S.UNKNOWN)
        case "fail":
            # A worker's work is stopped, never declared over: it would go on meanwhile.
            return not (found.active and found.role == "run")
        case "verify":
            return task.probe is None or found.probed == "passed"
        case "retry" if found.state is S.STOPPED:
            # What a stop left behind is asked of the system first.
            return task.probe is None or bool(found.probed)
        case "resolve" if found.state is S.STOPPED:
            return found.probed == "passed"
        case "release" if found.state is not S.HELD:
            return not _begun_after(plan, progress, task)
        case "override":
            early = bool(task.earliest) and not found.early
            return early or (bool(found.late) and not approved(plan, found))
        case _:
            return True


def _begun_after(plan: Plan, progress: Progress, task: Task) -> bool:
    """Tell whether a task after this one has begun: then its skip or waiver has been used."""
    return any(
        task.id in plan.graph[other.id] and progress.of(other.id).state not in {S.PENDING, S.HELD}
        for other in plan.runbook.tasks
    )


def _manual_undo(plan: Plan, found: TaskProgress, task: Task) -> bool:
    if found.state is not S.UNDOING:
        return False
    body = body_of(plan, task.id, found.role)
    return body is not None and body.kind == "manual"


def _check_person(plan: Plan, task: Task, found: TaskProgress, press: Press) -> None:
    subject, person = f"task '{task.id}'", press.person
    if press.verb == "verify":
        if person in {found.person, found.starter}:
            did = "did" if person == found.person else "began"
            raise Refused.of(
                subject, f"'{person}' {did} it and may not verify it", hint="ask another person"
            )
        _check_role(plan, subject, person, task.verifier)
    elif press.verb in _MANUAL_ONLY and person != found.assignee:
        _check_role(plan, subject, person, task.owner)
    elif press.verb == "override" and (press.what == "lsat" or not plan.team.holds(person, "lead")):
        _check_role(plan, subject, person, deciders(plan)[0])


def _check_free(plan: Plan, progress: Progress, task: Task, press: Press) -> None:
    """Refuse a second manual task in one person's hands, unless a reason is recorded for it."""
    begun = press.verb == "reassign" and progress.of(task.id).state is S.RUNNING
    if press.reason or task.kind != "manual" or not (press.verb == "start" or begun):
        return
    person = press.assignee if begun else press.person
    other = in_hand(plan, progress, person, beside=task.id)
    if other:
        raise Refused.of(
            f"task '{task.id}'",
            f"'{person}' is doing '{other}', and a person does one manual task at a time",
            hint=f"complete '{other}' or reassign one of the two; add --reason to do both at once",
        )


def _check_role(plan: Plan, subject: str, person: str, role: str) -> None:
    if role and not plan.team.holds(person, role):
        raise Refused.of(
            subject,
            f"'{person}' does not hold the role '{role}'",
            hint=f"ask {', '.join(plan.team.roles[role].people)}",
        )


def _check_second(plan: Plan, subject: str, press: Press) -> None:
    if press.second and press.second not in plan.team.people:
        raise Refused.of(
            f"person '{press.second}'",
            "is not in the team",
            hint=f"known: {', '.join(plan.team.people)}",
        )
    if press.second == press.person and press.second:
        raise Refused.of(
            subject, f"'{press.person}' cannot be the second person, too", hint="ask another"
        )
    two = needs_second(press.verb, result=press.result, satisfies=press.satisfies)
    if two and not press.second:
        raise Refused.of(subject, f"{press.verb} needs a second person", hint="add --with PERSON")


def _check_details(plan: Plan, task: Task, found: TaskProgress, press: Press) -> None:
    """Refuse an action whose own details are missing or make no sense."""
    subject = f"task '{task.id}'"
    match press.verb:
        case "resolve" if press.result not in RESULTS:
            raise Refused.of(
                subject, "resolve needs a result", hint=f"add --result {'|'.join(RESULTS)}"
            )
        case "resolve" if press.result == "re-attach" and not found.attempts:
            raise Refused.of(subject, "has no attempt to re-attach to", hint="say done or not-done")
        case "resolve" if press.result == "re-attach" and _over(task, found):
            raise Refused.of(
                subject, "has ended, and is not declared safe to begin again",
                hint="say done or not-done",
            )  # fmt: skip
        case "done-by-hand" if not (press.evidence or found.attached):
            raise Refused.of(
                subject, "done-by-hand needs evidence", hint="add --file, or attach one first"
            )
        case "attach" if not press.evidence:
            raise Refused.of(subject, "attach needs a file", hint="add --file")
        case "estimate" if press.eta is None:
            raise Refused.of(subject, "estimate needs how long", hint="add --minutes")
        case "reassign":
            _check_assignee(plan, task, press)
        case "override" if press.what not in _overridable(plan, task, found):
            known = " or ".join(_overridable(plan, task, found))
            raise Refused.of(subject, "override needs what", hint=f"add --what {known}")
        case "retry" if press.edited and task.kind not in {"ansible", "notify"}:
            raise Refused.of(
                subject, f"a {task.kind} has no variables", hint="retry it without --set"
            )
        case _:
            return


def _over(task: Task, found: TaskProgress) -> bool:
    """Tell whether there is nothing to re-attach to, and the work may not be begun again."""
    return found.doubt == "told" and task.rerun == "unsafe"


def _overridable(plan: Plan, task: Task, found: TaskProgress) -> tuple[str, ...]:
    names = ["earliest"] if task.earliest and not found.early else []
    if found.late and not approved(plan, found):
        names.append("lsat")
    return tuple(names)


def _check_assignee(plan: Plan, task: Task, press: Press) -> None:
    subject = f"task '{task.id}'"
    if press.assignee not in plan.team.people:
        raise Refused.of(
            subject,
            f"cannot be given to '{press.assignee}', who is not in the team",
            hint=f"add --to: {', '.join(plan.team.people)}",
        )
    outside = bool(task.owner) and not plan.team.holds(press.assignee, task.owner)
    if outside and not press.reason:
        raise Refused.of(
            subject,
            f"'{press.assignee}' does not hold the role '{task.owner}'",
            hint="add --reason to name them nevertheless",
        )
