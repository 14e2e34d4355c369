"""Plan the way back from what really happened, how long it takes, and until when it fits; pure.

Sources: compensation in reverse of real dependencies (saga pattern); a checkpoint's restore
stands for the undos of the covered tasks that came after it. LSAT = window.end - reserve -
decision - stop - R.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from golive.runbook.definition import Body, Irreversible, Task
from golive.runbook.duty import Duty, Spans, duty_of, hands, next_after, offset
from golive.runbook.graph import Reach
from golive.runbook.lifecycle import Progress, RollbackStep, TaskState, changed, locks_taken
from golive.runbook.planning import Plan
from golive.runbook.times import parse_duration, parse_instant

__all__ = [
    "Lsat",
    "WayBack",
    "effects_of",
    "latest_safe_abort",
    "past_point_of_no_return",
    "plan_rollback",
    "safe_until",
    "surely_safe",
]

#: Measured seconds by step id, from rehearsals; estimates are used where there is none.
Durations = Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class WayBack:
    """The steps of a rollback and its length R: order, locks and people respected."""

    steps: tuple[RollbackStep, ...]
    length: timedelta
    #: Tasks with effects nothing brings back: irreversible, or without undo and not covered.
    lost: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lsat:
    """The latest safe abort time and what it is made of."""

    at: datetime
    way_back: timedelta
    back_by: datetime
    safe: bool


def effects_of(plan: Plan, progress: Progress) -> tuple[Task, ...]:
    """Return the tasks that may have changed something not yet undone, in the plan's order."""
    return tuple(
        task
        for task in plan.runbook.tasks
        if (found := progress.tasks.get(task.id)) is not None
        and found.touched
        and found.state is not TaskState.UNDONE
        and (task.undo not in (None, "none") or task.touches)
    )


def plan_rollback(
    plan: Plan,
    progress: Progress,
    measured: Durations | None = None,
    *,
    begins: datetime | None = None,
) -> WayBack:
    """Return the way back that leaves least behind and is fastest, by undos or a checkpoint.

    Seconds of a step are ``measured``, else what rehearsals showed (``plan.measured``, four fifths
    of them took no longer), else the worst estimate. With ``begins`` the length also counts the
    blackouts and shifts that stand in the way from then on.
    """
    length, way, seconds = _best(plan, progress, measured or {}, begins)
    return WayBack(steps=_steps(way, seconds), length=length, lost=way.lost)


def _best(
    plan: Plan, progress: Progress, measured: Durations, begins: datetime | None
) -> tuple[timedelta, _Way, tuple[float, ...]]:
    """Return the best way back: its length, itself, and the seconds of its steps."""
    effects = effects_of(plan, progress)
    reached = plan.reach
    checkpoints: tuple[Task | None, ...] = tuple(
        task
        for task in plan.runbook.tasks
        if task.kind == "checkpoint" and progress.of(task.id).state is TaskState.DONE
    )
    ways = [_way(plan, reached, effects, checkpoint) for checkpoint in (None, *checkpoints)]
    duty = duty_of(plan) if begins is not None else Duty(blackouts=(), away={})
    starts = offset(begins, parse_instant(plan.t0)) if begins is not None else 0
    found = []
    for way in ways:
        if way is not None:
            seconds = _seconds(way, measured)
            found.append((len(way.lost), _length(way, seconds, duty, starts), way, seconds))
    _, length, way, seconds = min(found, key=lambda each: each[:2])
    return timedelta(seconds=length), way, seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """One way back: its steps, in the plan's order, and the set of steps each waits for.

    An undo is the bit of its task's place in the plan, the restore the bit after the last place.
    """

    plan: Plan
    ids: tuple[str, ...]
    tasks: tuple[Task, ...]
    bits: tuple[int, ...]
    after: tuple[int, ...]
    lost: tuple[str, ...]
    #: What the restore stands for.
    covered: tuple[str, ...] = ()


