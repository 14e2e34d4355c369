"""The screen of the night: it fits, it has one next action, it says until when it is safe."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from golive.outcome import Outcome, Status
from golive.report.status import status_screen
from golive.report.status_data import status_data
from golive.report.words import fit, width
from golive.run.state import Attempt, Note, RunState
from golive.runbook.definition import (
    Body,
    Irreversible,
    Person,
    Role,
    Runbook,
    Shift,
    Task,
    Team,
    Window,
)  # fmt: skip
from golive.runbook.lifecycle import (
    AbortDecision,
    Decision,
    Progress,
    RollbackStep,
    RunPhase,
    TaskProgress,
    TaskState,
)
from golive.runbook.on_call import Holding
from golive.runbook.planning import Plan

S = TaskState
NOW = datetime(2026, 12, 5, 13, tzinfo=UTC)
LONG = "把客户、产品、价格与库存主数据全部装载到新系统并逐一核对装载结果与控制总数"
UNDO = Body(kind="command", argv=("u",), est=(5.0, 10.0))
TEAM = Team(
    schema="golive/team/v1",
    roles={"ops": Role(people=("li", "mei")), "check": Role(people=("zhao",))},
    people={
        "li": Person(name="李强（信息技术部运维值班负责人）", phone="+86 139 0000 0005"),
        "mei": Person(name="陈梅（财务部总账与应收应付主管）", phone="+86 139 0000 0006"),
        "zhao": Person(name="赵敏", phone="+86 138 0000 0003"),
    },
)  # fmt: skip


def make_plan(count: int = 40, *, mode: Any = "live") -> Plan:
    """Return a plan of many tasks with long Chinese titles, T0 a gate, the last irreversible."""
    tasks = [
        Task(id="T0", kind="gate", title=LONG, owner="ops", ponr=True, criteria={"T1": "passed"})
    ]
    for number in range(1, count):
        kind: Any = ("command", "manual")[number % 2]
        tasks.append(
            Task(id=f"T{number}", kind=kind, title=LONG, owner="ops", undo=UNDO, verifier="check")
        )
    tasks.append(
        Task(id="Z", kind="command", title="Open the doors", owner="ops", after=("T0",),
             undo=Irreversible(irreversible="it is"))
    )  # fmt: skip
    runbook = Runbook(
        schema="golive/runbook/v1", runbook="r", title=LONG,
        system="订单到收款（华东大区全部公司）",
        zone="Asia/Shanghai", phases=(), streams=(), tasks=tuple(tasks),
        window=Window(start="2026-12-05T20:00:00+08:00", end="2026-12-06T08:00:00+08:00"),
    )  # fmt: skip
    return Plan(
        mode=mode, t0="2026-12-05T12:00:00+00:00", fingerprint="0" * 64, runbook=runbook, team=TEAM,
        digests={},
    )  # fmt: skip


PLAN = make_plan()


def screen(state: RunState, language: str = "en") -> str:
    return status_screen(state, NOW, language)


def with_states(states: dict[str, TaskProgress], **keys: Any) -> RunState:
    phase = keys.pop("phase", RunPhase.RUNNING)
    return RunState(
        run="20261205-2000-live", plan=PLAN, progress=Progress(tasks=states, phase=phase), **keys
    )  # fmt: skip


def check_fits(text: str) -> None:
    lines = text.split("\n")
    assert len(lines) <= 24
    assert max(width(line) for line in lines) <= 80
    assert sum(line.startswith(">") for line in lines) == 1, text


def some_state(rng: Random) -> RunState:
    """Return any state at all, also ones no run gets to: the screen never gives up."""
    states = {}
    for task in PLAN.runbook.tasks:
        state = rng.choice([S.PENDING, S.DONE, rng.choice(list(S))])
        active = rng.choice(["", "1", "probe-1"]) if state not in {S.PENDING, S.DONE} else ""
        states[task.id] = TaskProgress(
            state=state, active=active, role=rng.choice(["run", "undo", ""]), started=NOW,
            reason=rng.choice(["", "because", LONG * 3, "two\nlines\n> and a third", "\x1b[2J"]),
            touched=state is not S.PENDING and task.id != "Z",
        )  # fmt: skip
    outcome = Outcome(status=Status.FAILED, summary=LONG, started=NOW, ended=NOW)
    attempts = tuple(
        Attempt(task=f"T{n}", number="1", role="run", started=NOW, ended=NOW, end="finished",
                outcome=outcome)
        for n in range(rng.randrange(9))
    )  # fmt: skip
    notes = tuple(
        Note(at=NOW, person="li", text=rng.choice([LONG * 3, "one\n> two\nthree"]), severity="warn")
        for _ in range(rng.randrange(6))
    )
    verdict = {"verdict": "failed", "reasons": [LONG * 2, "a\n> b"] * rng.randrange(20)}
    closed = rng.random() < 0.2
    return with_states(
        states, phase=rng.choice(list(RunPhase)), attempts=attempts, notes=notes,
        verdict=verdict if closed else {}, closed=NOW if closed else None,
    )  # fmt: skip


@settings(max_examples=150, deadline=None, derandomize=True)
@given(rng=st.integers(0, 2**32 - 1).map(Random), language=st.sampled_from(["en", "zh"]))
def test_the_screen_fits_and_has_one_next_action(rng: Random, language: str) -> None:
    check_fits(screen(some_state(rng), language))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_state_of_a_task_alone_fits(language: str) -> None:
    for state, active, phase in product(S, ("", "1"), RunPhase):
        found = TaskProgress(state=state, active=active, role="run", reason=LONG)
        check_fits(screen(with_states({"T1": found}, phase=phase), language))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_past_the_point_of_no_return_nobody_reads_of_going_back(language: str) -> None:
    for state in (S.STARTING, S.RUNNING, S.DONE, S.FAILED, S.UNKNOWN, S.SKIPPED, S.STOPPED):
        found = TaskProgress(state=state, touched=True, started=NOW, active="1")
        text = screen(with_states({"Z": found}), language)
        for word in (
            "rollback",
            "roll back",
            "way back",
            "abort",
            "回退",
            "rolled",
            "undo",
            "撤销",
        ):
            assert word not in text.lower(), (state, word, text)
        assert ("fix forward" in text) or ("向前修复" in text)
        check_fits(text)


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Latest safe abort 07:43"), ("zh", "最晚可回退 07:43")]
)
def test_before_it_the_latest_safe_abort_is_shown(language: str, words: str) -> None:
    """The window ends 08:00, less a minute to stop and the longer of two undos, 16 minutes."""
    plan = make_plan(4)
    slow = replace(plan.task("T3"), undo=replace(UNDO, est=(1.0, 16.0)))
    tasks = tuple(slow if task.id == "T3" else task for task in plan.runbook.tasks)
    plan = replace(plan, runbook=replace(plan.runbook, tasks=tasks))
    done = TaskProgress(state=S.DONE, touched=True)
    state = RunState(run="r", plan=plan, progress=Progress(tasks={"T1": done, "T3": done}))
    assert words in screen(state, language)
    late = status_screen(state, NOW + timedelta(hours=11), language)
    assert ("LATE" in late) == (language == "en")
    assert ("已超过最晚可回退时间" in late) == (language == "zh")


@pytest.mark.parametrize(("language", "late"), [("en", "LATE"), ("zh", "超时")])
def test_an_undo_is_shown_with_its_own_time(language: str, late: str) -> None:
    """It began 20 minutes ago; its task's own beginning, hours ago, says nothing of it."""
    undoing = TaskProgress(
        state=S.UNDOING, active="undo-1", role="undo", started=NOW - timedelta(hours=3),
        undo_began=NOW - timedelta(minutes=20),
    )  # fmt: skip
    for seconds, is_late in ((1800.0, False), (600.0, True)):
        step = RollbackStep(id="T1.undo", task="T1", role="undo", after=(), seconds=seconds)
        state = with_states({"T1": undoing})
        progress = replace(state.progress, phase=RunPhase.ROLLING_BACK, rollback=(step,))
        shown = screen(replace(state, progress=progress), language)
        (line,) = [line for line in shown.split("\n") if "… T1" in line]
        assert (line.startswith("  … T1 20"), late in line) == (True, is_late), line


