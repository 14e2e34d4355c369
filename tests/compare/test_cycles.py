"""The streak of a dual run: what counts, what breaks it, what restarts it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from golive.compare.cycles import CycleRun, business_days, standing
from golive.compare.definition import Cycles

MONDAY = date(2026, 11, 30)
CYCLES = Cycles()


def run(offset: int, status: str = "passed", *, basis: str = "a", hour: int = 20) -> CycleRun:
    day = MONDAY + timedelta(days=offset)
    at = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
    return CycleRun(day=day, at=at, status=status, basis=basis, run=f"r{offset}-{hour}")


def stands(*runs: CycleRun, today: int = 0, cycles: Cycles = CYCLES, **more):
    return standing(cycles, runs, today=MONDAY + timedelta(days=today), **more)


def states(found) -> list[str]:
    return [day.state.value for day in found.days]


def test_three_clean_business_days_in_a_row_meet_the_rule_over_a_weekend():
    found = stands(run(3), run(4), run(7), today=7)  # Thursday, Friday, Monday
    assert (found.streak, found.met) == (3, True)
    assert "3 of 3" in found.sentence()
    assert "连续 3 个营业日" in found.sentence("zh")


def test_a_business_day_nobody_compared_breaks_the_streak():
    found = stands(run(0), run(1), run(3), today=3)
    assert states(found) == ["clean", "clean", "missing", "clean"]
    assert (found.streak, found.met) == (1, False)


def test_today_is_pending_and_yesterday_is_not():
    assert states(stands(run(0), today=1)) == ["clean", "pending"]
    assert stands(run(0), today=1).streak == 1
    assert stands(run(0), today=2).streak == 0


def test_red_and_broken_days_break_it_and_a_day_counts_by_its_last_run():
    assert stands(run(0), run(1, "failed"), today=1).streak == 0
    assert stands(run(0), run(1, "broken"), today=1).streak == 0
    found = stands(run(0), run(1, "failed", hour=18), run(1, hour=20), today=1)
    assert (found.streak, found.days[-1].attempts) == (2, 2)


def test_another_basis_restarts_it_unless_approved_as_neutral():
    runs = (run(0), run(1), run(2, basis="b"))
    found = stands(*runs, today=2)
    assert (found.streak, found.days[-1].restarted) == (1, True)
    assert "counted anew since 2026-12-02" in found.sentence()
    assert "自 2026-12-02 起重新计数" in found.sentence("zh")
    assert "anew" not in stands(run(0), run(1), today=1).sentence()
    assert stands(*runs, today=2, neutral=[("a", "b")]).streak == 3
    assert stands(*runs, today=2, neutral=[("b", "a")]).streak == 1


def test_special_days_must_be_clean_whatever_the_streak():
    cycles = Cycles(consecutive=1, special_days=("2026-12-05",))  # a Saturday
    assert not stands(run(0), cycles=cycles).met
    assert "2026-12-05" in stands(run(0), cycles=cycles).sentence()
    done = stands(*(run(day) for day in range(6)), today=5, cycles=cycles)
    assert done.met


def test_holidays_and_worked_saturdays():
    cycles = Cycles(holidays=("2026-12-01",), workdays=("2026-12-05",))
    days = list(business_days(cycles, MONDAY, date(2026, 12, 6)))
    assert [day.day for day in days] == [30, 2, 3, 4, 5]


def test_nothing_compared_is_not_met():
    assert not stands().met


STATUS = st.sampled_from(["passed", "failed", "broken"])


@given(STATUS, st.lists(STATUS | st.none(), max_size=12), STATUS)
def test_the_streak_is_the_number_of_clean_days_at_the_end(first, between, last):
    statuses = [first, *between, last]
    week = list(business_days(CYCLES, MONDAY, MONDAY + timedelta(days=30)))[: len(statuses)]
    runs = [
        run((day - MONDAY).days, status)
        for day, status in zip(week, statuses, strict=True)
        if status
    ]
    found = standing(CYCLES, runs, today=week[-1])
    clean = "".join("p" if status == "passed" else "-" for status in statuses)
    assert found.streak == len(clean) - len(clean.rstrip("p"))
    assert found.met == (found.streak >= 3)
    assert states(found) == [
        {"passed": "clean", None: "missing"}.get(status, status) for status in statuses
    ]
