"""A plan: its fingerprint, its T0, its JSON; drills put in and measured; times as people write."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from golive.errors import SpecError
from golive.runbook.definition import (
    Body,
    Drill,
    DrillTargets,
    Irreversible,
    Link,
    Rehearsal,
    Task,
    Until,
)
from golive.runbook.drills import drill_steps, measure_drill
from golive.runbook.loading import Loaded, load_runbook
from golive.runbook.planning import fingerprint, make_plan, plan_from_json, plan_to_json
from golive.runbook.rehearsing import check_rehearsal
from golive.runbook.times import parse_duration, parse_instant, show_duration
from golive.specfile import SpecDocument

EVENING = datetime(2026, 11, 5, 12, tzinfo=UTC)
TASKS = """
  - {id: A, kind: ansible, title: A, playbook: p.yml, undo: {kind: manual, owner: ops}}
  - {id: B, kind: wait, title: B, after: [{id: A, lag: PT5M}],
     until: {at: "2026-12-05T23:00:00+08:00"}}
  - {id: C, kind: gate, title: C, owner: steer, after: [B], criteria: {A: passed},
     decide_by: "2026-12-05T23:30:00+08:00"}
"""
TEAM_WITH_SHIFT = """
shifts: [{person: li, start: "2026-12-05T20:00:00+08:00", end: "2026-12-06T08:00:00+08:00"}]
"""
#: Another value for every field of a task; whoever adds a field must add it here.
OTHER: dict[str, Any] = {
    "id": "A2", "kind": "command", "title": "Other", "owner": "fin", "phase": "all",
    "stream": "one",
    "after": (Link(id="C", type="SS"),), "est": (1.0, 2.0), "locks": ("db",), "touches": ("new",),
    "expect": "done",
    "earliest": "2026-12-05T21:00:00+08:00", "deadline": "2026-12-05T22:00:00+08:00",
    "timeout": "PT1M", "probe": Body(kind="command"), "rerun": "safe",
    "undo": Irreversible(irreversible="gone"), "verifier": "check", "on_fail": "continue",
    "modes": {"live": "skip"}, "playbook": "q.yml", "vars": {"a": 1}, "secrets": ("s",),
    "argv": ("x",), "env": {"A": "1"}, "select": "@a", "features": "f", "profile": "p",
    "target": "old", "workers": 2, "wait": 5,
    "comparison": "c", "notice": "n", "to": ("ops",), "criteria": {"A": "passed"}, "quorum": 2,
    "cycle": "2026-11-30",
    "ponr": True, "decide_by": "lsat", "on_expiry": "hold", "take": Body(kind="command"),
    "covers": ("db",), "restore": Body(kind="command"), "until": Until(at="2026-12-05T21:00:00Z"),
}  # fmt: skip


@pytest.fixture
def loaded(load: Callable[[str], Loaded]) -> Loaded:
    return load(TASKS)


# --- the fingerprint --------------------------------------------------------------------------


def test_t0_mode_and_people_leave_the_fingerprint(loaded: Loaded) -> None:
    live = make_plan(loaded, mode="live")
    rehearsal = make_plan(loaded, mode="rehearsal", t0=EVENING, rehearsal="r", abort_at="B")
    others = replace(loaded, team=replace(loaded.team, people={}, roles={}))
    assert live.fingerprint == rehearsal.fingerprint
    assert live.fingerprint == make_plan(others, mode="live").fingerprint


@pytest.mark.parametrize("name", [item.name for item in fields(Task)])
def test_every_field_of_a_task_is_in_the_fingerprint(loaded: Loaded, name: str) -> None:
    first, *others = loaded.runbook.tasks
    assert getattr(first, name) != OTHER[name]
    changed = replace(loaded.runbook, tasks=(replace(first, **{name: OTHER[name]}), *others))
    assert fingerprint(changed, loaded.digests) != fingerprint(loaded.runbook, loaded.digests)


def test_every_byte_of_a_named_file_is_in_the_fingerprint(loaded: Loaded, tmp_path: Path) -> None:
    before = make_plan(loaded, mode="live").fingerprint
    assert make_plan(load_runbook(tmp_path, "runbook.yaml"), mode="live").fingerprint == before
    (tmp_path / "p.yml").write_text("- hosts: none\n", encoding="utf-8")
    assert make_plan(load_runbook(tmp_path, "runbook.yaml"), mode="live").fingerprint != before


def test_a_role_beside_a_playbook_is_in_the_fingerprint_and_its_cache_is_not(
    loaded: Loaded, tmp_path: Path
) -> None:
    role = tmp_path / "cutover_playbooks" / "roles" / "freeze" / "main.yml"
    role.parent.mkdir(parents=True)
    role.write_text("- debug:\n", encoding="utf-8")
    (role.parent / "__pycache__").mkdir()
    (role.parent / "__pycache__" / "x.pyc").write_bytes(b"0")
    digests = load_runbook(tmp_path, "runbook.yaml").digests
    assert set(digests) - set(loaded.digests) == {"cutover_playbooks/roles/freeze/main.yml"}


# --- T0 ---------------------------------------------------------------------------------------


def test_live_never_shifts(loaded: Loaded) -> None:
    assert make_plan(loaded, mode="live", t0=EVENING).runbook == loaded.runbook
    assert make_plan(loaded, mode="live", t0=EVENING).t0 == "2026-12-05T12:00:00+00:00"


def test_a_rehearsal_shifts_window_waits_decisions_and_shifts(
    workspace: Callable[[dict[str, str]], Path],
) -> None:
    root = workspace({"tasks": TASKS})
    team = root / "team.yaml"
    team.write_text(team.read_text("utf-8") + TEAM_WITH_SHIFT, encoding="utf-8")
    plan = make_plan(load_runbook(root, "runbook.yaml"), mode="rehearsal", t0=EVENING)
    until = plan.task("B").until
    assert until is not None
    assert (
        plan.runbook.window.start, until.at, plan.task("C").decide_by, plan.team.shifts[0].end,
    ) == (
        "2026-11-05T20:00:00+08:00", "2026-11-05T23:00:00+08:00", "2026-11-05T23:30:00+08:00",
        "2026-11-06T08:00:00+08:00",
    )  # fmt: skip


def test_a_shift_over_a_clock_change_keeps_every_distance(loaded: Loaded) -> None:
    """In London the clocks go back in between: what counts is time passed, not the wall."""
    runbook = replace(loaded.runbook, zone="Europe/London")
    t0 = datetime(2026, 10, 24, 22, tzinfo=UTC)
    plan = make_plan(replace(loaded, runbook=runbook), mode="rehearsal", t0=t0)
    until = plan.task("B").until
    assert until is not None
    assert parse_instant(until.at) - parse_instant(plan.runbook.window.start) == timedelta(hours=3)
    assert parse_instant(plan.t0) == t0


def test_a_plan_goes_through_json(loaded: Loaded, example: Loaded) -> None:
    for each in (loaded, example):
        plan = make_plan(each, mode="rehearsal", t0=EVENING, drills=(DRILL,))
        assert plan_from_json(json.loads(json.dumps(plan_to_json(plan)))) == plan


def test_what_is_no_plan_is_refused_by_key(loaded: Loaded) -> None:
    data = plan_to_json(make_plan(loaded, mode="live")) | {"shift": 1}
    with pytest.raises(SpecError, match="unknown key 'shift'"):
        plan_from_json(data)


# --- drills -----------------------------------------------------------------------------------

DRILL = Drill(
    id="DR", title="The new system dies", after=("A",), before=("C",),
    inject=Body(kind="command", argv=("kill",)), detect=Body(kind="command", argv=("watch",)),
    acknowledge="ops", restore=Body(kind="command", argv=("start",)),
    confirm=Body(kind="command", argv=("look",)),
    targets=DrillTargets(detect="PT1M", acknowledge="PT5M", restore="PT15M"),
)  # fmt: skip


def test_a_drill_is_five_tasks_between_two_others(loaded: Loaded) -> None:
    plan = make_plan(loaded, mode="rehearsal", drills=(DRILL,))
    inject, detect, acknowledge, restore, confirm = drill_steps(DRILL)
    graph = plan.graph
    assert graph[inject] == ("A",)
    assert graph[detect] == (inject,)
    assert graph[acknowledge] == (detect,)
    assert graph[restore] == (acknowledge,)
    assert graph[confirm] == (restore,)
    assert graph["C"] == ("B", confirm)
    assert plan.task(acknowledge).owner == "ops"
    assert make_plan(loaded, mode="rehearsal").fingerprint == plan.fingerprint


@pytest.mark.parametrize(
    ("minutes", "missed"),
    [
        ((1, 5, 15), ()),
        ((2, 5, 15), ("detect",)),
        ((1, 6, 15), ("acknowledge",)),
        ((1, 5, 16), ("restore",)),
    ],
)
def test_a_drill_is_measured_from_the_injection(
    minutes: tuple[int, int, int], missed: tuple[str, ...]
) -> None:
    inject, detect, acknowledge, restore, confirm = drill_steps(DRILL)
    after = dict(zip((detect, acknowledge, confirm), minutes, strict=True))
    ended = {name: EVENING + timedelta(minutes=span) for name, span in after.items()}
    ended |= {inject: EVENING, restore: EVENING}
    result = measure_drill(DRILL, ended)
    assert result is not None
    assert (result.met, result.missed) == (not missed, missed)
    assert result.restore == timedelta(minutes=minutes[2])
    assert measure_drill(DRILL, {**ended} | {"x": EVENING}) == result
    del ended[confirm]
    assert measure_drill(DRILL, ended) is None


@pytest.mark.parametrize(
    ("changes", "drill", "says"),
    [
        ({"abort_at": "Z"}, {}, "r.yaml:1: abort_at: names 'Z', which is no task of the runbook"),
        ({}, {"after": ("Y",)}, "drill 'DR': after: names 'Y', which is no task"),
        ({}, {"acknowledge": "x"}, "drill 'DR': acknowledge 'x' is not a role of the team"),
        ({}, {"after": ("C",), "before": ("A",)}, "make a task wait for itself: A -> DR-confirm"),
    ],
)
def test_a_rehearsal_that_does_not_fit_is_refused(
    loaded: Loaded, changes: dict[str, Any], drill: dict[str, Any], says: str
) -> None:
    rehearsal = Rehearsal(
        schema="golive/rehearsal/v1", rehearsal="r", title="R", runbook="runbook.yaml",
        environment="demo", drills=(replace(DRILL, **drill),), **changes,
    )  # fmt: skip
    with pytest.raises(SpecError) as refused:
        check_rehearsal(rehearsal, loaded, SpecDocument(path="r.yaml", data={}, lines={}))
    assert says in str(refused.value)


def test_two_drills_of_one_name_are_refused(loaded: Loaded) -> None:
    rehearsal = Rehearsal(
        schema="golive/rehearsal/v1", rehearsal="r", title="R", runbook="runbook.yaml",
        environment="demo", drills=(DRILL, DRILL),
    )  # fmt: skip
    with pytest.raises(SpecError, match="task 'DR-inject': is put in although there is one"):
        check_rehearsal(rehearsal, loaded, SpecDocument(path="r.yaml", data={}, lines={}))


def test_a_rehearsal_that_fits_is_not_refused(loaded: Loaded) -> None:
    rehearsal = Rehearsal(
        schema="golive/rehearsal/v1", rehearsal="r", title="R", runbook="runbook.yaml",
        environment="demo", drills=(DRILL,), abort_at="C",
    )  # fmt: skip
    check_rehearsal(rehearsal, loaded, SpecDocument(path="r.yaml", data={}, lines={}))


# --- times ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("PT15M", 900), ("PT1H30M", 5400), ("P1DT2H", 93600), ("PT0.5S", 0.5), ("PT0S", 0)],
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text).total_seconds() == seconds


@pytest.mark.parametrize("text", ["", "P", "PT", "15m", "PT1.5H", "-PT5M", "PT5M ", "pt5m"])
def test_no_durations(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration like PT15M"):
        parse_duration(text)


def test_instants_are_read_as_utc() -> None:
    assert parse_instant("2026-10-09T20:00:00+08:00") == datetime(2026, 10, 9, 12, tzinfo=UTC)
    with pytest.raises(ValueError, match="has no offset"):
        parse_instant("2026-10-09T20:00:00")
    with pytest.raises(ValueError, match="is not a time like"):
        parse_instant("20:00")


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0s"), (48, "48s"), (59.6, "1m00s"), (665, "11m05s"), (8460, "2h21m"),
        (3599.7, "1h00m"), (-180, "-3m00s"), (-0.4, "0s"), (90000, "25h00m"),
    ],
)  # fmt: skip
def test_spans_as_people_read_them(seconds: float, shown: str) -> None:
    assert show_duration(timedelta(seconds=seconds)) == shown
