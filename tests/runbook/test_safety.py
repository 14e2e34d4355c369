"""Starts that would break the latest safe abort, held streams, late gates, ways to a checkpoint."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from tests.runbook.plans import luck, plan_of, seeds, tasks
from tests.runbook.simulator import Choices, Night
from tests.runbook.test_journal_stories import go_on, of

from golive.outcome import Outcome, Status, outcome_to_json
from golive.runbook.abort_times import VERIFY
from golive.runbook.attempt_ends import finish
from golive.runbook.definition import Body, Irreversible
from golive.runbook.lifecycle import Progress, RunPhase, TaskProgress, TaskState, changed
from golive.runbook.loading import Loaded
from golive.runbook.moves import next_moves, waits_for_people
from golive.runbook.partial import after_checkpoint
from golive.runbook.planning import Measured, Plan, make_plan
from golive.runbook.rollback import past_point_of_no_return
from golive.runbook.safe_abort import latest_safe_abort
from golive.runbook.safety import breaks_lsat, deciders

S = TaskState
#: The window ends at 00:00 UTC, less PT1H reserve, PT10M to decide and PT5M to stop: 22:45.
LIMIT = datetime(2026, 12, 5, 22, 45, tzinfo=UTC)
LONG = """
  - {id: A, kind: command, title: A, argv: [x], est: [10, 20], undo: {kind: command, argv: [u], est: [20, 30]}}
  - {id: B, kind: command, title: B, argv: [x], est: [60, 90], after: [A], touches: [db],
     undo: {kind: command, argv: [u], est: [30, 60]}}
  - {id: C, kind: command, title: C, argv: [x], est: [60, 90], undo: none, after: [A]}
"""  # noqa: E501
GATE = """
  - {id: PONR, kind: gate, title: G, owner: steer, quorum: 2, ponr: true, after: [B, C],
     decide_by: lsat, on_expiry: abort, criteria: {B: passed}}
  - {id: OPEN, kind: command, title: O, argv: [x], after: [PONR], est: [600, 600],
     undo: {irreversible: it is}}
