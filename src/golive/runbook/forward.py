"""What happens next on the way forward: the ready set, gates, waits, retries, the end; pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from golive.runbook.definition import Irreversible, Task
from golive.runbook.lifecycle import (
    ASKS,
    ENDED,
    HOLDS_LOCKS,
    SATISFYING,
    Progress,
    RunPhase,
    TaskProgress,
    TaskState,
    gate_result,
    locks_taken,
)
from golive.runbook.move import Move
from golive.runbook.planning import Plan
from golive.runbook.rollback import past_point_of_no_return
from golive.runbook.safe_abort import latest_safe_abort
from golive.runbook.safety import held_back
from golive.runbook.staffing import too_many
from golive.runbook.times import parse_duration, parse_instant
from golive.runbook.turning_back import asks_to_abort, turned_back

__all__ = ["forward"]

S = TaskState
#: States of a task that the end of the way forward does not wait for.
_PASSED_BY = SATISFYING | {S.SKIPPED}


def forward(plan: Plan, progress: Progress, now: datetime) -> Iterator[Move]:
    """Yield what happens now while a run goes forward or is paused."""
    ending = _ending(plan, progress, now)
    if ending is not None:
        yield ending
        return
    for task in plan.runbook.tasks:
        found = progress.tasks.get(task.id)
        if found is None and not task.deadline:
            continue
        state = found.state if found is not None else S.PENDING
        if state in ENDED or (state is S.PENDING and not task.deadline):
            continue
        yield from _overdue(task, progress, now)
        yield from _settle(plan, task, progress, now)
    if progress.phase is RunPhase.PAUSED or _asks(plan, progress):
        return
    yield from _starts(plan, progress, now)


def _starts(plan: Plan, progress: Progress, now: datetime) -> Iterator[Move]:
    """Yield what begins now: ready, locks and people free, and the latest safe abort kept."""
    ready, busy = _ready_and_busy(plan, progress, now)
    # What was held back before gives way: it must not keep a lock from what may start.
    ready.sort(key=lambda task: bool(progress.of(task.id).late))
    unmanned = too_many(plan, progress, ready, now)
    begins: list[tuple[Task, Move]] = []
    for task in ready:
        if task.id in unmanned and not plan.skips(task):
            continue
        move = _begin(plan, task, progress.of(task.id))
        if move.verb == "start" or (move.verb == "open" and task.kind == "manual"):
            if locks_taken(plan, task, busy):
                continue
            busy.append(task)
        begins.append((task, move))
    works = [task for task, move in begins if move.verb in {"start", "open"}]
    held = held_back(plan, progress, works, now)
    for task, move in begins:
        if task.id not in held:
            yield move
        elif not progress.of(task.id).late:
            yield Move(verb="late", task=task.id, reason=held[task.id].sentence)


def _ready_and_busy(plan: Plan, progress: Progress, now: datetime) -> tuple[list[Task], list[Task]]:
    """Return the tasks that may begin now, and those whose locks are taken."""
    waiting, busy = [], []
    begun, names, needs = progress.tasks, progress.tasks.keys(), plan.needs
    for task in plan.runbook.tasks:
        found = begun.get(task.id)
        if found is None:
            # Most of a night's tasks, most of the time, come after one nobody has begun.
            if names >= needs[task.id]:
                waiting.append(task)
        elif found.state is S.PENDING:
            if not found.active:
                waiting.append(task)
        elif _holds_locks(task, found):
            busy.append(task)
    if not waiting or _is_dark(plan, now):
        return [], busy
    return [task for task in waiting if _ready(plan, task, progress, now)], busy


def _is_dark(plan: Plan, now: datetime) -> bool:
    """Tell whether nothing may begin now."""
    return any(
        parse_instant(start) <= now < parse_instant(start) + parse_duration(span)
        for start, _, span in (text.partition("/") for text in plan.runbook.calendar.blackouts)
    )


def _begin(plan: Plan, task: Task, found: TaskProgress) -> Move:
    """Return how a task that is ready begins."""
    if plan.skips(task):
        return Move(verb="skip", task=task.id, reason=f"the plan skips it in a {plan.mode}")
    if task.kind == "milestone":
        return Move(verb="pass", task=task.id)
    if task.kind in {"manual", "gate", "wait"}:
        return Move(verb="open", task=task.id)
    return Move(verb="start", task=task.id, number=str(found.attempts + 1), role="run")


def _holds_locks(task: Task, found: TaskProgress) -> bool:
    """Tell whether a task is at work or may be; a person who was told to may begin any moment."""
    return found.state in HOLDS_LOCKS or (task.kind == "manual" and found.state is S.WAITING)


def _overdue(task: Task, progress: Progress, now: datetime) -> Iterator[Move]:
    """Yield once that a task's deadline, or the time a person had for it, is over."""
    found = progress.of(task.id)
    if found.overdue:
        return
    if task.deadline and now > parse_instant(task.deadline):
        yield Move(verb="overdue", task=task.id, reason=f"its deadline {task.deadline} is over")
        return
    with_person = task.kind == "manual" and found.state in {S.WAITING, S.RUNNING}
    if not (with_person and task.timeout and found.started):
        return
    if now - found.started > parse_duration(task.timeout):
        yield Move(verb="overdue", task=task.id, reason=f"it takes longer than {task.timeout}")


