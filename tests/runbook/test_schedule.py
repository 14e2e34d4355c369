"""What holds of every schedule: random plans with links, locks, people, shifts and blackouts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from hypothesis import given, settings
from tests.runbook.plans import START, plan_of, seeds, tasks

from golive.runbook.definition import Calendar, Shift
from golive.runbook.lifecycle import Progress, TaskProgress, TaskState, changed
from golive.runbook.planning import Measured, Plan
from golive.runbook.schedule import Schedule, forecast, schedule
from golive.runbook.times import parse_duration, parse_instant

MANY = settings(max_examples=150, deadline=None, derandomize=True)
T0 = parse_instant(START)
MINUTE = timedelta(minutes=1)
NOTHING = timedelta(0)
WORKS = {"command", "checkpoint", "uat", "manual"}


def random_plan(rng: Random, size: int = 12) -> Plan:
    """Return a plan of random tasks that take time, in a night with blackouts and shifts."""
    likely = (0.0, 1.0, 2.0, 5.0, 9.0, 30.0)
    made = tuple(
        replace(
            task,
            est=((usual := rng.choice(likely)), usual + rng.randint(0, 9)),
            earliest=(T0 + rng.randint(0, 90) * MINUTE).isoformat() if rng.random() < 0.1 else "",
        )
        for task in tasks(rng, rng.randint(1, size))
    )  # fmt: skip
    plan = plan_of(made, mode="live")
    dark = tuple(
        f"{(T0 + rng.randint(0, 120) * MINUTE).isoformat()}/PT{rng.randint(1, 40)}M"
        for _ in range(rng.randint(0, 3))
    )
    shifts = []
    for person in ("li", "mei", "zhao", "claire"):
        begin = T0 + rng.randint(-30, 60) * MINUTE
        for _ in range(rng.choice((0, 0, 1, 2, 3))):
            end = begin + rng.randint(5, 60) * MINUTE
            shifts.append(Shift(person=person, start=begin.isoformat(), end=end.isoformat()))
            begin = end + rng.randint(0, 40) * MINUTE
    return replace(
        plan,
        runbook=replace(plan.runbook, calendar=Calendar(blackouts=dark)),
        team=replace(plan.team, shifts=tuple(shifts)),
    )


def spans(texts: tuple[str, ...]) -> Iterator[tuple[datetime, datetime]]:
    for text in texts:
        start, _, span = text.partition("/")
        yield parse_instant(start), parse_instant(start) + parse_duration(span)


def check(plan: Plan, made: Schedule, *, since: datetime = T0) -> None:
    """Check every promise of a schedule by hand: against the plan, not against its numbers."""
    slots = {slot.task: slot for slot in made.slots}
    for task in plan.runbook.tasks:
        slot = slots[task.id]
        assert slot.start >= since
        if task.earliest:
            assert slot.start >= parse_instant(task.earliest)
        for link in task.links:
            other = slots[link.id]
            base = other.start if link.type == "SS" else other.finish
            assert slot.start >= base + parse_duration(link.lag), (task.id, link)
        for opens, closes in spans(plan.runbook.calendar.blackouts):
            assert not opens <= slot.start < closes, task.id
        assert slot.slack >= NOTHING
        assert slot.free >= NOTHING
    check_locks(plan, made)
    check_people(plan, made)
    check_chain(plan, made)


def moments(made: Schedule) -> list[datetime]:
    return sorted({slot.start for slot in made.slots})


def check_locks(plan: Plan, made: Schedule) -> None:
    for at in moments(made):
        held = Counter(
            lock
            for slot in made.slots
            if slot.start <= at < slot.finish and plan.task(slot.task).kind in WORKS
            for lock in plan.task(slot.task).locks
        )
        for lock, count in held.items():
            assert count <= plan.runbook.locks[lock], (lock, at)


def check_people(plan: Plan, made: Schedule) -> None:
    roster_ends = max((parse_instant(shift.end) for shift in plan.team.shifts), default=T0)
    for at in moments(made):
        busy = Counter(
            one for slot in made.slots if slot.start <= at < slot.finish for one in slot.people
        )
        assert not [one for one, count in busy.items() if count > 1], at
    for slot in made.slots:
        task = plan.task(slot.task)
        asked = {"manual": 1, "gate": task.quorum}.get(task.kind, 0)
        assert len(set(slot.people)) == asked
        role = plan.team.roles[task.owner]
        for person in slot.people:
            assert person in (*role.people, *role.deputies)
            mine = [shift for shift in plan.team.shifts if shift.person == person]
            assert not mine or slot.start >= roster_ends or any(
                parse_instant(shift.start) <= slot.start < parse_instant(shift.end)
                for shift in mine
            ), (slot.task, person)  # fmt: skip


def check_chain(plan: Plan, made: Schedule) -> None:
    """The chain explains the end: each begins when the one before lets it, or when it may."""
    slots = {slot.task: slot for slot in made.slots}
    assert slots[made.chain[-1]].finish == made.end == max(slot.finish for slot in made.slots)
    first = slots[made.chain[0]]
    assert first.start == T0 or first.reason in {"earliest", "blackout", "shift", "now", "actual"}
    for before, after in zip(made.chain, made.chain[1:], strict=False):
        slot, other = slots[after], slots[before]
        assert slot.because == before
        bases = {other.finish, other.start}
        lags = {parse_duration(link.lag) for link in plan.task(after).links if link.id == before}
        exact = {base + lag for base in bases for lag in {NOTHING, *lags}}
        assert slot.start in exact or slot.reason in {"blackout", "shift"}, (before, after)


@MANY
@given(rng=seeds())
def test_a_schedule_keeps_links_times_locks_people_and_shifts(rng: Random) -> None:
    plan = random_plan(rng)
    for pace in ("likely", "worst"):
        check(plan, schedule(plan, pace=pace))


@settings(MANY, max_examples=60)
@given(rng=seeds())
def test_a_forecast_keeps_what_was_and_never_lies_in_the_past(rng: Random) -> None:
    plan = random_plan(rng)
    made = schedule(plan)
    now = T0 + rng.randint(0, 100) * MINUTE
    tasks_now = {}
    for slot in made.slots:
        if slot.finish <= now:
            tasks_now[slot.task] = TaskProgress(
                state=TaskState.DONE, started=slot.start, ended=slot.finish
            )
        elif slot.start <= now and rng.random() < 0.8:
            tasks_now[slot.task] = TaskProgress(state=TaskState.RUNNING, started=slot.start)
    seen = forecast(plan, Progress(tasks=tasks_now), now)
    for slot in seen.slots:
        found = tasks_now.get(slot.task)
        if found is None:
            assert slot.start >= now
        elif found.ended:
            assert (slot.start, slot.finish) == (found.started, found.ended)
        else:
            assert slot.start == found.started
            assert slot.finish >= now
    if all(slot.start > now or slot.task in tasks_now for slot in made.slots):
        check_locks(plan, seen)


def test_a_night_on_time_is_forecast_as_planned(example_plan: Plan) -> None:
    made = schedule(example_plan)
    at = made.of("D03").start + 10 * MINUTE
    done = {
        slot.task: TaskProgress(
            state=TaskState.DONE if slot.finish <= at else TaskState.RUNNING,
            started=slot.start, ended=slot.finish if slot.finish <= at else None,
        )
        for slot in made.slots if slot.start <= at
    }  # fmt: skip
    assert forecast(example_plan, Progress(tasks=done), at).end == made.end
    # Half an hour late with D03: it was to end at 06:31 and has not ended at 07:01.
    late = made.of("D03").finish + 30 * MINUTE
    done["D04"] = changed(done["D04"], state=TaskState.DONE, ended=made.of("D04").finish)
    seen = forecast(example_plan, Progress(tasks=done), late)
    assert seen.of("K01").start == late
    assert seen.end == made.end + 30 * MINUTE
    assert seen.chain[0] == "D03"


def test_what_failed_begins_again_now(example_plan: Plan) -> None:
    now = T0 + 60 * MINUTE
    found = TaskProgress(state=TaskState.FAILED, started=now - 30 * MINUTE, ended=now - 10 * MINUTE)
    plan = replace(example_plan, t0=T0.isoformat())
    seen = forecast(plan, Progress(tasks={"G01": found}), now)
    assert seen.of("G01").start == now


def test_times_of_past_runs_count_and_it_is_said(example_plan: Plan) -> None:
    measured = {"D03": Measured(p50=3600.5, p80=7200, runs=4)}
    plan = replace(example_plan, measured=measured)
    slot = schedule(plan).of("D03")
    assert (slot.finish - slot.start, slot.runs) == (timedelta(seconds=3601), 4)
    worst = schedule(plan, pace="worst").of("D03")
    assert worst.finish - worst.start == 120 * MINUTE
    assert schedule(plan).of("D02").runs == 0


def test_what_this_mode_skips_takes_no_time(example_plan: Plan) -> None:
    tasks_ = tuple(
        replace(task, modes={"live": "skip"}) if task.id == "D03" else task
        for task in example_plan.runbook.tasks
    )
    plan = replace(example_plan, runbook=replace(example_plan.runbook, tasks=tasks_))
    made = schedule(plan)
    assert made.of("D03").start == made.of("D03").finish
    # D04, 120 minutes, is what K01 waits for now.
    assert schedule(example_plan).end - made.end == 120 * MINUTE
