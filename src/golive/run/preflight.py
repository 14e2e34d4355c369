"""Ask every engine, before anything starts, what is wrong or missing for the plan's tasks."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from golive.contracts import AttemptId, Context, Environment
from golive.errors import Problem
from golive.outcome import Evidence
from golive.plugins import load_engine
from golive.project import Project
from golive.runbook.definition import Body, Task
from golive.runbook.lifecycle import body_of
from golive.runbook.planning import Plan

__all__ = ["check_task", "looking", "missing_secrets", "preflight"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looking:
    """A context for ``check``: names and places, no secret values, nowhere to write."""

    workspace: Path
    workdir: Path
    environment: Environment
    attempt: AttemptId
    secrets: Mapping[str, str]
    language: str
    dry_run: bool = True

    def say(self, line: str) -> None:
        """Say nothing: a check has no log."""

    def keep(self, path: Path, *, name: str = "", media_type: str = "") -> Evidence:
        """Refuse: a check has no effects."""
        raise PermissionError(f"a check keeps no evidence ({path})")


def preflight(project: Project, environment: Environment, plan: Plan) -> tuple[Problem, ...]:
    """Return every problem the engines see in the plan's tasks, undos, probes and restores."""
    with tempfile.TemporaryDirectory() as folder:
        return tuple(
            problem
            for task, body in _bodies(plan)
            for problem in _check(project, environment, task, body, Path(folder))
        )


@contextmanager
def looking(
    project: Project, environment: Environment, secrets: Mapping[str, str]
) -> Iterator[Context]:
    """Yield a context that has no log, keeps nothing and has nowhere to write for long."""
    with tempfile.TemporaryDirectory() as folder:
        yield _Looking(
            workspace=project.root,
            workdir=Path(folder),
            environment=environment,
            attempt=AttemptId(run="check", task="check", number="check"),
            secrets=secrets,
            language=project.language.value,
        )


def check_task(project: Project, environment: Environment, task: Task) -> tuple[Problem, ...]:
    """Return every problem its engine sees in one task that is run alone."""
    body = task.body()
    if body is None:
        return ()
    with tempfile.TemporaryDirectory() as folder:
        return tuple(_check(project, environment, task.id, body, Path(folder)))


def missing_secrets(project: Project, environment: Environment) -> tuple[Problem, ...]:
    """Return the secrets of an environment that are not where it says they are."""
    return tuple(
        Problem(
            subject=f"secret '{ref.name}'",
            message=f"is not in {f'variable {ref.env}' if ref.env else f'file {ref.file!r}'}",
            hint="put it there before the run",
        )
        for ref in project.secret_refs(environment.name)
        if not (os.environ.get(ref.env) if ref.env else (project.root / ref.file).is_file())
    )


def _bodies(plan: Plan) -> Iterator[tuple[str, Body]]:
    for task in plan.runbook.tasks:
        for role in ("run", "probe", "undo", "restore"):
            body = body_of(plan, task.id, role)
            if body is not None and body.kind != "manual":
                yield task.id, body


def _check(
    project: Project, environment: Environment, task: str, body: Body, folder: Path
) -> Iterator[Problem]:
    context = _Looking(
        workspace=project.root,
        workdir=folder,
        environment=environment,
        attempt=AttemptId(run="check", task=task, number="check"),
        # A check must know which secrets exist, never what they are.
        secrets={ref.name: "(not read)" for ref in project.secret_refs(environment.name)},
        language=project.language.value,
    )
    for problem in load_engine(body.kind).check(body.args(), context):
        subject = f"task '{task}': {problem.subject}" if problem.subject else f"task '{task}'"
        yield Problem(
            subject=subject, message=problem.message, path=problem.path, line=problem.line,
            hint=problem.hint, warning=problem.warning,
        )  # fmt: skip