"""


@pytest.fixture
def plan(load: Callable[[str], Loaded]) -> Callable[..., Plan]:
    return lambda text, mode="live": make_plan(load(text), mode=mode)


def done(*names: str, **more: TaskProgress) -> Progress:
    early = LIMIT - timedelta(hours=10)
    found = TaskProgress(state=S.DONE, started=early, ended=early, touched=True)
    return Progress(tasks={**dict.fromkeys(names, found), **more})


def moves(plan: Plan, progress: Progress, now: datetime) -> list[str]:
    """Return what is next, once golive has taken its first fingerprint in a live run."""
    if plan.mode == "live":
        progress = replace(progress, fingerprints=progress.fingerprints | {"before"})
    return [f"{move.verb} {move.task}".strip() for move in next_moves(plan, progress, now)]


def test_the_last_moment_a_task_may_start_is_its_lsat_less_its_own_time(plan: Any) -> None:
    """With B begun, R is 60 + 30 minutes; B itself takes 60: 22:45 - 90' - 60' = 20:15 UTC."""
    made, last = plan(LONG), datetime(2026, 12, 5, 20, 15, tzinfo=UTC)
    assert "start B" in moves(made, done("A"), last)
    late = moves(made, done("A"), last + timedelta(minutes=1))
    assert "late B" in late
    assert "start B" not in late
    # A task without effects makes no way back longer.
    assert "start C" in late


def test_a_start_takes_as_long_as_rehearsals_showed(plan: Any) -> None:
    """B is estimated to take an hour; four fifths of the rehearsals were done in 30 minutes."""
    made, last = plan(LONG), datetime(2026, 12, 5, 20, 45, tzinfo=UTC)
    assert "late B" in moves(made, done("A"), last)
    past = Measured(p50=600, p80=1800, runs=3)
    made = replace(made, measured={"B": past})
    assert "start B" in moves(made, done("A"), last)
    assert "late B" in moves(made, done("A"), last + timedelta(minutes=1))


def test_verifying_the_old_system_is_part_of_the_way_back(plan: Any) -> None:
    made = plan(LONG)
    window = replace(made.runbook.window, verify="PT7M")
    longer = replace(made, runbook=replace(made.runbook, window=window))
    was, now = (latest_safe_abort(one, done("A"), LIMIT) for one in (made, longer))
    assert was.at - now.at == timedelta(minutes=7)
    assert now.back_by - was.back_by == timedelta(minutes=7)
    measured = replace(longer, measured={VERIFY: Measured(p50=1, p80=120, runs=2)})
    assert was.at - latest_safe_abort(measured, done("A"), LIMIT).at == timedelta(minutes=2)


def test_the_refusal_names_the_task_and_by_how_much(plan: Any) -> None:
    made = plan(LONG)
    found = breaks_lsat(made, done("A"), made.task("B"), LIMIT - timedelta(minutes=140))
    assert found is not None
    assert found.sentence == (
        "starting B now would break the latest safe abort 05:15 by 10m00s: "
        "the way back would take 1h30m"
    )


def test_it_asks_for_the_deciders_and_starts_once_enough_of_them_agree(plan: Any) -> None:
    made, now = plan(LONG + GATE), LIMIT - timedelta(minutes=100)
    assert deciders(made) == ("steer", 2)
    late = TaskProgress(late="it would")
    assert waits_for_people(made, done("A", B=late)) == ("B",)
    one = changed(late, approvals=("zhao",))
    assert "start B" not in moves(made, done("A", B=one), now)
    both = changed(late, approvals=("zhao", "claire"))
    assert "start B" in moves(made, done("A", B=both), now)


def test_a_start_that_became_safe_again_needs_no_decision(plan: Any) -> None:
    made = plan(LONG)
    late = TaskProgress(late="it would have")
    assert "start B" in moves(made, done("A", B=late), LIMIT - timedelta(hours=8))


def test_two_starts_may_break_together_what_neither_breaks_alone(plan: Any) -> None:
    """Each undo takes an hour: side by side there is time until 21:45, one by one until 20:45."""
    text = "".join(
        f"  - {{id: {name}, kind: command, title: T, argv: [x], touches: [db],"
        " undo: {kind: command, argv: [u], est: [60, 60]}}\n"
        for name in "DE"
    )
    now = LIMIT - timedelta(minutes=70)
    assert moves(plan(text), Progress(), now) == ["start D", "start E"]
    # One person does both undos, one after the other.
    by_hand = plan(text.replace("undo: {kind: command", "undo: {kind: manual, owner: ops"))
    assert moves(by_hand, Progress(), now) == ["start D", "late E"]


def test_past_the_point_of_no_return_nothing_is_held_back(plan: Any) -> None:
    made = plan(LONG + GATE)
    gone = done("A", "PONR", OPEN=TaskProgress(state=S.RUNNING, touched=True))
    assert past_point_of_no_return(made, gone)
    assert breaks_lsat(made, gone, made.task("B"), LIMIT) is None


@pytest.mark.parametrize(("rule", "verb"), [("abort", "abort"), ("hold", "fail PONR")])
def test_a_gate_nobody_decides_by_the_lsat_is_never_a_go(plan: Any, rule: str, verb: str) -> None:
    made = plan((LONG + GATE).replace("on_expiry: abort", f"on_expiry: {rule}"))
    waiting = TaskProgress(state=S.WAITING, started=LIMIT)
    progress = replace(done("A", "B", "C", PONR=waiting), evaluated={"PONR": True})
    lsat = latest_safe_abort(made, progress, LIMIT).at
    assert moves(made, progress, lsat) == []
    assert moves(made, progress, lsat + timedelta(seconds=1)) == [verb]


def test_nothing_starts_in_a_held_stream(plan: Any) -> None:
    text = LONG.replace("title: B", "title: B, stream: one")
    held = replace(done("A"), held_streams={"one": "waiting for the vendor"})
    assert moves(plan(text), held, LIMIT - timedelta(hours=9)) == ["start C"]


def test_a_passed_deadline_is_said_once_and_holds_nothing_back(plan: Any) -> None:
    made = plan(LONG.replace("title: C", 'title: C, deadline: "2026-12-06T01:00:00+08:00"'))
    now = datetime(2026, 12, 5, 17, 1, tzinfo=UTC)
    assert moves(made, done("A"), now) == ["overdue C", "start B", "start C"]
    assert "overdue C" not in moves(made, done("A", C=TaskProgress(overdue=True)), now)
    assert "overdue C" not in moves(made, done("A", "C"), now)


def test_a_person_who_takes_longer_than_given_is_overdue(plan: Any) -> None:
    made = plan("  - {id: M, kind: manual, title: M, owner: ops, timeout: PT30M, undo: none}\n")
    waiting = TaskProgress(state=S.WAITING, started=LIMIT)
    assert moves(made, Progress(tasks={"M": waiting}), LIMIT + timedelta(minutes=30)) == []
    late = moves(made, Progress(tasks={"M": waiting}), LIMIT + timedelta(minutes=31))
    assert late == ["overdue M"]


# --- ends in doubt ----------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["stopped", "timeout", "crashed"])
def test_what_could_not_be_ended_is_in_doubt(plan: Any, end: str) -> None:
    task = plan(LONG).task("A")
    stopping = TaskProgress(state=S.STOPPING, active="1", role="run")
    assert finish(task, stopping, end, None, survivors=2).state is S.UNKNOWN
    assert "2 of its processes live on" in finish(task, stopping, end, None, survivors=2).reason


def test_after_a_stop_the_probe_says_what_was_left_behind(plan: Any) -> None:
    made = plan(LONG.replace("title: A", "title: A, probe: {kind: command, argv: [p]}"))
    assert moves(made, Progress(tasks={"A": TaskProgress(state=S.STOPPED)}), LIMIT) == ["start A"]
    asked = TaskProgress(state=S.STOPPED, active="probe-1", role="probe")
    passed = finish(made.task("A"), asked, "crashed", None)
    assert (passed.state, passed.probed) == (S.STOPPED, "failed")
    assert passed.reason == "stopped; the probe does not find its effect"


# --- back to a checkpoint ---------------------------------------------------------------------

CHECKED = """
  - {id: A, kind: command, title: A, argv: [x], undo: {kind: command, argv: [u], est: [1, 10]}}
  - {id: CP, kind: checkpoint, title: CP, after: [A], covers: [db],
     take: {kind: command, argv: [x]}, restore: {kind: command, argv: [r], est: [1, 5]}}
  - {id: B, kind: command, title: B, argv: [x], after: [CP], touches: [db], undo: none}
  - {id: N, kind: command, title: N, argv: [x], after: [B],
     undo: {kind: command, argv: [u], est: [1, 10]}}
  - {id: M, kind: milestone, title: M, after: [N]}
  - {id: Z, kind: manual, title: Z, owner: ops, undo: none, after: [M]}
