"""Days in words, the same in both languages; working days by a country's calendar."""

from __future__ import annotations

from datetime import date

import pytest

from golive.errors import SpecError
from golive.uat.dates import NoSuchDay, work_out
from golive.uat.labels import Labels, WorkingDaysOf
from golive.uat.values import expand, kept
from golive.uat.workdays import business_days
from golive.uat.writtendays import date_writer, parse_date

#: A Wednesday before China's week of national holidays.
DAY = date(2026, 9, 30)


@pytest.mark.parametrize(
    ("english", "chinese", "day"),
    [
        ("tomorrow", "明天", "2026-10-01"),
        ("today - 2 weeks", "今天-2周", "2026-09-16"),
        ("today+1 month", "今天+1个月", "2026-10-30"),
        ("today+2 years", "今天+2年", "2028-09-30"),
        ("next Monday", "下周一", "2026-10-05"),
        ("next Friday", "下星期五", "2026-10-09"),
        ("this Friday", "本周五", "2026-10-02"),
        ("last Sunday", "上周日", "2026-09-27"),
        ("month end", "月底", "2026-09-30"),
        ("end of next month", "下月底", "2026-10-31"),
        ("start of next month", "下月初", "2026-10-01"),
        ("last month end", "上月末", "2026-08-31"),
        ("quarter start", "季初", "2026-07-01"),
        ("year end", "年底", "2026-12-31"),
        ("today+5 working days", "今天+5个工作日", "2026-10-13"),
        ("next working day", "下一个工作日", "2026-10-08"),
        ("last working day of next month", "下月最后一个工作日", "2026-10-30"),
        ("the day after tomorrow", "后天", "2026-10-02"),
        ("in 3 days", "大后天", "2026-10-03"),
        ("3 days ago", "大前天", "2026-09-27"),
        ("in 3 days", "3天后", "2026-10-03"),
        ("10 days from now", "十天之后", "2026-10-10"),
        ("a week ago", "一周前", "2026-09-23"),
        ("2 weeks from today", "两个星期后", "2026-10-14"),
        ("in 25 days", "二十五日后", "2026-10-25"),
        ("in 5 months", "5个月后", "2027-02-28"),
        ("2 years ago", "2年前", "2024-09-30"),
        ("in 5 working days", "5个工作日后", "2026-10-13"),
        ("3 working days ago", "三个工作日前", "2026-09-24"),
        ("Monday after next", "下下周一", "2026-10-12"),
        ("the Friday before last", "上上星期五", "2026-09-18"),
        ("next Monday", "下个星期一", "2026-10-05"),
        ("last day of last month", "上个月最后一天", "2026-08-31"),
        ("end of last month", "上月底", "2026-08-31"),
        ("the first day of next month", "下个月的第一天", "2026-10-01"),
        ("end of the month after next", "下下个月底", "2026-11-30"),
        ("last day of this quarter", "本季度最后一天", "2026-09-30"),
        ("next year start", "明年初", "2027-01-01"),
        ("last year end", "去年底", "2025-12-31"),
        ("15th of next month", "下月15日", "2026-10-15"),
        ("the 1st of this month", "本月1号", "2026-09-01"),
        ("the 3rd working day of next month", "下月第三个工作日", "2026-10-10"),
    ],
)
def test_words_mean_the_same_day_in_both_languages(english, chinese, day):
    calendar = business_days("CN")
    assert work_out(english, DAY, calendar) == date.fromisoformat(day)
    assert work_out(chinese, DAY, calendar) == date.fromisoformat(day)


@pytest.mark.parametrize(
    "text",
    [
        *("Monday", "next", "月", "下月", "today's", "the last year", "", "3月后"),
        *("30th of 2 months", "next month after next end", "三十十天后", "次日前", "账期30天后"),
        *("in a holiday", "next someday", "30天内"),
    ],
)
def test_other_words_are_no_day(text):
    assert work_out(text, DAY) is None