def action(found: TaskProgress, task: str = "T1", language: str = "en") -> list[str]:
    """Return the block of the next action: from its line to the first line not indented by it."""
    lines = screen(with_states({task: found}), language).split("\n")
    begins = next(index for index, line in enumerate(lines) if line.startswith(">"))
    return lines[begins : begins + 7]


def commands(lines: list[str]) -> Iterator[str]:
    return (line.strip().removeprefix("$ ") for line in lines if line.strip().startswith("$"))


@pytest.mark.parametrize(
    ("task", "found", "typed"),
    [
        ("T1", TaskProgress(state=S.WAITING),
         ["complete --as li", "fail --as li --reason '…'"]),
        ("T1", TaskProgress(state=S.VERIFYING),
         ["verify --as zhao", "fail --as zhao --reason '…'"]),
        ("T2", TaskProgress(state=S.FAILED),
         ["retry --as li", "done-by-hand --as li --with … --file … --reason …",
          "waive --as li --reason '…'"]),
        ("T2", TaskProgress(state=S.UNKNOWN),
         ["resolve --as li --result … --with … --reason …",
          "done-by-hand --as li --with … --file … --reason …"]),
        ("T2", TaskProgress(state=S.UNKNOWN, elsewhere=True),
         ["stop --as li", "resolve --as li --result … --with … --reason …",
          "done-by-hand --as li --with … --file … --reason …"]),
        ("T2", TaskProgress(late="it would"),
         ["override --as li --what lsat --reason '…'", "hold --as li --reason '…'"]),
    ],
)  # fmt: skip
def test_the_next_action_is_a_command_to_type(
    task: str, found: TaskProgress, typed: list[str]
) -> None:
    shown = list(commands(action(found, task)))
    assert shown == [f"golive task live {task} {verb}" for verb in typed]


