"""golive uat coverage and uat junit: requirements against scenarios, load and other suites."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from golive.cli.options import as_person, env_option, lang_option, person, project_here
from golive.cli.pages import write_pages
from golive.errors import SpecError
from golive.gate.coverage import LEVELS, Coverage, coverage, release_checks
from golive.gate.items import close_world
from golive.project import Project
from golive.record.ledger import Ledger
from golive.record.releases import find_release, ledger_path
from golive.report.coverage_view import coverage_data, coverage_lines, coverage_page
from golive.report.words import say
from golive.run.gathering import gather
from golive.run.suites import REQUIREMENTS, import_suite, read_requirements, suite_checks

__all__ = ["coverage_command", "junit"]


@click.command("coverage")
@click.option("--html", "page", default="", metavar="FILE", help="Write it as a page, too.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@click.option("--release", default="", help="The release; else the only one there is.")
@env_option
@lang_option
def coverage_command(
    page: str, release: str, environment: str, lang: str | None, *, as_json: bool
) -> None:
    """Show which requirements are proven, by process and level, and by what."""
    project = project_here(environment, lang)
    language = project.language.value
    told = _told(project, release)
    if page:
        write_pages("--html", Path(page), coverage_page, told)
    if as_json:
        data = coverage_data(told[language], language)
        click.echo(json.dumps(data, ensure_ascii=False, indent=1))
        return
    for line in coverage_lines(told[language], language):
        click.echo(line)


def _told(project: Project, release: str) -> dict[str, Coverage]:
    requirements = read_requirements(project)
    if not requirements:
        raise SpecError.of(
            "", "there is no requirement to cover", path=REQUIREMENTS,
            hint="write one a line: id,process,requirement,priority",
        )  # fmt: skip
    facts = gather(project, find_release(project.reports, release), at=datetime.now(UTC))
    records = Ledger.open(ledger_path(project.reports)).records()
    suites = tuple(suite_checks(project, records, facts, [one.id for one in requirements]))
    return {
        language: coverage(
            requirements, (*release_checks(facts, close_world(facts, language)), *suites)
        )
        for language in ("en", "zh")
    }


@click.command("junit")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--level", required=True, type=click.Choice(LEVELS), help="Which level it tests.")
@click.option("--build", required=True, help="The build that was tested, as /version tells it.")
@click.option("--suite", default="", help="Its name: a later import of it takes its place.")
@as_person
@env_option
@lang_option
def junit(
    file: Path, level: str, build: str, suite: str, who: str, environment: str, lang: str | None
) -> None:
    """Take another suite's JUnit XML as evidence of requirements its tests name."""
    project = project_here(environment, lang)
    record = import_suite(
        project, file, suite=suite, level=level, build=build, actor=person(who)
    )  # fmt: skip
    language, counts = project.language.value, record.data["counts"]
    told = say(language, ", ", "，").join(
        f"{counts[name]} {say(language, name, chinese)}"
        for name, chinese in (("passed", "通过"), ("failed", "未通过"), ("not run", "未执行"))
        if name in counts
    )
    click.echo(
        say(
            language,
            f"{record.data['suite']} ({level}, build {build}): {told}; ledger entry {record.seq}",
            f"{record.data['suite']}（{level}，版本 {build}）：{told}；台账第 {record.seq} 条",
        )
    )
