"""golive uat: cases from Excel, results back into Excel, a session recorded, a run by hand."""

from __future__ import annotations

import hashlib
import os
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import click

from golive.cli.by_hand import manual
from golive.cli.confirming import confirm
from golive.cli.coverage import coverage_command, junit
from golive.cli.options import lang_option, project_here
from golive.cli.record_session import record
from golive.errors import ExitCode, Problem, Refused, SetupError, SpecError
from golive.project import Project
from golive.sheets import Link, fill_table, read_table, write_table
from golive.uat.behave.reading import sheets_beside
from golive.uat.behave.runner import own_sentences
from golive.uat.cases import Imported, case_rows, import_cases, read_cases, returned_cells
from golive.uat.featuretext import FeatureText
from golive.uat.gherkin import read_feature
from golive.uat.liverows import with_live_rows
from golive.uat.results import Result, read_results
from golive.uat.translating import own_twins, translate_feature, translate_sentence
from golive.uat.wording import say
from golive.uat.workbook import Workbook, load_workbook, require_sound

__all__ = ["uat"]

_SHEETS = (".xlsx", ".csv")
#: Stands at the end of an imported feature: from which text, so that a change by hand is seen.
_MADE = re.compile(r"\n# golive uat import: (\S+) ([0-9a-f]{16})\n\Z")


@click.group()
def uat() -> None:
    """Exchange test cases with Excel; run scenarios with `pytest features/`."""


uat.add_command(confirm)
uat.add_command(manual)
uat.add_command(record)
uat.add_command(coverage_command)
uat.add_command(junit)


@uat.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--sheet", default="", help="The sheet of a workbook; else the first.")
@click.option("--force", is_flag=True, help="Also over features changed by hand since.")
@lang_option
def import_(file: Path, sheet: str, lang: str | None, *, force: bool) -> None:
    """Make features of the test cases in FILE (.xlsx, or .csv as any Excel saves it).

    Nothing is written while a cell is not understood; each is named with what was meant.
    """
    project = project_here(lang=lang)
    language = project.language.value
    table = read_table(file, sheet=sheet, shown_as=file.name)
    cases, problems = read_cases(table, language)
    book = load_workbook(project.root)
    require_sound(book)
    made, wrong = import_cases(
        cases,
        book,
        sheet=file.name,
        stem=file.stem,
        language=language,
        own=_own(project),
    )
    if problems or wrong:
        raise SpecError(*problems, *wrong)
    for one in made:
        path = _written(project, one, file.name, language, force=force)
        click.echo(say(language, f"{path}: {one.cases} scenarios", f"{path}：{one.cases} 个场景"))


def _own(project: Project) -> Callable[[str], bool]:
    known = own_sentences(project.root)
    return lambda sentence: any(one.values(sentence) is not None for one in known)


def _written(project: Project, one: Imported, source: str, language: str, *, force: bool) -> str:
    """Write a feature, unless somebody has changed it since it was imported."""
    path = project.root / "features" / one.path
    shown = path.relative_to(project.root).as_posix()
    if path.is_file() and not force:
        text = path.read_text(encoding="utf-8")
        match = _MADE.search(text)
        if match is None or match[2] != _mark(text[: match.start()]):
            raise Refused.of(
                shown,
                say(
                    language,
                    "was written or changed by hand since it was imported",
                    "在导入之后被手工编写或修改过",
                ),
                hint=say(
                    language,
                    "rename it, or give --force to write over it",
                    "请改名保存，或用 --force 覆盖",
                ),
            )
    path.parent.mkdir(parents=True, exist_ok=True)
    end = f"\n# golive uat import: {_SAFE.sub('_', source)} {_mark(one.text)}\n"
    path.write_text(one.text.rstrip("\n") + "\n" + end, encoding="utf-8")
    return shown


