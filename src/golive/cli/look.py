"""golive status and verify: commands that only look at runs."""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime

import click

from golive.cli.options import env_option, lang_option, project_here, run_folder
from golive.errors import ExitCode
from golive.record.anchors import known_heads
from golive.record.evidence import EvidenceStore
from golive.record.runs import verify_run
from golive.report.status import status_screen
from golive.report.status_data import status_data
from golive.run.opening import read_run

__all__ = ["status", "verify"]


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
    store = EvidenceStore(project.reports / "evidence")
    problems = verify_run(folder, store, known=known_heads(folder))
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