def test_a_gate_is_decided_by_its_own_command() -> None:
    (typed,) = commands(action(TaskProgress(state=S.WAITING), "T0"))
    assert typed == "golive decide T0 go|no-go --run live --as li"


def test_who_is_named_with_a_phone() -> None:
    who = next(line for line in action(TaskProgress(state=S.VERIFYING)) if "who" in line)
    assert "赵敏 +86 138 0000 0003" in who


def test_the_rest_of_what_asks_is_listed_below() -> None:
    states = {f"T{n}": TaskProgress(state=S.FAILED) for n in (2, 4)}
    text = screen(with_states(states))
    assert text.count("\n> now  T2") == 1
    assert "\n  ! T4" in text


def test_a_closed_run_says_its_verdict() -> None:
    state = with_states({}, closed=NOW, verdict={"verdict": "failed", "reasons": ["T1: it broke"]})
    assert "> FAILED" in screen(state)
    assert "  T1: it broke" in screen(state)


def test_machines_get_the_same() -> None:
    state = with_states({"T1": TaskProgress(state=S.WAITING, attempts=2)}, head_hash="ab")
    data = status_data(state, NOW)
    assert data["asks"] == ["T1"]
    assert data["tasks"]["T1"]["state"] == "waiting"
    assert (data["phase"], data["head"], data["way_back_seconds"]) == ("running", "ab", 0.0)
    assert data["latest_safe_abort"] == "2026-12-05T23:59:00+00:00"


@pytest.mark.parametrize(
    ("text", "columns", "fitted"),
    [
        ("abc", 3, "abc"), ("abcd", 3, "ab…"), ("客户", 4, "客户"), ("客户主", 4, "客…"),
        ("a客户", 4, "a客…"), ("a\nb\x1b[2J", 9, "a b [2J"), ("", 3, ""),
    ],
)  # fmt: skip
def test_texts_are_cut_by_what_they_show(text: str, columns: int, fitted: str) -> None:
    assert fit(text, columns) == fitted
    assert width(fit(text, columns)) <= columns


# --- what else the night needs on the screen ---------------------------------------------------