def _way(
    plan: Plan, reached: Reach, effects: tuple[Task, ...], checkpoint: Task | None
) -> _Way | None:
    """Return the way back over one checkpoint, or none; None when it would restore nothing."""
    covered = tuple(task.id for task in effects if _is_covered(task, checkpoint, reached))
    if checkpoint is not None and not covered:
        return None
    lost = tuple(
        task.id
        for task in effects
        if task.id not in covered and not isinstance(task.undo, Body) and task.undo != "none"
    )
    alone = [task for task in effects if isinstance(task.undo, Body) and task.id not in covered]
    undos = reached.bits(task.id for task in alone)
    places = [reached.position[task.id] for task in alone]
    # An undo waits for the undos of all that was built on its task.
    waits = [reached.after[place] & undos for place in places]
    ids, bits = tuple(f"{task.id}.undo" for task in alone), tuple(1 << place for place in places)
    if checkpoint is None:
        return _Way(
            plan=plan, ids=ids, tasks=tuple(alone), bits=bits, after=tuple(waits), lost=lost
        )
    # A restore stands for several tasks at once: it waits for every undo of work begun after its
    # checkpoint (users are led away before the database under them is replaced), and the undo of
    # everything its work was built on waits for it.
    here = reached.position[checkpoint.id]
    restore = 1 << len(reached.before)
    below = reached.before[here]
    for name in covered:
        below |= reached.before[reached.position[name]]
    for index, place in enumerate(places):
        if below >> place & 1 and not reached.before[place] >> here & 1:
            waits[index] |= restore
    return _Way(
        plan=plan,
        ids=(*ids, f"{checkpoint.id}.restore"),
        tasks=(*alone, checkpoint),
        bits=(*bits, restore),
        after=(*waits, reached.after[here] & undos),
        lost=lost,
        covered=covered,
    )


def _is_covered(task: Task, checkpoint: Task | None, reached: Reach) -> bool:
    return (
        checkpoint is not None
        and bool(reached.before[reached.position[task.id]] >> reached.position[checkpoint.id] & 1)
        and bool(task.touches)
        and not isinstance(task.undo, Irreversible)
        and set(task.touches) <= set(checkpoint.covers)
    )


def _body(way: _Way, step: int) -> Body | None:
    task = way.tasks[step]
    found = task.restore if way.ids[step].endswith(".restore") else task.undo
    return found if isinstance(found, Body) else None


def _seconds(way: _Way, measured: Durations) -> tuple[float, ...]:
    """Return how long each step takes; estimates at worst: the way back is no place for hope."""
    return tuple(
        measured.get(name, _takes(way.plan, name, _body(way, step)))
        for step, name in enumerate(way.ids)
    )


def _takes(plan: Plan, name: str, body: Body | None) -> float:
    past = plan.measured.get(name)
    if past is not None:
        return past.p80
    return body.est[1] * 60 if body is not None else 0.0


def _steps(way: _Way, seconds: tuple[float, ...]) -> tuple[RollbackStep, ...]:
    return tuple(
        RollbackStep(
            id=step, task=task.id, role=step.rpartition(".")[2], seconds=takes,
            after=tuple(other for other, bit in zip(way.ids, way.bits, strict=True) if after & bit),
            replaces=tuple(sorted(way.covered)) if step.endswith(".restore") else (),
        )
        for step, task, after, takes in zip(way.ids, way.tasks, way.after, seconds, strict=True)
    )  # fmt: skip


def _length(way: _Way, seconds: tuple[float, ...], duty: Duty, begins: int) -> float:
    """Return after how many seconds the last step ends, each beginning as soon as it may.

    The executor takes the steps in the same order, so this is what the night will show. A person
    does one undo at a time.
    """
    now, ended = float(begins), 0
    ready, watched = _sorted_out(way, range(len(way.ids)), ended)
    running: list[tuple[float, int]] = []
    free: dict[str, float] = {}
    while ready or running:
        busy = [way.tasks[step] for _, step in running]
        wakes = [end for end, _ in running]
        for step in tuple(ready):
            if locks_taken(way.plan, way.tasks[step], busy):
                continue
            may, person = _may_begin(way, step, duty, free, now)
            if may > now:
                wakes.append(may)
                continue
            ready.remove(step)
            busy.append(way.tasks[step])
            free[person] = now + seconds[step]
            running.append((free[person], step))
            wakes.append(free[person])
        if not wakes:
            break
        now = min(wakes)
        over = [way.bits[step] for end, step in running if end <= now]
        running = [(end, step) for end, step in running if end > now]
        ended |= sum(over)
        freed = [step for bit in over for step in watched.pop(bit, ())]
        more, still = _sorted_out(way, freed, ended)
        ready = sorted((*ready, *more))
        for bit, steps in still.items():
            watched.setdefault(bit, []).extend(steps)
    return now - begins


def _sorted_out(
    way: _Way, steps: Iterable[int], ended: int
) -> tuple[list[int], dict[int, list[int]]]:
    """Return the steps that wait for nothing more, and the others by a step each waits for.

    A step is looked at again only when that one has ended: looking at all of them at each end
    would make a way back's cost grow with its square. It is the one earliest in the plan, which
    is undone late.
    """
    ready: list[int] = []
    watched: dict[int, list[int]] = {}
    for step in steps:
        unmet = way.after[step] & ~ended
        if unmet:
            watched.setdefault(unmet & -unmet, []).append(step)
        else:
            ready.append(step)
    return ready, watched


