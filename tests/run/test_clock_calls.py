"""Each step before the latest safe abort is on record once, with whom it calls."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.run.test_steering import NOW, sit, tell

from golive.cli.watching import Teller
from golive.report.words import note_words
from golive.run.clock_calls import ClockCalls, call_due
from golive.run.control import take_control
from golive.run.opening import read_plan, read_run
from golive.runbook.safe_abort import latest_safe_abort

__all__ = ["sit"]


def test_each_step_is_due_once_for_each_latest_safe_abort(sit: Any) -> None:
    desk = sit()
    lsat = latest_safe_abort(read_plan(desk.folder), desk.state().progress, NOW).at
    with take_control(desk.folder, read_plan(desk.folder)) as controller:
        for minutes in (90, 61, 60, 59, 31, 30, 29, 10, 9, 1, -1, -5):
            controller.now = lambda minutes=minutes: lsat - timedelta(minutes=minutes)
            # A new controller each time: what was called stands in the record alone.
            ClockCalls().look(controller)
    state = read_run(desk.folder)
    notes = [note for note in state.notes if note.kind == "call"]
    assert [note.text.split()[0] for note in notes] == ["60", "30", "10", "0"]
    assert note_words(notes[1], "en").startswith("under 30 min to the latest safe abort: call ")
    assert note_words(notes[3], "zh").startswith("已过最晚可回退时间，请致电 ")
    assert call_due(state, lsat + timedelta(hours=1)) is None


def test_it_is_not_asked_at_every_glance(sit: Any) -> None:
    desk = sit()
    calls, times = ClockCalls(), iter([0, 14, 16])
    with take_control(desk.folder, read_plan(desk.folder)) as controller:
        lsat = latest_safe_abort(controller.state.plan, controller.state.progress, NOW).at
        begin = lsat - timedelta(minutes=60, seconds=5)
        controller.now = lambda: begin + timedelta(seconds=next(times))
        seen = []
        for _ in range(3):
            calls.look(controller)
            seen.append(len(controller.state.notes))
    assert seen == [0, 0, 1]


@pytest.mark.parametrize("phase", ["run.aborting", "run.rolled_back", "run.live", "run.closed"])
def test_nobody_is_called_where_nothing_is_to_be_decided(sit: Any, phase: str) -> None:
    desk = sit()
    tell(desk, phase, reason="r", exit=0, verdict="passed", reasons=[])
    assert call_due(desk.state(), NOW + timedelta(hours=20)) is None


def test_the_controller_prints_each_call_once(sit: Any, capsys: Any) -> None:
    desk, teller = sit(), Teller("en")
    tell(desk, "clock.called", minutes=60, lsat=NOW.isoformat(), call=["Ana"])
    for _ in range(2):
        teller(desk.state())
    told = capsys.readouterr().out
    assert told.count("! under 60 min to the latest safe abort: call Ana") == 1