def _ending(plan: Plan, progress: Progress, now: datetime) -> Move | None:
    """Return the abort of a rehearsal at its point, an automatic rollback, or the live end."""
    if plan.abort_at and _settled(plan.task(plan.abort_at), progress):
        return Move(verb="abort", reason=f"the rehearsal reached its abort point {plan.abort_at}")
    for name, found in progress.tasks.items():
        if found.state not in {S.FAILED, S.WAITING}:
            continue
        task = plan.task(name)
        failed = task.on_fail == "rollback" and found.state is S.FAILED
        if plan.mode == "rehearsal" and failed:
            return Move(verb="abort", reason=f"task {task.id} failed and says rollback")
        if failed and (asked := asks_to_abort(plan, progress, task, now)):
            return Move(
                verb="ask-abort", task=task.id, role=asked.role, decide_by=asked.decide_by,
                reason=f"task {task.id} failed and says rollback",
            )  # fmt: skip
        if (
            task.kind == "gate"
            and task.on_expiry == "abort"
            and _expired(plan, progress, task, now)
        ):
            return Move(
                verb="abort", reason=f"nobody decided {task.id} in time: on_expiry is abort"
            )
    if decided := turned_back(progress):
        return Move(verb="abort", reason=f"{decided.person} turned back after {decided.task}")
    if len(progress.tasks) < len(plan.runbook.tasks):
        return None
    if all(progress.of(task.id).state in _PASSED_BY for task in plan.runbook.tasks):
        return Move(verb="live")
    return None


def _settled(task: Task, progress: Progress) -> bool:
    found = progress.of(task.id)
    if found.state is S.FAILED:
        return not _retries_left(task, found)
    return found.state in SATISFYING | {S.SKIPPED}


def _settle(plan: Plan, task: Task, progress: Progress, now: datetime) -> Iterator[Move]:
    """Yield what a task that already began needs: probes, expiry, gate decisions, retries."""
    found = progress.of(task.id)
    if found.active:
        return
    probe = Move(verb="start", task=task.id, number=f"probe-{found.probes + 1}", role="probe")
    match found.state:
        case S.VERIFYING if task.probe is not None and not found.probed:
            yield probe
        case S.UNKNOWN | S.STOPPED if task.probe is not None and not found.probed:
            yield probe
        case S.UNKNOWN if _may_rerun(task, found):
            yield Move(verb="retry", task=task.id, reason=f"it is declared {task.rerun} to rerun")
        case S.FAILED if _retries_left(task, found):
            yield Move(verb="retry", task=task.id, reason=f"on_fail: {task.on_fail}")
        case S.WAITING if task.kind == "wait":
            yield from _wait(task, found, now, probe)
        case S.WAITING if task.kind == "gate":
            yield from _gate(plan, progress, task, now)
        case _:
            pass


