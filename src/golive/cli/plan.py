"""golive plan show: the plan with its times, critical chain and way back."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import click

from golive.cli.amend import amend
from golive.cli.options import env_option, lang_option, project_here
from golive.cli.pages import write_pages
from golive.cli.plan_sheet import export_sheet, import_sheet
from golive.cli.watching import say_problems
from golive.errors import SpecError
from golive.project import Project
from golive.report.paper_page import paper_page
from golive.report.plan_page import plan_page
from golive.report.plan_text import plan_data, plan_text
from golive.run.measured import measured_durations
from golive.runbook.loading import load_runbook
from golive.runbook.planning import Plan, make_plan
from golive.runbook.times import parse_instant

__all__ = ["DEFAULT", "plan", "planned"]

DEFAULT = "cutover_playbooks/runbook.yaml"


def planned(
    runbook: str, t0: str, environment: str, lang: str | None, *, abort_at: str = ""
) -> tuple[Project, Plan]:
    """Return the workspace and a runbook's plan, with the times past runs showed."""
    project = project_here(environment, lang)
    loaded = load_runbook(project.root, Path(runbook).as_posix())
    say_problems(loaded.warnings)
    begins: datetime | None = None
    if t0:
        try:
            begins = parse_instant(t0)
        except ValueError as error:
            raise SpecError.of("--t0", str(error)) from error
    measured = measured_durations(project.runs, loaded.runbook)
    made = make_plan(
        loaded, mode="rehearsal" if t0 else "live", t0=begins, abort_at=abort_at, measured=measured
    )
    return project, made


@click.group()
def plan() -> None:
    """Look at a runbook as a plan."""


@plan.command()
@click.argument("runbook", default=DEFAULT)
@click.option("--t0", default="", help="Show it shifted to this T0, as a rehearsal would be.")
@click.option("--html", "page", default="", metavar="FILE", help="Write it as a page, too.")
@click.option("--paper", default="", metavar="FILE", help="Write sheets to print, with tick boxes.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@env_option
@lang_option
def show(
    runbook: str,
    t0: str,
    page: str,
    paper: str,
    environment: str,
    lang: str | None,
    *,
    as_json: bool,
) -> None:
    """Show when each task is planned, what is critical, and how long the way back takes."""
    project, made = planned(runbook, t0, environment, lang)
    for option, name, pages in (("--html", page, plan_page), ("--paper", paper, paper_page)):
        if name:
            write_pages(option, Path(name), pages, made)
    if as_json:
        click.echo(json.dumps(plan_data(made), ensure_ascii=False, indent=1))
    else:
        click.echo(plan_text(made, project.language.value))


plan.add_command(amend)
plan.add_command(export_sheet)
plan.add_command(import_sheet)
