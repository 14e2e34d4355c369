"""What people do to a whole run: pause, hold a stream, turn back, hand over, tell, close.

Each goes through :class:`golive.run.operate.Desk`: guarded, compared with the newest record, and
appended. A refused action says what is allowed now.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from golive.errors import Refused
from golive.record.anchors import enter_run
from golive.run.operate import Desk, refuse_closed
from golive.run.state import RunState
from golive.run.verdict import verdict_of
from golive.runbook.lifecycle import SATISFYING, RunPhase, TaskState
from golive.runbook.moves import waits_for_people
from golive.runbook.partial import narrowed
from golive.runbook.rollback import WayBack, effects_of, past_point_of_no_return, plan_rollback
from golive.runbook.safe_abort import latest_safe_abort

__all__ = [
    "RUN_VERBS",
    "Snapshot",
    "abort_run",
    "accept_shift",
    "broadcast",
    "close_run",
    "hold_stream",
    "note_run",
    "offer_shift",
    "pause_run",
    "snapshot_of",
    "way_back",
]

FORWARD = frozenset({RunPhase.RUNNING, RunPhase.PAUSED})
#: verb -> the phases it is allowed in.
RUN_VERBS: Mapping[str, frozenset[RunPhase]] = {
    "pause": frozenset({RunPhase.RUNNING}),
    "continue": frozenset({RunPhase.PAUSED}),
    "hold-stream": FORWARD,
    "abort": FORWARD,
    "close": frozenset({RunPhase.PAUSED, RunPhase.ROLLBACK_BLOCKED}),
    "fix-forward": FORWARD,
    "note": frozenset(RunPhase),
    "broadcast": frozenset(RunPhase) - {RunPhase.CLOSED},
    "handover": frozenset(RunPhase) - {RunPhase.CLOSED},
}


def _guard(state: RunState, verb: str) -> None:
    """Raise Refused when a verb does not fit the run's phase, saying which do."""
    refuse_closed(state)
    phase = state.progress.phase
    if phase not in RUN_VERBS[verb]:
        now = ", ".join(name for name, phases in RUN_VERBS.items() if phase in phases)
        raise Refused.of(
            f"run '{state.run}'", f"is {phase}, so it cannot {verb}", hint=f"allowed now: {now}"
        )


def pause_run(desk: Desk, *, paused: bool, reason: str = "") -> RunState:
    """Stop new starts, or allow them again. What is in flight goes on."""

    def decide(state: RunState) -> Mapping[str, Any]:
        _guard(state, "pause" if paused else "continue")
        return {"reason": reason}

    return desk.append("run.paused" if paused else "run.continued", decide)


def hold_stream(desk: Desk, stream: str, *, held: bool, reason: str = "") -> RunState:
    """Keep one stream's tasks from starting, or let them start again."""

    def decide(state: RunState) -> Mapping[str, Any]:
        _guard(state, "hold-stream")
        streams = {task.stream for task in state.plan.runbook.tasks}
        subject = f"stream '{stream}'"
        if stream not in streams:
            raise Refused.of(subject, "is not in this plan", hint=f"known: {', '.join(streams)}")
        if held == (stream in state.progress.held_streams):
            word = "is held already" if held else "is not held"
            raise Refused.of(subject, word, hint=f"see golive status {state.run}")
        if held and not reason:
            raise Refused.of(subject, "hold-stream needs a reason", hint="add --reason")
        return {"stream": stream, "reason": reason}

    return desk.append("run.stream_held" if held else "run.stream_released", decide)


def way_back(state: RunState, to: str = "") -> WayBack:
    """Return what a rollback would do now: all the way, or back to a checkpoint.

    Raise Refused for a checkpoint that is not there or was not taken.
    """
    if to:
        _check_checkpoint(state, to)
    progress = replace(state.progress, abort_to=to)
    return plan_rollback(*narrowed(state.plan, progress))


