"""Who is called for a role, and in which order: on shift first, then as the team lists them; pure.

A post belongs to whom the roster names, or to whom it was handed over since that shift began. Who
has no shift at all may always be called; who is off shift comes last, but is never left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from golive.runbook.definition import Person, Team
from golive.runbook.duty import hands
from golive.runbook.times import parse_instant

__all__ = ["Holding", "called", "names_to_call"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """Who holds a post since when (aware UTC), by a recorded hand-over."""

    person: str
    since: datetime


def called(
    team: Team, *roles: str, now: datetime, holdings: Mapping[str, Holding] | None = None
) -> tuple[Person, ...]:
    """Return :func:`names_to_call` as people of the team."""
    names = names_to_call(team, *roles, now=now, holdings=holdings)
    return tuple(team.people[name] for name in names if name in team.people)


def names_to_call(
    team: Team, *roles: str, now: datetime, holdings: Mapping[str, Holding] | None = None
) -> tuple[str, ...]:
    """Return whom to call for these roles at ``now``, each once: the next is the escalation.

    Of each role its people come before their deputies. ``holdings`` maps posts to who took them
    over.
    """
    names = dict.fromkeys(name for role in roles for name in hands(team, role))
    on = _on_shift(team, now, holdings or {})
    rostered = {shift.person for shift in team.shifts}

    def rank(name: str) -> int:
        if name in on:
            return 0
        return 2 if name in rostered else 1

    return tuple(sorted(names, key=rank))


def _on_shift(team: Team, now: datetime, holdings: Mapping[str, Holding]) -> frozenset[str]:
    """Return who is on duty: by the roster, but for posts handed over since the shift began."""
    current = [
        shift
        for shift in team.shifts
        if parse_instant(shift.start) <= now < parse_instant(shift.end)
    ]
    begins: dict[str, datetime] = {}
    for shift in current:
        since = parse_instant(shift.start)
        begins[shift.post] = max(since, begins.get(shift.post, since))
    taken = {
        post: held.person
        for post, held in holdings.items()
        if post not in begins or held.since >= begins[post]
    }
    kept = {shift.person for shift in current if shift.post not in taken}
    return frozenset({*kept, *taken.values()})
