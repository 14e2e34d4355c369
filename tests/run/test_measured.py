"""Durations of past runs: what passed, was real and is of this runbook."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from golive.outcome import Outcome, Status
from golive.run import measured
from golive.run.measured import durations_of, measured_durations, summed
from golive.run.state import Attempt, RunState
from golive.runbook.abort_times import STOP, VERIFY
from golive.runbook.definition import Body, Runbook, Task, Team, Window
from golive.runbook.lifecycle import Progress, TaskProgress, TaskState
from golive.runbook.planning import Plan

T0 = datetime(2026, 12, 5, 12, tzinfo=UTC)
TASKS = (
    Task(id="A", kind="command", title="A", argv=("x",)),
    Task(id="M", kind="manual", title="M", owner="ops"),
)
RUNBOOK = Runbook(
    schema="golive/runbook/v1", runbook="r", title="R", system="S", zone="UTC", phases=(),
    streams=(), tasks=TASKS, window=Window(start="2026-12-05T12:00:00Z",
    end="2026-12-06T00:00:00Z"),
)  # fmt: skip
TEAM = Team(schema="golive/team/v1", roles={}, people={})


def attempt(
    role: str, seconds: float, status: Status = Status.PASSED, *, at: datetime = T0
) -> Attempt:
    outcome = Outcome(status=status, summary="", started=T0, ended=T0)
    number = "1" if role == "run" else f"{role}-1"
    return Attempt(
        task="A", number=number, role=role, started=at, ended=at + timedelta(seconds=seconds),
        end="finished", outcome=outcome,
    )  # fmt: skip


@pytest.fixture
def state() -> RunState:
    plan = Plan(
        mode="rehearsal", t0=T0.isoformat(), fingerprint="f", runbook=RUNBOOK, team=TEAM, digests={}
    )
    by_hand = TaskProgress(state=TaskState.DONE, started=T0, ended=T0 + timedelta(minutes=7))
    return RunState(
        plan=plan, environment={"kind": "rehearsal"}, progress=Progress(tasks={"M": by_hand}),
        attempts=(
            attempt("run", 60), attempt("undo", 30), attempt("restore", 20), attempt("probe", 1),
            attempt("run", 99, Status.FAILED),
        ),
    )  # fmt: skip


def test_what_passed_counts_by_step(state: RunState) -> None:
    took = [(step, seconds) for step, _, seconds in durations_of(state)]
    assert took == [("A", 60), ("A.undo", 30), ("A.restore", 20), ("M", 420)]


def test_people_played_by_a_script_measure_nobody(state: RunState) -> None:
    played = replace(state, assurance={"simulated": 3})
    assert "M" not in {step for step, _, _ in durations_of(played)}


def test_stopping_and_verifying_count_where_there_was_something_to_stop(state: RunState) -> None:
    minute = timedelta(minutes=1)
    back = replace(
        state, aborted=T0, turned=T0 + minute, stopped_work=True, returned=T0 + 9 * minute,
        verified=T0 + 11 * minute,
    )  # fmt: skip
    assert {(STOP, T0, 60.0), (VERIFY, T0 + 9 * minute, 120.0)} <= {*durations_of(back)}
    idle = {step for step, _, _ in durations_of(replace(back, stopped_work=False))}
    assert (STOP in idle, VERIFY in idle) == (False, True)


def test_an_undo_by_hand_counts_from_its_own_begin(state: RunState) -> None:
    undo = Body(kind="manual", owner="ops")
    tasks = (TASKS[0], replace(TASKS[1], undo=undo))
    plan = replace(state.plan, runbook=replace(RUNBOOK, tasks=tasks))
    hour, minute = timedelta(hours=1), timedelta(minutes=1)
    back = TaskProgress(
        state=TaskState.UNDONE, started=T0, undo_began=T0 + hour, ended=T0 + hour + 4 * minute
    )
    undone = replace(state, plan=plan, progress=Progress(tasks={"M": back}))
    assert ("M.undo", T0 + hour, 240.0) in {*durations_of(undone)}


@pytest.mark.parametrize("kind", ["test", "check"])
def test_what_was_no_rehearsal_says_nothing(state: RunState, kind: str) -> None:
    if kind == "test":
        assert not list(durations_of(replace(state, environment={"kind": "test"})))
    else:
        assert not list(durations_of(replace(state, plan=replace(state.plan, mode="check"))))


@pytest.mark.parametrize(
    ("seconds", "p50", "p80"),
    [([7.0], 7, 7), ([1.0, 2.0], 1, 2), ([5.0, 1.0, 4.0, 2.0, 3.0], 3, 4)],
)
def test_quantiles(seconds: list[float], p50: float, p80: float) -> None:
    found = summed(seconds)
    assert (found.p50, found.p80, found.runs) == (p50, p80, len(seconds))


def test_runs_of_another_runbook_dry_runs_and_copies_do_not_count(
    state: RunState, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = replace(state, plan=replace(state.plan, runbook=replace(RUNBOOK, runbook="other")))
    later = replace(state, attempts=(attempt("run", 90, at=T0 + timedelta(days=1)),))
    states = {"1": state, "2": state, "3-copy": other, "4": later,
              "5-dry": replace(later, dry_run=True)}  # fmt: skip
    for name in states:
        (tmp_path / name).mkdir()
        (tmp_path / name / "journal.jsonl").write_text("", encoding="utf-8")
    monkeypatch.setattr(measured, "read_run", lambda folder: states[folder.name])
    found = measured_durations(tmp_path, RUNBOOK)
    assert (found["A"].runs, found["A"].p50, found["A"].p80) == (2, 60, 90)
    assert (found["A.undo"].runs, found["A.undo"].sources) == (1, ("1",))
    assert found["A"].sources == ("1", "4")
    assert set(found) == {"A", "A.undo", "A.restore", "M"}
