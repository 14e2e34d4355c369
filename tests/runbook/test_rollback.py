"""How long the way back takes: who is there, what is dark, what rehearsals showed, how far back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from golive.runbook.definition import Calendar, Shift
from golive.runbook.duty import latest_before, merged, next_after
from golive.runbook.lifecycle import Progress, TaskProgress, TaskState
from golive.runbook.loading import Loaded
from golive.runbook.planning import Measured, Plan, make_plan
from golive.runbook.rollback import plan_rollback
from golive.runbook.safe_abort import latest_safe_abort
from golive.runbook.times import parse_instant

#: The window of the runbooks here is 20:00 to 08:00 in Shanghai.
TASKS = """
    - {id: A, kind: manual, title: A, owner: fin, undo: {kind: manual, owner: fin, est: [10, 30]}}
    - {id: B, kind: manual, title: B, owner: fin, undo: {kind: manual, owner: fin, est: [10, 20]}}
    - {id: CP, kind: checkpoint, title: CP, after: [A], covers: [new],
       take: {kind: command, argv: [x.sh]}, restore: {kind: command, argv: [x.sh], est: [5, 15]}}
    - {id: C, kind: command, title: C, argv: [x.sh], after: [CP], touches: [new],
       undo: {kind: command, argv: [x.sh], est: [10, 60]}}
"""


def night(hour: int, minute: int = 0) -> datetime:
    """Return a time of the night, by the clock in Shanghai."""
    return parse_instant(f"2026-12-0{5 if hour > 12 else 6}T{hour:02}:{minute:02}:00+08:00")


def done(*names: str) -> Progress:
    state = TaskState.DONE
    return Progress(tasks={name: TaskProgress(state=state, touched=True) for name in names})


@pytest.fixture
def plan(load: Callable[[str], Loaded], tmp_path) -> Plan:
    (tmp_path / "x.sh").write_text("true\n", encoding="utf-8")
    return make_plan(load(TASKS), mode="live")


def on_shift(plan: Plan, *shifts: tuple[str, datetime, datetime]) -> Plan:
    made = tuple(
        Shift(person=person, start=start.isoformat(), end=end.isoformat())
        for person, start, end in shifts
    )
    return replace(plan, team=replace(plan.team, shifts=made))


def test_one_person_undoes_one_task_at_a_time(plan: Plan) -> None:
    """Finance is mei and her deputy raj: two at once; mei alone: one after the other."""
    assert plan_rollback(plan, done("A", "B")).length == timedelta(minutes=30)
    roles = dict(plan.team.roles)
    roles["fin"] = replace(roles["fin"], deputies=())
    alone = replace(plan, team=replace(plan.team, roles=roles))
    assert plan_rollback(alone, done("A", "B")).length == timedelta(minutes=50)


def test_an_undo_waits_for_the_shift_of_who_does_it(plan: Plan) -> None:
    rostered = on_shift(plan, ("mei", night(20), night(22)), ("raj", night(4), night(8)))
    for begins, minutes in ((night(21), 30), (night(22), 360 + 30), (night(5), 30)):
        way = plan_rollback(rostered, done("A"), begins=begins)
        assert way.length == timedelta(minutes=minutes), begins
    assert plan_rollback(rostered, done("A")).length == timedelta(minutes=30)


def test_the_latest_safe_abort_counts_who_is_on_shift(plan: Plan) -> None:
    """08:00 less 1 h reserve, 10 min decision, 5 min stop and 30 min: 06:15."""
    assert latest_safe_abort(plan, done("A"), night(21)).at == night(6, 15)
    gone = on_shift(plan, ("mei", night(20), night(22)), ("raj", night(20), night(22)),
                    ("li", night(20), night(8)))  # fmt: skip
    lsat = latest_safe_abort(gone, done("A"), night(23))
    # Fifteen minutes after the decision it would be 22:00, and then nobody is there until 08:00.
    assert night(20) < lsat.at < night(21, 45)
    assert not lsat.safe
    assert lsat.back_by == night(8, 30)


def test_nothing_is_undone_in_a_blackout(plan: Plan) -> None:
    dark = Calendar(blackouts=("2026-12-06T06:00:00+08:00/PT50M",))
    plan = replace(plan, runbook=replace(plan.runbook, calendar=dark))
    assert plan_rollback(plan, done("A"), begins=night(6, 20)).length == timedelta(minutes=60)
    # Back by 07:00 is possible when the undo begins before 06:00, not after.
    lsat = latest_safe_abort(plan, done("A"), night(5))
    assert night(5, 30) < lsat.at < night(5, 45)
    assert lsat.safe


def test_what_rehearsals_showed_counts_more_than_an_estimate(plan: Plan) -> None:
    shown = replace(plan, measured={"C.undo": Measured(p50=200, p80=240, runs=3)})
    assert plan_rollback(plan, done("C")).length == timedelta(minutes=60)
    assert plan_rollback(shown, done("C")).length == timedelta(minutes=4)
    assert plan_rollback(shown, done("C"), {"C.undo": 60.0}).length == timedelta(minutes=1)


def test_spans_of_time() -> None:
    spans = merged([(50, 60), (10, 20), (15, 30), (30, 40), (70, 70)])
    assert spans == ((10, 40), (50, 60))
    assert [next_after(spans, time) for time in (9, 10, 39, 40, 55, 60)] == [9, 40, 40, 40, 60, 60]
    assert [latest_before(spans, time) for time in (9, 10, 39, 40, 55)] == [9, 10, 10, 40, 50]
