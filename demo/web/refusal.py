"""What a demo system says when it will not do what was asked: a status and problems by key."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["FORBIDDEN", "INVALID", "NOT_FOUND", "RULE", "Problem", "Refusal", "refuse"]

INVALID = 422  # a field is wrong
RULE = 409  # the fields are right, a business rule says no
FORBIDDEN = 403  # the user's role may not
NOT_FOUND = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One sentence for the user: a key of :mod:`demo.wording`, its values, the field it is about.

    ``field`` is one of customer, product, quantity, delivery_date, note, amount, reference, or
    empty.
    """

    key: str
    field: str = ""
    values: Mapping[str, object] = dataclasses.field(default_factory=dict)


class Refusal(Exception):
    """Ends a request without effect: the transaction around it is rolled back."""

    def __init__(self, status: int, *problems: Problem) -> None:
        super().__init__(", ".join(problem.key for problem in problems))
        self.status = status
        self.problems = problems


def refuse(status: int, key: str, /, *, about: str = "", **values: object) -> Refusal:
    """Return a refusal with one problem, to be raised; ``about`` is the field it is about."""
    return Refusal(status, Problem(key=key, field=about, values=values))
