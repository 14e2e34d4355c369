"""golive resume, rollback, status and verify: commands over runs that exist."""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime

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
from golive.errors import ExitCode
from golive.project import Project
from golive.record.evidence import EvidenceStore
from golive.record.runs import verify_run
from golive.report.status import status_data, status_screen
from golive.run.control import take_control
from golive.run.executor import execute
from golive.run.opening import environment_of, read_plan, read_run
from golive.run.operate import abort_run, open_desk

__all__ = ["resume", "rollback", "status", "verify"]


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
    sys.exit(_carry_on(project, folder.name))


@click.command()
@click.argument("run", default="")
@click.option("--watch", is_flag=True, help="Show it again every second until the run is closed.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@env_option
@lang_option
def status(run: str, environment: str, lang: str | None, *, watch: bool, as_json: bool) -> None:
    """Show one screen: the next action, and until when the night can still be turned back."""
    project = project_here(environment, lang)
    folder = run_folder(project, run)
    while True:
        state, now = read_run(folder), datetime.now(UTC)
        if as_json:
            click.echo(json.dumps(status_data(state, now), ensure_ascii=False, indent=1))
        else:
            if watch and sys.stdout.isatty():
                click.clear()
            click.echo(status_screen(state, now, project.language.value))
        if not watch or state.closed:
            return
        time.sleep(1)


@click.command()
@click.argument("run", default="")
@env_option
@lang_option
def verify(run: str, environment: str, lang: str | None) -> None:
    """Check a run's journal, plan and evidence, byte by byte."""
    project = project_here(environment, lang)
    folder = run_folder(project, run)
    problems = verify_run(folder, EvidenceStore(project.reports / "evidence"))
    for problem in problems:
        click.echo(str(problem), err=True)
    if problems:
        sys.exit(int(ExitCode.FAILED))
    state = read_run(folder)
    click.echo(f"run '{folder.name}' is intact: {state.head} records, head {state.head_hash}")
    click.echo(
        "This shows later edits only if the head hash was kept elsewhere, e.g. on the signed page."
        if project.language.value == "en"
        else "只有当链头哈希另有留存（例如印在签字页上）时，才能证明事后没有改动。"
    )
