"""Folding a journal at once or record by record is the same, and no state anybody holds changes."""

from __future__ import annotations

import copy
from random import Random

from hypothesis import given, settings
from tests.runbook.plans import luck, plan_of, seeds, tasks
from tests.runbook.simulator import Choices, Night

from golive.run.state import RunState, fold


@settings(max_examples=40, deadline=None, derandomize=True)
@given(rng=seeds())
def test_at_once_and_one_by_one_are_the_same(rng: Random) -> None:
    night = Night(
        plan_of(tasks(rng, rng.randint(1, 8), irreversible=False)), Choices(luck(rng)),
        abort_after=rng.randint(3, 28),
    )  # fmt: skip
    night.run()
    state, held = RunState(plan=night.plan), []
    for record in night.records:
        state = fold(night.plan, [record], state)
        held.append((state, copy.deepcopy(state.progress), state.attempts))
    assert fold(night.plan, night.records) == state
    for middle in (len(held) // 3, len(held) // 2):
        first = fold(night.plan, night.records[:middle])
        assert fold(first.plan, night.records[middle:], first) == state
    assert all(kept.progress == was and kept.attempts == then for kept, was, then in held)
