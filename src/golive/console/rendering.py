"""Fill the templates: every value escaped, every time in the runbook's zone, no outside address."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined

from golive.console.words import LANGUAGES, word
from golive.report.words import line_for, note_words, verdict_words
from golive.run.state import RunState
from golive.runbook.times import parse_duration, show_duration

__all__ = ["HEADERS", "page"]

_TEMPLATES = Environment(
    loader=PackageLoader("golive.console"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def _inline(name: str) -> str:
    """Return a file of our own that stands inside the page."""
    loader = _TEMPLATES.loader
    return loader.get_source(_TEMPLATES, name)[0] if loader else ""


def _digest(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


_SCRIPT, _STYLE = _inline("console.js"), _inline("console.css")
#: Sent with every answer. Only our own script and style run, by their digests.
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'self'; "
    f"script-src {_digest(_SCRIPT)}; style-src {_digest(_STYLE)}; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def page(template: str, language: str, *, tag: str = "", **values: Any) -> str:
    """Return a page; ``tag`` is what it is polled with."""
    return _TEMPLATES.get_template(template).render(
        language=language,
        other=next(item for item in LANGUAGES if item != language),
        tag=tag,
        script=_SCRIPT,
        style=_STYLE,
        t=partial(word, language),
        phase=partial(_phase, language),
        verdict=lambda state: verdict_words(state, language),
        note_words=lambda note: note_words(note, language),
        clock=_clock,
        instant=_instant,
        span=_span,
        **values,
    )


def _phase(language: str, state: RunState) -> str:
    line = line_for(
        language, f"phase.{state.progress.phase.value}", reason=state.progress.abort_reason
    )
    return line.rstrip(":： ")


def _clock(instant: datetime | None, state: RunState) -> str:
    """Return hours and minutes in the runbook's zone, and the day where it is not T0's."""
    if instant is None:
        return ""
    zone = ZoneInfo(state.plan.runbook.zone)
    here, first = instant.astimezone(zone), datetime.fromisoformat(state.plan.t0).astimezone(zone)
    return f"{here:%H:%M}" if here.date() == first.date() else f"{here:%m-%d %H:%M}"


def _instant(instant: datetime | str, state: RunState) -> str:
    """Return a full instant, to the second, with its offset."""
    found = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
    zone = ZoneInfo(state.plan.runbook.zone) if state else UTC
    return found.astimezone(zone).isoformat(sep=" ", timespec="seconds")


def _span(value: timedelta | float | str) -> str:
    """Return a span given as such, in seconds, or as ISO 8601."""
    if isinstance(value, str):
        return show_duration(parse_duration(value))
    return show_duration(value if isinstance(value, timedelta) else timedelta(seconds=value))
