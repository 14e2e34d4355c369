"""What lives on of attempts that are over: never taken for gone, and ended where a person says so.

Left behind are processes of an attempt that was lost, and of one that was ended with survivors.
Where they are found and how they are ended is the caller's: both are given the task and the number
of an attempt, and return the numbers of the processes that (still) live.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from golive.run.control import Controller
from golive.run.runstate import RunState
from golive.runbook.lifecycle import TaskState

__all__ = ["Look", "LookFar", "end_all", "end_asked", "end_far", "living"]

#: (task, number of the attempt) -> its processes that live.
Look = Callable[[str, str], tuple[int, ...]]
#: (task, number of the attempt) -> a sentence for each other machine its work may go on on.
LookFar = Callable[[str, str], tuple[str, ...]]


def living(state: RunState, task: str, find: Look) -> tuple[int, ...]:
    """Return the processes that still live of a task's attempts that are over."""
    return tuple(pid for number in _left_behind(state, task) for pid in find(task, number))


def end_all(state: RunState, end: Look) -> tuple[str, ...]:
    """End what was left behind; return the tasks of which processes survive."""
    return tuple(
        item.task for item in state.attempts if item.left_behind and end(item.task, item.number)
    )


def end_far(state: RunState, task: str, end: LookFar) -> tuple[str, ...]:
    """End a task's work on other machines; return a sentence for each it may go on on.

    Attempts that go on with the same work carry the same mark, so the newest is asked.
    """
    if not state.progress.of(task).elsewhere:
        return ()
    mine = [item for item in state.attempts if item.task == task and item.role != "probe"]
    return end(task, mine[-1].number) if mine else ()


def end_asked(controller: Controller, end: Look, far: LookFar = lambda task, number: ()) -> None:
    """End what was left behind of tasks a person said stop to; record the proof, or what remains.

    One try for each time it is said: what cannot be ended would hold up the night.
    """
    state = controller.state
    for task, found in state.progress.tasks.items():
        if found.state is not TaskState.UNKNOWN or not found.stop_asked:
            continue
        left = sorted(pid for number in _left_behind(state, task) for pid in end(task, number))
        away = end_far(state, task, far)
        verb, reason = "cleared", "nothing of it runs any more; whether it was done is unknown"
        if left or away:
            verb = "remains"
            reason = "; ".join([*([_remains(left)] if left else []), *away])
        controller.append("task.moved", {"task": task, "verb": verb, "reason": reason, "role": ""})


def _left_behind(state: RunState, task: str) -> Iterator[str]:
    return (item.number for item in state.attempts if item.task == task and item.left_behind)


def _remains(left: list[int]) -> str:
    pids = ", ".join(map(str, left))
    return f"{len(left)} of its processes could not be ended and live on: {pids}"
