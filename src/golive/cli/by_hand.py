"""golive uat manual: scenarios done by a person, one step on the screen at a time."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from golive.cli.options import as_person, lang_option, person, project_here
from golive.errors import ExitCode, SpecError
from golive.project import Project
from golive.uat.attended import Asked, Judged, Log, judge_now, left, progress, questions, result_of
from golive.uat.behave.reading import Case, read_case_files
from golive.uat.behave.selecting import Selection, select_cases
from golive.uat.results import Results, counts, exit_code, write_results
from golive.uat.wording import say

__all__ = ["manual"]

#: What may be typed, and what it means.
_ANSWERS = {
    "p": "pass", "pass": "pass", "y": "pass", "通过": "pass", "是": "pass", "": "pass",
    "f": "fail", "fail": "fail", "n": "fail", "不通过": "fail", "否": "fail",
    "q": "stop", "stop": "stop", "停": "stop", "停止": "stop",
}  # fmt: skip


@click.command()
@click.argument("features", default="features")
@click.option("--select", default="", help="Only what a tag expression takes, e.g. @REQ-O2C-1.")
@click.option("--out", type=click.Path(path_type=Path), help="Where judgements are kept.")
@as_person
@lang_option
def manual(features: str, select: str, out: Path | None, who: str, lang: str | None) -> None:
    """Go through scenarios by hand: do each step, judge each check, at your own pace.

    Every judgement is kept at once; the same command goes on where it was stopped.
    """
    project = project_here(lang=lang)
    language = project.language.value
    name = person(who).person
    cases = _cases(project, features, select, language)
    log = Log(out or project.root / "reports" / "uat" / "manual")
    known = dict(log.read())
    stopped = False
    for number, (case, asked) in enumerate(cases, 1):
        open_ = list(left(asked, known))
        if not open_:
            continue
        click.echo(f"\n[{number}/{len(cases)}] {case.feature} · {case.name}")
        for one in open_:
            verdict, comment = _ask(one, language)
            if verdict == "stop":
                stopped = True
                break
            judged = judge_now(one, verdict, name, comment)
            log.keep(judged)
            known[judged.key] = judged
            if verdict == "fail":
                break
        if stopped:
            break
    code = _record(log, cases, known, select, language)
    sys.exit(int(ExitCode.STOPPED if stopped and code is not ExitCode.FAILED else code))


def _cases(
    project: Project, features: str, select: str, language: str
) -> list[tuple[Case, Sequence[Asked]]]:
    """Return the cases with their steps. Raise SpecError with what keeps one from being done."""
    files = read_case_files(project.root, features, language)
    problems = [problem for file in files for problem in file.problems]
    chosen = select_cases(files, Selection(select, language))
    problems += [problem for case in chosen for problem in case.problems]
    if problems:
        raise SpecError(*problems)
    if not chosen:
        raise SpecError.of(
            features,
            say(language, "no scenario is selected", "没有选中任何场景"),
            hint=say(language, "see the folder and the tags", "请检查目录和标签"),
        )
    return [(case, questions(case)) for case in chosen]


def _ask(asked: Asked, language: str) -> tuple[str, str]:
    """Show one step and return the verdict, ``pass``, ``fail`` or ``stop``, with a remark."""
    click.echo(f"\n{asked.text}")
    question = (
        say(
            language, "Does it hold? p pass / f fail / q stop", "成立吗？p 通过 / f 不通过 / q 停止"
        )
        if asked.is_check
        else say(
            language, "Done? Enter yes / f cannot / q stop", "做完了吗？回车 是 / f 做不了 / q 停止"
        )
    )
    while True:
        typed = click.prompt(question, default="", show_default=False).strip()
        word, _, remark = typed.partition(" ")
        verdict = _ANSWERS.get(word.lower(), "")
        # Silence is no consent: a check is passed by a word, never by Enter alone.
        if verdict and (word or not asked.is_check):
            break
    if verdict == "fail" and not remark:
        remark = click.prompt(say(language, "What was seen", "说明（实际看到了什么）"), default="")
    return verdict, remark.strip()


def _record(
    log: Log,
    cases: Sequence[tuple[Case, Sequence[Asked]]],
    known: Mapping[str, Judged],
    select: str,
    language: str,
) -> ExitCode:
    """Write the record of what people judged and return the code it stands for."""
    results = tuple(result_of(case, asked, known) for case, asked in cases)
    code = exit_code(results)
    path = write_results(
        log.path.parent,
        Results(
            started=min((r.started for r in results if r.started), default=""),
            ended=datetime.now(UTC).isoformat(),
            select=select,
            environment="",
            targets={},
            browser={},
            expected=tuple(result.id for result in results),
            scenarios=results,
            counts=counts(results),
            exit_code=int(code),
        ),
    )
    shown = {status: count for status, count in counts(results).items() if count}
    listed = ", ".join(f"{count} {status}" for status, count in shown.items())
    steps = progress(cases, known)
    told = say(language, f"({steps} steps judged): {path}", f"（已判定 {steps} 步）：{path}")
    click.echo(f"\n{listed} {told}")
    return code
