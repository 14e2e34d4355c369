"""golive resume and rollback: commands that become the controller of a run that exists."""

from __future__ import annotations

import sys

import click

from golive.cli.actions import desk_at
from golive.cli.identity import starter
from golive.cli.options import (
    as_person,
    env_option,
    lang_option,
    project_here,
    reason_option,
    run_folder,
    with_person,
)
from golive.cli.watching import Teller, closing_words
from golive.project import Project
from golive.record.anchors import enter_run, known_heads
from golive.record.chain import Actor
from golive.report.words import way_back_words
from golive.run.control import is_controlled, take_control
from golive.run.executor import execute
from golive.run.opening import environment_of, read_plan, read_run
from golive.run.steering import abort_run, way_back

__all__ = ["resume", "rollback"]


def _carry_on(project: Project, name: str, by: Actor | None = None, *, who: str = "") -> int:
    """Bring a controller back to a run and carry on to its end, for a person known or named."""
    folder = run_folder(project, name)
    found = read_run(folder)
    if found.closed:
        if known_heads(folder):
            # A controller that died between its last record and the ledger's.
            enter_run(folder)
        click.echo(closing_words(found, project.language.value))
        return int(found.verdict["exit"])
    if by is None:
        plan, kind = found.plan, str(found.environment.get("kind", ""))
        by = starter(project, who, plan.team, path=plan.runbook.team, kind=kind)
    with take_control(folder, read_plan(folder), by=by) as controller:
        language = project.language.value
        state = execute(controller, project, environment_of(found), watch=Teller(language))
    click.echo(closing_words(state, language))
    return int(state.verdict["exit"])


@click.command()
@click.argument("run", default="")
@as_person
@env_option
@lang_option
def resume(run: str, who: str, environment: str, lang: str | None) -> None:
    """Bring a controller back to a run; it never unpauses one."""
    sys.exit(_carry_on(project_here(environment, lang), run, who=who))


@click.command()
@click.argument("run", default="")
@as_person
@with_person
@reason_option
@click.option("--to", default="", metavar="CHECKPOINT", help="Only back to this checkpoint.")
@click.option("--preview", is_flag=True, help="Show what it would do, and do nothing.")
@env_option
@lang_option
def rollback(
    run: str, who: str, second: str, reason: str, to: str, environment: str, lang: str | None,
    *, preview: bool,
) -> None:  # fmt: skip
    """Abort a run and bring everything back, or back to a checkpoint.

    Becomes the run's controller when it has none.
    """
    project = project_here(environment, lang)
    folder = run_folder(project, run)
    state = read_run(folder)
    click.echo(way_back_words(state, way_back(state, to), to, project.language.value))
    if preview:
        return
    desk = desk_at(project, folder, who, second)
    abort_run(desk, reason, to=to)
    if is_controlled(folder):
        click.echo(f"its controller turns back now; watch it: golive status {folder.name} --watch")
        return
    sys.exit(_carry_on(project, folder.name, desk.actor))