@pytest.mark.parametrize(
    ("text", "english", "chinese"),
    [
        ("本月31日", "2026-09 has 30 days", "2026年9月有30天"),
        ("31st of this month", "2026-09 has 30 days", "2026年9月有30天"),
        ("下月第30个工作日", "2026-10 has 22 working days", "2026年10月有22个工作日"),
        ("0th working day of next month", "2026-10 has 22 working days", "2026年10月有22个工作日"),
        ("in 9000 years", "too far away", "日期超出范围"),
    ],
)
def test_a_day_the_calendar_has_not_is_refused_unless_meant_as_it_stands(text, english, chinese):
    with pytest.raises(NoSuchDay) as refused:
        work_out(text, DAY)
    assert refused.value.args == (english, chinese)
    with pytest.raises(NoSuchDay):
        expand(f"{{{text}}}", {}, DAY)
    assert expand("\\" + text, {}, DAY) == text


def test_a_calendar_without_working_days_ends():
    class Never:
        def is_working(self, _day):
            return False

    with pytest.raises(NoSuchDay, match="no working day near"):
        work_out("next working day", DAY, Never())


@pytest.mark.parametrize("text", ["月底", "30天后", "in 30 days"])
def test_words_that_are_meant_as_they_stand_are_written_so(text):
    assert expand(text, {}, DAY) != text
    assert expand("\\" + text, {}, DAY) == text
    assert expand("\\" + text + "!", {}, DAY) == "\\" + text + "!"


def test_a_weekend_worked_for_a_holiday_counts_and_a_firm_has_its_own():
    china, plain = business_days("CN"), business_days("")
    saturday = date(2026, 10, 10)
    assert china.is_working(saturday)
    assert not plain.is_working(saturday)
    own = business_days("CN", off=[saturday], on=[date(2026, 10, 1)])
    assert not own.is_working(saturday)
    assert own.is_working(date(2026, 10, 1))
    with pytest.raises(SpecError, match="'XX'"):
        business_days("XX").is_working(DAY)
    labels = Labels(working_days=WorkingDaysOf(country="DE"))
    assert not labels.calendar().is_working(date(2026, 10, 3))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2025年8月22日", "2025-08-22"),
        ("2025-8-2", "2025-08-02"),
        ("2025/08/22", "2025-08-22"),
        ("2025-08/22", None),
        ("2025-13-01", None),
        ("20250822", None),
    ],
)
def test_written_dates(text, day):
    assert parse_date(text) == (date.fromisoformat(day) if day else None)


def test_a_target_gets_dates_its_own_way():
    write = date_writer("DD.MM.YYYY")
    assert expand("{today+1}: x", {}, DAY, write=write) == "01.10.2026: x"
    labels = Labels(dates={"old": "YYYYMMDD", "old@2*": "YYYY/M/D"})
    assert labels.date_pattern("new") == "YYYY-MM-DD"
    assert labels.date_pattern("old") == "YYYYMMDD"
    assert labels.date_pattern("old", "2.1") == "YYYY/M/D"


def test_names_differ_by_system_and_by_version():
    labels = Labels(
        names={"new": {"客户": "购方"}, "new@9*": {"客户": "买方"}},
        pages={"new": {"订单 {}": "/orders/{}"}, "old": {"订单 {}": "/ordview?orno={}"}},
    )
    assert labels.on_page("new", "客户", "8.1") == "购方"
    assert labels.on_page("new", "客户", "9.0") == "买方"
    assert labels.on_page("old", "客户", "9.0") == "客户"
    assert labels.path("old", "订单 00000123") == "/ordview?orno=00000123"
    assert labels.path("new", "订单 SO-1") == "/orders/SO-1"
    assert labels.path("new", "/x") == "/x"


@pytest.mark.parametrize(
    ("entered", "shown", "stays"),
    [
        ("1234.5", "1,234.50", True),
        ("c00012", "C00012", True),
        ("13812345678", "138 1234 5678", True),
        ("2026-08-22", "22.08.2026", True),
        ("2026-08-22", "23.08.2026", False),
        ("-1", "1", False),
        ("1.5", "15", False),
        ("007", "7", False),
        ("㐂悦", "㐂悦", True),
        ("x", "", False),
    ],
)
def test_what_counts_as_kept(entered, shown, stays):
    assert kept(entered, shown) is stays


def test_random_digits_and_an_escaped_brace():
    assert expand("A{random:4}", {}, DAY, digits=lambda count: "7" * count) == "A7777"
    assert expand("A{随机：2}", {}, DAY, digits=lambda count: "7" * count) == "A77"
