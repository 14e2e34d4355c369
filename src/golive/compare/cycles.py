"""How a dual run stands: business days that were clean in a row, and what broke the streak; pure.

A day counts by its last comparison. A business day nobody compared breaks the streak like a red
one. A changed specification, rule or acceptance restarts it, unless a second person approved the
change as neutral: what is compared differently is another proof.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from golive.compare.definition import Cycles

__all__ = ["CycleDay", "CycleRun", "DayState", "Standing", "business_days", "standing"]

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class DayState(StrEnum):
    """What one business day showed."""

    CLEAN = "clean"
    FAILED = "failed"
    BROKEN = "broken"
    #: A business day in the past that nobody compared.
    MISSING = "missing"
    #: Today, and not compared yet.
    PENDING = "pending"


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleRun:
    """One comparison made for one business day."""

    day: date
    #: When it ended, aware UTC.
    at: datetime
    #: ``passed``, ``failed`` or ``broken``.
    status: str
    #: Digest over specification, rules and acceptances: what the day was judged by.
    basis: str
    sentence: str = ""
    run: str = ""
    #: Values and rows nothing explains, and the sum of their amounts as text; empty: not known.
    open: int = 0
    open_amount: str = "0"


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleDay:
    """One business day of the dual run, judged by its last comparison."""

    day: date
    state: DayState
    #: Clean days in a row, this one included.
    streak: int
    #: The day was judged by something else than the day before, which restarted the streak.
    restarted: bool = False
    attempts: int = 0
    run: str = ""
    sentence: str = ""
    open: int = 0
    open_amount: str = "0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How the dual run of one comparison stands."""

    days: tuple[CycleDay, ...]
    streak: int
    required: int
    #: Special days still to come or not clean.
    special_missing: tuple[date, ...]

    @property
    def met(self) -> bool:
        """True when the exit rule holds."""
        return self.streak >= self.required and not self.special_missing

    @property
    def counted_since(self) -> date | None:
        """The day another basis restarted the streak at, where it is too short by that."""
        judged = [day for day in self.days if day.state is not DayState.PENDING]
        if not 0 < self.streak < self.required:
            return None
        first = judged[-self.streak]
        return first.day if first.restarted else None

    def sentence(self, language: str = "en") -> str:
        """Tell it in one sentence, with what is missing."""
        days = ", ".join(day.isoformat() for day in self.special_missing)
        again = self.counted_since
        if language == "zh":
            rest = f"，自 {again} 起重新计数（核对依据已变更）" if again else ""
            rest += f"；特殊日未通过：{days}" if days else ""
            end = "，达到退出条件" if self.met else "，未达到退出条件"
            return f"双轨运行连续 {self.streak} 个营业日无差异，要求 {self.required} 个{rest}{end}"
        rest = f", counted anew since {again}, which was judged otherwise" if again else ""
        rest += f"; special days not clean: {days}" if days else ""
        end = "the exit rule is met" if self.met else "the exit rule is not met"
        return (
            f"dual run: {self.streak} of {self.required} clean business days in a row{rest}; {end}"
        )

    def to_json(self) -> dict[str, object]:
        """Return it as plain JSON data."""
        return {
            "streak": self.streak,
            "required": self.required,
            "met": self.met,
            "special_missing": [day.isoformat() for day in self.special_missing],
            "sentence": {"en": self.sentence("en"), "zh": self.sentence("zh")},
            "days": [
                asdict(item) | {"day": item.day.isoformat(), "state": item.state.value}
                for item in self.days
            ],
        }


def business_days(cycles: Cycles, first: date, last: date) -> Iterator[date]:
    """Yield the business days from ``first`` to ``last``, both included."""
    holidays = {date.fromisoformat(text) for text in cycles.holidays}
    workdays = {date.fromisoformat(text) for text in cycles.workdays}
    day = first
    while day <= last:
        off = _WEEKDAYS[day.weekday()] in cycles.weekend or day in holidays
        if day in workdays or not off:
            yield day
        day += timedelta(days=1)


def standing(
    cycles: Cycles,
    runs: Iterable[CycleRun],
    *,
    today: date,
    neutral: Collection[tuple[str, str]] = (),
) -> Standing:
    """Judge all runs of one comparison up to ``today``.

    ``neutral`` are the changes of basis, from and to, approved not to restart the streak.
    """
    by_day: dict[date, list[CycleRun]] = {}
    for run in sorted(runs, key=lambda item: item.at):
        by_day.setdefault(run.day, []).append(run)
    days = tuple(_days(cycles, by_day, today, frozenset(neutral))) if by_day else ()
    clean = {item.day for item in days if item.state is DayState.CLEAN}
    clean |= {day for day, found in by_day.items() if found[-1].status == "passed"}
    judged = [item for item in days if item.state is not DayState.PENDING]
    return Standing(
        days=days,
        streak=judged[-1].streak if judged else 0,
        required=cycles.consecutive,
        special_missing=tuple(
            day for day in sorted(map(date.fromisoformat, cycles.special_days)) if day not in clean
        ),
    )


def _days(
    cycles: Cycles,
    by_day: Mapping[date, list[CycleRun]],
    today: date,
    neutral: frozenset[tuple[str, str]],
) -> Iterator[CycleDay]:
    last = max(today, *by_day)
    streak, basis = 0, ""
    for day in business_days(cycles, min(by_day), last):
        found = by_day.get(day)
        if found is None:
            state = DayState.PENDING if day >= today else DayState.MISSING
            streak = streak if state is DayState.PENDING else 0
            yield CycleDay(day=day, state=state, streak=streak)
            continue
        run = found[-1]
        changed = bool(basis) and run.basis != basis and (basis, run.basis) not in neutral
        if run.status == "passed":
            state, streak = DayState.CLEAN, 1 if changed else streak + 1
        else:
            state, streak = (DayState.FAILED if run.status == "failed" else DayState.BROKEN), 0
        yield CycleDay(
            day=day,
            state=state,
            streak=streak,
            restarted=changed,
            attempts=len(found),
            run=run.run,
            sentence=run.sentence,
            open=run.open,
            open_amount=run.open_amount,
        )
        basis = run.basis
