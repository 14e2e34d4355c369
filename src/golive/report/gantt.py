"""Where everything of a planned night stands in its picture: bars, lines, marks in pixels; pure.

The template only draws. Streams are groups of rows; the lower panel shows how long the way back
takes against how long it may take: where the steps cross the line, there is no safe abort any more.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from golive.report.words import fit, local, say
from golive.runbook.abort_times import abort_times
from golive.runbook.outlook import Outlook
from golive.runbook.planning import Plan
from golive.runbook.schedule import Schedule, Slot
from golive.runbook.times import parse_duration, parse_instant, show_duration

__all__ = ["Gantt", "gantt_of"]

_LEFT, _RIGHT, _ROW, _HEAD = 290, 1150, 20, 44
_PANEL = 130
#: A picture has at most this many hour marks.
_MARKS = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One task's row. ``room`` is how far it may slip; ``mark`` a diamond instead of a bar."""

    y: int
    x: float
    wide: float
    room: float
    tone: str
    mark: bool
    task: str
    label: str
    tip: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An upright line with its words; ``tone`` says which."""

    x: float
    label: str
    tone: str
    level: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Gantt:
    """The picture, in pixels."""

    width: int
    height: int
    left: int
    top: int
    #: Where the rows end and the lower panel is.
    rows_end: int
    panel_top: int
    panel_end: int
    streams: tuple[tuple[int, str], ...]
    bars: tuple[Bar, ...]
    hours: tuple[Line, ...]
    lines: tuple[Line, ...]
    #: Blackouts: where they begin and how wide they are.
    dark: tuple[tuple[float, float], ...]
    #: The way back as steps, and how long it may take, as points of polylines.
    back: str
    allowed: str
    #: Marks of the panel's scale: where, and which span.
    scale: tuple[tuple[float, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Axis:
    begins: datetime
    ends: datetime
    zone: str

    def x(self, at: datetime) -> float:
        share = (at - self.begins) / (self.ends - self.begins)
        return round(_LEFT + min(1.0, max(0.0, share)) * (_RIGHT - _LEFT), 1)

    def wide(self, start: datetime, finish: datetime) -> float:
        return round(self.x(finish) - self.x(start), 1)


def gantt_of(plan: Plan, made: Schedule, seen: Outlook, language: str) -> Gantt:
    """Return the picture of a planned night."""
    window = plan.runbook.window
    begins, closes = parse_instant(plan.t0), parse_instant(window.end)
    axis = _Axis(begins=begins, ends=max(made.end, closes), zone=plan.runbook.zone)
    night = [slot for slot in made.slots if slot.start <= axis.ends]
    streams = [name for name in (*plan.runbook.streams, "") if name or _loose(plan, night)]
    bars: list[Bar] = []
    heads: list[tuple[int, str]] = []
    y = _HEAD
    for stream in streams:
        rows = [slot for slot in night if plan.task(slot.task).stream == stream]
        if not rows:
            continue
        heads.append((y, stream or say(language, "no stream", "未分工作流")))
        y += _ROW
        for slot in sorted(rows, key=lambda each: (each.start, each.finish)):
            bars.append(_bar(plan, made, slot, axis, y, language))
            y += _ROW
    panel_top = y + 46
    scale, back, allowed = _panel(plan, seen, axis, panel_top)
    return Gantt(
        width=_RIGHT + 20, height=panel_top + _PANEL + 24, left=_LEFT, top=_HEAD, rows_end=y,
        panel_top=panel_top, panel_end=panel_top + _PANEL, streams=tuple(heads), bars=tuple(bars),
        hours=tuple(_hours(axis)), lines=tuple(_lines(plan, made, seen, axis, language)),
        dark=tuple(_dark(plan, axis)), back=back, allowed=allowed, scale=scale,
    )  # fmt: skip


def _loose(plan: Plan, night: Sequence[Slot]) -> bool:
    return any(not plan.task(slot.task).stream for slot in night)


def _bar(plan: Plan, made: Schedule, slot: Slot, axis: _Axis, y: int, language: str) -> Bar:
    task = plan.task(slot.task)
    tone = "chain" if slot.task in made.chain else "critical" if slot.critical else "plain"
    if task.kind == "wait" and tone == "plain":
        tone = "wait"
    span = f"{local(slot.start, axis.zone)}-{local(slot.finish, axis.zone)}"
    slip = f"{say(language, 'may slip', '可顺延')} {show_duration(slot.slack)}"
    return Bar(
        y=y,
        x=axis.x(slot.start),
        wide=max(2.0, axis.wide(slot.start, slot.finish)),
        room=axis.wide(slot.finish, min(axis.ends, slot.finish + slot.slack)),
        tone=tone,
        mark=task.kind in {"gate", "milestone", "checkpoint"},
        task=slot.task,
        label=fit(f"{slot.task}  {task.title}", 40),
        tip=f"{slot.task} {task.title}  {span}  {slip}",
    )


def _hours(axis: _Axis) -> Iterator[Line]:
    """Yield a mark at full hours of the clock on the wall, with the day where it changes."""
    zone = ZoneInfo(axis.zone)
    hours = (axis.ends - axis.begins) / timedelta(hours=1)
    step = next(each for each in (1, 2, 3, 4, 6, 12, 24, 48, 96, 10_000) if hours / each <= _MARKS)
    first = axis.begins.astimezone(zone).replace(minute=0, second=0, microsecond=0)
    day = ""
    for count in range(0, math.ceil(hours) + 2, step):
        at = (first + timedelta(hours=count)).astimezone(zone)
        if axis.begins <= at <= axis.ends:
            today = f"{at:%m-%d} "
            yield Line(
                x=axis.x(at), label=f"{'' if day == today else today}{at:%H:%M}", tone="hour"
            )
            day = today


def _lines(plan: Plan, made: Schedule, seen: Outlook, axis: _Axis, language: str) -> Iterator[Line]:
    window, zone = plan.runbook.window, axis.zone
    closes = parse_instant(window.end)
    reserve = closes - parse_duration(window.reserve)
    last = seen.points[-1].lsat if seen.points else None
    found: list[tuple[datetime | None, str, str]] = [
        (made.end, say(language, "planned end", "计划结束"), "end"),
        (seen.no_return, say(language, "point of no return", "不可回退点"), "ponr"),
        (last, say(language, "latest safe abort", "最晚可回退"), "lsat"),
        (seen.crossing, say(language, "no safe abort from here", "自此不能安全回退"), "cross"),
        (reserve, say(language, "reserve begins", "保留时间起"), "reserve"),
        (closes, say(language, "window ends", "窗口结束"), "close"),
    ]
    shown = sorted((at, label, tone) for at, label, tone in found if at is not None)
    for level, (at, label, tone) in enumerate(shown):
        yield Line(x=axis.x(at), label=f"{label} {local(at, zone)}", tone=tone, level=level % 2)


def _dark(plan: Plan, axis: _Axis) -> Iterator[tuple[float, float]]:
    for text in plan.runbook.calendar.blackouts:
        start, _, span = text.partition("/")
        opens = parse_instant(start)
        yield axis.x(opens), max(1.0, axis.wide(opens, opens + parse_duration(span)))


def _panel(
    plan: Plan, seen: Outlook, axis: _Axis, top: int
) -> tuple[tuple[tuple[float, str], ...], str, str]:
    """Return the panel's scale, the way back as steps, and the line it must stay below."""
    window, times = plan.runbook.window, abort_times(plan)
    limit = parse_instant(window.end) - parse_duration(window.reserve)
    limit -= times.before + times.verify
    longest = max([timedelta(minutes=30), *(point.way_back for point in seen.points)]) * 1.25

    def y(span: timedelta) -> float:
        share = max(0.0, min(1.0, span / longest))
        return round(top + _PANEL - share * _PANEL, 1)

    back = []
    for point in seen.points:
        back += [(axis.x(point.at), y(point.way_back)), (axis.x(point.until), y(point.way_back))]
    bends = [axis.begins, limit - longest, limit]
    allowed = [(axis.x(at), y(limit - at)) for at in bends if axis.begins <= at <= axis.ends]
    if limit > axis.ends:
        allowed.append((axis.x(axis.ends), y(limit - axis.ends)))
    ticks = (longest * share for share in (0.0, 0.4, 0.8))
    return tuple((y(each), show_duration(each)) for each in ticks), _points(back), _points(allowed)


def _points(found: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in found)
