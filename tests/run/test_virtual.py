"""The night on a virtual clock: the real life cycle, and as planned."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from tests.runbook.plans import seeds
from tests.runbook.test_schedule import random_plan

from golive.run.virtual import play
from golive.runbook.definition import Irreversible
from golive.runbook.loading import load_runbook
from golive.runbook.planning import Plan, make_plan
from golive.runbook.schedule import schedule

EXAMPLES = Path(__file__).parents[1] / "runbook"


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    for name, source in (("runbook", "example_27"), ("team", "example_team")):
        (tmp_path / f"{name}.yaml").write_bytes((EXAMPLES / f"{source}.yaml").read_bytes())
    for name in ("p.yml", "notice.j2", "gl.yaml", "load/profiles.yaml", "features/a.feature"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text("x\n", encoding="utf-8")
    return make_plan(load_runbook(tmp_path, "runbook.yaml"), mode="live")


def test_the_weekend_goes_as_planned(plan: Plan) -> None:
    night = play(plan)
    made = schedule(plan)
    assert night.ended == "live"
    opened = [each for each in night.moments if each.what in {"start", "open"}]
    begun = {each.task: each.at for each in reversed(opened)}
    works = [slot for slot in made.slots if plan.task(slot.task).kind != "milestone"]
    planned = {slot.task: slot.start for slot in works}
    assert begun == planned
    ends = {each.task: each.at for each in night.moments if each.what == "done"}
    assert ends == {slot.task: slot.finish for slot in made.slots}


def test_an_abort_goes_back_as_long_as_planned(plan: Plan) -> None:
    night = play(replace(plan, abort_at="D03"))
    assert night.ended == "rolled_back"
    turned = schedule(plan).of("D03").finish
    undone = [each for each in night.moments if each.what == "undone"]
    assert {each.task for each in undone} == {"C01", "L04", "L02", "L01", "N01"}
    # Restore 70, then finance reopens the period 30, then 30 of interfaces (15 of users beside),
    # then the notice 5.
    assert night.at - turned == timedelta(minutes=70 + 30 + 30 + 5)


def quiet(plan: Plan) -> Plan:
    """Return the plan without what makes a night turn back or stand for reasons of quality."""
    return replace(
        plan,
        runbook=replace(
            plan.runbook,
            tasks=tuple(
                replace(task, undo="none" if isinstance(task.undo, Irreversible) else task.undo,
                        timeout="", verifier="")
                for task in plan.runbook.tasks
            ),
        ),
    )  # fmt: skip


@settings(max_examples=30, deadline=None, derandomize=True)
@given(rng=seeds())
def test_any_plan_comes_to_its_end_and_never_before_its_links_allow(rng) -> None:
    plan = quiet(random_plan(rng))
    night = play(plan)
    assert night.ended == "live", night.why
    done = Counter(each.task for each in night.moments if each.what in {"done", "skipped"})
    assert done == dict.fromkeys(plan.graph, 1)
    first = {each.task: each.at for each in reversed(night.moments)}
    ends = {each.task: each.at for each in night.moments}
    for task in plan.runbook.tasks:
        for link in task.links:
            base = first if link.type == "SS" else ends
            assert first[task.id] >= base[link.id]


@settings(max_examples=20, deadline=None, derandomize=True)
@given(rng=seeds())
def test_any_night_turned_back_is_rolled_back(rng) -> None:
    plan = quiet(random_plan(rng))
    last = schedule(plan).chain[-1]
    night = play(replace(plan, abort_at=last))
    assert night.ended == "rolled_back", night.why
