"""Durations (``PT1H30M``), instants (RFC 3339 with offset) and their plain texts; pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

__all__ = ["parse_duration", "parse_instant", "show_duration"]

_DURATION = re.compile(r"^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$")


@lru_cache(maxsize=4096)
def parse_duration(text: str) -> timedelta:
    """Read an ISO 8601 duration of days, hours, minutes and seconds. Raise ValueError."""
    match = _DURATION.match(text)
    if match is None or not any(match.groups()):
        raise ValueError(f"'{text}' is not a duration like PT15M")
    days, hours, minutes, seconds = (float(part or 0) for part in match.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


@lru_cache(maxsize=4096)
def parse_instant(text: str) -> datetime:
    """Read an RFC 3339 instant as aware UTC. Raise ValueError for a naive one."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"'{text}' is not a time like 2026-10-09T20:00:00+08:00") from error
    if instant.tzinfo is None:
        raise ValueError(f"'{text}' has no offset; write it like 2026-10-09T20:00:00+08:00")
    return instant.astimezone(UTC)


def show_duration(span: timedelta) -> str:
    """Return a span as people read it at night: ``2h21m``, ``11m05s``, ``48s``, ``-3m00s``."""
    seconds = round(abs(span.total_seconds()))
    sign = "-" if span < timedelta(0) and seconds else ""
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    if hours:
        return f"{sign}{hours}h{minutes:02d}m"
    return f"{sign}{minutes}m{seconds:02d}s" if minutes else f"{sign}{seconds}s"
