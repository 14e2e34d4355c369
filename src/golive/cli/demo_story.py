"""The demo's go-live, chapter by chapter: what is done, announced in plain words, and what came.

    tell_story
      a fresh pair        data, a fault if one is asked for, a migration to test on
      release lock        what must be shown, written before the first test
      acceptance test     pytest features/
      load                golive load run
      dress rehearsal     forward, a drill, all the way back, proven
      gate                golive recommends
      decision            named people decide; a no-go ends it here
      cutover             the night itself
      dual run            two business days in both systems, compared
      report              for everyone, also after a no-go

Every chapter is a command anybody could type; a chapter that fails does not stop the next ones
before the gate: the gate is what judges.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from golive.cli.demo_chapters import BEFORE, GO, NO_GO, REPORT, Chapter, Story, worst_of
from golive.errors import ExitCode, GoliveError, Refused
from golive.gate.assessed import assessment_from_json
from golive.gate.assessment import Assessment, Recommendation
from golive.record.runs import list_runs
from golive.report.gate_text import gate_lines
from golive.run.opening import read_run

__all__ = ["tell_story"]

#: Causes of a NO-GO told at the end; all are in the report.
_CAUSES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What came of a chapter."""

    title: str
    code: int
    seconds: float


def tell_story(story: Story) -> int:
    """Go live, or find out why not; return the exit code.

    Raise SetupError without a pair, Refused while an earlier run is open: the cutover would be
    refused for it minutes later.
    """
    _refuse_open_runs(story)
    told = [_tell(story, number, one) for number, one in enumerate(BEFORE, 1)]
    number = len(BEFORE) + 1
    assessment = _gate(story, number)
    go = assessment is not None and assessment.recommendation is Recommendation.GO
    rest = GO if go else NO_GO
    for place, chapter in rest:
        told.append(_tell(story, number + place, chapter))
        if go and told[-1].code and place < len(GO):
            # What failed on the night or after it is in the report as well.
            told.append(_tell(story, number + len(GO), REPORT))
            break
    _ending(story, told, assessment)
    if not go:
        return int(ExitCode.FAILED)
    return worst_of([one.code for one in told[len(BEFORE) :]])


def _refuse_open_runs(story: Story) -> None:
    project = story.desk.project
    for folder in list_runs(project.runs):
        try:
            state = read_run(folder)
        except GoliveError:
            continue  # not ours to judge: the gate names a damaged record
        here = state.environment.get("name") == project.environment.value
        if here and not state.closed and state.plan.mode != "check":
            raise Refused.of(
                f"run '{state.run}'", "is still open, and a cutover begins alone",
                hint=f"golive resume {state.run}",
            )  # fmt: skip


def _tell(story: Story, number: int, chapter: Chapter) -> _Told:
    title = story.say(chapter.en, chapter.zh)
    _head(story, number, title)
    began = time.monotonic()
    code = chapter.do(story)
    took = time.monotonic() - began
    click.echo(
        story.say(
            f"   {_word(story, code)}, {took:.0f} s", f"   {_word(story, code)}，{took:.0f} 秒"
        )
    )
    return _Told(title=title, code=code, seconds=took)


def _head(story: Story, number: int, title: str) -> None:
    count = len(BEFORE) + 1 + len(GO)
    click.echo(
        story.say(
            f"\n== {number} of {count}: {title}", f"\n== 第 {number} 步（共 {count} 步）：{title}"
        )
    )


def _gate(story: Story, number: int) -> Assessment | None:
    """Ask golive's recommendation, show it, and return it; None when it could not be made."""
    _head(story, number, story.say("The gate: golive recommends", "放行评审：golive 给出建议"))
    _, data = story.desk.answer("gate", story.release)
    assessment = assessment_from_json(data) if isinstance(data, dict) else None
    for line in gate_lines(assessment, story.language) if assessment else ():
        click.echo(f"   {line}")
    return assessment


_WORDS: Mapping[int, tuple[str, str]] = {
    ExitCode.PASSED: ("done", "完成"),
    ExitCode.FAILED: ("FAILED", "未通过"),
    ExitCode.REFUSED: ("REFUSED", "被拒绝"),
    ExitCode.STOPPED: ("STOPPED", "已中止"),
}


def _word(story: Story, code: int) -> str:
    return story.say(*_WORDS.get(code, ("COULD NOT TELL", "无法判断")))


def _ending(story: Story, told: list[_Told], assessment: Assessment | None) -> None:
    """Say what happened and where to look."""
    total = sum(one.seconds for one in told)
    click.echo(story.say(f"\nWhat happened, in {total:.0f} s:", f"\n全过程（{total:.0f} 秒）："))
    for one in told:
        click.echo(f"  {_word(story, one.code):8} {one.title}")
    if assessment is not None and assessment.recommendation is not Recommendation.GO:
        click.echo(story.say("\nNO-GO, because:", "\n不可上线（NO-GO），原因："))
        for cause in assessment.causes[:_CAUSES]:
            click.echo(f"  {cause}")
    place = story.desk.project.reports / "rendered" / story.release
    _where(story, place)


def _where(story: Story, place: Path) -> None:
    page = place / ("index.zh.html" if story.language == "zh" else "index.html")
    root = story.desk.project.root
    lines: Any = (
        (
            page.relative_to(root).as_posix(),
            "the report, opened in any browser",
            "报告，用浏览器打开",
        ),
        ("golive status · golive console", "each run, step by step", "每次运行的逐步记录"),
        ("golive verify", "nothing was changed since", "核验记录未被改动"),
    )
    click.echo(story.say("\nWhere to look:", "\n查看："))
    for what, english, chinese in lines:
        click.echo(f"  {what}  ({story.say(english, chinese)})")
