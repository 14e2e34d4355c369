"""The night's incidents from its notes: who has answered, whose phone is next; pure.

A note with a severity opens an incident and starts its timer; a later note that answers it stops
the timer. First-response times are those of common support contracts: S1 in 15 minutes, S2 in an
hour, S3 in a working day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from golive.run.state import Note, RunState
from golive.runbook.definition import Person
from golive.runbook.on_call import called

__all__ = ["Issue", "issues_of"]

_FIRST_RESPONSE = {
    "S1": timedelta(minutes=15), "S2": timedelta(hours=1), "S3": timedelta(hours=8),
}  # fmt: skip
#: Roles in the order they are called, where the team has them.
_CALLED = ("lead", "operations", "steering")


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One incident: its number, its note, who answered it, and until when somebody must."""

    number: int
    note: Note
    answered_by: str
    #: Aware UTC; None for a severity without a first-response time.
    due: datetime | None
    #: Whom to phone while nobody has answered; None when nobody is left or it is answered.
    call: Person | None

    def late(self, now: datetime) -> bool:
        """Tell whether its first response is overdue."""
        return self.due is not None and not self.answered_by and now > self.due


def issues_of(state: RunState, now: datetime) -> tuple[Issue, ...]:
    """Return the incidents, the gravest and oldest first; the answered ones last."""
    answers = {note.answers: note.person for note in state.notes if note.answers}
    found = [
        _issue(state, number, note, answers.get(number, ""), now)
        for number, note in enumerate(state.notes, 1)
        if note.severity
    ]
    return tuple(sorted(found, key=lambda item: (bool(item.answered_by), item.note.severity)))


def _issue(state: RunState, number: int, note: Note, answered: str, now: datetime) -> Issue:
    limit = _FIRST_RESPONSE.get(note.severity)
    began = note.happened or note.at
    call = None
    if limit and not answered:
        chain = _chain(state, now)
        # One more phone for each first-response time that has passed.
        step = int((now - began) / limit)
        call = chain[min(step, len(chain) - 1)] if chain else None
    return Issue(
        number=number, note=note, answered_by=answered, due=began + limit if limit else None,
        call=call,
    )  # fmt: skip


def _chain(state: RunState, now: datetime) -> tuple[Person, ...]:
    team = state.plan.team
    roles = [name for name in _CALLED if name in team.roles] or [*team.roles]
    return called(team, *roles, now=now, holdings=state.holdings)
