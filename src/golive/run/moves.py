"""Make the life cycle's moves real: each becomes one journal record, and its deed if it has one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict

from golive.gate.criteria import all_met, evaluate
from golive.outcome import Status
from golive.record.anchors import enter_run
from golive.run.control import Controller
from golive.run.inflight import InFlight
from golive.run.prints import compare_with_before, take_fingerprint
from golive.run.verdict import verdict_of
from golive.runbook.drills import measure_drill
from golive.runbook.lifecycle import SATISFYING
from golive.runbook.moves import Move
from golive.runbook.partial import narrowed
from golive.runbook.rollback import plan_rollback

__all__ = ["make_move"]

#: The roles of attempts on the way back.
_BACK = frozenset({"undo", "restore"})


def make_move(controller: Controller, attempts: InFlight, move: Move) -> None:
    """Do one move. Raise Stale when somebody else's record came first."""
    _MOVES[move.verb](controller, attempts, move)


def _start(controller: Controller, attempts: InFlight, move: Move) -> None:
    living = attempts.living(move.task)
    if living and not _ended_for(attempts, move):
        # Of an earlier attempt something still runs: neither asked nor begun again meanwhile.
        _say_waits(controller, move, living)
        return
    if move.role in _BACK and controller.state.progress.of(move.task).elsewhere:
        _end_far(controller, attempts, move)
        return
    controller.append(
        "task.starting", {"task": move.task, "number": move.number, "role": move.role}
    )
    # Launched at once, so that the next move of the same round does not wait for a round.
    attempts.look()


def _say_waits(controller: Controller, move: Move, living: tuple[int, ...]) -> None:
    """Record once which processes a task that a person wants done waits for."""
    if move.role == "run" and controller.state.progress.of(move.task).waits_for != living:
        data = {"task": move.task, "verb": "waits", "reason": "", "role": move.role}
        controller.append("task.moved", {**data, "processes": list(living)})


def _end_far(controller: Controller, attempts: InFlight, move: Move) -> None:
    """End what an earlier step back began elsewhere, before it is begun again; record the proof."""
    left = attempts.end_far(move.task)
    verb = "remains" if left else "cleared-back"
    data = {"task": move.task, "verb": verb, "reason": "; ".join(left), "role": move.role}
    controller.append("task.moved", data)


def _ended_for(attempts: InFlight, move: Move) -> bool:
    """Tell whether what lives on could be ended for a step back: a person wants that step."""
    return move.role in _BACK and move.task not in attempts.end_leftovers()


def _transition(controller: Controller, attempts: InFlight, move: Move) -> None:
    if move.verb == "retry" and attempts.living(move.task):
        # Where it stands it keeps its locks, and a person may still stop what lives on.
        return
    controller.append(
        "task.moved",
        {"task": move.task, "verb": move.verb, "reason": move.reason, "role": move.role},
    )


def _stop(controller: Controller, attempts: InFlight, move: Move) -> None:
    controller.append(
        "task.acted",
        {"task": move.task, "verb": "stop", "to": "stopping", "reason": move.reason},
    )


def _evaluate(controller: Controller, attempts: InFlight, move: Move) -> None:
    state = controller.state
    outcomes = {
        name: found.outcome
        for name, found in state.progress.tasks.items()
        if found.outcome is not None
        # Passed, but its probe or its verifier said no or nothing yet: that is no evidence.
        and (found.outcome.status is not Status.PASSED or found.state in SATISFYING)
    }
    criteria = evaluate(state.plan.task(move.task).criteria, outcomes)
    controller.append(
        "gate.evaluated",
        {
            "gate": move.task,
            "met": all_met(criteria),
            "criteria": [
                {key: str(value) for key, value in asdict(item).items()} for item in criteria
            ],
        },
    )


def _abort(controller: Controller, attempts: InFlight, move: Move) -> None:
    controller.append("run.aborting", {"reason": move.reason})


def _ask_abort(controller: Controller, attempts: InFlight, move: Move) -> None:
    by = move.decide_by.isoformat() if move.decide_by else ""
    controller.append(
        "abort.asked",
        {"task": move.task, "role": move.role, "decide_by": by, "reason": move.reason},
    )


def _plan_rollback(controller: Controller, attempts: InFlight, move: Move) -> None:
    alive = attempts.end_leftovers()
    if alive:
        # Nothing may be undone while something may still be done: look again next round.
        return
    plan, progress = controller.state.plan, controller.state.progress
    way = plan_rollback(*narrowed(plan, progress))
    controller.append(
        "rollback.planned",
        {
            "steps": [asdict(step) for step in way.steps],
            "seconds": way.length.total_seconds(),
            "lost": list(way.lost),
        },
    )


def _fingerprint(controller: Controller, attempts: InFlight, move: Move) -> None:
    data = take_fingerprint(attempts.project, attempts.environment, when=move.reason)
    if move.reason == "after":
        before = controller.state.fingerprints.get("before", {})
        data |= {"differences": list(compare_with_before(attempts.project, before, data))}
    controller.append("fingerprint.taken", data)


def _measure(controller: Controller, attempts: InFlight, move: Move) -> None:
    state = controller.state
    drill = next(item for item in state.plan.drills if item.id == move.task)
    ended = {
        name: found.ended for name, found in state.progress.tasks.items() if found.ended is not None
    }
    result = measure_drill(drill, ended)
    if result is None:
        return
    controller.append(
        "drill.measured",
        {
            "drill": drill.id,
            "title": drill.title,
            "met": result.met,
            "missed": list(result.missed),
            "detect": result.detect.total_seconds(),
            "acknowledge": result.acknowledge.total_seconds(),
            "restore": result.restore.total_seconds(),
            "targets": asdict(drill.targets),
        },
    )


def _close(controller: Controller, attempts: InFlight, move: Move) -> None:
    controller.append("run.closed", verdict_of(controller.state))
    # From here on the ledger knows where the journal ends: what is cut off is missed.
    enter_run(controller.folder)


def _simply(kind: str) -> Callable[[Controller, InFlight, Move], None]:
    def record(controller: Controller, attempts: InFlight, move: Move) -> None:
        controller.append(kind, {"reason": move.reason})

    return record


_MOVES: Mapping[str, Callable[[Controller, InFlight, Move], None]] = {
    "start": _start,
    "open": _transition,
    "open-undo": _transition,
    "pass": _transition,
    "fail": _transition,
    "retry": _transition,
    "skip": _transition,
    "withdraw": _transition,
    "late": _transition,
    "overdue": _transition,
    "stop": _stop,
    "evaluate": _evaluate,
    "abort": _abort,
    "ask-abort": _ask_abort,
    "plan-rollback": _plan_rollback,
    "fingerprint": _fingerprint,
    "measure": _measure,
    "live": _simply("run.live"),
    "rolled-back": _simply("run.rolled_back"),
    "block": _simply("run.rollback_blocked"),
    "close": _close,
}
