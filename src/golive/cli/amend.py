"""golive plan amend: show what an amended runbook would do to a run, and go on by it."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from golive.cli.actions import desk_at
from golive.cli.options import (
    as_person,
    env_option,
    lang_option,
    project_here,
    reason_option,
    run_folder,
    with_person,
)
from golive.cli.watching import say_problems
from golive.report.amendment_text import amendment_text
from golive.report.words import say
from golive.run.amending import amend_run, propose
from golive.run.opening import environment_of, read_run
from golive.run.preflight import preflight

__all__ = ["amend"]


@click.command()
@click.argument("run")
@click.argument("file", type=click.Path())
@click.option("--apply", "applied", is_flag=True, help="Go on by it; without, only show it.")
@as_person
@with_person
@reason_option
@env_option
@lang_option
def amend(
    run: str, file: str, who: str, second: str, reason: str, environment: str, lang: str | None,
    *, applied: bool,
) -> None:  # fmt: skip
    """Show what an amended runbook changes in a run that is going on; --apply goes on by it.

    Only tasks that have not begun may change. A second person has reviewed it: --with.
    """
    project = project_here(environment, lang)
    folder = run_folder(project, run)
    state = read_run(folder)
    found = propose(project, state, file, datetime.now(UTC))
    click.echo(amendment_text(found, project.language.value))
    say_problems((*found.problems, *preflight(project, environment_of(state), found.plan)))
    if not applied:
        click.echo(say(project.language.value, "nothing changed yet: --apply", "尚未生效：--apply"))
        return
    amend_run(desk_at(project, folder, who, second), found, reason)
    click.echo(say(project.language.value, "the run goes on by it", "运行已改用新计划"))