@pytest.mark.parametrize("language", ["en", "zh"])
def test_live_and_rehearsal_are_never_confused(language: str) -> None:
    live = screen(with_states({}), language).split("\n")[0]
    rehearsal = RunState(run="r", plan=make_plan(mode="rehearsal"), progress=Progress())
    other = screen(rehearsal, language).split("\n")[0]
    assert ("*** LIVE ***" in live) or ("*** 正式切换 ***" in live)
    assert "***" not in other
    assert ("REHEARSAL" in other) or ("演练" in other)
    check = screen(
        RunState(run="r", plan=make_plan(mode="check"), progress=Progress()), language
    ).split("\n")[0]
    assert "***" not in check
    assert ("CHECK" in check) or ("单项检查" in check)
    demo = screen(replace(with_states({}), environment={"kind": "demo"}), language).split("\n")[0]
    assert ("DEMO *** LIVE ***" in demo) or ("演示 *** 正式切换 ***" in demo)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_near_the_latest_safe_abort_the_deciders_are_named(language: str) -> None:
    done = TaskProgress(state=S.DONE, touched=True)
    state = with_states({"T1": done})
    early = status_screen(state, NOW, language)
    near = status_screen(state, NOW + timedelta(hours=10, minutes=20), language)
    assert ("decide now, call" in early) is ("须立即决断" in early) is False
    call = {
        "en": "! under 30 min left to decide, call 李强", "zh": "! 决断时间不足30分钟，请致电 李强",
    }[language]  # fmt: skip
    assert call in near
    check_fits(near)


def short(plan: Plan) -> Plan:
    """Return the plan with short names, so that two phones fit a line."""
    people = {key: replace(one, name=key) for key, one in plan.team.people.items()}
    return replace(plan, team=replace(plan.team, people=people))


@pytest.mark.parametrize(
    ("minutes", "step", "names"),
    [(61, None, []), (60, 60, ["li"]), (30, 30, ["li", "mei"]), (10, 10, ["li", "mei"]),
     (-1, 0, ["li", "mei"])],
)  # fmt: skip
def test_each_step_before_the_latest_safe_abort_calls_one_more(
    minutes: int, step: int | None, names: list[str]
) -> None:
    done = TaskProgress(state=S.DONE, touched=True)
    state = replace(with_states({"T1": done}), plan=short(PLAN))
    lsat = datetime(2026, 12, 5, 23, 49, tzinfo=UTC)
    now = lsat - timedelta(minutes=minutes)
    data = status_data(state, now)
    assert data["latest_safe_abort"] == lsat.isoformat()
    found = data["escalation"]
    assert (found["minutes"] if found else None) == step
    assert [one["name"] for one in found["call"]] == names if found else not names
    text = status_screen(state, now, "en")
    assert ("left to decide" in text) == bool(step)
    assert ("! decide now, call li" in text) == (step == 0)


def back_state(**states: TaskProgress) -> RunState:
    """Return a run that takes back T1, then T3 of ten minutes each; since 21:00 on the wall."""
    steps = (
        RollbackStep(id="T1.undo", task="T1", role="undo", after=(), seconds=600),
        RollbackStep(id="T3.undo", task="T3", role="undo", after=("T1.undo",), seconds=600),
    )
    done = TaskProgress(state=S.DONE, touched=True, started=NOW - timedelta(hours=1))
    tasks = {"T1": done, "T3": done, **states}
    undone = frozenset(f"{name}.undo" for name in tasks if tasks[name].state is S.UNDONE)
    plan = short(PLAN)
    window = replace(plan.runbook.window, verify="PT5M", reserve="PT1H")
    progress = Progress(tasks=tasks, phase=RunPhase.ROLLING_BACK, rollback=steps, undone=undone)
    runbook = replace(plan.runbook, window=window)
    return RunState(run="r-1", plan=replace(plan, runbook=runbook), progress=progress)


