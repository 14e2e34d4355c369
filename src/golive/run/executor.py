"""Run a plan: the one loop for the first run, a resume and a rollback.

    execute
      take control      lock, fencing token                        (control.py)
      until closed:
        look            what came of the attempts in flight        (inflight.py)
        next_moves      the life cycle says what is next, purely   (runbook/moves.py)
        choose          all of it, unless every boundary is tried  (boundaries.py)
        make_move       one journal record each, and its deed      (moves.py)
        call            who must hear of the latest safe abort     (clock_calls.py)
        pause           for a result, a person, or the clock

The journal is written before a deed (intent) and after it (outcome) and is the only memory: a
controller that dies is replaced by another, which calls ``execute`` again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress

from golive.contracts import Environment
from golive.project import Project
from golive.record.journal import Stale
from golive.run import launching
from golive.run.clock_calls import ClockCalls
from golive.run.control import Controller
from golive.run.inflight import InFlight
from golive.run.moves import make_move
from golive.run.state import RunState
from golive.runbook.lifecycle import body_of
from golive.runbook.moves import Move, next_moves
from golive.runbook.planning import Plan

__all__ = ["Choose", "execute"]

#: Returns which of the next moves are made now.
Choose = Callable[[RunState, tuple[Move, ...]], tuple[Move, ...]]

#: Seconds between looks when nothing happens; a person's action is seen this late at most.
_PAUSE = 0.1
#: How many engines a worker that is kept ready has loaded: more would cost more than they save.
_LOADED = 2


def execute(
    controller: Controller,
    project: Project,
    environment: Environment,
    *,
    watch: Callable[[RunState], None] = lambda state: None,
    pause: Callable[[float], None] = launching.pause,
    choose: Choose = lambda state, moves: moves,
    until: Callable[[RunState], bool] = lambda state: False,
) -> RunState:
    """Run until the run is closed, or ``until`` says so, and return its last state.

    ``watch`` sees the state after every change; ``choose`` returns which of the next moves are
    made. Raise SetupError when the journal cannot be written; the attempts in flight go on and a
    resumed controller finds them.
    """
    attempts = InFlight(
        controller=controller, project=project, environment=environment,
        engines=_often(controller.state.plan),
    )  # fmt: skip
    clock = ClockCalls()
    try:
        while not controller.state.closed and not until(controller.state):
            before = controller.state.head
            try:
                attempts.look()
                state = controller.refresh()
                moves = next_moves(state.plan, state.progress, controller.now())
                for move in choose(state, moves):
                    make_move(controller, attempts, move)
            except Stale:
                # A person was faster: what was next may no longer be. Look again.
                controller.refresh()
            if controller.state.head != before:
                watch(controller.state)
                continue
            with suppress(Stale):
                clock.look(controller)
            if controller.state.head != before:
                watch(controller.state)
            else:
                pause(_PAUSE)
    finally:
        attempts.close()
    return controller.state


def _often(plan: Plan) -> tuple[str, ...]:
    """Return the engines the plan's tasks, probes and ways back need most."""
    roles = ("run", "probe", "undo", "restore")
    bodies = (body_of(plan, task.id, role) for task in plan.runbook.tasks for role in roles)
    kinds = Counter(body.kind for body in bodies if body is not None)
    return tuple(kind for kind, _ in kinds.most_common(_LOADED))
