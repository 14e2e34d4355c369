"""golive compare: hold the old system against the new, and follow the days of a dual run."""

from __future__ import annotations

import json
import sys
from datetime import UTC, date, datetime

import click

from golive.cli.differences import REGISTER, accept_command, comparison_path, explain_command
from golive.cli.options import env_option, lang_option, project_here
from golive.compare.cycles import CycleDay, Standing, standing
from golive.compare.definition import Comparison
from golive.compare.history import cycle_runs
from golive.compare.reading import read_comparison
from golive.compare.register import read_register
from golive.errors import Refused
from golive.outcome import Outcome, outcome_to_json
from golive.project import Project
from golive.run.alone import run_alone
from golive.runbook.definition import Task

__all__ = ["compare_group"]

#: Days of the dual run shown; all of them are in ``--json``.
_SHOWN_DAYS = 15


@click.group("compare")
def compare_group() -> None:
    """Compare the old system with the new, value by value."""


compare_group.add_command(accept_command)
compare_group.add_command(explain_command)


@compare_group.command("run")
@click.argument("spec")
@click.option("--cycle", default="", metavar="DATE", help="The business day of a dual run.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@env_option
@lang_option
def run_command(
    spec: str, cycle: str, environment: str, lang: str | None, *, as_json: bool
) -> None:
    """Compare both systems by a file of cutover_playbooks/comparisons, named or by its path."""
    project = project_here(environment, lang)
    path = comparison_path(project, spec)
    comparison = read_comparison(project.root / path, shown_as=path)
    _refuse_other_days(cycle)
    task = Task(
        id=comparison.id, kind="compare", title=comparison.title, comparison=path, cycle=cycle
    )
    acting = project.resolve(environment)
    outcome, run = run_alone(project, acting, task, tell=lambda line: click.echo(line, err=True))
    found = _dual_run(project, comparison, acting.name) if cycle else None
    if as_json:
        data = outcome_to_json(outcome) | {"run": run, "cycle": cycle}
        data |= {"dual_run": found.to_json()} if found else {}
        click.echo(json.dumps(data, ensure_ascii=False, indent=1))
    else:
        _say(outcome, run, found, project.language.value)
    sys.exit(int(outcome.status.exit_code))


def _refuse_other_days(cycle: str) -> None:
    try:
        good = not cycle or date.fromisoformat(cycle).isoformat() == cycle
    except ValueError:
        good = False
    if not good:
        raise Refused.of("--cycle", f"'{cycle}' is not a day", hint="write it as 2026-11-30")


def _dual_run(project: Project, comparison: Comparison, environment: str) -> Standing:
    return standing(
        comparison.cycles,
        cycle_runs(project.reports, comparison.id, environment=environment),
        today=datetime.now(UTC).date(),
        neutral=read_register(project.root / REGISTER).register.changes(comparison.id),
    )


_STATUS_ZH = {"passed": "通过", "failed": "不一致", "broken": "无法判断", "skipped": "未执行"}


def _say(outcome: Outcome, run: str, found: Standing | None, language: str) -> None:
    zh = language == "zh"
    word = _STATUS_ZH[outcome.status] if zh else outcome.status.value
    click.echo(f"{word}{'：' if zh else ': '}{outcome.summary}")
    if found:
        for day in found.days[-_SHOWN_DAYS:]:
            click.echo(f"  {_day_line(day, language)}")
        click.echo(found.sentence(language))
    click.echo(f"{'记录' if zh else 'record'}: reports/runs/{run}")


_DAY_ZH = {
    "clean": "无差异", "failed": "有差异", "broken": "无法判断", "missing": "未比对",
    "pending": "待比对",
}  # fmt: skip


def _day_line(day: CycleDay, language: str) -> str:
    """Return one line of the trend."""
    zh = language == "zh"
    state = _DAY_ZH[day.state] if zh else day.state.value
    note = (
        ("（比对依据已变更，重新计数）" if zh else " (judged otherwise, restarted)")
        if day.restarted
        else ""
    )
    count = (
        (f"，未解释 {day.open:,} 项" if zh else f", {day.open:,} unexplained") if day.open else ""
    )
    if day.open and day.open_amount:
        count += f"，金额 {day.open_amount}" if zh else f", amount {day.open_amount}"
    return f"{day.day}  {state}{count}{note}"
