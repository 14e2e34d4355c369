"""Brings one typed value into its clean form; pure."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from functools import cache

_IGNORED = re.compile(r"[\s\-]+")
_DAY = 8


def text(value: str | None) -> str:
    """Trim a text, ideographic blanks too; its characters stay what they are."""
    return (value or "").strip()


@cache
def code(value: str | None) -> str:
    """Clean a code: NFKC, upper case, no blanks, no hyphens (`Ｃ-00012 ` is `C00012`)."""
    return _IGNORED.sub("", unicodedata.normalize("NFKC", value or "")).upper()


def name_key(value: str | None) -> str:
    """Give the form in which two names count as the same (never stored)."""
    folded = unicodedata.normalize("NFKC", value or "").casefold()
    return re.sub(r"\s+", "", folded)


@cache
def day(value: str | None) -> str | None:
    """Turn `YYYYMMDD` into an ISO date; None for `00000000`, blanks and impossible days."""
    digits = text(value)
    if len(digits) != _DAY or not digits.isdigit():
        return None
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).isoformat()
    except ValueError:
        return None


def amount(cents: int | str) -> str:
    """Write whole cents as an exact decimal: `1234` is `12.34`."""
    value = int(cents)
    sign = "-" if value < 0 else ""
    return f"{sign}{abs(value) // 100}.{abs(value) % 100:02d}"
