"""How personal data is shown: a mark in place of a value; pure.

A mark is the same for the same value of a column, so that two people can speak of one row without
either of them reading it; it cannot be turned back, nor tried out, without the environment's key.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from golive.compare.database import literal

__all__ = ["HIDDEN", "LEAD", "Marks", "marks_of"]

#: Stands where a number or text of a personal column would be.
HIDDEN = "***"
#: A secret of this name keeps the marks of one value alike from day to day.
_KEY = "pii_key"
#: How every mark begins.
LEAD = "masked:"
_BETWEEN, _DIGITS = "\x1f", 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """Makes marks with one key, the same in SQL and here."""

    key: str
    #: True when the next comparison makes the same marks.
    kept: bool

    def sql(self, name: str, value: str) -> str:
        """Return SQL of the mark of a value; both are SQL expressions; no value stays none."""
        salted = f"{literal(self.key + _BETWEEN)} || {name} || {literal(_BETWEEN)} || {value}"
        return (
            f"CASE WHEN {value} IS NOT NULL THEN "
            f"{literal(LEAD)} || substr(sha256({salted}), 1, {_DIGITS}) END"
        )

    def mark(self, name: str, value: str) -> str:
        """Return the mark of a value of a column."""
        salted = _BETWEEN.join((self.key, name, value)).encode()
        return LEAD + hashlib.sha256(salted).hexdigest()[:_DIGITS]


def marks_of(known: Mapping[str, str]) -> Marks:
    """Return the marks of an environment; without its secret they hold for one comparison."""
    key = known.get(_KEY, "")
    return Marks(key=key or secrets.token_hex(32), kept=bool(key))