"""


def test_back_to_a_checkpoint_and_forward_again_from_there(load: Any) -> None:
    night = Night(make_plan(load(CHECKED), mode="live"), Choices(), chaos=False)
    go_on(night)
    assert of(night, "Z") == "waiting"
    night.append("run.aborting", {"reason": "try again", "to": "CP"}, "zhao")
    go_on(night)
    assert {step: night.undone[step] for step in night.undone if night.undone[step]} == {
        "N.undo": 1, "CP.restore": 1,
    }  # fmt: skip
    assert night.state.progress.phase is RunPhase.PAUSED
    assert {name: of(night, name) for name in ("A", "CP", "B", "N", "M", "Z")} == {
        "A": "done", "CP": "done", "B": "pending", "N": "pending", "M": "pending", "Z": "pending",
    }  # fmt: skip
    night.undone.clear()
    night.append("run.continued", {}, "zhao")
    go_on(night)
    assert (of(night, "Z"), night.began["B"]) == ("waiting", 2)
    # All the way back from there takes the restore and the undos again.
    night.append("run.aborting", {"reason": "enough"}, "zhao")
    go_on(night)
    assert night.state.closed
    assert night.undone["A.undo"] == 1


def test_after_a_way_back_work_in_doubt_is_not_gone_on_with(load: Any) -> None:
    night = Night(make_plan(load(CHECKED), mode="live"), Choices(), chaos=False)
    starts = jobs_begun(night, "B")
    until_state(night, "B", "starting")
    night.workers.pop("B", None)
    night.append("task.lost", {"task": "B", "number": "1", "why": "gone", "living": []})
    night.append("run.aborting", {"reason": "try again", "to": "CP"}, "zhao")
    go_on(night)
    assert of(night, "B") == "pending"
    assert not night.state.progress.of("B").jobs
    assert not night.state.progress.of("CP").jobs
    night.append("run.continued", {}, "zhao")
    go_on(night)
    assert of(night, "Z") == "waiting"
    first, second = starts
    assert (first.partition("-")[0], second.partition("-")[0]) == ("1", "2")


@pytest.mark.parametrize(
    ("end", "status", "numbers"),
    [
        ("finished", "failed", "1 2"), ("finished", "broken", "1 1"), ("stopped", "", "1 1"),
        ("timeout", "", "1 1"), ("lost", "", "1 1"),
    ],
)  # fmt: skip
def test_a_retry_goes_on_only_with_work_whose_end_is_in_doubt(
    load: Any, end: str, status: str, numbers: str
) -> None:
    night = Night(make_plan(load(LONG), mode="live"), Choices(), chaos=False)
    starts = jobs_begun(night, "A")
    until_state(night, "A", "starting")
    night.workers.pop("A", None)
    outcome = None
    if status:
        now = night.now
        outcome = outcome_to_json(
            Outcome(status=Status(status), summary="s", started=now, ended=now)
        )
    what: dict[str, Any] = {"task": "A", "number": "1", "exit": end, "outcome": outcome}
    if end == "lost":
        what = {"task": "A", "number": "1", "why": "gone", "living": []}
    night.append("task.lost" if end == "lost" else "task.finished", what)
    if end == "lost":
        night.append(
            "task.acted", {"task": "A", "verb": "resolve", "to": "running", "result": "re-attach"},
            "li",
        )  # fmt: skip
        assert night.state.progress.of("A").jobs == {"run": starts[0]}
        night.append("task.lost", what)
        night.append("task.moved", {"task": "A", "verb": "retry", "reason": "resumable"})
    else:
        assert night.press(night.plan.task("A"), "retry")
    go_on(night)
    assert of(night, "A") == "done"
    assert " ".join(job.partition("-")[0] for job in starts) == numbers


def test_what_people_called_not_done_and_other_inputs_are_other_work(load: Any) -> None:
    for verb, more in (
        ("resolve", {"to": "failed", "result": "not-done"}),
        ("retry", {"to": "pending", "edited": {"day": "2"}}),
    ):
        night = Night(make_plan(load(LONG), mode="live"), Choices(), chaos=False)
        until_state(night, "A", "starting")
        night.append("task.lost", {"task": "A", "number": "1", "why": "gone", "living": []})
        assert night.state.progress.of("A").jobs
        night.append("task.acted", {"task": "A", "verb": verb, **more}, "li")
        assert not night.state.progress.of("A").jobs


def until_state(night: Night, task: str, state: str) -> None:
    for _ in range(100):
        if of(night, task) == state:
            return
        go_on(night, 1)
    raise AssertionError(f"{task} is {of(night, task)}")


def jobs_begun(night: Night, task: str) -> list[str]:
    """Return a list that will hold the work of each forward attempt of a task as it begins."""
    begun: list[str] = []
    append = night.append

    def told(kind: str, data: dict[str, Any], person: str = "") -> None:
        append(kind, data, person)
        if kind == "task.starting" and (data["task"], data["role"]) == (task, "run"):
            begun.append(night.state.progress.of(task).jobs["run"])

    night.append = told  # type: ignore[method-assign]
    return begun


def test_what_began_beside_a_checkpoint_on_its_assets_goes_back_with_it(plan: Any) -> None:
    made = plan(CHECKED.replace("after: [CP], touches", "after: [A], touches"))
    taken, later = LIMIT - timedelta(hours=2), LIMIT - timedelta(hours=1)
    cp = TaskProgress(state=S.DONE, started=taken, ended=taken)
    b = TaskProgress(state=S.DONE, started=later, ended=later, touched=True)
    assert after_checkpoint(made, Progress(tasks={"CP": cp, "B": b}), "CP") >= {"B", "N", "M", "Z"}
    early = changed(b, started=taken - timedelta(hours=1))
    assert after_checkpoint(made, Progress(tasks={"CP": cp, "B": early}), "CP") == set()


# --- nights -----------------------------------------------------------------------------------


@settings(max_examples=100, deadline=None, derandomize=True)
@given(rng=seeds())
def test_no_task_with_effects_begins_that_would_break_the_latest_safe_abort(rng: Random) -> None:
    """At each start the forecast end was not after the latest safe abort, or enough decided so."""
    made = plan_of(tasks(rng, rng.randint(1, 10), irreversible=False))
    window = replace(made.runbook.window, end="2026-12-05T20:45:00+08:00")
    made = replace(made, runbook=replace(made.runbook, window=window))
    night = Night(made, Choices(luck(rng)), abort_after=rng.randint(3, 28))
    append = night.append

    def checked(kind: str, data: dict[str, Any], person: str = "") -> None:
        task = made.task(data["task"]) if "task" in data else None
        starts = kind == "task.starting" and data["role"] == "run"
        if task is not None and starts and isinstance(task.undo, Body | Irreversible):
            progress = night.state.progress
            lsat = latest_safe_abort(made, progress, night.now, starting=task)
            in_time = night.now + timedelta(minutes=task.est[0]) <= lsat.at
            assert in_time or len(set(progress.of(task.id).approvals)) >= 2
        append(kind, data, person)

    night.append = checked  # type: ignore[method-assign]
    night.run()
