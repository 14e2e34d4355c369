"""Ten thousand nights: against a plain loop, against arithmetic, and against the schedule."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from tests.runbook.drawn import by_loop, way_back_by_planner
from tests.runbook.plans import seeds
from tests.runbook.test_schedule import MANY, random_plan

from golive.runbook.definition import Calendar
from golive.runbook.draws import run_forward
from golive.runbook.network import network_of
from golive.runbook.planning import Measured, Plan
from golive.runbook.retreat import draw_times, retreat_of, way_back
from golive.runbook.schedule import schedule
from golive.runbook.simulation import simulate


@settings(MANY, max_examples=60)
@given(rng=seeds())
def test_many_nights_at_once_are_as_one_by_one(rng: Random) -> None:
    plan = random_plan(rng)
    network, made = network_of(plan), schedule(plan)
    rank = {name: place for place, name in enumerate(made.order)}
    slots = sorted(made.slots, key=lambda slot: (slot.start, rank[slot.task]))
    names = [node.task for node in network.nodes]
    order = [names.index(slot.task) for slot in slots]
    numbers = np.random.default_rng(rng.randrange(2**32))
    draws = np.round(numbers.uniform(0, 2400, (len(names), 7)))
    starts, finishes, causes = run_forward(network, order, draws)
    for column in range(draws.shape[1]):
        spans = [int(each) for each in draws[:, column]]
        expected = by_loop(network, order, spans)
        assert [(int(starts[i, column]), int(finishes[i, column])) for i in order] == expected
    for index, node in enumerate(network.nodes):
        for cause in set(causes[index].tolist()) - {-1}:
            shares = set(node.locks) & set(network.nodes[cause].locks)
            linked = cause in {arc.before for arc in node.arcs}
            assert linked or shares or set(node.people) & set(network.nodes[cause].people)


@settings(MANY, max_examples=60)
@given(rng=seeds())
def test_the_planned_times_give_the_planned_night(rng: Random) -> None:
    plan = random_plan(rng)
    network, made = network_of(plan), schedule(plan)
    rank = {name: place for place, name in enumerate(made.order)}
    slots = sorted(made.slots, key=lambda slot: (slot.start, rank[slot.task]))
    names = [node.task for node in network.nodes]
    order = [names.index(slot.task) for slot in slots]
    spans = np.array([[float(node.likely)] for node in network.nodes])
    _, finishes, _ = run_forward(network, order, spans)
    assert finishes.max() <= (made.end - network.begins).total_seconds()


@settings(MANY, max_examples=80)
@given(rng=seeds())
def test_the_way_back_in_draws_is_the_planners(rng: Random) -> None:
    """Without shared locks and people, where the order of undos is no choice."""
    plan = random_plan(rng)
    bare = tuple(replace(task, locks=()) for task in plan.runbook.tasks)
    plan = replace(
        plan,
        runbook=replace(plan.runbook, tasks=bare, calendar=Calendar()),
        team=replace(plan.team, shifts=(), roles={}),
    )
    network, made = network_of(plan), schedule(plan)
    order = [slot.task for slot in sorted(made.slots, key=lambda slot: slot.start)]
    retreat = retreat_of(plan, order, network.duty)
    numbers = np.random.default_rng(rng.randrange(2**32))
    undos, restores = (draw_times(each, numbers, 5) for each in (retreat.undos, retreat.restores))
    cut = [rng.choice(made.slots).finish for _ in range(5)]
    begun = np.array([[slot.start <= at for at in cut] for slot in made.slots])
    done = np.array([[slot.finish <= at for at in cut] for slot in made.slots])
    lengths, possible = way_back(retreat, begun, done, undos, restores, np.zeros(5))
    for column in range(5):
        expected, lost = way_back_by_planner(
            plan, begun[:, column], done[:, column], undos[:, column], restores[:, column]
        )
        assert possible[column] != lost
        assert lengths[column] == pytest.approx(expected)


def chain(plan: Plan, est: tuple[float, float], count: int) -> Plan:
    """Return a plan of tasks one after the other."""
    first = plan.task("D01")
    tasks = tuple(
        replace(first, id=f"T{index}", locks=(), est=est, after=(f"T{index - 1}",) if index else ())
        for index in range(count)
    )
    return replace(plan, runbook=replace(plan.runbook, tasks=tasks, calendar=Calendar()))


def test_one_task_has_the_quantiles_it_was_given(example_plan: Plan) -> None:
    """The middle of [60, 120] is 60, and 120 is exceeded one time in twenty."""
    plan = chain(example_plan, (60, 120), 1)
    found = simulate(plan, draws=40_000)
    begins = network_of(plan).begins
    assert (found.finish.p50 - begins).total_seconds() / 60 == pytest.approx(60, rel=0.02)
    assert (found.finish.p95 - begins).total_seconds() / 60 == pytest.approx(120, rel=0.03)


def test_rehearsals_give_p50_and_p80(example_plan: Plan) -> None:
    """Calibration: four fifths of the drawn nights end by the P80 the rehearsals showed."""
    measured = {"T0": Measured(p50=3600, p80=5400, runs=5)}
    plan = replace(chain(example_plan, (60, 61), 1), measured=measured)
    found = simulate(plan, draws=40_000)
    took = (found.finish.p80 - network_of(plan).begins).total_seconds()
    assert took == pytest.approx(5400, rel=0.02)
    assert (found.measured, found.estimated) == (1, 0)


def test_a_chain_is_later_than_the_sum_of_its_middles(example_plan: Plan) -> None:
    """The mean of a lognormal is above its middle: exp(s^2/2), and sums have the mean."""
    plan = chain(example_plan, (30, 60), 30)
    spread = math.log(2) / 1.645
    mean = 30 * 30 * math.exp(spread**2 / 2)
    took = simulate(plan).finish.p50 - network_of(plan).begins
    assert took.total_seconds() / 60 == pytest.approx(mean, rel=0.02)


def test_the_same_seed_draws_the_same_nights(example_plan: Plan) -> None:
    assert simulate(example_plan, draws=500) == simulate(example_plan, draws=500)
    assert simulate(example_plan, draws=500) != simulate(example_plan, draws=500, seed=2)


def test_the_weekend_of_27_tasks(example_plan: Plan) -> None:
    found = simulate(example_plan, draws=2000)
    made = schedule(example_plan)
    assert made.end < found.finish.p50 < found.finish.p80 < found.finish.p95
    assert found.in_window == 1.0
    assert found.criticality["D03"] > 0.95
    assert found.criticality["D04"] < 0.3
    # Nobody's end hangs on what happens on Monday.
    assert found.criticality["H02"] == 0
    stands = {stand.task: stand for stand in found.stands}
    assert set(stands) == {"C01", "G02"}
    # 196 minutes if everything is as likely; the planner counts 285 at worst.
    assert 196 * 60 < stands["G02"].way_back_p50 < stands["G02"].way_back_p80 < 285 * 60
    assert stands["C01"].safe == 1.0


def test_a_night_too_long_for_its_window_has_odds(example_plan: Plan) -> None:
    """The window ends at the planned end: about half of the nights are late."""
    end = schedule(example_plan).end
    window = replace(example_plan.runbook.window, end=(end + timedelta(minutes=45)).isoformat())
    plan = replace(example_plan, runbook=replace(example_plan.runbook, window=window))
    found = simulate(plan, draws=2000)
    assert 0.3 < found.in_window < 0.8
    assert found.before_reserve < found.in_window
    stands = {stand.task: stand.safe for stand in found.stands}
    # A way back of three hours hardly ever fits the hour between the gate and the end.
    assert stands["G02"] < 0.02
