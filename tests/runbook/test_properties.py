"""What holds on every night: random runbooks, random luck, people who press at any moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given, settings
from tests.runbook import laws
from tests.runbook.laws import night
from tests.runbook.plans import plan_of, seeds, tasks
from tests.runbook.simulator import Choices, Night

from golive.run.state import fold
from golive.runbook.safe_abort import safe_until, surely_safe

MANY = settings(max_examples=150, deadline=None, derandomize=True)


@MANY
@given(rng=seeds())
def test_a_night_of_any_luck_keeps_order_locks_and_effects(rng: Random) -> None:
    """The night checks dependencies, locks and the way back at every record."""
    found = night(rng)
    state = found.run()
    if state.progress.rollback is not None and state.closed:
        found.check_way_back_complete()


@pytest.mark.parametrize(
    ("law", "nights"),
    [(laws.rollback_in_order, 150), (laws.prefixes_fold, 60), (laws.safe_aborts_are_back, 150)],
)
def test_the_laws_hold_on_hundreds_of_nights(law: Callable[[Random], bool], nights: int) -> None:
    """A law of which no night says anything would prove nothing: such nights are counted."""
    spoke: list[bool] = []

    @settings(MANY, max_examples=nights)
    @given(rng=seeds())
    def holds(rng: Random) -> None:
        spoke.append(law(rng))

    holds()
    assert sum(spoke) > nights // 10, f"only {sum(spoke)} of {len(spoke)} nights spoke of it"


@MANY
@given(rng=seeds())
def test_the_way_back_takes_as_long_as_was_said(rng: Random) -> None:
    """With undos as long as estimated and no person to wait for, R is what the clock shows."""
    found = night(rng, irreversible=False, undo_fails=False)
    found.run()
    planned = next((r for r in found.records if r.type == "rollback.planned"), None)
    verbs = {str(record.data.get("verb")) for record in found.records}
    if planned is not None and "open-undo" not in verbs:
        ended = next(record for record in found.records if record.type == "run.rolled_back")
        assert (ended.at - planned.at).total_seconds() == planned.data["seconds"]


@MANY
@given(rng=seeds())
def test_a_smooth_night_gets_to_its_end(rng: Random) -> None:
    """Where nothing fails and nobody meddles, only a gate without evidence turns a run back."""
    found = Night(plan_of(tasks(rng, rng.randint(1, 10))), Choices(), chaos=False)
    state = found.run()
    assert state.closed
    assert {"run.live", "run.rolled_back"} & {record.type for record in found.records}


@MANY
@given(rng=seeds())
def test_what_is_called_surely_safe_is_safe(rng: Random) -> None:
    """A second after the latest safe abort nothing may say so, at any moment of the night."""
    found = night(rng)
    found.run()
    state, clear = None, 0
    for record in found.records:
        state = fold(found.plan, [record], state)
        at, _ = safe_until(found.plan, state.progress)
        assert not surely_safe(found.plan, state.progress, at + timedelta(seconds=1))
        clear += surely_safe(found.plan, state.progress, at - timedelta(days=1))
    # It does speak: else it would be of no use.
    assert clear
