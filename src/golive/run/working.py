"""The tasks and attempts of a state while one fold goes on: changed in place, then given out.

A record changes one task of hundreds and one attempt of thousands. Copying them all for each record
would make a journal's cost grow with its square; what a fold opens here is its own until it ends.
Nobody else sees it before, so that a state anybody holds never changes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from golive.run.runstate import Attempt, RunState
from golive.runbook.lifecycle import TaskProgress

__all__ = ["begin", "end", "with_attempt", "with_ended", "with_task"]


class _Tasks(dict[str, TaskProgress]):
    """The tasks of one fold; ``open`` until it ends."""

    __slots__ = ("open",)
    open: bool


def begin(state: RunState) -> RunState:
    """Return the same state with tasks and attempts of its own, for the handlers of one fold."""
    tasks = _own(state)
    attempts = cast("tuple[Attempt, ...]", list(state.attempts))
    return replace(state, attempts=attempts, progress=replace(state.progress, tasks=tasks))


def end(state: RunState, **changes: Any) -> RunState:
    """Return the state as everybody may hold it: nothing changes it any more."""
    if isinstance(state.progress.tasks, _Tasks):
        state.progress.tasks.open = False
    return replace(state, attempts=tuple(state.attempts), **changes)


def with_task(state: RunState, name: str, found: TaskProgress) -> RunState:
    """Return the state with one task's progress changed."""
    tasks = state.progress.tasks
    if isinstance(tasks, _Tasks) and tasks.open:
        tasks[name] = found
        return state
    tasks = _own(state)
    tasks[name] = found
    return replace(state, progress=replace(state.progress, tasks=tasks))


def with_attempt(state: RunState, attempt: Attempt) -> RunState:
    """Return the state with one more attempt."""
    if isinstance(state.attempts, list):
        state.attempts.append(attempt)
        return state
    return replace(state, attempts=(*state.attempts, attempt))


def with_ended(state: RunState, name: str, number: str, **changes: Any) -> RunState:
    """Return the state with the attempt in flight of this name and number ended."""
    kept = cast("list[Attempt]", state.attempts)
    if not isinstance(kept, list):
        kept = list(state.attempts)
        state = replace(state, attempts=cast("tuple[Attempt, ...]", kept))
    # The newest are last, and what is in flight is new.
    for place in range(len(kept) - 1, -1, -1):
        item = kept[place]
        if item.number == number and item.task == name and item.ended is None:
            kept[place] = Attempt(name, number, item.role, item.started, **changes)
            break
    return state


def _own(state: RunState) -> _Tasks:
    tasks = _Tasks(state.progress.tasks)
    tasks.open = True
    return tasks
