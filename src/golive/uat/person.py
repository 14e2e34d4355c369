"""A person's confirmation as a step: what is asked, what was answered, and waiting without one.

The sentence ``a person confirms that "…"`` asks a :class:`Witness` for the judgement. Whoever runs
scenarios hands the session a witness that looks where judgements are kept; silence is ``None``, and
a step without a judgement raises :class:`WaitsForPerson`: never green, never red.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

__all__ = [
    "NOBODY_THERE",
    "Held",
    "Judgement",
    "NobodyThere",
    "Question",
    "WaitsForPerson",
    "Witness",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a person is asked to confirm, and where it stands."""

    #: The id of the scenario or examples row, as pytest names it; empty when not known.
    scenario: str
    #: The step's line in its feature file; 0 when not known.
    line: int
    #: What is to be confirmed, with every value worked out.
    statement: str
    language: str = "en"
    #: The role whose window is in front; empty when nobody signed in.
    role: str = ""

    @property
    def key(self) -> str:
        """The name a judgement is kept under: another scenario or wording is another question."""
        text = "\0".join((self.scenario, str(self.line), self.statement))
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a person answered; always recorded as human."""

    holds: bool
    #: Who judged, as they are named in the team or by ``--as``.
    person: str
    at: datetime
    comment: str = ""
    #: How sure golive is of the person: ``pin``, ``claimed`` or ``simulated``.
    assurance: str = "claimed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """How a scenario stood when it began to wait for a person."""

    question: Question
    #: Which step asked: the place of the scenario's own, then of one inside it, from 1.
    place: tuple[int, ...]
    remembered: Mapping[str, str]
    #: The role whose window was in front.
    role: str
    #: Role -> what its window showed, from the target's address on.
    addresses: Mapping[str, str]
    #: What people had judged before.
    judged: tuple[tuple[Question, Judgement], ...]
    #: RFC 3339 in UTC.
    at: str


class Witness(Protocol):
    """Knows what people judged, or has them asked."""

    def judgement(self, question: Question) -> Judgement | None:
        """Return the person's judgement; None while there is none."""


class WaitsForPerson(RuntimeError):
    """A step needs a person's judgement and has none yet; carries the question."""

    def __init__(self, question: Question, sentence: str) -> None:
        super().__init__(sentence)
        self.question = question


class NobodyThere:
    """The witness of an unattended run: never an answer."""

    def judgement(self, question: Question) -> Judgement | None:
        """Return None: silence is no consent."""
        return None


NOBODY_THERE = NobodyThere()