def _check_checkpoint(state: RunState, to: str) -> None:
    taken = [
        task.id
        for task in state.plan.runbook.tasks
        if task.kind == "checkpoint" and state.progress.of(task.id).state is TaskState.DONE
    ]
    if to not in taken:
        raise Refused.of(
            f"checkpoint '{to}'",
            "was not taken in this run",
            hint=f"taken: {', '.join(taken) or 'none'}",
        )


def abort_run(desk: Desk, reason: str, *, to: str = "") -> RunState:
    """Open the way back, all the way or to a checkpoint.

    Raise Refused past the point of no return, when already on the way, and in a live run without
    a second person.
    """

    def decide(state: RunState) -> Mapping[str, Any]:
        refuse_closed(state)
        lost = past_point_of_no_return(state.plan, state.progress)
        if lost:
            raise Refused.of(
                f"run '{state.run}'",
                f"is past its point of no return: {', '.join(lost)}",
                hint="fix forward",
            )
        if state.progress.phase not in FORWARD:
            raise Refused.of(
                f"run '{state.run}'", f"is already {state.progress.phase}", hint="let it go on"
            )
        if not reason:
            raise Refused.of(f"run '{state.run}'", "abort needs a reason", hint="add --reason")
        desk.check_second(state)
        if state.environment.get("kind") == "live" and not desk.second:
            raise Refused.of(
                f"run '{state.run}'",
                "is live, so abort needs a second person",
                hint="add --with PERSON",
            )
        if to:
            _check_checkpoint(state, to)
        second = {"second": dict(desk.second)} if desk.second else {}
        return {"reason": reason, **({"to": to} if to else {}), **second}

    return desk.append("run.aborting", decide)


def close_run(desk: Desk, reason: str) -> RunState:
    """Close a run that will not go on: paused, or its rollback blocked, with nothing in flight.

    What it leaves behind is named in its verdict. Needs a reason and a second person.
    """

    def decide(state: RunState) -> Mapping[str, Any]:
        _guard(state, "close")
        subject = f"run '{state.run}'"
        if state.in_flight():
            flying = ", ".join(task for task, _ in state.in_flight())
            raise Refused.of(subject, f"still works on {flying}", hint="stop it first")
        if not reason:
            raise Refused.of(subject, "close needs a reason", hint="add --reason")
        if not desk.second or desk.second["person"] == desk.actor.person:
            raise Refused.of(subject, "close needs a second person", hint="add --with PERSON")
        desk.check_second(state)
        left = [task.id for task in effects_of(state.plan, state.progress)]
        found = verdict_of(state)
        words = [f"closed by {desk.actor.person}: {reason}"]
        words += [f"{name}: its effects are left as they are" for name in left]
        code, verdict = found["exit"] or 4, found["verdict"]
        return {
            "exit": code,
            "verdict": verdict if found["exit"] else "stopped",
            "reasons": [*found["reasons"], *words],
            "left": left,
            "second": dict(desk.second),
        }

    state = desk.append("run.closed", decide)
    enter_run(desk.folder)
    return state


def note_run(
    desk: Desk, text: str, *, severity: str = "", happened: datetime | None = None, answers: int = 0
) -> RunState:
    """Write one line into the night's log.

    ``happened`` is the true time of a late entry, ``answers`` the number of the incident it
    answers: its timer stops. Raise Refused for a note without words or an incident not there.
    """

    def decide(state: RunState) -> Mapping[str, Any]:
        if not text:
            raise Refused.of(f"run '{state.run}'", "a note needs words", hint="add them")
        open_ones = [str(n) for n, note in enumerate(state.notes, 1) if note.severity]
        if answers and str(answers) not in open_ones:
            raise Refused.of(
                f"incident {answers}",
                "is not there",
                hint=f"known: {', '.join(open_ones) or 'none'}",
            )
        late = {"happened": happened.isoformat()} if happened else {}
        return {
            "text": text,
            "severity": severity,
            **late,
            **({"answers": answers} if answers else {}),
        }

    return desk.append("run.noted", decide)