_SAFE = re.compile(r"\s+")


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@uat.command()
@click.argument("source", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Where to; else in place.")
@click.option(
    "--results",
    type=click.Path(path_type=Path),
    default=Path("reports/uat/results.json"),
    show_default=True,
    help="The record of the run whose results go into the sheet.",
)
@click.option("--sheet", default="", help="The sheet of a workbook; else the first.")
@click.option("--to", "translated", type=click.Choice(["en", "zh"]), help="Say it in a language.")
@lang_option
def export(
    source: Path,
    output: Path | None,
    results: Path,
    sheet: str,
    translated: str | None,
    lang: str | None,
) -> None:
    """Put results into the sheet the cases came from, or features into a sheet or a language.

    SOURCE is a sheet (.xlsx, .csv), a feature file or a folder of them. A sheet gets the actual
    result, the verdict, the defect and the picture of each case; a feature becomes a sheet of test
    cases, or with --to the same feature in the other language.
    """
    project = project_here(lang=lang)
    language = project.language.value
    if source.suffix.lower() in _SHEETS:
        _return_results(source, output or source, results, sheet, language)
        return
    features = _features(project, source, language)
    book = load_workbook(project.root)
    require_sound(book)
    if output is None:
        raise Refused.of(
            "-o",
            say(language, "where to is not said", "没有指定输出文件"),
            hint="-o cases.xlsx, -o cases.csv, -o other.feature",
        )
    if output.suffix.lower() in _SHEETS:
        _list_cases(features, output, book, translated, language)
    else:
        _translate(features, output, book, translated, language, project.root)
    click.echo(str(output))


def _return_results(source: Path, output: Path, results: Path, sheet: str, language: str) -> None:
    try:
        run = read_results(results)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SetupError.of(
            str(results),
            say(language, "there is no record of a run", "没有执行记录"),
            hint=say(
                language, "run the scenarios first: pytest features/", "请先执行：pytest features/"
            ),
        ) from error
    table = read_table(source, sheet=sheet, shown_as=source.name)
    cells, known = returned_cells(table, _as_seen_from(run.scenarios, results, output), language)
    if not known:
        raise SpecError.of(
            "",
            say(
                language,
                "no case of it is in the record",
                "执行记录中没有这个表格里的用例",
            ),
            path=source.name,
            hint=say(
                language,
                "import it and run its scenarios first",
                "请先导入并执行这些场景",
            ),
        )
    fill_table(source, output, cells, sheet=sheet)
    click.echo(
        say(language, f"{output}: results of {known} cases", f"{output}：写回 {known} 条用例的结果")
    )


def _as_seen_from(scenarios: Iterable[Result], results: Path, output: Path) -> tuple[Result, ...]:
    """Return results whose pictures are named from the sheet's folder, where they are looked at."""
    way = Path(os.path.relpath(results.parent, output.parent)).as_posix()
    return tuple(
        replace(one, screenshots=tuple(Link(f"{way}/{name}") for name in one.screenshots))
        for one in scenarios
    )


def _features(project: Project, source: Path, language: str) -> list[FeatureText]:
    start = source if source.is_absolute() else Path.cwd() / source
    paths = [start] if start.is_file() else sorted(start.rglob("*.feature"))
    root = project.root
    features = [
        with_live_rows(
            read_feature(
                path.read_bytes(),
                path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name,
                language=language,
            ),
            sheets_beside(path, root),
        )
        for path in paths
    ]
    if problems := [problem for feature in features for problem in feature.problems]:
        raise SpecError(*problems)
    if not features:
        raise SpecError.of(
            "",
            say(language, "there is no feature here", "没有找到 .feature 文件"),
            path=str(source),
        )
    return features


def _list_cases(
    features: Iterable[FeatureText], output: Path, book: Workbook, to: str | None, language: str
) -> None:
    """Write a sheet with headings in ``to``; only what is asked for is said in another language."""

    def said(sentence: str) -> str:
        return (translate_sentence(sentence, book, to) if to else None) or sentence

    language = to or language
    rows = list(case_rows(tuple(features), language, said))
    verdicts = ("通过", "不通过") if language == "zh" else ("passed", "failed")
    heading = "是否通过" if language == "zh" else "Passed"
    write_table(output, rows, sheet="UAT", choices={heading: verdicts})


def _translate(
    features: list[FeatureText], output: Path, book: Workbook, to: str | None, language: str,
    root: Path,
) -> None:  # fmt: skip
    if to is None or len(features) != 1 or output.suffix != ".feature":
        problem = Problem(
            subject=str(output),
            message=say(
                language,
                "one feature is said in another language with --to en or --to zh",
                "翻译时请给出一个 .feature 文件以及 --to en 或 --to zh",
            ),
        )
        click.echo(str(problem), err=True)
        sys.exit(int(ExitCode.REFUSED))
    text = translate_feature(
        features[0], book, "zh-CN" if to == "zh" else "en", own_twins(own_sentences(root))
    )
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(text, encoding="utf-8")
