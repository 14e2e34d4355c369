"""What a rehearsal that tries every boundary prints, and what it needs of its environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import click

from golive.contracts import Environment
from golive.errors import SetupError
from golive.project import Project
from golive.report.boundary_words import boundary_lines
from golive.run.boundaries import Walk
from golive.run.control import Controller
from golive.run.executor import Choose
from golive.run.forks import forks_of

__all__ = ["EACH", "chooser"]

#: What ``--abort-at`` says to try every boundary.
EACH = "each"


def chooser(
    controller: Controller, project: Project, environment: Environment, *, each: bool
) -> Choose:
    """Return what chooses a rehearsal's moves: all of them, or the walk along every boundary.

    Raise SetupError when every boundary shall be tried and the systems cannot be copied.
    """
    if not each:
        return lambda state, moves: moves
    forks = forks_of(project, environment)
    if forks is None:
        raise SetupError.of(
            f"environment '{environment.name}'",
            "does not say how its systems are saved and put back",
            path="pyproject.toml",
            hint=f"add [tool.golive.environments.{environment.name}.fork] with save and restore",
        )
    return Walk(
        controller=controller,
        project=project,
        environment=environment,
        forks=forks,
        tell=_teller(project.language.value),
    ).choose


def _teller(language: str) -> Callable[[Mapping[str, Any]], None]:
    def tell(result: Mapping[str, Any]) -> None:
        for line in boundary_lines(result, language):
            click.echo(line)

    return tell