def broadcast(desk: Desk, text: str, to: tuple[str, ...]) -> RunState:
    """Record a message to roles. The record it names is a witness of the journal elsewhere."""

    def decide(state: RunState) -> Mapping[str, Any]:
        _guard(state, "broadcast")
        unknown = [role for role in to if role not in state.plan.team.roles]
        if not text or not to or unknown:
            raise Refused.of(
                f"run '{state.run}'",
                f"knows no role '{unknown[0]}'" if unknown else "a broadcast needs words and --to",
                hint=f"roles: {', '.join(state.plan.team.roles)}",
            )
        return {"text": text, "to": list(to), "head": state.head, "head_hash": state.head_hash}

    return desk.append("run.broadcast", decide)


# --- hand-over of a shift ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What the person who takes over must have understood, and reads back."""

    #: The one thing that waits for a person first; ``-`` for nothing.
    next: str
    #: Latest safe abort as ``HH:MM`` in the runbook's zone, ``-`` past the point of no return.
    lsat: str
    done: int
    total: int
    running: tuple[str, ...]
    asks: tuple[str, ...]


def snapshot_of(state: RunState, now: datetime) -> Snapshot:
    """Return the run as one hands it over."""
    plan, progress = state.plan, state.progress
    asks = waits_for_people(plan, progress)
    past = past_point_of_no_return(plan, progress)
    lsat = latest_safe_abort(plan, progress, now).at.astimezone(ZoneInfo(plan.runbook.zone))
    return Snapshot(
        next=asks[0] if asks else "-",
        lsat="-" if past else f"{lsat:%H:%M}",
        done=sum(progress.of(task.id).state in SATISFYING for task in plan.tasks_to_do),
        total=len(plan.tasks_to_do),
        running=tuple(task for task, _ in state.in_flight()),
        asks=asks,
    )


def offer_shift(desk: Desk, post: str, to: str, now: datetime) -> RunState:
    """Offer a post to the next person, with the run as it stands. They read it back to take it."""

    def decide(state: RunState) -> Mapping[str, Any]:
        _guard(state, "handover")
        if to not in state.plan.team.people or to == desk.actor.person:
            raise Refused.of(
                f"post '{post}'",
                f"cannot be handed over to '{to}'",
                hint=f"add --to: {', '.join(state.plan.team.people)}",
            )
        posts = {shift.post for shift in state.plan.team.shifts if shift.post}
        if posts and post not in posts:
            raise Refused.of(
                f"post '{post}'", "is in no shift", hint=f"posts: {', '.join(sorted(posts))}"
            )
        seen = snapshot_of(state, now)
        return {
            "post": post, "to": to, "next": seen.next, "lsat": seen.lsat, "done": seen.done,
            "total": seen.total, "running": list(seen.running), "asks": list(seen.asks),
        }  # fmt: skip

    return desk.append("shift.offered", decide)


def accept_shift(desk: Desk, post: str, read_back: str, now: datetime) -> RunState:
    """Take a post over by reading back what comes next and the latest safe abort.

    ``read_back`` is ``NEXT LSAT`` as the run stands now, e.g. ``SIGN-DATA 18:25`` or ``- 18:25``.
    Raise Refused when it was not offered to this person, or what is read back is not so.
    """

    def decide(state: RunState) -> Mapping[str, Any]:
        _guard(state, "handover")
        subject = f"post '{post}'"
        if state.offered.get(post) != desk.actor.person:
            raise Refused.of(
                subject,
                f"was not offered to '{desk.actor.person}'",
                hint="the one who leaves offers it with --to",
            )
        seen = snapshot_of(state, now)
        if tuple(read_back.split()) != (seen.next, seen.lsat):
            raise Refused.of(
                subject,
                f"'{read_back}' is not how the run stands",
                hint=f"look at golive status {state.run}, then read back what is asked first and "
                "the latest safe abort: --read-back 'TASK HH:MM', '-' where there is none",
            )
        return {"post": post, "read_back": read_back}

    return desk.append("shift.accepted", decide)
