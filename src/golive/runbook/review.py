"""What a plan's own times and way back say against it: the lint that needs a schedule; pure.

A runbook may be well written and still not fit its window, open a gate when there is no way back
any more, or plan work for hours in which nobody is there.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from golive.errors import Problem
from golive.runbook.definition import Body
from golive.runbook.duty import hands
from golive.runbook.lint import buffer_share
from golive.runbook.outlook import Stand, stand_at_gates
from golive.runbook.planning import Plan
from golive.runbook.schedule import Schedule, schedule
from golive.runbook.times import parse_duration, parse_instant, show_duration
from golive.specfile import SpecDocument

__all__ = ["BUFFER", "review"]

#: The share of the critical chain that should be left before the reserve: below it is red.
BUFFER = 0.10
#: Kinds that take time, or whose time is not known: a task without an estimate counts as none.
_TIMELESS = frozenset({"milestone", "wait", "notify"})


def review(plan: Plan, document: SpecDocument, *, buffer: float = BUFFER) -> Iterator[Problem]:
    """Yield what is wrong with a plan that is bound to its window, as it would go live."""
    likely, worst = schedule(plan), schedule(plan, pace="worst")
    lines = {task.id: index for index, task in enumerate(plan.runbook.tasks)}
    about = _About(plan, document, lines)
    yield from _end(plan, likely, about, buffer)
    yield from _deadlines(plan, likely, about)
    yield from _gates(plan, likely, worst, about)
    yield from _nobody(plan, likely, about)
    yield from _estimates(plan, about)
    yield from _untouched(plan, about)


class _About:
    """Makes problems of places in the runbook."""

    def __init__(self, plan: Plan, document: SpecDocument, lines: dict[str, int]) -> None:
        self._zone, self._document, self._lines = plan.runbook.zone, document, lines

    def task(self, name: str, key: str, message: str, hint: str, *, warning: bool) -> Problem:
        place = ("tasks", self._lines[name], key)
        return Problem(
            subject=f"task '{name}'", message=message, path=self._document.path,
            line=self._document.line(place), hint=hint, warning=warning,
        )  # fmt: skip

    def window(self, message: str, hint: str, *, warning: bool) -> Problem:
        return Problem(
            subject="window", message=message, path=self._document.path,
            line=self._document.line(("window",)), hint=hint, warning=warning,
        )  # fmt: skip

    def at(self, instant: datetime) -> str:
        return f"{instant.astimezone(ZoneInfo(self._zone)):%Y-%m-%d %H:%M}"


def _end(plan: Plan, made: Schedule, about: _About, buffer: float) -> Iterator[Problem]:
    window = plan.runbook.window
    begins, closes = parse_instant(plan.t0), parse_instant(window.end)
    if made.end > closes:
        yield about.window(
            f"ends {about.at(closes)}, the plan only {about.at(made.end)}",
            f"shorten the chain {' > '.join(made.chain)}, or widen the window",
            warning=False,
        )
        return
    share = buffer_share(closes - begins, parse_duration(window.reserve), made.end - begins)
    if made.end > begins and share < buffer:
        yield about.window(
            f"leaves {share:.0%} of the critical chain before its reserve, {buffer:.0%} are asked",
            "shorten the chain, or widen the window",
            warning=True,
        )


def _deadlines(plan: Plan, made: Schedule, about: _About) -> Iterator[Problem]:
    for slot in made.slots:
        deadline = plan.task(slot.task).deadline
        if deadline and slot.finish > parse_instant(deadline):
            yield about.task(
                slot.task, "deadline",
                f"is planned to end {about.at(slot.finish)}, after its deadline",
                f"it waits for {slot.because or slot.reason}", warning=True,
            )  # fmt: skip


def _gates(plan: Plan, likely: Schedule, worst: Schedule, about: _About) -> Iterator[Problem]:
    """Yield gates that open when an abort would end too late: as planned, or only at worst."""
    told = set()
    for made, at_worst in ((likely, False), (worst, True)):
        for stand in stand_at_gates(plan, made):
            if plan.task(stand.task).kind != "gate" or stand.safe or stand.task in told:
                continue
            told.add(stand.task)
            yield _late(stand, about, at_worst=at_worst)


def _late(stand: Stand, about: _About, *, at_worst: bool) -> Problem:
    paced = "at worst " if at_worst else ""
    return about.task(
        stand.task, "kind",
        f"opens {paced}{about.at(stand.at)}, after the latest safe abort {about.at(stand.lsat)}",
        f"the way back takes {show_duration(stand.way_back)}: shorten it, or ask earlier",
        warning=at_worst,
    )  # fmt: skip


def _nobody(plan: Plan, made: Schedule, about: _About) -> Iterator[Problem]:
    """Yield work by hand that waits for a shift, or lies where nobody of its role is rostered."""
    rostered = {shift.person for shift in plan.team.shifts}
    for slot in made.slots:
        task = plan.task(slot.task)
        people = hands(plan.team, task.owner) if task.kind in {"manual", "gate"} else ()
        if not people or not set(people) <= rostered:
            continue
        if slot.reason == "shift":
            yield about.task(
                slot.task, "owner",
                f"waits until {about.at(slot.start)} for somebody of '{task.owner}' on shift",
                "give someone the shift", warning=True,
            )  # fmt: skip
        elif not _anybody(plan, people, slot.start):
            yield about.task(
                slot.task, "owner",
                f"is planned for {about.at(slot.start)}, when nobody of '{task.owner}' is on shift",
                "give someone the shift", warning=True,
            )  # fmt: skip


def _anybody(plan: Plan, people: tuple[str, ...], at: datetime) -> bool:
    return any(
        parse_instant(shift.start) <= at < parse_instant(shift.end)
        for shift in plan.team.shifts
        if shift.person in people
    )


def _estimates(plan: Plan, about: _About) -> Iterator[Problem]:
    """Yield what takes time nobody has said: it would be planned as if it took none."""
    for task in plan.runbook.tasks:
        if task.kind not in _TIMELESS and not task.est[1]:
            yield about.task(
                task.id, "est", "has no estimate and is planned as if it took no time",
                "write est: [likely, worst] in minutes", warning=True,
            )  # fmt: skip
        for key, body in (("undo", task.undo), ("restore", task.restore)):
            if isinstance(body, Body) and not body.est[1]:
                yield about.task(
                    task.id, key, f"{key} has no estimate: the way back counts it as no time",
                    "write est: [likely, worst] in minutes", warning=True,
                )  # fmt: skip


def _untouched(plan: Plan, about: _About) -> Iterator[Problem]:
    """Yield changing work behind a checkpoint that does not say what it touches."""
    reached = plan.reach
    checkpoints = reached.bits(
        task.id for task in plan.runbook.tasks if task.kind == "checkpoint"
    )  # fmt: skip
    for task in plan.runbook.tasks:
        behind = reached.before[reached.position[task.id]] & checkpoints
        changes = task.kind in {"ansible", "command"} and isinstance(task.undo, Body)
        if behind and changes and not task.touches:
            yield about.task(
                task.id, "touches",
                "comes after a checkpoint and does not say what it touches",
                "add 'touches', so that a restore knows what it stands for", warning=True,
            )  # fmt: skip