def _may_rerun(task: Task, found: TaskProgress) -> bool:
    """Tell whether work in doubt is begun again without a person.

    Not what an engine said it cannot tell: the next attempt would fare no better. What is safe to
    rerun is not begun beside itself; what is resumable finds its work again.
    """
    if task.rerun == "unsafe" or found.probed == "passed" or found.doubt == "told":
        return False
    return task.rerun == "resumable" or not found.elsewhere


def _wait(task: Task, found: TaskProgress, now: datetime, probe: Move) -> Iterator[Move]:
    until = task.until
    if until is None or found.started is None:
        return
    if task.timeout and now - found.started > parse_duration(task.timeout):
        yield Move(verb="fail", task=task.id, reason=f"waited longer than {task.timeout}")
    elif until.at and now >= parse_instant(until.at):
        yield Move(verb="pass", task=task.id)
    elif until.probe is not None and (
        found.probed_at is None or now - found.probed_at >= parse_duration(until.every)
    ):
        yield probe


def _gate(plan: Plan, progress: Progress, gate: Task, now: datetime) -> Iterator[Move]:
    if gate.id not in progress.evaluated:
        yield Move(verb="evaluate", task=gate.id)
        return
    match gate_result(plan, progress, gate):
        case "go":
            yield Move(verb="pass", task=gate.id)
        case "no-go":
            yield Move(verb="fail", task=gate.id, reason="the decision is no-go")
        case _ if _expired(plan, progress, gate, now):
            yield Move(verb="fail", task=gate.id, reason="nobody decided in time")


def _expired(plan: Plan, progress: Progress, gate: Task, now: datetime) -> bool:
    """Tell whether a gate is open, undecided, and its time to decide is over: never a go."""
    if not gate.decide_by or progress.of(gate.id).state is not S.WAITING:
        return False
    if gate.id not in progress.evaluated or gate_result(plan, progress, gate):
        return False
    if gate.decide_by != "lsat":
        return now > parse_instant(gate.decide_by)
    # Past the point of no return there is no latest safe abort to decide by.
    safe = latest_safe_abort(plan, progress, now)
    return not safe.safe and not past_point_of_no_return(plan, progress)


def _retries_left(task: Task, found: TaskProgress) -> bool:
    word, _, count = task.on_fail.partition(" ")
    return word == "retry" and found.attempts <= int(count)


def _asks(plan: Plan, progress: Progress) -> bool:
    """Tell whether a task needs a person before anything new may start."""
    asking = [(plan.task(name), one) for name, one in progress.tasks.items() if one.state in ASKS]
    return any(
        task.on_fail != "continue" and not (one.state is S.FAILED and _retries_left(task, one))
        for task, one in asking
    )


def _ready(plan: Plan, task: Task, progress: Progress, now: datetime) -> bool:
    """Tell whether its time has come, its stream goes on and what it comes after is settled."""
    if isinstance(task.undo, Irreversible) and not _decided(plan, task, progress):
        return False
    if task.earliest and not progress.of(task.id).early and now < parse_instant(task.earliest):
        return False
    if task.stream in progress.held_streams:
        return False
    for link in task.links:
        other = progress.of(link.id)
        met = other.state in SATISFYING or (other.state is S.SKIPPED and other.skip_satisfies)
        base = other.started if link.type == "SS" else None
        if base is None and met:
            base = other.ended
        if base is None or now < base + parse_duration(link.lag):
            return False
    return True


def _decided(plan: Plan, task: Task, progress: Progress) -> bool:
    """Tell whether every point of no return before a task was decided: no skip leads round one."""
    before = plan.reach.before[plan.reach.position[task.id]]
    gates = (
        one for one in plan.runbook.tasks if one.ponr and before >> plan.reach.position[one.id] & 1
    )
    return all(progress.of(gate.id).state is S.DONE or plan.skips(gate) for gate in gates)
