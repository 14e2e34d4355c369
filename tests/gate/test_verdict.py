"""What a run proved: which word wins, and that nothing bad is outvoted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from golive.outcome import Outcome, Status
from golive.run.state import RunState
from golive.run.verdict import verdict_of
from golive.runbook.definition import Body, Drill, DrillTargets, Runbook, Task, Team, Window
from golive.runbook.lifecycle import Progress, TaskProgress, TaskState, changed
from golive.runbook.planning import Plan

S = TaskState
NOW = datetime(2026, 12, 5, 12, tzinfo=UTC)
WORK = Body(kind="command", argv=("x",))
DRILL = Drill(
    id="DR", title="A failure", after=(), before=(), inject=WORK, detect=WORK, acknowledge="ops",
    restore=WORK, confirm=WORK,
    targets=DrillTargets(detect="PT1M", acknowledge="PT1M", restore="PT1M"),
)  # fmt: skip


def plan(**keys: Any) -> Plan:
    window = Window(start="2026-12-05T12:00:00+00:00", end="2026-12-06T00:00:00+00:00")
    runbook = Runbook(
        schema="golive/runbook/v1", runbook="r", title="R", system="S", zone="UTC", window=window,
        phases=(), streams=(),
        tasks=tuple(Task(id=name, kind="command", title=name) for name in "AB"),
    )  # fmt: skip
    team = Team(schema="golive/team/v1", roles={}, people={})
    mode = keys.pop("mode", "rehearsal")
    return Plan(
        mode=mode, t0=NOW.isoformat(), fingerprint="", runbook=runbook, team=team, digests={},
        **keys,
    )  # fmt: skip


def state(
    statuses: dict[str, Status | TaskState], found: Plan | None = None, **keys: Any
) -> RunState:
    tasks = {
        name: TaskProgress(
            state=S.DONE, started=NOW,
            outcome=Outcome(status=value, summary=f"{value}!", started=NOW, ended=NOW),
        )
        if isinstance(value, Status)
        else TaskProgress(state=value, started=NOW, reason="so it is")
        for name, value in statuses.items()
    }  # fmt: skip
    keys.setdefault("progress", Progress(tasks=tasks))
    return RunState(plan=found or plan(mode="live"), **keys)


P, F, B, K = Status.PASSED, Status.FAILED, Status.BROKEN, Status.SKIPPED


@pytest.mark.parametrize(
    ("statuses", "code", "word"),
    [
        ({"A": P, "B": P}, 0, "passed"), ({"A": P, "B": F}, 1, "failed"),
        ({"A": B, "B": F}, 1, "failed"), ({"A": F, "B": B}, 1, "failed"),
        ({"A": P, "B": B}, 3, "broken"), ({"A": P, "B": K}, 3, "broken"),
        ({"A": S.FAILED, "B": P}, 1, "failed"), ({"A": S.UNDO_FAILED, "B": P}, 1, "failed"),
        ({"A": S.UNKNOWN, "B": P}, 3, "broken"), ({"A": S.UNKNOWN, "B": F}, 1, "failed"),
        ({"A": S.WAIVED, "B": P}, 1, "failed"), ({"A": S.DONE_MANUAL, "B": P}, 0, "passed"),
    ],
)  # fmt: skip
def test_failed_before_broken_before_passed(
    statuses: dict[str, Status | TaskState], code: int, word: str
) -> None:
    verdict = verdict_of(state(statuses))
    assert (verdict["exit"], verdict["verdict"]) == (code, word)
    assert bool(verdict["reasons"]) == bool(code)


def test_stopped_by_a_person_is_said_only_when_nothing_worse_is() -> None:
    stopped = verdict_of(state({"A": P}, stopped_by_operator=True))
    assert (stopped["exit"], stopped["verdict"]) == (4, "stopped")
    assert verdict_of(state({"A": B}, stopped_by_operator=True))["exit"] == 3
    worse = verdict_of(state({"A": F}, stopped_by_operator=True))
    assert worse["exit"] == 1
    assert len(worse["reasons"]) == 2


def test_a_waiver_never_turns_a_failed_outcome() -> None:
    found = state({"A": F})
    waived = changed(found.progress.of("A"), state=S.WAIVED)
    assert verdict_of(replace(found, progress=Progress(tasks={"A": waived})))["exit"] == 1


def test_the_last_attempt_counts() -> None:
    """A task failed, was retried and passed: its outcome is the last one's."""
    again = TaskProgress(
        state=S.DONE, attempts=2, started=NOW, outcome=state({"A": P}).progress.of("A").outcome
    )
    assert verdict_of(state({}, progress=Progress(tasks={"A": again})))["exit"] == 0


@pytest.mark.parametrize(
    ("differences", "code", "word"),
    [((), 0, "passed"), (("orders: 1 row more",), 1, "failed"), (None, 3, "broken")],
)
def test_a_rollback_is_proven_by_the_comparison(
    differences: tuple[str, ...] | None, code: int, word: str
) -> None:
    rolled_back = replace(state({"A": P}).progress, rollback=())
    verdict = verdict_of(state({}, plan(), progress=rolled_back, differences=differences))
    assert (verdict["exit"], verdict["verdict"]) == (code, word)


def test_a_live_way_back_is_judged_as_a_rehearsed_one() -> None:
    rolled_back = Progress(rollback=())
    found = plan(mode="live")
    for differences, code in ((None, 3), (("table 'x': 1 row more",), 1), ((), 0)):
        verdict = verdict_of(state({}, found, progress=rolled_back, differences=differences))
        assert verdict["exit"] == code
    turned = verdict_of(state({}, plan(mode="check"), progress=rolled_back))
    assert turned["exit"] == 0


def test_a_way_back_of_which_nothing_was_read_proves_nothing() -> None:
    counts = {"tables": 0, "rows": 0, "files": 0, "routes": 0}
    for read, code in ((counts, 3), ({**counts, "files": 1}, 0)):
        verdict = verdict_of(state(
            {}, plan(mode="live"), progress=Progress(rollback=()), differences=(),
            fingerprints={"after": {"counts": read}},
        ))  # fmt: skip
        assert verdict["exit"] == code
        assert (code == 0) or "environments.NAME.fingerprint" in verdict["reasons"][0]


@pytest.mark.parametrize(
    ("measured", "code"),
    [
        ({}, 3),
        ({"DR": {"met": True, "missed": []}}, 0),
        ({"DR": {"met": False, "missed": ["detect", "restore"]}}, 1),
    ],
)
def test_a_drill_counts(measured: dict[str, Any], code: int) -> None:
    verdict = verdict_of(state({"A": P}, plan(drills=(DRILL,)), drills=measured))
    assert verdict["exit"] == code
    if code == 1:
        assert verdict["reasons"] == ["DR: later than its target: detect, restore"]


def test_a_rehearsal_that_never_got_there_proves_nothing() -> None:
    assert verdict_of(state({"A": P}, plan(abort_at="B")))["exit"] == 3
    assert verdict_of(state({"A": P, "B": P}, plan(abort_at="B")))["exit"] == 0
