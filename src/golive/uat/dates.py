"""Days in words, in both languages: ``today+3``, ``下周一``, ``上月底``, ``5个工作日后``. Pure.

``next Friday`` and ``下周五`` are the Friday of next week, ``this Friday`` and ``本周五`` that of
this one (weeks begin on Monday), ``Friday after next`` and ``下下周五`` that of the week after
next: a scenario and its translation mean the same day.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import MAXYEAR, MINYEAR, date, timedelta
from typing import Protocol

__all__ = ["WEEKDAYS_ONLY", "NoSuchDay", "WeekdaysOnly", "WorkingDays", "work_out"]

_SATURDAY = 5
#: So many days without a working day are a mistake in a calendar, not a holiday.
_LONGEST_HOLIDAY = 400


class NoSuchDay(LookupError):
    """Words for a day the calendar has not: the reason in English and in Chinese."""


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
    "大后天": 3,
    "day after tomorrow": 2,
    "the day after tomorrow": 2,
    "昨天": -1,
    "昨日": -1,
    "前天": -2,
    "大前天": -3,
    "day before yesterday": -2,
    "the day before yesterday": -2,
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
_DIGITS = {**dict(zip("一二三四五六七八九", range(1, 10), strict=True)), "两": 2}
_WHICH = {"before last": -2, "last": -1, "this": 0, "next": 1, "after next": 2} | {
    "上上": -2, "上": -1, "去": -1, "本": 0, "这": 0, "今": 0, "下": 1, "明": 1, "下下": 2
}  # fmt: skip
_UNITS = {
    "d": ("", "day", "days", "天", "日"),
    "wd": ("working day", "working days", "workday", "workdays", "工作日", "个工作日"),
    "w": ("week", "weeks", "周", "个星期", "星期"),
    "m": ("month", "months", "个月", "月"),
    "y": ("year", "years", "年"),
}
_UNIT = {word: unit for unit, words in _UNITS.items() for word in words}

_COUNT = r"\d{1,4}|[一二三四五六七八九]?十[一二三四五六七八九]?|[一二两三四五六七八九]"
_OFFSET = re.compile(
    rf"({'|'.join(_NAMED)}) ?([+\-＋－]) ?(\d{{1,4}}) ?"
    rf"({'|'.join(sorted(map(re.escape, _UNIT), key=len, reverse=True))})"
)
_AWAY = re.compile(
    rf"(?:(?P<ahead>in) )?(?P<count>\d{{1,4}}|an?) (?P<unit>(?:working )?days?|workdays?"
    rf"|weeks?|months?|years?)(?(ahead)|(?: (?P<way>ago|from now|from today)))"
    rf"|(?P<zcount>{_COUNT}) ?(?P<zunit>天|日|周|个?星期|个月|年|个?工作日)[之以]?(?P<zway>[后前])"
)
_WEEKDAY = re.compile(
    r"(?:(?P<which>last|this|next) (?P<day>\w+day)"
    r"|(?:the )?(?P<farday>\w+day) (?P<far>after next|before last)"
    r"|(?P<zwhich>上上|下下|[上本这下])个?(?:周|星期|礼拜)(?P<zday>[一二三四五六日天]))"
)
_EDGE = re.compile(
    r"(?:(?:the )?(?P<en>start|end|first day|last day) of (?:the )?)?"
    r"(?:(?P<which>last|this|next) )?"
    r"(?P<unit>month|quarter|year)(?: (?P<far>after next|before last))?(?: (?P<edge>start|end))?"
    r"|(?:(?P<zwhich>上上|下下|[上本这下])?个?(?P<zunit>月|季度?|年)|(?P<zyear>[去今明])年)"
    r"(?P<zedge>初|底|末|的?第一天|的?最后一天)"
)
_WORKDAY = re.compile(
    r"(?:(?P<which>next|last|previous) (?:working day|workday)|(?P<zwhich>[上下])一?个工作日)"
)
#: ``of next month``, ``of the month after next``.
_OF = r"of (?:(?P<which>last|this|next) month|the month (?P<far>after next|before last))"
_ZOF = r"(?P<zwhich>上上|下下|[上本这下])个?月"
_MONTH_WORKDAY = re.compile(
    rf"(?:the )?(?P<place>first|last|\d{{1,2}}(?:st|nd|rd|th)) (?:working day|workday) {_OF}"
    rf"|{_ZOF}的?(?P<zplace>最后一|第(?:{_COUNT}))个工作日"
)
_MONTH_DAY = re.compile(
    rf"(?:the )?(?P<place>\d{{1,2}})(?:st|nd|rd|th) {_OF}|{_ZOF}的?(?P<zplace>{_COUNT})[日号]"
)


def work_out(text: str, today: date, working: WorkingDays = WEEKDAYS_ONLY) -> date | None:
    """Return the day that words mean, seen from ``today``; None when they mean none.

    Raise NoSuchDay for one the calendar has not, as the 31st of a month of thirty days.
    """
    plain = re.sub(r"\s+", " ", text.strip().lower())
    try:
        return next(
            (day for read in _READERS if (day := read(plain, today, working)) is not None),
            None,
        )
    except OverflowError as error:
        raise NoSuchDay("too far away", "日期超出范围") from error
    except ValueError:
        return None


def _named(text: str, today: date, working: WorkingDays) -> date | None:
    if text in _NAMED:
        return today + timedelta(days=_NAMED[text])
    match = _OFFSET.fullmatch(text)
    if match is None:
        return None
    start = today + timedelta(days=_NAMED[match[1]])
    count = int(match[3]) * (-1 if match[2] in {"-", "－"} else 1)
    return _on(start, count, match[4], working)


def _away(text: str, today: date, working: WorkingDays) -> date | None:
    match = _AWAY.fullmatch(text)
    if match is None:
        return None
    back = match["way"] == "ago" or match["zway"] == "前"
    count = _number(match["count"] or match["zcount"])
    return _on(today, -count if back else count, match["unit"] or match["zunit"], working)


def _on(day: date, count: int, unit: str, working: WorkingDays) -> date:
    match _UNIT[unit]:
        case "wd":
            return _working_days_on(day, count, working)
        case "w":
            return day + timedelta(weeks=count)
        case "m":
            return _months_on(day, count)
        case "y":
            return _months_on(day, 12 * count)
    return day + timedelta(days=count)


def _number(text: str) -> int:
    """Return a count in digits, in Chinese up to ninety-nine, or ``a``."""
    if text.isdecimal():
        return int(text)
    if text in {"a", "an"}:
        return 1
    before, ten, after = text.rpartition("十")
    high = (_DIGITS[before] if before else 1) if ten else 0
    return 10 * high + (_DIGITS[after] if after else 0)


def _which(match: re.Match[str], *others: str) -> int:
    """Return how many weeks, months or years on is meant; 0 where nothing is said."""
    said = [match[name] for name in ("which", "zwhich", "far", *others) if match[name]]
    if len(said) > 1:
        raise ValueError(said)
    return _WHICH[said[0]] if said else 0


def _weekday(text: str, today: date, _working: WorkingDays) -> date | None:
    match = _WEEKDAY.fullmatch(text)
    if match is None:
        return None
    day = _WEEKDAYS.get(match["day"] or match["farday"] or match["zday"])
    if day is None:
        return None
    monday = today - timedelta(days=today.weekday())
    return monday + timedelta(weeks=_which(match), days=day)


def _edge(text: str, today: date, _working: WorkingDays) -> date | None:
    match = _EDGE.fullmatch(text)
    if match is None:
        return None
    edge = match["en"] or match["edge"] or match["zedge"]
    if not edge:
        return None
    length = {"月": 1, "季": 3, "年": 12, "m": 1, "q": 3, "y": 12}[
        (match["unit"] or match["zunit"] or "年")[0]
    ]
    first = today.replace(month=(today.month - 1) // length * length + 1, day=1)
    start = _months_on(first, _which(match, "zyear") * length)
    if edge.removeprefix("的") in {"start", "first day", "初", "第一天"}:
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
    start = _months_on(today.replace(day=1), _which(match))
    place = match["place"] or match["zplace"]
    if place in {"last", "最后一"}:
        return _working_days_on(_months_on(start, 1), -1, working)
    count = 1 if place == "first" else _number(re.sub(r"第|[a-z]", "", place))
    day = _working_days_on(start - timedelta(days=1), count, working)
    if day.month == start.month and count:
        return day
    # The next month's is not meant.
    month = monthrange(start.year, start.month)[1]
    there = sum(working.is_working(start + timedelta(days=place)) for place in range(month))
    raise NoSuchDay(
        f"{start:%Y-%m} has {there} working days", f"{start.year}年{start.month}月有{there}个工作日"
    )


def _day_of_month(text: str, today: date, _working: WorkingDays) -> date | None:
    match = _MONTH_DAY.fullmatch(text)
    if match is None:
        return None
    start = _months_on(today.replace(day=1), _which(match))
    place = _number(match["place"] or match["zplace"])
    there = monthrange(start.year, start.month)[1]
    if not 1 <= place <= there:
        raise NoSuchDay(
            f"{start:%Y-%m} has {there} days", f"{start.year}年{start.month}月有{there}天"
        )
    return start.replace(day=place)


def _months_on(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    if not MINYEAR <= year <= MAXYEAR:
        raise OverflowError(year)
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
            raise NoSuchDay(f"no working day near {day}", f"{day}附近没有工作日")
    return day


_READERS = (_named, _away, _weekday, _edge, _next_working, _of_month, _day_of_month)