def undoing(minutes: int) -> TaskProgress:
    return TaskProgress(
        state=S.UNDOING, role="undo", active="undo-1", touched=True,
        started=NOW - timedelta(hours=1), undo_began=NOW - timedelta(minutes=minutes),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("states", "told"),
    [
        ({}, "Rolling back: 0 of 2 steps, back by 21:25 (in 25m00s; the reserve begins 07:00)"),
        ({"T1": undoing(4)}, "Rolling back: 0 of 2 steps, back by 21:21"),
        ({"T1": undoing(14)}, "Rolling back: 0 of 2 steps, back by 21:15"),
        ({"T1": TaskProgress(state=S.UNDONE, touched=True)},
         "Rolling back: 1 of 2 steps, back by 21:15"),
        ({"T1": TaskProgress(state=S.UNDO_FAILED, role="undo", touched=True)},
         "ROLLBACK BLOCKED at T1: 0 of 2 steps, back by 21:25 at the earliest"),
    ],
)  # fmt: skip
def test_on_the_way_back_the_screen_says_by_when_and_how_far(
    states: dict[str, TaskProgress], told: str
) -> None:
    text = screen(back_state(**states))
    assert told in text
    check_fits(text)


def test_an_undo_counts_from_its_own_begin() -> None:
    text = screen(back_state(T1=undoing(4)))
    assert "T1 4m00s/10m00s" in text
    assert "LATE" not in text
    assert "T1 14m00s/10m00s LATE" in screen(back_state(T1=undoing(14)))


def test_a_way_back_that_ends_in_the_reserve_is_late_in_both_languages() -> None:
    state, now = back_state(), datetime(2026, 12, 5, 22, 50, tzinfo=UTC)
    late = status_screen(state, now, "en")
    assert "back by 07:15" in late
    assert "! LATE: the reserve begins 07:00" in late
    assert "预计 07:15 恢复（" in status_screen(state, now, "zh")
    assert "! 将晚于保留时间 07:00" in status_screen(state, now, "zh")
    data = status_data(state, now)["rollback"]
    assert (data["done"], data["total"], data["in_time"]) == (0, 2, False)
    assert data["back_by"] == "2026-12-05T23:15:00+00:00"
    assert status_data(state, now)["escalation"] is None


def test_while_work_is_being_stopped_it_says_so() -> None:
    state = back_state()
    aborting = replace(state.progress, phase=RunPhase.ABORTING, rollback=None)
    text = screen(replace(state, progress=aborting))
    assert "Turning back: what is at work is being stopped; back by 21:16 (in 16m00s)" in text


@pytest.mark.parametrize("kind", ["live", "demo"])
def test_a_failure_that_says_rollback_asks_its_decider_until_when(kind: str) -> None:
    asked = AbortDecision(task="T2", attempt=1, role="check", decide_by=NOW + timedelta(minutes=10))
    failed = TaskProgress(state=S.FAILED, attempts=1)
    state = with_states({"T2": failed}, environment={"kind": kind})
    state = replace(
        state, plan=short(PLAN), progress=replace(state.progress, abort_asked={"T2": asked})
    )
    text = screen(state)
    assert "  who  zhao" in text
    assert "  decide  turn back or go on? by 21:10" in text
    back = "  $ golive decide T2 no-go --run live --as zhao --reason '…'"
    assert f"{back}{' --with …' if kind == 'live' else ''}\n" in text
    assert "  $ golive decide T2 go --run live --as zhao --reason '…'\n" in text
    assert "retry" not in text
    check_fits(text)
    late = status_screen(state, NOW + timedelta(minutes=11), "zh")
    assert "决断  回退还是继续？须于 21:10 前决定，已超时" in late


# --- what to look for --------------------------------------------------------------------------


def told(task: str, found: TaskProgress, language: str = "en", **changes: Any) -> str:
    """Return the screen of one task of a plan with a lead, the task itself changed."""
    plan = short(PLAN)
    mode = changes.pop("mode", "live")
    tasks = tuple(replace(one, **changes) if one.id == task else one for one in plan.runbook.tasks)
    roles = {**plan.team.roles, "lead": Role(people=("mei",))}
    plan = replace(
        plan, mode=mode, runbook=replace(plan.runbook, tasks=tasks),
        team=replace(plan.team, roles=roles),
    )  # fmt: skip
    text = screen(replace(with_states({task: found}), plan=plan), language)
    check_fits(text)
    return text


