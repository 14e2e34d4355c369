"""The wall clock is set by an hour while a run goes on: no effect twice, no duration a lie."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from golive.project import load_project
from golive.record.actors import system_actor
from golive.record.clock import Reading, system_clock
from golive.report.status import status_screen
from golive.report.words import clock_words
from golive.run.control import take_control
from golive.run.executor import execute
from golive.run.opening import environment_of, open_run, read_run
from golive.run.state import RunState
from golive.runbook.loading import load_rehearsal, load_runbook
from golive.runbook.planning import make_plan

#: What may happen to the wall clock in a night: an hour either way.
HOUR = timedelta(hours=1)
#: Longer than any duration of these runs, far shorter than the step.
MINUTES = 600.0


@dataclass
class SetClock:
    """The machine's clocks, the wall clock of which somebody may set."""

    by: timedelta = timedelta(0)

    def __call__(self) -> Reading:
        found = system_clock()
        return replace(found, at=found.at + self.by)


def at_work(state: RunState) -> bool:
    return state.progress.of("A").state == "running"


def turned(state: RunState) -> bool:
    return state.turned is not None


@pytest.mark.parametrize(
    ("step", "moment"), [(-HOUR, at_work), (HOUR, turned)], ids=["back-at-work", "forward-turned"]
)
def test_the_clock_is_set_while_a_run_goes_on(
    workspace: Any, step: timedelta, moment: Callable[[RunState], bool]
) -> None:
    workspace.runbook((Path(__file__).parent / "chain.yaml").read_text(), abort_at="B")
    project = load_project(workspace.root, environment="test")
    rehearsal, _ = load_rehearsal(workspace.root, "rehearsals/all.yaml")
    plan = make_plan(
        load_runbook(workspace.root, "runbook.yaml"), mode="rehearsal", abort_at=rehearsal.abort_at
    )
    folder = workspace.root / "reports" / "runs" / "clock"
    open_run(folder, plan, project.resolve("test"), actor=system_actor())
    clock = SetClock()

    def watch(state: RunState) -> None:
        if moment(state):
            clock.by = step

    with take_control(folder, plan, clock=clock) as controller:
        execute(controller, project, environment_of(read_run(folder)), watch=watch)
    assert clock.by == step
    assert set(workspace.effects().values()) == {1}
    assert workspace.orders() == ["first"]
    assert workspace.golive("verify").returncode == 0
    state = read_run(folder)
    assert state.verdict["verdict"] == "passed"
    (note,) = [note for note in state.notes if note.kind == "clock"]
    assert abs(float(note.text) - step.total_seconds()) <= 1
    assert 0 <= state.way_back_seconds < MINUTES
    assert state.opened is not None
    assert state.closed is not None
    assert 0 <= (state.closed - state.opened).total_seconds() < MINUTES
    for attempt in state.attempts:
        assert attempt.ended is not None
        assert 0 <= (attempt.ended - attempt.started).total_seconds() < MINUTES
    began = [attempt.started for attempt in state.attempts]
    assert began == sorted(began)
    screen = status_screen(state, clock().at, "en")
    assert clock_words(note.text, "en") in screen


@pytest.mark.parametrize(
    ("seconds", "language", "said"),
    [
        ("+3600", "en", "the clock was set forward by 1h00m; durations are right"),
        ("-3600", "en", "the clock was set back by 1h00m; durations are right"),
        ("-3600", "zh", "系统时钟被拨慢 1小时00分；各项用时不受影响"),
    ],
)
def test_it_is_said_in_plain_words(seconds: str, language: str, said: str) -> None:
    assert clock_words(seconds, language) == said
