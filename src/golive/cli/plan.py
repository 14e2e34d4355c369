"""golive plan show: the plan with its times, critical chain and way back."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import click

from golive.cli.amend import amend
from golive.cli.options import env_option, lang_option, project_here
from golive.cli.watching import say_problems
from golive.errors import SpecError
from golive.report.plan_text import plan_data, plan_text
from golive.runbook.loading import load_runbook
from golive.runbook.planning import make_plan
from golive.runbook.times import parse_instant

__all__ = ["plan"]

_DEFAULT = "cutover_playbooks/runbook.yaml"


@click.group()
def plan() -> None:
    """Look at a runbook as a plan."""


@plan.command()
@click.argument("runbook", default=_DEFAULT)
@click.option("--t0", default="", help="Show it shifted to this T0, as a rehearsal would be.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@env_option
@lang_option
def show(runbook: str, t0: str, environment: str, lang: str | None, *, as_json: bool) -> None:
    """Show when each task is planned, what is critical, and how long the way back takes."""
    project = project_here(environment, lang)
    loaded = load_runbook(project.root, Path(runbook).as_posix())
    say_problems(loaded.warnings)
    begins: datetime | None = None
    if t0:
        try:
            begins = parse_instant(t0)
        except ValueError as error:
            raise SpecError.of("--t0", str(error)) from error
    made = make_plan(loaded, mode="rehearsal" if t0 else "live", t0=begins)
    if as_json:
        click.echo(json.dumps(plan_data(made), ensure_ascii=False, indent=1))
    else:
        click.echo(plan_text(made, project.language.value))


plan.add_command(amend)
