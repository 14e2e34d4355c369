"""golive check: everything wrong with the workspace before anything runs, with no target needed."""

from __future__ import annotations

import sys

import click

from golive.cli.options import env_option, lang_option, project_here
from golive.contracts import Environment, Target
from golive.errors import ExitCode, GoliveError, Problem
from golive.project import Project
from golive.run.preflight import preflight
from golive.runbook.loading import load_rehearsal, load_runbook
from golive.runbook.planning import make_plan
from golive.runbook.rehearsing import check_rehearsal
from golive.uat.gherkin import read_feature
from golive.uat.lint import scenario_problems
from golive.uat.phrases import load_phrasebook

__all__ = ["check"]

#: Stands for the address of a target that need not be running to be checked.
_SOMEWHERE = "http://127.0.0.1"


@click.command()
@click.option("--settings", is_flag=True, help="Show each setting and where it comes from.")
@env_option
@lang_option
def check(environment: str, lang: str | None, *, settings: bool) -> None:
    """Check runbooks, rehearsals, playbooks, features, comparisons and profiles."""
    project = project_here(environment, lang)
    if settings:
        for name, setting in project.settings():
            click.echo(f"{name} = {setting.value}  ({setting.source})")
    problems = [*_runbooks(project), *_features(project)]
    for problem in dict.fromkeys(map(str, problems)):
        click.echo(problem, err=True)
    errors = [problem for problem in problems if not problem.warning]
    if errors:
        sys.exit(int(ExitCode.REFUSED))
    click.echo("nothing is wrong" if project.language.value == "en" else "检查通过，没有发现问题")


def _runbooks(project: Project) -> list[Problem]:
    """Return the problems of every rehearsal, its runbook, and the engines' view of their tasks."""
    found: list[Problem] = []
    rehearsals = sorted((project.root / "rehearsals").glob("*.yaml"))
    for path in rehearsals:
        try:
            found += _rehearsal(project, path.relative_to(project.root).as_posix())
        except GoliveError as error:
            found += error.problems
    if not rehearsals:
        found.append(
            Problem(subject="rehearsals/", message="holds no rehearsal", hint="add one .yaml file")
        )
    return found


def _rehearsal(project: Project, name: str) -> list[Problem]:
    rehearsal, document = load_rehearsal(project.root, name)
    loaded = load_runbook(project.root, rehearsal.runbook)
    check_rehearsal(rehearsal, loaded, document)
    plan = make_plan(loaded, mode="rehearsal", drills=rehearsal.drills)
    raw = project.raw_environment(rehearsal.environment)
    # No target needs to be there: the environment as written, not as running.
    environment = Environment(
        name=rehearsal.environment,
        kind=str(raw.get("kind", "test")),
        targets={
            name: Target(name=name, url=_SOMEWHERE, database="sqlite://")
            for name in raw.get("targets", {})
        },
        facts={"inventory": str(raw["inventory"])} if "inventory" in raw else {},
    )
    return [*loaded.warnings, *preflight(project, environment, plan)]


def _features(project: Project) -> list[Problem]:
    """Return what the reader of features finds wrong, file by file."""
    language = project.language.value
    book = load_phrasebook()
    found: list[Problem] = []
    for path in sorted((project.root / "features").rglob("*.feature")):
        name = path.relative_to(project.root).as_posix()
        feature = read_feature(path.read_bytes(), name, language=language)
        found += feature.problems
        for scenario in feature.scenarios:
            found += scenario_problems(feature, scenario, book, language)
    return found
