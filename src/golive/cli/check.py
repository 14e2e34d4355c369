"""golive check: everything wrong with the workspace before anything runs, with no target needed."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import click

from golive.cli.options import env_option, lang_option, project_here
from golive.compare.describing import Looked, look_at_sources
from golive.compare.reading import placed, read_comparison
from golive.contracts import Environment, Target
from golive.errors import ExitCode, GoliveError, Problem, SpecError
from golive.plaintext import decode
from golive.project import Project
from golive.run.engine_context import read_secrets
from golive.run.preflight import looking, preflight
from golive.runbook.loading import load_rehearsal, load_runbook
from golive.runbook.planning import make_plan
from golive.runbook.rehearsing import check_rehearsal
from golive.sheets import read_table
from golive.uat.advice import advice
from golive.uat.behave.reading import read_case_files, sheets_beside
from golive.uat.behave.runner import find_gaps, own_sentences
from golive.uat.catalogue import make_catalogue
from golive.uat.gherkin import read_feature, read_features
from golive.uat.repairing import repair
from golive.uat.sheetrows import fill_rows
from golive.uat.wording import say
from golive.uat.workbook import load_workbook

__all__ = ["check"]

#: Stands for the address of a target that need not be running to be checked.
_SOMEWHERE = "http://127.0.0.1"


@click.command()
@click.option("--fix", is_flag=True, help="Repair how features were typed; the old file is kept.")
@click.option("--settings", is_flag=True, help="Show each setting and where it comes from.")
@env_option
@lang_option
def check(environment: str, lang: str | None, *, fix: bool, settings: bool) -> None:
    """Check runbooks, rehearsals, playbooks, features, comparisons and profiles."""
    project = project_here(environment, lang)
    if settings:
        for name, setting in project.settings():
            click.echo(f"{name} = {setting.value}  ({setting.source})")
    if fix:
        _repair(project)
    problems = [*_runbooks(project), *_features(project), *_comparisons(project)]
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


def _comparisons(project: Project) -> list[Problem]:
    """Return what is wrong with every comparison, and with it beside the sources reached now."""
    found: list[Problem] = []
    environment, secrets = _standing(project)
    for path in sorted((project.root / "cutover_playbooks" / "comparisons").glob("*.yaml")):
        shown = path.relative_to(project.root).as_posix()
        try:
            comparison = read_comparison(path, shown_as=shown)
        except GoliveError as error:
            found += error.problems
            continue
        if environment is None:
            continue
        with looking(project, environment, secrets) as context:
            for looked in look_at_sources(comparison, context):
                found += placed(path, shown, looked.problems)
                found += [_unchecked(shown, looked, project.language.value)] * bool(
                    looked.unreachable
                )
    return found


def _standing(project: Project) -> tuple[Environment | None, Mapping[str, str]]:
    """Return the environment as it stands and its secrets; None where there is none yet."""
    try:
        environment = project.resolve()
        return environment, read_secrets(project.secret_refs(environment.name), project.root)
    except GoliveError:
        return None, {}


def _unchecked(shown: str, looked: Looked, language: str) -> Problem:
    return Problem(
        path=shown,
        subject=f"side '{looked.side}'",
        message=say(
            language,
            f"its columns could not be checked now: {looked.unreachable}",
            f"目前无法检查其字段：{looked.unreachable}",
        ),
        warning=True,
    )


def _repair(project: Project) -> None:
    """Repair every feature that was typed otherwise than it is read, and say what was done."""
    language = project.language.value
    for path in sorted((project.root / "features").rglob("*.feature")):
        shown = path.relative_to(project.root).as_posix()
        content = path.read_bytes()
        said, text = [], None
        fixed = repair(content, shown, language)
        if fixed is not None:
            text = fixed.text
            lines = ", ".join(map(str, fixed.lines)) or "-"
            saved = f" ({fixed.encoding} → UTF-8)" if fixed.encoding else ""
            said.append(
                say(language, f"repaired, lines {lines}{saved}", f"已修复，第 {lines} 行{saved}")
            )
        filled = _filled(project, path, text.encode() if text is not None else content)
        if filled is not None:
            text = filled
            said.append(say(language, "filled from its sheets", "已写入表格中的数据"))
        if text is None:
            continue
        kept = _keep(path, content)
        path.write_text(text, encoding="utf-8")
        click.echo(
            say(
                language,
                f"{shown}: {'; '.join(said)}; the old file is {kept.name}",
                f"{shown}：{'；'.join(said)}；原文件保留为 {kept.name}",
            )
        )


def _keep(path: Path, content: bytes) -> Path:
    """Keep a file as it was beside it; what an earlier repair kept stays."""
    number = 1
    while True:
        ending = ".orig" if number == 1 else f".{number}.orig"
        kept = path.with_name(path.name + ending)
        if not kept.exists() or kept.read_bytes() == content:
            kept.write_bytes(content)
            return kept
        number += 1


def _filled(project: Project, path: Path, content: bytes) -> str | None:
    """Return a feature with the rows of its sheets; None when they stand there or cannot."""
    shown = path.relative_to(project.root).as_posix()
    read = read_feature(content, shown, language=project.language.value)
    if read.problems:
        return None
    try:
        typed = decode(content).text.splitlines()
        return fill_rows(read, typed, sheets_beside(path, project.root))
    except SpecError:
        return None  # the check that follows says what is wrong with the sheet


def _features(project: Project) -> list[Problem]:
    """Return what the reader of features finds wrong, file by file."""
    language = project.language.value
    files = read_case_files(project.root, "features", language)
    found = [problem for file in files for problem in file.problems]
    try:
        cases = [case for file in files for case in file.cases]
        # One gap in an outline is a gap of each of its rows.
        found += dict.fromkeys(find_gaps(project.root, cases))
        found += _advice(project, language)
    except GoliveError as error:
        found += error.problems
    return found


def _advice(project: Project, language: str) -> list[Problem]:
    book = load_workbook(project.root)
    features = read_features(project.root, language)
    catalogue = make_catalogue(book, own_sentences(project.root), features)
    listed = project.root / "features" / "requirements.csv"
    known = None
    if listed.is_file():
        known = {record.values.get("id", "") for record in read_table(listed).records()}
    return list(advice(features, book, catalogue, known, language))
