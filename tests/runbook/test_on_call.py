"""Who is called at night: on shift first, by the roster or a hand-over; then as the team lists."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from golive.runbook.definition import Person, Role, Shift, Team
from golive.runbook.on_call import Holding, called, names_to_call

T0 = datetime(2026, 12, 5, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def shift(person: str, begins: int, ends: int, post: str = "lead") -> Shift:
    return Shift(
        person=person, post=post, start=(T0 + begins * HOUR).isoformat(),
        end=(T0 + ends * HOUR).isoformat(),
    )  # fmt: skip


TEAM = Team(
    schema="golive/team/v1",
    roles={
        "lead": Role(people=("ana",), deputies=("raj",)),
        "ops": Role(people=("li", "mei"), deputies=("ana",)),
    },
    people={name: Person(name=name.title()) for name in ("ana", "raj", "li", "mei", "zoe")},
)
ROSTER = replace(TEAM, shifts=(shift("ana", 0, 6), shift("raj", 6, 12), shift("mei", 0, 12, "ops")))


def test_without_a_roster_it_is_the_teams_order_people_before_deputies() -> None:
    assert names_to_call(TEAM, "ops", now=T0) == ("li", "mei", "ana")
    assert [one.name for one in called(TEAM, "lead", now=T0)] == ["Ana", "Raj"]
    assert names_to_call(TEAM, "nobody", now=T0) == ()


@pytest.mark.parametrize(
    ("hours", "order"),
    [(1, ("ana", "raj")), (5.99, ("ana", "raj")), (6, ("raj", "ana")), (13, ("ana", "raj"))],
)
def test_the_one_on_shift_comes_first(hours: float, order: tuple[str, ...]) -> None:
    assert names_to_call(ROSTER, "lead", now=T0 + hours * HOUR) == order


def test_who_has_no_shift_comes_before_who_is_off_shift() -> None:
    assert names_to_call(ROSTER, "ops", now=T0 + HOUR) == ("mei", "ana", "li")
    assert names_to_call(ROSTER, "ops", now=T0 + 7 * HOUR) == ("mei", "li", "ana")


def test_a_chain_of_roles_calls_everybody_on_shift_first_and_each_once() -> None:
    chain = names_to_call(ROSTER, "lead", "ops", now=T0 + 7 * HOUR)
    assert chain == ("raj", "mei", "li", "ana")


def test_a_post_handed_over_is_held_until_the_next_shift_of_it_begins() -> None:
    holdings = {"lead": Holding(person="zoe", since=T0 + HOUR)}
    team = replace(ROSTER, roles={"lead": Role(people=("ana", "zoe"), deputies=("raj",))})
    at = lambda hours: names_to_call(team, "lead", now=T0 + hours * HOUR, holdings=holdings)  # noqa: E731
    assert at(2) == ("zoe", "ana", "raj")
    assert at(7) == ("raj", "zoe", "ana")


def test_a_post_no_shift_names_is_held_by_whoever_took_it() -> None:
    holdings = {"war room": Holding(person="raj", since=T0)}
    assert names_to_call(TEAM, "lead", now=T0 + HOUR, holdings=holdings) == ("raj", "ana")