@pytest.mark.parametrize("state", [S.WAITING, S.RUNNING, S.VERIFYING])
def test_the_screen_says_what_to_look_for(state: TaskState) -> None:
    found = TaskProgress(state=state)
    assert "  expect  18,204 rows" in told("T1", found, expect="18,204 rows")
    assert "  预期  共 18,204 行" in told("T1", found, "zh", expect="共 18,204 行")
    assert "expect" not in told("T1", found)


PHONE = "mei +86 139 0000 0006"


@pytest.mark.parametrize(
    ("on_fail", "mode", "english", "chinese"),
    [
        ("stop", "live", f"nothing new starts; {PHONE} decides",
         f"不再启动新任务；决策人 {PHONE}"),
        ("retry 2", "live", f"tried 2 times more, then {PHONE} decides",
         f"自动重试 2 次，仍失败则停；决策人 {PHONE}"),
        ("continue", "live", "what comes after it waits, the rest goes on",
         "后续任务等待，其余照常进行"),
        ("rollback", "live", f"{PHONE} decides whether to turn back",
         f"由 {PHONE} 决断是否回退"),
        ("rollback", "rehearsal", "the rehearsal turns back by itself", "演练自动转入回退"),
    ],
)  # fmt: skip
def test_the_screen_says_what_follows_a_failure(
    on_fail: str, mode: str, english: str, chinese: str
) -> None:
    found = TaskProgress(state=S.WAITING, attempts=1)
    told_in = {
        language: told("T1", found, language, on_fail=on_fail, mode=mode)
        for language in ("en", "zh")
    }
    assert f"  if it fails  {english}" in told_in["en"]
    assert f"  失败时  {chinese}" in told_in["zh"]


def test_of_retries_only_those_left_are_told() -> None:
    second = TaskProgress(state=S.RUNNING, active="2", attempts=2)
    assert "tried 1 times more" in told("T2", second, on_fail="retry 2")
    third = TaskProgress(state=S.RUNNING, active="3", attempts=3)
    assert "nothing new starts; mei" in told("T2", third, on_fail="retry 2")


def test_of_work_going_on_it_says_so_too_and_of_an_undo_its_own() -> None:
    working = TaskProgress(state=S.RUNNING, active="1", started=NOW)
    assert "  expect  all loaded" in told("T2", working, expect="all loaded")
    undo = replace(UNDO, expect="no rows left")
    back = TaskProgress(state=S.UNDOING, role="undo", active="undo-1", undo_began=NOW)
    text = told("T2", back, expect="all loaded", undo=undo)
    assert "  expect  no rows left" in text
    assert f"  if it fails  the rollback waits; call {PHONE}" in text


def test_the_next_notice_is_told_with_its_time() -> None:
    changes: dict[str, Any] = {"kind": "notify", "title": "Half time", "after": ("T1",)}
    text = told("T2", TaskProgress(), **changes)
    assert "  notice  21:00 T2 Half time" in text
    assert "notice" not in told("T2", TaskProgress(state=S.DONE), **changes)


# --- who is called -----------------------------------------------------------------------------


def shifted(*shifts: Shift) -> Plan:
    plan = short(PLAN)
    return replace(plan, team=replace(plan.team, shifts=shifts))


DAY = {"start": "2026-12-05T08:00:00+08:00", "end": "2026-12-05T20:00:00+08:00"}
NIGHT = {"start": "2026-12-05T20:00:00+08:00", "end": "2026-12-06T08:00:00+08:00"}
ROSTER = (Shift(person="li", post="ops", **DAY), Shift(person="mei", post="ops", **NIGHT))


def test_who_is_on_shift_is_asked_first_and_typed_into_the_command() -> None:
    state = replace(with_states({"T1": TaskProgress(state=S.WAITING)}), plan=shifted(*ROSTER))
    lines = screen(state).split("\n")
    assert any("who  mei" in line for line in lines)
    assert "  $ golive task live T1 complete --as mei" in lines
    note = Note(at=NOW, person="zhao", text="down", severity="S1")
    assert "call mei" in screen(replace(state, notes=(note,)))
    near = status_screen(state, NOW + timedelta(hours=10, minutes=40), "en")
    assert "call mei" in near


