"""The way back along a planned night, against its definition taken literally."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from hypothesis import given, settings
from tests.runbook.plans import plan_of, seeds, tasks

from golive.runbook.definition import Body, Irreversible, Shift, Task
from golive.runbook.duty import Duty, duty_of, hands, next_after
from golive.runbook.graph import ancestors
from golive.runbook.lifecycle import Progress, TaskState
from golive.runbook.outlook import outlook, planned_state
from golive.runbook.planning import Plan
from golive.runbook.rollback import effects_of
from golive.runbook.schedule import schedule
from golive.runbook.times import parse_duration, parse_instant

#: Step -> its task, and the steps it waits for; in the plan's order, a restore last.
Way = dict[str, tuple[Task, set[str]]]


def ways_back(plan: Plan, progress: Progress) -> list[tuple[int, Way]]:
    """Return how many effects each way back leaves behind, and its steps."""
    before, effects, found = ancestors(plan.graph), effects_of(plan, progress), []
    over = [
        task
        for task in plan.runbook.tasks
        if task.kind == "checkpoint" and progress.of(task.id).state is TaskState.DONE
    ]
    for checkpoint in (None, *over):
        covered = {
            task.id
            for task in effects
            if checkpoint is not None
            and checkpoint.id in before[task.id]
            and task.touches
            and not isinstance(task.undo, Irreversible)
            and set(task.touches) <= set(checkpoint.covers)
        }
        if checkpoint is not None and not covered:
            continue
        rest = [task for task in effects if task.id not in covered]
        lost = sum(not isinstance(task.undo, Body) and task.undo != "none" for task in rest)
        undone = [task for task in rest if isinstance(task.undo, Body)]
        way: Way = {
            f"{task.id}.undo": (
                task,
                {f"{later.id}.undo" for later in undone if task.id in before[later.id]},
            )
            for task in undone
        }
        if checkpoint is not None:
            restore, later = f"{checkpoint.id}.restore", set[str]()
            below = before[checkpoint.id].union(*(before[name] for name in covered))
            for task in undone:
                if checkpoint.id in before[task.id]:
                    later.add(f"{task.id}.undo")
                elif task.id in below:
                    way[f"{task.id}.undo"][1].add(restore)
            way[restore] = (checkpoint, later)
        found.append((lost, way))
    return found


def length(plan: Plan, way: Way, duty: Duty, begins: int) -> float:
    """Play a way back: at each moment every step that may begin does, in the plan's order."""
    now, ends, free = 0.0, dict[str, float](), dict[str, float]()
    while any(ends.get(step, math.inf) > now for step in way):
        moments = [end for end in ends.values() if end > now]
        for step, (task, waits) in way.items():
            if step in ends or any(ends.get(other, math.inf) > now for other in waits):
                continue
            at_work = [way[other][0] for other, end in ends.items() if end > now]
            if any(
                sum(lock in other.locks for other in at_work) >= plan.runbook.locks[lock]
                for lock in task.locks
            ):
                continue
            body = task.restore if step.endswith(".restore") else task.undo
            assert isinstance(body, Body)
            by_hand = body.kind == "manual"
            people = hands(plan.team, body.owner or task.owner) if by_hand else ("",)
            may = {}
            for one in people:
                spans = duty.spans(one) if one else duty.blackouts
                from_then = max(now, free.get(one, now)) if one else now
                whole = begins + math.ceil(from_then)
                opens = next_after(spans, whole)
                may[one] = from_then if opens == whole else opens - begins
            person = min(may, key=may.__getitem__)
            if may[person] > now:
                moments.append(may[person])
                continue
            ends[step] = free[person] = now + body.est[1] * 60
            moments.append(ends[step])
        now = min(moments)
    return now


def plain(plan: Plan, progress: Progress) -> tuple[datetime, timedelta]:
    """Return the latest safe abort time, and R of the way back that begins then."""
    ways, window = ways_back(plan, progress), plan.runbook.window
    limit = parse_instant(window.end) - parse_duration(window.reserve)
    overhead = parse_duration(window.decision) + parse_duration(window.stop)
    zero, never = parse_instant(plan.t0), Duty(blackouts=(), away={})

    def best(duty: Duty, begins: datetime) -> timedelta:
        starts = math.ceil((begins - zero).total_seconds())
        found = min((lost, length(plan, way, duty, starts)) for lost, way in ways)
        return timedelta(seconds=found[1])

    at = limit - overhead - best(never, zero)
    while True:
        took = best(duty_of(plan), at + overhead)
        over = at + overhead + took - limit
        if over <= timedelta(0):
            return at, took
        at -= over


def rostered(plan: Plan, rng: Random) -> Plan:
    """Return the plan with a tight window and, now and then, with shifts."""
    window = replace(plan.runbook.window, decision="PT2M", stop="PT3M", end="2026-12-05T22:00:00Z")
    begins, shifts = parse_instant(plan.t0), []
    for person in rng.sample(("li", "mei", "tom"), rng.choice((0, 0, 1, 2, 3))):
        opens = begins + timedelta(minutes=rng.randint(-60, 500))
        ends = opens + timedelta(minutes=rng.randint(10, 300))
        shifts.append(Shift(person=person, start=opens.isoformat(), end=ends.isoformat()))
    team = replace(plan.team, shifts=tuple(shifts))
    return replace(plan, team=team, runbook=replace(plan.runbook, window=window))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(rng=seeds())
def test_the_outlook_is_what_the_definition_says_at_each_moment(rng: Random) -> None:
    plan = rostered(plan_of(tasks(rng, rng.randint(1, 30), irreversible=rng.random() < 0.3)), rng)
    made = schedule(plan)
    for point in outlook(plan, made).points:
        state = planned_state(plan, made, point.at)
        assert (point.lsat, point.way_back) == plain(plan, state), point
