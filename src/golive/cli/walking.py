"""What a rehearsal that tries every boundary prints, and what it needs of its environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import click

from golive.contracts import Environment
from golive.errors import SetupError
from golive.project import Project
from golive.report.words import say
from golive.run.boundaries import Walk
from golive.run.control import Controller
from golive.run.executor import Choose
from golive.run.forks import forks_of
from golive.runbook.times import show_duration

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
        took = show_duration(timedelta(seconds=result["seconds"]))
        planned = show_duration(timedelta(seconds=result["planned"]))
        label = str(result["label"])
        if result["proven"]:
            click.echo(
                say(
                    language,
                    f"  way back  {label}: as before, {result['steps']} steps in {took} "
                    f"(planned {planned})",
                    f"  回退验证  {label}：与之前一致，{result['steps']} 步，用时 {took}"
                    f"（计划 {planned}）",
                )
            )
            return
        for problem in result["problems"]:
            click.echo(
                say(
                    language,
                    f"  WAY BACK WRONG  {label}: {problem}",
                    f"  回退有误  {label}：{problem}",
                )
            )

    return tell
