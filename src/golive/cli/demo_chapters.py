"""The chapters of the demo's go-live: each is a command anybody could type."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import click

from golive.cli.demo_desk import Desk
from golive.cli.demo_people import take_part
from golive.errors import ExitCode, Refused, SetupError, worst
from golive.record.runs import list_runs
from golive.report.words import say
from golive.runbook.loading import load_runbook

__all__ = ["BEFORE", "GO", "NO_GO", "REPORT", "Chapter", "Story", "worst_of"]

_RUNBOOK = "cutover_playbooks/runbook.yaml"
_REHEARSAL = "rehearsals/dress.yaml"
_PROFILE = "smoke_peak"
_DUAL_RUN = ("dual_orders", "dual_receivables", "dual_ledger")
#: Seconds between the simulated people's looks at a run.
_GLANCE = 0.2
#: Browsers running scenarios at the same time, at most.
_BROWSERS = 4
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
class Chapter:
    """One step: what it is called, and what it does; the exit code of its command comes back."""

    en: str
    zh: str
    do: Callable[[Story], int]


def worst_of(codes: Sequence[int]) -> int:
    """Return the exit code of a set of commands; an unknown code counts as broken."""
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


def _decide(story: Story, choice: str, reason: str) -> int:
    words = ("decide", story.release, choice, "--reason", reason)
    codes = [
        story.desk.golive(*words, "--as", who, quiet=True) for who in _people(story, "steering")[:2]
    ]
    click.echo(story.say(f"   decided: {choice}, each by name", f"   决定：{choice}，逐人署名"))
    return worst_of(codes)


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
    return worst_of(codes)


def _report(story: Story) -> int:
    """Record how the release stands now, make every view of it, and verify every run."""
    story.desk.golive("gate", story.release, quiet=True)
    return story.desk.golive("report", story.release)


def _people(story: Story, role: str) -> tuple[str, ...]:
    return load_runbook(story.desk.project.root, _RUNBOOK).team.roles[role].people


BEFORE = (
    Chapter(
        en="A fresh pair, and its data migrated to test on",
        zh="准备新旧系统，并迁移测试数据",
        do=_pair,
    ),
    Chapter(
        en="What must be shown is frozen before the first test",
        zh="测试之前先冻结发布基线",
        do=_freeze,
    ),
    Chapter(
        en="Business users' acceptance test in a real browser",
        zh="业务用户在真实浏览器中验收",
        do=_uat,
    ),
    Chapter(en="The opening-morning peak as a load test", zh="上线首日早高峰压力测试", do=_load),
    Chapter(
        en="Dress rehearsal with an emergency drill and a proven rollback",
        zh="全面演练：应急演练与回退验证",
        do=_rehearse,
    ),
)
REPORT = Chapter(en="The report", zh="生成报告", do=_report)
#: Chapters after the gate, by how many places they come after it.
GO = (
    (1, Chapter(en="Named people decide", zh="决策人逐一决定", do=_decide_go)),
    (2, Chapter(en="The night: the live cutover", zh="正式切换", do=_cutover)),
    (
        3,
        Chapter(
            en="Dual run: two business days in both systems, compared",
            zh="双轨运行：两个营业日在新旧系统同时录入并比对",
            do=_dual_run,
        ),
    ),
    (4, REPORT),
)
NO_GO = (
    (
        1,
        Chapter(
            en="Named people decide: no cutover", zh="决策人逐一决定：不切换", do=_decide_no_go
        ),
    ),
    (4, REPORT),
)
