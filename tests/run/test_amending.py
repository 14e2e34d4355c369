"""A live plan amended: what may change, what it does to the night, and what the journal keeps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.run.test_steering import NOW, TASKS, sit, tell
from tests.runbook.conftest import HEAD

from golive.contracts import Environment
from golive.errors import Refused
from golive.project import load_project
from golive.record.actors import this_actor
from golive.report.amendment_text import amendment_text
from golive.run.amending import Amendment, amend_run, propose
from golive.run.opening import open_run, read_run
from golive.run.operate import Desk
from golive.runbook.amendment import changes_between
from golive.runbook.conditions import ConditionTask, with_conditions
from golive.runbook.lifecycle import TaskState
from golive.runbook.loading import load_runbook
from golive.runbook.planning import make_plan

__all__ = ["sit"]
Sit = Callable[..., Desk]
NEW = "  - {id: EXTRA, kind: command, title: E, argv: [x], undo: none, after: [A], est: [30, 60]}\n"


@pytest.fixture
def offer(sit: Sit, tmp_path: Path) -> Callable[[str], Amendment]:
    """Propose other tasks for the run sat in front of."""
    (tmp_path / "pyproject.toml").write_text('[tool.golive]\nenvironment = "e"\n')

    def make(tasks: str, head: str = HEAD) -> Amendment:
        (tmp_path / "amended.yaml").write_text(f"{head}tasks:{tasks}", encoding="utf-8")
        state = sit("li", "tom").state()
        return propose(load_project(tmp_path), state, "amended.yaml", NOW)

    return make


def begin(desk: Desk) -> None:
    tell(desk, "task.moved", task="M", verb="open", reason="", role="")


def test_tasks_are_added_removed_and_changed_and_their_effect_is_told(sit: Sit, offer: Any) -> None:
    begin(sit())
    longer = TASKS.replace("title: A, argv", "title: A, est: [60, 90], argv") + NEW
    found = offer(longer)
    assert [change.sentence for change in found.changes] == [
        "changed A: est: [0.0, 0.0] -> [60.0, 90.0]", "added EXTRA",
    ]  # fmt: skip
    assert found.later.total_seconds() == 90 * 60
    assert found.before.lsat == found.after.lsat
    without = TASKS[: TASKS.index("  - {id: A")]
    gone = [change.sentence for change in offer(without).changes]
    assert gone == ["removed A", "removed G", "removed L"]


def test_its_effect_on_the_way_back_and_each_gate_is_told(sit: Sit, offer: Any) -> None:
    """A takes an hour longer and its undo half an hour: G opens later and has less room."""
    begin(sit())
    slower = TASKS.replace("title: A, argv", "title: A, est: [60, 60], argv").replace(
        "argv: [u], est: [1, 10]", "argv: [u], est: [1, 40]"
    )
    text = amendment_text(offer(slower), "en").splitlines()
    # Its restore of 5 minutes is faster than any undo; before, nothing took any time.
    assert "forecast end 21:00 -> 22:00 (+1h00m)" in text
    assert (
        "G: opens 21:00, latest safe abort 06:45 (+9h45m) -> "
        "opens 22:00, latest safe abort 06:40 (+8h40m)"
    ) in text
    without = slower.replace("covers: [db]", "covers: [files]")
    text = amendment_text(offer(without), "en").splitlines()
    assert "longest way back 0s -> 40m00s @ A" in text
    assert any("latest safe abort 06:05 (+8h05m)" in line for line in text)
    chinese = amendment_text(offer(without), "zh")
    assert "-> 40分00秒 @ A" in chinese
    assert "G: 21:00 开始，最晚可回退 06:45（+9小时45分） -> 22:00 开始" in chinese


@pytest.mark.parametrize(
    ("minutes", "gate", "says"),
    [
        (640, True, "task 'G': would open 07:40, after the latest safe abort 06:40"),
        (690, False, "window: ends 08:00, the amended plan only 08:30"),
    ],
)
def test_what_would_break_the_night_as_it_stands_is_refused(
    sit: Sit, offer: Any, minutes: int, says: str, *, gate: bool
) -> None:
    """The file alone passes its lint: begun at 20:00 it would end in time, but it is 21:00."""
    begin(sit())
    tasks = TASKS if gate else TASKS[: TASKS.index("  - {id: G")]
    found = offer(tasks.replace("title: A, argv", f"title: A, est: [{minutes}, {minutes}], argv"))
    assert says in amendment_text(found, "en") + "".join(map(str, found.problems))
    with pytest.raises(Refused, match=says):
        amend_run(sit("li", "tom"), found, "r")


def test_it_goes_on_by_the_amended_plan_and_any_reader_of_the_journal_knows(
    sit: Sit, offer: Any
) -> None:
    desk = sit("li", "tom")
    found = offer(TASKS + NEW)
    state = amend_run(desk, found, "the vendor asked for it")
    assert state.plan.task("EXTRA").est == (30.0, 60.0)
    assert read_run(desk.folder).plan == found.plan
    (amendment,) = state.amendments
    assert (amendment["person"], amendment["second"]["person"]) == ("li", "tom")
    assert amendment["fingerprint"] == found.plan.fingerprint != ""
    assert changes_between(state.plan, found.plan) == ()
    assert state.progress.of("EXTRA").state is TaskState.PENDING


def test_conditions_stay_and_the_demos_own_begin_is_kept(sit: Sit, tmp_path: Path) -> None:
    """The live run of a conditional GO: its conditions stand in no file."""
    sit()  # writes the workspace
    (tmp_path / "pyproject.toml").write_text('[tool.golive]\nenvironment = "e"\n')
    loaded = load_runbook(tmp_path, "runbook.yaml")
    bound = make_plan(loaded, mode="live", t0=NOW + timedelta(days=3), bind_live=True)
    due = NOW + timedelta(days=3, hours=1)
    plan = with_conditions(
        bound,
        [
            ConditionTask(text="first", owner="li", due=due),
            ConditionTask(text="then", owner="tom", due=due, before="G"),
        ],
    )
    environment = Environment(name="e", kind="demo", targets={}, facts={})
    folder = tmp_path / "conditional"
    system = this_actor("golive", assurance="system")
    open_run(folder, plan, environment, actor=system)
    root = NEW.replace("after: [A], ", "")
    (tmp_path / "amended.yaml").write_text(f"{HEAD}tasks:{TASKS}{root}", encoding="utf-8")
    project = load_project(tmp_path)
    found = propose(project, read_run(folder), "amended.yaml", NOW)
    assert [change.sentence for change in found.changes] == ["added EXTRA"]
    assert [link.id for link in found.plan.task("EXTRA").links] == ["CONDITION-1"]
    assert [link.id for link in found.plan.task("G").links] == ["A", "CONDITION-2"]
    assert found.plan.team.roles["condition-2"].people == ("tom",)
    assert found.plan.t0 == plan.t0


def test_what_has_begun_stays_and_every_mistake_is_named(sit: Sit, offer: Any) -> None:
    begin(sit())
    with pytest.raises(Refused) as refused:
        offer(TASKS.replace("title: M", "title: another"), HEAD.replace("PT1H", "PT2H"))
    told = [str(problem) for problem in refused.value.problems]
    assert told == [
        "key 'window': may not change while the run goes on (keep it as the run was opened with)",
        "task 'M': is waiting, so it cannot be changed (amend only what has not begun)",
    ]
    with pytest.raises(Refused, match="nothing to amend"):
        offer(TASKS)


def test_a_task_that_began_since_it_was_shown_is_refused(sit: Sit, offer: Any) -> None:
    desk = sit("li", "tom")
    found = offer(TASKS.replace("title: M", "title: another"))
    begin(desk)
    with pytest.raises(Refused, match="is waiting, so it cannot be changed"):
        amend_run(desk, found, "r")


@pytest.mark.parametrize(("second", "reason", "says"), [
    ("", "r", "needs a reviewer"), ("li", "r", "needs a reviewer"), ("tom", "", "needs a reason"),
])  # fmt: skip
def test_it_needs_a_reason_and_somebody_elses_eyes(
    sit: Sit, offer: Any, second: str, reason: str, says: str
) -> None:
    found = offer(TASKS + NEW)
    with pytest.raises(Refused, match=says):
        amend_run(sit("li", second), found, reason)


def test_on_the_way_back_there_is_nothing_to_amend(sit: Sit, offer: Any) -> None:
    desk = sit("li", "tom")
    found = offer(TASKS + NEW)
    tell(desk, "run.aborting", reason="r")
    with pytest.raises(Refused, match="is aborting"):
        amend_run(desk, found, "r")


def test_by_command_it_shows_first_and_then_applies(workspace: Any) -> None:
    chain = (Path(__file__).parent / "chain.yaml").read_text()
    (workspace.root / "hold-A").touch()
    workspace.runbook(chain, abort_at="M")
    head = (workspace.root / "runbook.yaml").read_text()
    (workspace.root / "next.yaml").write_text(head.replace("py, do, C]", "py, do, D]"))
    with workspace.start("rehearse", "all") as controller:
        try:
            amend_and_apply(workspace)
        finally:
            (workspace.root / "hold-A").unlink()
        assert controller.wait(90) == 1
    # C's own undo takes back C: the comparison finds what the amendment forgot.
    assert workspace.effects()["do D"] == 1
    assert workspace.orders() == ["D", "first"]
    assert workspace.golive("verify").returncode == 0


def amend_and_apply(workspace: Any) -> None:
    workspace.until(lambda: "do A" in workspace.effects())
    run = workspace.run_folder().name
    shown = workspace.golive("plan", "amend", run, "next.yaml")
    assert shown.returncode == 0, shown.stderr
    changed = "changed C: argv: [python, effect.py, do, C] -> [python, effect.py, do, D]"
    assert changed in shown.stdout
    assert "latest safe abort" in shown.stdout
    words = ("--apply", "--as", "li", "--with", "tom", "--reason", "D it is")
    done = workspace.golive("plan", "amend", run, "next.yaml", *words)
    assert done.returncode == 0, done.stderr
