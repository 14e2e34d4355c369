"""When work may start and who may do it: blackouts and shifts as closed spans of time; pure.

Times are whole seconds from T0. A person who has no shift in the roster is there all the time; one
who has shifts is there in them, and may be called once the whole roster has ended. Work begun in
a shift is ended by whoever takes it over.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from golive.runbook.definition import Team
from golive.runbook.planning import Plan
from golive.runbook.times import parse_duration, parse_instant

__all__ = [
    "Duty",
    "Spans",
    "duty_of",
    "hands",
    "is_open",
    "latest_before",
    "merged",
    "next_after",
    "offset",
    "on_duty",
]

#: Disjoint spans ``(begin, end)`` in which nothing may start, in order; the end itself is open.
Spans = tuple[tuple[int, int], ...]
_LONG_AGO = -(10**9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """The blackouts of a plan, and for each person the spans they cannot begin anything in."""

    blackouts: Spans
    away: Mapping[str, Spans]

    def spans(self, person: str) -> Spans:
        """Return when a person can begin nothing; blackouts are in it."""
        return self.away.get(person, self.blackouts)


def offset(instant: datetime, begins: datetime) -> int:
    """Return whole seconds from T0 to an instant, rounded up: nothing is planned too early."""
    return -((begins - instant) // timedelta(seconds=1))


def duty_of(plan: Plan) -> Duty:
    """Return when work may start in a plan, and who is there."""
    begins = parse_instant(plan.t0)
    dark = []
    for text in plan.runbook.calendar.blackouts:
        start, _, span = text.partition("/")
        opens = parse_instant(start)
        dark.append((offset(opens, begins), offset(opens + parse_duration(span), begins)))
    blackouts = merged(dark)
    shifts: dict[str, list[tuple[int, int]]] = {}
    for shift in plan.team.shifts:
        here = (
            offset(parse_instant(shift.start), begins),
            offset(parse_instant(shift.end), begins),
        )
        shifts.setdefault(shift.person, []).append(here)
    roster_ends = max((end for spans in shifts.values() for _, end in spans), default=0)
    return Duty(
        blackouts=blackouts,
        away={
            person: merged([*dark, *_between(merged(spans), roster_ends)])
            for person, spans in shifts.items()
        },
    )


def _between(shifts: Spans, roster_ends: int) -> list[tuple[int, int]]:
    """Return the time outside the shifts, up to the end of the roster."""
    borders = [_LONG_AGO, *(border for span in shifts for border in span), roster_ends]
    pairs = zip(borders[::2], borders[1::2], strict=True)
    return [(begin, end) for begin, end in pairs if begin < end]


def merged(spans: Iterable[tuple[int, int]]) -> Spans:
    """Return spans in order, with those that touch or overlap made one."""
    found: list[tuple[int, int]] = []
    for begin, end in sorted(spans):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        elif begin < end:
            found.append((begin, end))
    return tuple(found)


def next_after(spans: Spans, time: int) -> int:
    """Return the first moment from ``time`` on that is in none of the spans."""
    index = bisect_right(spans, (time, 10**12)) - 1
    return spans[index][1] if index >= 0 and time < spans[index][1] else time


def latest_before(spans: Spans, time: int) -> int:
    """Return the last moment up to ``time`` that is in none of the spans, or the span's begin."""
    index = bisect_right(spans, (time, 10**12)) - 1
    return spans[index][0] if index >= 0 and time < spans[index][1] else time


def is_open(duty: Duty, begin: int, end: int) -> bool:
    """Tell whether all that is planned may start at any moment of a span, both ends in it."""
    return all(
        bisect_right(spans, (end, 10**12)) == bisect_right(spans, (begin, 10**12))
        and next_after(spans, begin) == begin
        for spans in (duty.blackouts, *duty.away.values())
    )


def hands(team: Team, role: str) -> tuple[str, ...]:
    """Return who may do the work of a role: its people, then their deputies, each once."""
    found = team.roles.get(role)
    return tuple(dict.fromkeys((*found.people, *found.deputies))) if found else ()


def on_duty(team: Team, person: str, now: datetime) -> bool:
    """Tell whether a person may be asked now: in a shift, without any, or after the roster."""
    shifts = [shift for shift in team.shifts if shift.person == person]
    if not shifts or any(
        parse_instant(shift.start) <= now < parse_instant(shift.end) for shift in shifts
    ):
        return True
    return now >= max(parse_instant(shift.end) for shift in team.shifts)
