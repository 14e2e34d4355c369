"""On which days the business works: a country's holidays, and the firm's own exceptions."""

from __future__ import annotations

from collections.abc import Collection, Container
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from golive.errors import SpecError
from golive.uat.dates import WEEKDAYS_ONLY, WorkingDays

__all__ = ["BusinessDays", "business_days"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessDays:
    """A country's working days with a firm's exceptions."""

    country: Any
    off: Container[date] = field(default_factory=frozenset)
    on: Container[date] = field(default_factory=frozenset)

    def is_working(self, day: date) -> bool:
        """Return whether the firm works on a day; its own exceptions go first."""
        if day in self.on:
            return True
        return day not in self.off and bool(self.country.is_working(day))


class _Country:
    """A country's calendar by the holidays package, which knows swapped weekends (调休) too."""

    def __init__(self, calendar: Any) -> None:
        self._calendar = calendar

    def is_working(self, day: date) -> bool:
        return bool(self._calendar.is_working_day(day))


def business_days(
    country: str, *, off: Collection[date] = (), on: Collection[date] = ()
) -> WorkingDays:
    """Return the calendar of a country (``CN``, ``DE`` …; empty: Monday to Friday).

    Raise SpecError for a country nobody knows.
    """
    plain = _country(country.strip().upper()) if country.strip() else WEEKDAYS_ONLY
    if not off and not on:
        return plain
    return BusinessDays(country=plain, off=frozenset(off), on=frozenset(on))


@lru_cache(maxsize=8)
def _country(code: str) -> WorkingDays:
    # Here: the calendars of all countries take most of a second, and few scenarios need one.
    import holidays  # noqa: PLC0415

    try:
        return _Country(holidays.country_holidays(code))
    except NotImplementedError as error:
        raise SpecError.of(
            "working_days",
            f"no calendar is known for the country '{code}'",
            path="steps/labels.yaml",
            hint="write its two letters, e.g. CN or DE",
        ) from error