def test_who_took_the_post_over_is_asked_first() -> None:
    plan = shifted(*ROSTER)
    held = {"ops": Holding(person="li", since=NOW)}
    state = replace(with_states({"T1": TaskProgress(state=S.WAITING)}, holdings=held), plan=plan)
    assert "complete --as li" in screen(state)


def test_who_has_decided_is_not_asked_again() -> None:
    state = with_states({"T0": TaskProgress(state=S.WAITING, started=NOW)})
    decision = Decision(gate="T0", person="li", decision="go", reason="", at=NOW)
    progress = replace(state.progress, decisions=(decision,), evaluated={"T0": True})
    assert "decide T0 go|no-go --run live --as mei" in screen(replace(state, progress=progress))


def test_machines_get_planned_forecast_and_actual_times() -> None:
    begun = TaskProgress(state=S.DONE, started=NOW, ended=NOW + timedelta(minutes=3))
    state = with_states({"T1": begun, "T3": TaskProgress(state=S.RUNNING, started=NOW)})
    tasks = status_data(state, NOW + timedelta(minutes=5))["tasks"]
    assert tasks["T1"]["planned"]["begin"] == "2026-12-05T12:00:00+00:00"
    assert tasks["T1"]["forecast"] is None
    assert tasks["T1"]["actual"] == {
        "begin": NOW.isoformat(), "end": (NOW + timedelta(minutes=3)).isoformat()
    }  # fmt: skip
    assert tasks["T3"]["actual"] == {"begin": NOW.isoformat(), "end": None}
    assert tasks["T3"]["forecast"]["end"] == (NOW + timedelta(minutes=5)).isoformat()


def test_the_forecast_slides_and_says_by_how_much() -> None:
    """T1 waits for a person for two hours longer than nothing was planned for."""
    state = with_states({"T1": TaskProgress(state=S.WAITING, started=NOW)})
    assert "Forecast end 21:00 (+1h00m on plan, 11h00m to the window's end)" in screen(state)
    later = status_screen(state, NOW + timedelta(hours=2), "en")
    assert "Forecast end 23:00 (+3h00m on plan" in later


def test_an_incident_has_its_timer_and_the_next_phone() -> None:
    note = Note(at=NOW, person="li", text="orders cannot be entered", severity="S1")
    state = with_states({}, notes=(note,))
    assert "#1 S1 0s call 李强" in screen(state)
    late = status_screen(state, NOW + timedelta(minutes=16), "en")
    assert "#1 S1 16m00s LATE call 陈梅" in late
    answer = Note(at=NOW, person="mei", text="mine", answers=1)
    answered = status_screen(replace(state, notes=(note, answer)), NOW + timedelta(hours=2), "en")
    assert "#1 S1 2h00m (mei) orders cannot be entered" in answered
    assert "LATE" not in answered


def test_a_late_entry_says_so() -> None:
    note = Note(at=NOW, person="li", text="cable pulled", happened=NOW - timedelta(hours=1))
    text = screen(with_states({}, notes=(note,)))
    assert "20:00 li: cable pulled (entered later)" in text


def test_paused_runs_and_held_streams_say_so() -> None:
    state = with_states({}, phase=RunPhase.PAUSED)
    held = replace(state.progress, held_streams={"data": "the vendor calls back"})
    text = screen(replace(state, progress=held))
    assert "PAUSED: nothing new starts" in text
    assert "stream held: data: the vendor calls back" in text


def test_a_gate_shows_its_criteria_and_who_said_what() -> None:
    waiting = with_states({"T0": TaskProgress(state=S.WAITING, started=NOW)})
    decision = Decision(gate="T0", person="mei", decision="abstain", reason="", at=NOW)
    progress = replace(waiting.progress, decisions=(decision,), evaluated={"T0": False})
    criteria = {"T0": ({"name": "T1", "state": "met"}, {"name": "T2", "state": "no evidence"})}
    text = screen(replace(waiting, progress=progress, criteria=criteria))
    assert "criteria 1/2 met T2" in text
    assert "decided 0/1 go  mei abstain" in text
