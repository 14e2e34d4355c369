"""What stands between quotes in a sentence: remembered values, dates and amounts. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date

from golive.uat.amounts import evaluate, parse_amount
from golive.uat.dates import WEEKDAYS_ONLY, NoSuchDay, WorkingDays, work_out
from golive.uat.writtendays import parse_date

__all__ = [
    "UnknownValue",
    "evaluate",
    "expand",
    "filled",
    "kept",
    "parse_amount",
    "same_text",
    "squeeze",
]

_BRACES = re.compile(r"(?<!\\)\{([^{}]+)\}")
_RANDOM = re.compile(r"(?:random|随机)\s*[:：]\s*([1-9]|1\d|20)")
_SIGNS = re.compile(r"[\s\u3000\u00a0\-‐–—./()（）·]+")


class UnknownValue(LookupError):
    """A name in braces that nothing was remembered as."""


def expand(
    text: str,
    remembered: Mapping[str, str],
    today: date,
    *,
    working: WorkingDays = WEEKDAYS_ONLY,
    write: Callable[[date], str] = date.isoformat,
    digits: Callable[[int], str] | None = None,
) -> str:
    r"""Return a quoted value with ``{name}``, ``today+3``/``今天+3`` and ``{random:6}`` replaced.

    Dates are written by ``write``, ``YYYY-MM-DD`` unless the target has a way of its own; ``\{``
    is a brace, and ``\月底`` the words themselves. Raise UnknownValue for an unknown name and
    NoSuchDay for a day the calendar has not.
    """
    if text.startswith("\\") and _is_day(text[1:], today, working):
        # Payment terms are called so too.
        return text[1:]
    if (day := work_out(text, today, working)) is not None:
        return write(day)

    def replaced(found: re.Match[str]) -> str:
        name = found[1].strip()
        if name in remembered:
            return remembered[name]
        if (day := work_out(name, today, working)) is not None:
            return write(day)
        if digits is not None and (match := _RANDOM.fullmatch(name)):
            return digits(int(match[1]))
        raise UnknownValue(name)

    return _BRACES.sub(replaced, text).replace("\\{", "{").replace("\\}", "}")


def _is_day(text: str, today: date, working: WorkingDays) -> bool:
    try:
        return work_out(text, today, working) is not None
    except NoSuchDay:
        return True


def filled(text: str, given: Mapping[str, str]) -> str:
    """Return a text with each ``{name}`` of ``given`` as its value; other braces stay."""
    return _BRACES.sub(lambda found: given.get(found[1].strip(), found[0]), text) if given else text


def squeeze(text: str) -> str:
    """Return a text with every run of blanks as one blank, none at the ends."""
    return re.sub(r"[\s\u3000\u00a0]+", " ", text).strip()


def same_text(expected: str, actual: str) -> bool:
    """Return whether two shown texts say the same: but for blanks, or as amounts, or as dates."""
    if squeeze(expected) == squeeze(actual):
        return True
    first, second = parse_amount(expected), parse_amount(actual)
    if first is not None and first == second and not _is_code(expected):
        return True
    day = parse_date(expected)
    return day is not None and day == parse_date(actual)


def kept(entered: str, shown: str) -> bool:
    """Return whether a field still holds what was entered, perhaps written its own way.

    ``1234.5`` may be shown as ``1,234.50``, ``c00012`` as ``C00012``, a telephone number with its
    blanks, ``2026-08-22`` as ``22.08.2026``; a sign or a digit may not be lost.
    """
    if same_text(entered, shown):
        return True
    first, second = parse_amount(entered), parse_amount(shown)
    if first is not None and second is not None:
        return first == second and not _is_code(entered)
    day = parse_date(entered)
    if day is not None:
        digits = re.sub(r"\D+", " ", shown).split()
        written = {f"{day.year:04d}", f"{day.year % 100:02d}", str(day.month), f"{day.month:02d}"}
        written |= {str(day.day), f"{day.day:02d}"}
        return len(digits) == 3 and set(digits) <= written  # noqa: PLR2004 - day, month, year
    return _bare(entered) == _bare(shown) != ""


def _bare(text: str) -> str:
    return _SIGNS.sub("", text).casefold()


def _is_code(text: str) -> bool:
    """Tell a code from an amount by its leading zeros: ``007`` is not ``7``."""
    return bool(re.match(r"0\d", squeeze(text)))
