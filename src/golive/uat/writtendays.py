"""Days in figures: read year first, written as a page wants them. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

__all__ = ["date_writer", "parse_date"]

_WRITTEN = re.compile(
    r"(\d{4})(?:(-)|(/)|(\.)|\s*年\s*)(\d{1,2})(?:(?(2)-)(?(3)/)(?(4)\.)(?(2)|(?(3)|(?(4)|\s*月\s*))))"
    r"(\d{1,2})\s*日?"
)


def parse_date(text: str) -> date | None:
    """Read a date written year first, as ``2025-08-22`` or ``2025年8月22日``; else None."""
    match = _WRITTEN.fullmatch(text.strip())
    if match is None:
        return None
    try:
        return date(int(match[1]), int(match[5]), int(match[6]))
    except ValueError:
        return None


def date_writer(pattern: str) -> Callable[[date], str]:
    """Return what writes a date by a pattern of ``YYYY``, ``MM``, ``DD``, ``M`` and ``D``."""
    parts = re.split(r"(YYYY|MM|DD|M|D)", pattern)

    def write(day: date) -> str:
        values = {
            "YYYY": f"{day.year:04d}",
            "MM": f"{day.month:02d}",
            "DD": f"{day.day:02d}",
            "M": str(day.month),
            "D": str(day.day),
        }
        return "".join(values.get(part, part) for part in parts)

    return write
