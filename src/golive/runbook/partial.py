"""A way back that ends at a checkpoint: what lies after it, and how the run stands then; pure.

Tasks before the checkpoint stay done, so that a second attempt can begin there inside the window.
"""

from __future__ import annotations

from dataclasses import replace

from golive.runbook.graph import ancestors
from golive.runbook.lifecycle import Progress, TaskProgress, TaskState, changed
from golive.runbook.planning import Plan

__all__ = ["after_checkpoint", "as_of_checkpoint", "narrowed"]

S = TaskState


def after_checkpoint(plan: Plan, progress: Progress, checkpoint: str) -> frozenset[str]:
    """Return the tasks a return to the checkpoint takes back.

    All that come after it in the plan, all that began after it was taken and touched what it
    covers (a restore takes those back, too), and all that come after one of these.
    """
    before = ancestors(plan.graph)
    taken = progress.of(checkpoint).started
    covers = set(plan.task(checkpoint).covers)
    later = {task.id for task in plan.runbook.tasks if checkpoint in before[task.id]}
    for task in plan.runbook.tasks:
        began = progress.of(task.id).started
        if taken and began and began > taken and covers & set(task.touches):
            later.add(task.id)
    later -= {checkpoint, *before[checkpoint]}
    return frozenset(
        task.id
        for task in plan.runbook.tasks
        if task.id in later or (later & before[task.id] and task.id not in before[checkpoint])
    )


def narrowed(plan: Plan, progress: Progress) -> tuple[Plan, Progress]:
    """Return plan and progress as the way back to ``abort_to`` must see them.

    Only what came after the checkpoint counts. Earlier checkpoints are left out: restoring one
    would take back what shall stay. What need not be undone when the old system is all that
    matters (``undo: none``) must be taken back here where it touched something, for it is done
    again: only a restore can.
    """
    if not progress.abort_to:
        return plan, progress
    later = after_checkpoint(plan, progress, progress.abort_to)
    tasks: dict[str, TaskProgress] = {}
    for task in plan.runbook.tasks:
        found = progress.of(task.id)
        if task.id not in later:
            found = changed(found, touched=False)
            if task.kind == "checkpoint" and task.id != progress.abort_to:
                found = changed(found, state=S.NOT_RUN)
        tasks[task.id] = found
    again = tuple(
        replace(task, undo=None) if task.undo == "none" and task.touches else task
        for task in plan.runbook.tasks
    )
    plan = replace(plan, runbook=replace(plan.runbook, tasks=again))
    return plan, replace(progress, tasks=tasks)


def as_of_checkpoint(plan: Plan, progress: Progress) -> Progress:
    """Return the progress once the way back to ``abort_to`` is done: what came after is due again.

    Attempts, probes and undos keep counting, so that no attempt's folder is ever used twice.
    """
    later = after_checkpoint(plan, progress, progress.abort_to)
    tasks = dict(progress.tasks)
    # Restored, and still there to be restored once more.
    checkpoint = progress.of(progress.abort_to)
    tasks[progress.abort_to] = changed(
        checkpoint, state=S.DONE, role="", reason="", forward=None, forward_reason="", jobs={}
    )
    for name in later:
        found = progress.of(name)
        tasks[name] = TaskProgress(
            attempts=found.attempts, probes=found.probes, undos=found.undos,
            assignee=found.assignee, attached=found.attached,
        )  # fmt: skip
    return replace(
        progress,
        tasks=tasks,
        evaluated={gate: met for gate, met in progress.evaluated.items() if gate not in later},
        decisions=tuple(item for item in progress.decisions if item.gate not in later),
        abort_asked={},
        rollback=None,
        undone=frozenset(),
        abort_to="",
    )
