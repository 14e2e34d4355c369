"""golive load: put one load profile on a system, as a run of its own."""

from __future__ import annotations

import json
import sys

import click

from golive.cli.options import env_option, lang_option, project_here
from golive.cli.watching import say_problems
from golive.contracts import Environment
from golive.errors import SpecError
from golive.load.definition import Profile, read_profiles
from golive.outcome import outcome_to_json
from golive.project import Project
from golive.report.words import say
from golive.run.alone import run_alone
from golive.run.preflight import check_task, missing_secrets
from golive.runbook.definition import Task

__all__ = ["load"]

_PROFILES = "load/profiles.yaml"


@click.group()
def load() -> None:
    """Put load on a system and judge it by its objectives."""


@load.command("run")
@click.argument("profile")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@env_option
@lang_option
def run_command(profile: str, environment: str, lang: str | None, *, as_json: bool) -> None:
    """Run one profile of load/profiles.yaml, with journal and evidence."""
    project = project_here(environment, lang)
    language = project.language.value
    acting = project.resolve(environment)
    found = _profile(project, profile)
    task = Task(id=f"LOAD-{profile}", kind="load", title=found.title or profile, profile=profile)
    _check(project, acting, task)
    if not as_json:
        click.echo(
            say(
                language,
                f"{found.title or profile}: up to {found.users} users for {found.seconds} s",
                f"{found.title_zh or profile}：最多 {found.users} 个用户，{found.seconds} 秒",
            )
        )
    outcome, run = run_alone(project, acting, task)
    if as_json:
        click.echo(json.dumps(outcome_to_json(outcome) | {"run": run}, ensure_ascii=False))
    else:
        click.echo(f"{outcome.status}: {outcome.summary}")
        click.echo(f"{say(language, 'record', '记录')}: reports/runs/{run}")
    sys.exit(int(outcome.status.exit_code))


def _profile(project: Project, name: str) -> Profile:
    known = read_profiles(project.root / _PROFILES, shown_as=_PROFILES).profiles
    if name not in known:
        raise SpecError.of(
            f"profile '{name}'", "is not in the file", path=_PROFILES,
            hint=f"known: {', '.join(known)}",
        )  # fmt: skip
    return known[name]


def _check(project: Project, environment: Environment, task: Task) -> None:
    say_problems((*missing_secrets(project, environment), *check_task(project, environment, task)))
