"""The business day both systems date their documents with: the operators' end-of-day moves it on.

Without the file ``business_day`` in the demo folder it is the machine's own day.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from demo.site import DemoError, write_atomically

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["DAY_FILE", "business_day", "move_to", "next_working_day"]

DAY_FILE = "business_day"
_SATURDAY = 5


def business_day(folder: Path) -> date:
    """Return the day orders, invoices and payments are dated."""
    try:
        return date.fromisoformat((folder / DAY_FILE).read_text(encoding="ascii").strip())
    except FileNotFoundError:
        return date.today()  # noqa: DTZ011 - a business day is local


def next_working_day(day: date) -> date:
    """Return the day after, Saturdays and Sundays left out."""
    following = day + timedelta(days=1)
    while following.weekday() >= _SATURDAY:
        following += timedelta(days=1)
    return following


def move_to(folder: Path, day: date) -> None:
    """Close the business day and open a later one. Raise DemoError for an earlier day."""
    now = business_day(folder)
    if day < now:
        raise DemoError(f"the business day is {now}: it is never moved back")
    write_atomically(folder / DAY_FILE, f"{day}\n")
