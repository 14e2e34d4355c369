"""Read runbook, team and rehearsal files, and the digests of every file their tasks name."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from golive.errors import Problem, SpecError
from golive.runbook.definition import Body, Rehearsal, Runbook, Task, Team
from golive.runbook.lint import lint_runbook, lint_team
from golive.runbook.loaded import Loaded
from golive.runbook.planning import make_plan
from golive.runbook.review import review
from golive.specfile import SpecDocument, build, read_yaml

__all__ = ["Loaded", "file_digests", "load_rehearsal", "load_runbook", "named_files"]

#: What every scenario may use.
_WITH_SCENARIOS = ("steps", "conftest.py")
#: A playbook may run any role or script beside it, so all of them count.
_BESIDE = ("cutover_playbooks/roles", "cutover_playbooks/migration", "cutover_playbooks/files")


def load_runbook(root: Path, path: str) -> Loaded:
    """Read and lint a runbook and its team. Raise SpecError with every problem at once."""
    document = read_yaml(root / path, shown_as=path)
    runbook = build(Runbook, document)
    team_document = read_yaml(root / runbook.team, shown_as=runbook.team)
    team = build(Team, team_document)
    problems = [
        *lint_team(team, team_document),
        *lint_runbook(runbook, team, document),
        *_missing_files(root, runbook, document),
    ]
    errors = [problem for problem in problems if not problem.warning]
    if errors:
        raise SpecError(*errors)
    loaded = Loaded(
        runbook=runbook, team=team, warnings=(), digests=file_digests(root, runbook)
    )  # fmt: skip
    # Only what is well written can be scheduled; what the schedule says is part of the same lint.
    problems += review(make_plan(loaded, mode="live"), document)
    errors = [problem for problem in problems if not problem.warning]
    if errors:
        raise SpecError(*errors)
    return replace(loaded, warnings=tuple(problem for problem in problems if problem.warning))


def load_rehearsal(root: Path, path: str) -> tuple[Rehearsal, SpecDocument]:
    """Read a rehearsal definition. Raise SpecError when it is wrong."""
    document = read_yaml(root / path, shown_as=path)
    return build(Rehearsal, document), document


def named_files(bodies: Iterable[Body]) -> Iterator[str]:
    """Yield the workspace-relative files and folders the bodies name, roles included."""
    for body in bodies:
        if body.playbook:
            yield body.playbook
            yield from _BESIDE
        if body.kind == "uat":
            yield body.features or "features"
            yield from _WITH_SCENARIOS
        if body.profile:
            yield "load"
        if body.comparison:
            yield body.comparison
        if body.notice:
            yield body.notice
        for word in body.argv:
            if re.search(r"\.(py|sh|sql|yml|yaml|j2)$", word) and not word.startswith("/"):
                yield word


def _bodies(task: Task) -> Iterator[Body]:
    waited = task.until.probe if task.until is not None else None
    for body in (task.body(), task.probe, task.restore, waited):
        if body is not None:
            yield body
    if isinstance(task.undo, Body):
        yield task.undo


def file_digests(root: Path, runbook: Runbook) -> dict[str, str]:
    """Return path -> SHA-256 for every file the tasks name; folders are walked, caches left out."""
    named = {name for task in runbook.tasks for name in named_files(_bodies(task))}
    digests: dict[str, str] = {}
    for name in sorted(named):
        place = root / name
        files = sorted(place.rglob("*")) if place.is_dir() else [place]
        for file in files:
            if file.is_file() and "__pycache__" not in file.parts:
                relative = file.relative_to(root).as_posix()
                digests[relative] = hashlib.sha256(file.read_bytes()).hexdigest()
    return digests


def _missing_files(root: Path, runbook: Runbook, document: SpecDocument) -> Iterator[Problem]:
    for index, task in enumerate(runbook.tasks):
        for name in dict.fromkeys(named_files(_bodies(task))):
            if Path(name).is_absolute() or ".." in Path(name).parts:
                yield Problem(
                    subject=f"task '{task.id}'",
                    message=f"names '{name}', which is outside the workspace",
                    path=document.path,
                    line=_line_of(document, ("tasks", index), name),
                    hint="put the file into the workspace and name it from its root",
                )
            elif name not in (*_BESIDE, *_WITH_SCENARIOS) and not (root / name).exists():
                yield Problem(
                    subject=f"task '{task.id}'",
                    message=f"names '{name}', which does not exist",
                    path=document.path,
                    line=_line_of(document, ("tasks", index), name),
                    hint="correct the name or add the file",
                )


def _line_of(document: SpecDocument, place: tuple[str | int, ...], value: str) -> int:
    """Return the line inside ``place`` on which ``value`` stands, else the line of the place."""
    for candidate, line in document.lines.items():
        if candidate[: len(place)] == place and _at(document.data, candidate) == value:
            return line
    return document.line(place)


def _at(data: Any, place: tuple[str | int, ...]) -> Any:
    for step in place:
        data = data[step]
    return data
