"""The demo's simulated people: they press in a run what it asks of them, by the same commands."""

from __future__ import annotations

from pathlib import Path

import click

from golive.cli.demo_desk import Desk
from golive.project import Project
from golive.run.opening import read_run
from golive.run.state import RunState
from golive.runbook.definition import Task
from golive.runbook.lifecycle import TaskState
from golive.runbook.moves import waits_for_people

__all__ = ["take_part"]


def take_part(project: Project, folder: Path, pressed: set[tuple[str, str]]) -> None:
    """Let each simulated person do what the run asks of them, once per state of a task."""
    state = read_run(folder)
    for name in () if state.closed else waits_for_people(state.plan, state.progress):
        task, found = state.plan.task(name), state.progress.of(name)
        key = (name, f"{found.state}{found.attempts}{found.undos}")
        if key in pressed:
            continue
        for words in _presses(state, task):
            # A gate that is not evaluated yet asks for nothing: it is looked at again.
            pressed.add(key)
            click.echo(f"      ({' '.join(words)})")
            Desk(project=project).golive(*words, quiet=True)


def _presses(state: RunState, task: Task) -> list[list[str]]:
    """Return the commands the right people press for a task: they never help a failure along."""
    run, found, roles = state.run, state.progress.of(task.id), state.plan.team.roles
    if task.kind == "gate" and found.state is TaskState.WAITING:
        if task.id not in state.progress.evaluated:
            return []
        choice = "go" if state.progress.evaluated[task.id] else "no-go"
        voters = roles[task.owner].people[: task.quorum]
        seen = ["--reason", "all criteria seen"]
        return [["decide", task.id, choice, "--run", run, "--as", who, *seen] for who in voters]
    if task.kind == "manual" and found.state is TaskState.WAITING:
        return [["task", run, task.id, "complete", "--as", roles[task.owner].people[0]]]
    if found.state is TaskState.VERIFYING:
        return [["task", run, task.id, "verify", "--as", roles[task.verifier].people[0]]]
    lead = roles["lead"].people[0]
    reason = f"{task.id} is {found.state}; the lead turns back"
    return [["run", run, "abort", "--as", lead, "--reason", reason]]