def _may_begin(
    way: _Way, step: int, duty: Duty, free: Mapping[str, float], now: float
) -> tuple[float, str]:
    """Return when a step may begin at the earliest and who does it (empty: no person needed)."""
    body = _body(way, step)
    people: tuple[str, ...] = ()
    if body is not None and body.kind == "manual":
        people = hands(way.plan.team, body.owner or way.tasks[step].owner)
    times = [(_open(duty.spans(one), max(now, free.get(one, now))), one) for one in people]
    return min(times, key=lambda each: each[0]) if times else (_open(duty.blackouts, now), "")


def _open(spans: Spans, now: float) -> float:
    whole = math.ceil(now)
    opens = next_after(spans, whole)
    return now if opens == whole else float(opens)


def latest_safe_abort(
    plan: Plan,
    progress: Progress,
    now: datetime,
    *,
    starting: Task | None = None,
    measured: Durations | None = None,
) -> Lsat:
    """Return the latest moment an abort still ends inside the window less its reserve.

    ``window.end - reserve - decision - stop - R(X)``, with R as :func:`plan_rollback` counts it:
    measured where a rehearsal has it, with blackouts, and with who is on shift when the way back
    would begin. With ``starting`` the answer is for the state in which that task, too, has had
    effects: ask this before each start, and refuse the start (or have the point-of-no-return's
    people decide) when the task's forecast end is later than ``at``.
    """
    if starting is not None:
        tasks = dict(progress.tasks)
        tasks[starting.id] = changed(progress.of(starting.id), touched=True)
        progress = replace(progress, tasks=tasks)
    at, length = safe_until(plan, progress, measured)
    from_now, overhead = length, _overhead(plan)
    if _is_bound(plan):
        from_now, *_ = _best(plan, progress, measured or {}, now + overhead)
    return Lsat(at=at, way_back=length, back_by=now + overhead + from_now, safe=now <= at)


def safe_until(
    plan: Plan, progress: Progress, measured: Durations | None = None
) -> tuple[datetime, timedelta]:
    """Return :attr:`Lsat.at` alone, and the length of the way back that begins then."""
    overhead, limit = _overhead(plan), _limit(plan)
    length, *_ = _best(plan, progress, measured or {}, None)
    at = limit - overhead - length
    while _is_bound(plan):
        # Who is there, and what is dark, depends on when the way back begins: go earlier until
        # it fits. Each round is earlier by what was too long, so the search ends.
        length, *_ = _best(plan, progress, measured or {}, at + overhead)
        over = at + overhead + length - limit
        if over <= timedelta(0):
            break
        at -= over
    return at, length


def surely_safe(plan: Plan, progress: Progress, at: datetime) -> bool:
    """Tell at little cost that an abort at ``at`` is safe; False only says that it is not so clear.

    On the way back something is always at work unless all is dark or a person is off shift. So
    without shifts it takes no longer than all its steps one after the other and all that is dark.
    """
    if plan.team.shifts:
        return False
    undos = ((f"{task.id}.undo", task.undo) for task in effects_of(plan, progress))
    restores = ((f"{task.id}.restore", task.restore) for task in plan.runbook.tasks)
    seconds = sum(
        _takes(plan, name, body) for name, body in (*undos, *restores) if isinstance(body, Body)
    )
    # A second more for each: what waits for its end is counted in whole ones.
    dark = sum(end - begin + 1 for begin, end in duty_of(plan).blackouts)
    return at <= _limit(plan) - _overhead(plan) - timedelta(seconds=seconds + dark)


def _limit(plan: Plan) -> datetime:
    """Return when the way back has to have ended."""
    window = plan.runbook.window
    return parse_instant(window.end) - parse_duration(window.reserve)


def _overhead(plan: Plan) -> timedelta:
    """Return how long it takes to decide to turn back, and to stop what is at work."""
    window = plan.runbook.window
    return parse_duration(window.decision) + parse_duration(window.stop)


def _is_bound(plan: Plan) -> bool:
    """Tell whether the length of a way back depends on when it begins."""
    return bool(plan.runbook.calendar.blackouts or plan.team.shifts)


def past_point_of_no_return(plan: Plan, progress: Progress) -> tuple[str, ...]:
    """Return the irreversible tasks that already had effects: rolling back is over."""
    return tuple(
        task.id for task in effects_of(plan, progress) if isinstance(task.undo, Irreversible)
    )
