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

import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from golive.cli.demo_desk import Desk
from golive.cli.demo_people import take_part
from golive.errors import ExitCode, GoliveError, Refused, SetupError, worst
from golive.gate.assessed import assessment_from_json
from golive.gate.assessment import Assessment, Recommendation
from golive.record.runs import list_runs
from golive.report.gate_text import gate_lines
from golive.report.words import say
from golive.run.opening import read_run
from golive.runbook.loading import load_runbook

__all__ = ["Story", "tell_story"]

_RUNBOOK = "cutover_playbooks/runbook.yaml"
_REHEARSAL = "rehearsals/dress.yaml"
_PROFILE = "smoke_peak"
_DUAL_RUN = ("dual_orders", "dual_receivables", "dual_ledger")
#: Seconds between the simulated people's looks at a run.
_GLANCE = 0.2
#: Browsers running scenarios at the same time, at most.
_BROWSERS = 4
#: Causes of a NO-GO told at the end; all are in the report.
_CAUSES = 8
#: What the fault `empty-suite` selects: two tags no scenario has together.
_NO_SCENARIO = ("-m", "REQ-FIN-1 and REQ-STK-1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What one telling is about."""

    desk: Desk
    release: str
    orders: int
    fault: str = ""

    @property
    def language(self) -> str:
        """``en`` or ``zh``."""
        return self.desk.project.language.value

    def say(self, english: str, chinese: str) -> str:
        """Return one of the two."""
        return say(self.language, english, chinese)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chapter:
    """One step: what it is called, and what it does; the exit code of its command comes back."""

    en: str
    zh: str
    do: Callable[[Story], int]


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
    told = [_tell(story, number, one) for number, one in enumerate(_BEFORE, 1)]
    number = len(_BEFORE) + 1
    assessment = _gate(story, number)
    go = assessment is not None and assessment.recommendation is Recommendation.GO
    rest = _GO if go else _NO_GO
    for place, chapter in rest:
        told.append(_tell(story, number + place, chapter))
        if go and told[-1].code and place < len(_GO):
            # What failed on the night or after it is in the report as well.
            told.append(_tell(story, number + len(_GO), _REPORT))
            break
    _ending(story, told, assessment)
    if not go:
        return int(ExitCode.FAILED)
    return _worst([one.code for one in told[len(_BEFORE) :]])


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


def _tell(story: Story, number: int, chapter: _Chapter) -> _Told:
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
    count = len(_BEFORE) + 1 + len(_GO)
    click.echo(
        story.say(
            f"\n== {number} of {count}: {title}", f"\n== 第 {number} 步（共 {count} 步）：{title}"
        )
    )


_WORDS: Mapping[int, tuple[str, str]] = {
    ExitCode.PASSED: ("done", "完成"),
    ExitCode.FAILED: ("FAILED", "未通过"),
    ExitCode.REFUSED: ("REFUSED", "被拒绝"),
    ExitCode.STOPPED: ("STOPPED", "已中止"),
}


def _word(story: Story, code: int) -> str:
    return story.say(*_WORDS.get(code, ("COULD NOT TELL", "无法判断")))


def _worst(codes: Sequence[int]) -> int:
    known = {int(code) for code in ExitCode}
    return int(worst([ExitCode(code) if code in known else ExitCode.BROKEN for code in codes]))


def _pair(story: Story) -> int:
    """Make a fresh pair, switch a fault on if one is asked for, migrate once to test on."""
    orders = story.orders
    size = {"customers": max(20, orders // 10), "products": max(40, orders // 4), "orders": orders}
    click.echo(
        story.say(
            "An old order-to-cash system with {customers:,} customers, {products:,} products and "
            "{orders:,} orders, and an empty new one; its data is migrated once, to test on.",
            "旧系统有 {customers:,} 个客户、{products:,} 种产品、{orders:,} 张订单，新系统是空的；"
            "先迁移一次数据，供测试使用。",
        ).format(**size)
    )
    desk = story.desk
    desk.demo("down", quiet=True)
    words = [part for key, value in size.items() for part in (f"--{key}", str(value))]
    steps = (
        [["generate", "--replace", *words]],
        [["fault", story.fault or "none"]],
        # The data is there before the systems are: both take as long as the longer one.
        [["up"], ["migrate"]],
    )
    for together in steps:
        for step, code in zip(together, desk.demo_together(*together), strict=True):
            if code:
                raise SetupError.of(
                    "demo", f"'python -m demo {step[0]}' failed", hint="read what it said above"
                )
    return 0


def _freeze(story: Story) -> int:
    return story.desk.golive("release", "freeze", story.release, "--as", _people(story, "lead")[0])


def _uat(story: Story) -> int:
    """Have business users run every scenario; the faults about the test itself happen here."""
    selection = _NO_SCENARIO if story.fault == "empty-suite" else ()
    tester = _people(story, "business")[0]
    # A browser waits for pages a third of its time.
    side_by_side = ("-n", str(min(_BROWSERS, (os.cpu_count() or 1) + 1)))
    code = story.desk.pytest("features/", "-q", *side_by_side, *selection, person=tester)
    if story.fault == "stale-build":
        story.desk.demo("rebuild", "--patch", "hotfix after the acceptance test")
    return code


def _load(story: Story) -> int:
    code = story.desk.golive("load", "run", _PROFILE)
    story.desk.demo("reset-new", quiet=True)
    return code


def _rehearse(story: Story) -> int:
    return _with_people(story, "rehearse", _REHEARSAL)


def _cutover(story: Story) -> int:
    system = load_runbook(story.desk.project.root, _RUNBOOK).runbook.system
    words = ("cutover", _RUNBOOK, "--release", story.release, "--system", system)
    return _with_people(story, *words)


def _with_people(story: Story, *words: str) -> int:
    """Run a command in a process of its own while simulated people do their part."""
    project = story.desk.project
    before = set(list_runs(project.runs))
    controller = story.desk.start(*words)
    pressed: set[tuple[str, str]] = set()
    read = 0
    try:
        while controller.poll() is None:
            new = [folder for folder in list_runs(project.runs) if folder not in before]
            # A run that is being opened at this moment has no first record yet: look again.
            with suppress(Refused, FileNotFoundError):
                if new and (written := (new[-1] / "journal.jsonl").stat().st_size) != read:
                    take_part(project, new[-1], pressed)
                    read = written
            time.sleep(_GLANCE)
    except KeyboardInterrupt:
        controller.wait()
        return int(ExitCode.STOPPED)
    finally:
        # Nobody is left to do the people's part: it would wait for them for ever.
        if controller.poll() is None:
            controller.terminate()
            controller.wait()
    return controller.returncode


def _gate(story: Story, number: int) -> Assessment | None:
    """Ask golive's recommendation, show it, and return it; None when it could not be made."""
    _head(story, number, story.say("The gate: golive recommends", "放行评审：golive 给出建议"))
    _, data = story.desk.answer("gate", story.release)
    assessment = assessment_from_json(data) if isinstance(data, dict) else None
    for line in gate_lines(assessment, story.language) if assessment else ():
        click.echo(f"   {line}")
    return assessment


def _decide(story: Story, choice: str, reason: str) -> int:
    words = ("decide", story.release, choice, "--reason", reason)
    codes = [
        story.desk.golive(*words, "--as", who, quiet=True) for who in _people(story, "steering")[:2]
    ]
    click.echo(story.say(f"   decided: {choice}, each by name", f"   决定：{choice}，逐人署名"))
    return _worst(codes)


def _decide_go(story: Story) -> int:
    return _decide(story, "go", story.say("all criteria are met", "各项条件均已满足"))


def _decide_no_go(story: Story) -> int:
    return _decide(story, "no-go", story.say("as golive recommends", "采纳 golive 的建议"))


def _dual_run(story: Story) -> int:
    """Let the old system run on beside the new one, and compare two business days of both."""
    codes = [story.desk.demo("parallel")]
    for _ in range(2):
        code, line = story.desk.last_line("day")
        codes.append(code)
        day = line.split()[0] if line and not code else ""
        compared = [("compare", "run", name, "--cycle", day) for name in _DUAL_RUN]
        codes += story.desk.side_by_side(*compared) if day else []
    return _worst(codes)


def _report(story: Story) -> int:
    """Record how the release stands now, make every view of it, and verify every run."""
    story.desk.golive("gate", story.release, quiet=True)
    return story.desk.golive("report", story.release)


def _people(story: Story, role: str) -> tuple[str, ...]:
    return load_runbook(story.desk.project.root, _RUNBOOK).team.roles[role].people


_BEFORE = (
    _Chapter(
        en="A fresh pair, and its data migrated to test on",
        zh="准备新旧系统，并迁移测试数据",
        do=_pair,
    ),
    _Chapter(
        en="What must be shown is frozen before the first test",
        zh="测试之前先冻结发布基线",
        do=_freeze,
    ),
    _Chapter(
        en="Business users' acceptance test in a real browser",
        zh="业务用户在真实浏览器中验收",
        do=_uat,
    ),
    _Chapter(en="The opening-morning peak as a load test", zh="上线首日早高峰压力测试", do=_load),
    _Chapter(
        en="Dress rehearsal with an emergency drill and a proven rollback",
        zh="全面演练：应急演练与回退验证",
        do=_rehearse,
    ),
)
_REPORT = _Chapter(en="The report", zh="生成报告", do=_report)
#: Chapters after the gate, by how many places they come after it.
_GO = (
    (1, _Chapter(en="Named people decide", zh="决策人逐一决定", do=_decide_go)),
    (2, _Chapter(en="The night: the live cutover", zh="正式切换", do=_cutover)),
    (
        3,
        _Chapter(
            en="Dual run: two business days in both systems, compared",
            zh="双轨运行：两个营业日在新旧系统同时录入并比对",
            do=_dual_run,
        ),
    ),
    (4, _REPORT),
)
_NO_GO = (
    (
        1,
        _Chapter(
            en="Named people decide: no cutover", zh="决策人逐一决定：不切换", do=_decide_no_go
        ),
    ),
    (4, _REPORT),
)


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
