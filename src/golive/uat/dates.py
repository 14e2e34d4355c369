"""Days in words, in both languages: ``today+3``, ``下周一``, ``月底``, ``今天+5个工作日``. Pure.

``next Friday`` and ``下周五`` are the Friday of next week, ``this Friday`` and ``本周五`` that of
this one (weeks begin on Monday): a scenario and its translation mean the same day.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta
from typing import Protocol

__all__ = ["WEEKDAYS_ONLY", "WeekdaysOnly", "WorkingDays", "date_writer", "parse_date", "work_out"]

_SATURDAY = 5
#: So many days without a working day are a mistake in a calendar, not a holiday.
_LONGEST_HOLIDAY = 400


class WorkingDays(Protocol):
    """Knows on which days the business works."""

    def is_working(self, day: date) -> bool:
        """Return whether a day is a working day."""


class WeekdaysOnly:
    """Monday to Friday, without holidays."""

    def is_working(self, day: date) -> bool:
        """Return whether a day is no Saturday and no Sunday."""
        return day.weekday() < _SATURDAY


WEEKDAYS_ONLY = WeekdaysOnly()

_NAMED = {
    "today": 0,
    "tomorrow": 1,
    "yesterday": -1,
    "今天": 0,
    "今日": 0,
    "明天": 1,
    "明日": 1,
    "后天": 2,
    "昨天": -1,
    "昨日": -1,
    "前天": -2,
}
_WEEKDAYS = {
    **{
        name: index
        for index, name in enumerate(
            ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
        )
    },
    **dict(zip("一二三四五六日", range(7), strict=True)),
    "天": 6,
}
_WHICH = {"last": -1, "this": 0, "next": 1, "上": -1, "本": 0, "这": 0, "下": 1, "": 0}
_UNITS = {
    "d": ("", "day", "days", "天", "日"),
    "wd": ("working day", "working days", "workday", "workdays", "工作日", "个工作日"),
    "w": ("week", "weeks", "周", "个星期", "星期"),
    "m": ("month", "months", "个月", "月"),
    "y": ("year", "years", "年"),
}
_UNIT = {word: unit for unit, words in _UNITS.items() for word in words}

_OFFSET = re.compile(
    rf"({'|'.join(_NAMED)})\s*([+\-＋－])\s*(\d{{1,4}})\s*"
    rf"({'|'.join(sorted(map(re.escape, _UNIT), key=len, reverse=True))})"
)
_WEEKDAY = re.compile(
    r"(?:(last|this|next)\s+(monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
    r"|(上|本|这|下)(?:周|星期|礼拜)([一二三四五六日天]))"
)
_EDGE = re.compile(
    r"(?:(?:(?:the\s+)?(?P<en>start|end)\s+of\s+)?(?P<which>last|this|next)?\s*"
    r"(?P<unit>month|quarter|year)(?:\s+(?P<edge>start|end))?"
    r"|(?P<zwhich>[上本这下])?个?(?P<zunit>月|季度?|年)(?P<zedge>初|底|末))"
)
_WORKDAY = re.compile(
    r"(?:(?P<which>next|last|previous)\s+(?:working\s+day|workday)|(?P<zwhich>上|下)一?个工作日)"
)
_MONTH_WORKDAY = re.compile(
    r"(?:(?P<place>first|last)\s+(?:working\s+day|workday)\s+of\s+(?P<which>last|this|next)\s+month"
    r"|(?P<zwhich>[上本这下])个?月(?P<zplace>第一|最后一)个工作日)"
)
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


def work_out(text: str, today: date, working: WorkingDays = WEEKDAYS_ONLY) -> date | None:
    """Return the day that words mean, seen from ``today``; None when they mean none."""
    plain = re.sub(r"\s+", " ", text.strip().lower())
    try:
        return next(
            (
                day
                for read in (_named, _weekday, _edge, _next_working, _of_month)
                if (day := read(plain, today, working)) is not None
            ),
            None,
        )
    except (OverflowError, ValueError):
        return None


def _named(text: str, today: date, working: WorkingDays) -> date | None:
    if text in _NAMED:
        return today + timedelta(days=_NAMED[text])
    match = _OFFSET.fullmatch(text)
    if match is None:
        return None
    start = today + timedelta(days=_NAMED[match[1]])
    count = int(match[3]) * (-1 if match[2] in {"-", "－"} else 1)
    match _UNIT[match[4]]:
        case "wd":
            return _working_days_on(start, count, working)
        case "w":
            return start + timedelta(weeks=count)
        case "m":
            return _months_on(start, count)
        case "y":
            return _months_on(start, 12 * count)
    return start + timedelta(days=count)


def _weekday(text: str, today: date, _working: WorkingDays) -> date | None:
    match = _WEEKDAY.fullmatch(text)
    if match is None:
        return None
    week = _WHICH[match[1] or match[3]]
    monday = today - timedelta(days=today.weekday())
    return monday + timedelta(weeks=week, days=_WEEKDAYS[match[2] or match[4]])


def _edge(text: str, today: date, _working: WorkingDays) -> date | None:
    match = _EDGE.fullmatch(text)
    if match is None:
        return None
    edge = match["en"] or match["edge"] or match["zedge"]
    if not edge:
        return None
    which = _WHICH[match["which"] or match["zwhich"] or ""]
    length = {"月": 1, "季": 3, "年": 12, "m": 1, "q": 3, "y": 12}[
        (match["unit"] or match["zunit"])[0]
    ]
    first = today.replace(month=(today.month - 1) // length * length + 1, day=1)
    start = _months_on(first, which * length)
    if edge in {"start", "初"}:
        return start
    return _months_on(start, length) - timedelta(days=1)


def _next_working(text: str, today: date, working: WorkingDays) -> date | None:
    match = _WORKDAY.fullmatch(text)
    if match is None:
        return None
    forward = match["which"] == "next" or match["zwhich"] == "下"
    return _working_days_on(today, 1 if forward else -1, working)


def _of_month(text: str, today: date, working: WorkingDays) -> date | None:
    match = _MONTH_WORKDAY.fullmatch(text)
    if match is None:
        return None
    start = _months_on(today.replace(day=1), _WHICH[match["which"] or match["zwhich"]])
    if (match["place"] or match["zplace"]) in {"first", "第一"}:
        return _working_days_on(start - timedelta(days=1), 1, working)
    return _working_days_on(_months_on(start, 1), -1, working)


def _months_on(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _working_days_on(day: date, count: int, working: WorkingDays) -> date:
    step = timedelta(days=1 if count > 0 else -1)
    left, idle = abs(count), 0
    while left:
        day += step
        idle += 1
        if working.is_working(day):
            left, idle = left - 1, 0
        if idle > _LONGEST_HOLIDAY:
            raise ValueError(day)
    return day


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
