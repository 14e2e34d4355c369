"""golive resume and rollback: commands that become the controller of a run that exists."""

from __future__ import annotations

import sys

import click

from golive.cli.options import (
    as_person,
    env_option,
    lang_option,
    person,
    project_here,
    reason_option,
    run_folder,
)
from golive.cli.watching import Teller, closing_words
from golive.project import Project
from golive.run.control import is_controlled, take_control
from golive.run.executor import execute
from golive.run.opening import environment_of, read_plan, read_run
from golive.run.operate import abort_run, open_desk

__all__ = ["resume", "rollback"]


def _carry_on(project: Project, name: str) -> int:
    """Bring a controller back to a run and carry on to its end."""
    folder = run_folder(project, name)
    found = read_run(folder)
    if found.closed:
        click.echo(closing_words(found, project.language.value))
        return int(found.verdict["exit"])
    with take_control(folder, read_plan(folder)) as controller:
        language = project.language.value
        state = execute(controller, project, environment_of(found), watch=Teller(language))
    click.echo(closing_words(state, language))
    return int(state.verdict["exit"])


@click.command()
@click.argument("run", default="")
@env_option
@lang_option
def resume(run: str, environment: str, lang: str | None) -> None:
    """Bring a controller back to a run; it never unpauses one."""
    sys.exit(_carry_on(project_here(environment, lang), run))


@click.command()
@click.argument("run", default="")
@as_person
@reason_option
@env_option
@lang_option
def rollback(run: str, who: str, reason: str, environment: str, lang: str | None) -> None:
    """Abort a run and bring everything back; becomes its controller when it has none."""
    project = project_here(environment, lang)
    folder = run_folder(project, run)
    abort_run(open_desk(folder, person(who)), reason)
    if is_controlled(folder):
        click.echo(f"its controller turns back now; watch it: golive status {folder.name} --watch")
        return
    sys.exit(_carry_on(project, folder.name))
