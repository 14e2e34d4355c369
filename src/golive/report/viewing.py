"""What the templates ask of a document in one language: tones, shares, spans, headlines; pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from golive.gate.assessment import ItemState
from golive.gate.criteria import CriterionState
from golive.report.compared import compared_pages, page_of
from golive.report.document import Document, Moment, RollbackProof, Row, Share
from golive.report.wording import day_and_time, duration, word
from golive.report.words import call_words, clock_words

__all__ = ["People", "headline", "show_share", "tone_of", "unproved", "values_of"]

_TONES = {
    "go": "good", "passed": "good", "conditional": "warn", "stopped": "warn", "skipped": "warn",
    "dry": "warn", "": "warn", "no-go": "bad", "failed": "bad", "broken": "bad", "lost": "bad",
}  # fmt: skip
_STATES = {
    ItemState.PASSED: "good", ItemState.QUARANTINED: "calm", ItemState.NOT_RUN: "warn",
    ItemState.STALE: "warn",
}  # fmt: skip
_CRITERIA = {
    CriterionState.MET: "good",
    CriterionState.WAIVED: "warn",
    CriterionState.STALE: "warn",
}
_UNPROVED = frozenset({CriterionState.NO_EVIDENCE, CriterionState.STALE})
#: Rows that say nothing of the system, good or bad.
_UNKNOWN = frozenset({ItemState.NOT_RUN, ItemState.BROKEN, ItemState.STALE, ItemState.CORRUPT})


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """How many actions people took, and a line for each kind of assurance."""

    total: int
    lines: tuple[str, ...]


def headline(document: Document, language: str) -> str:
    """Return the recommendation, or a run's verdict, as people read it.

    Over a damaged record neither stands: the damage is the headline.
    """
    return word(language, _key(document))


def _key(document: Document) -> str:
    if document.problems:
        return "damage"
    if document.recommendation is not None:
        return f"recommendation.{document.recommendation}"
    return f"verdict.{document.verdict}"


def tone_of(document: Document) -> str:
    """Return ``good``, ``warn`` or ``bad``; a damaged record is never good."""
    if document.problems:
        return "bad"
    return _TONES.get(document.recommendation or document.verdict, "bad")


def show_share(share: Share, language: str) -> str:
    """Return ``22 of 23 (95.6%)``: never a percentage without its count."""
    if language == "zh":
        return f"{share.count}/{share.total}（{share.percent}）"
    return f"{share.count} of {share.total} ({share.percent})"


def unproved(document: Document) -> tuple[tuple[str, str], ...]:
    """Return what nothing proves: criteria without valid evidence, else rows that say nothing."""
    if document.findings:
        return tuple(
            (item.question, item.found) for item in document.findings if item.state in _UNPROVED
        )
    return tuple((row.title, row.sentence) for row in document.rows() if row.state in _UNKNOWN)


def values_of(document: Document, language: str) -> dict[str, Any]:
    """Return everything a template may use, beside what depends on where it is written."""
    when = partial(_when, document.zone, language)
    late, spare = _spare(document, language)
    titles = {row.id: row.title for row in document.rows()}
    return {
        "d": document,
        "language": language,
        "t": partial(word, language),
        "when": when,
        "span": lambda seconds: duration(seconds, language),
        "share": lambda share: show_share(share, language),
        "colon": "：" if language == "zh" else ": ",
        "comma": "，" if language == "zh" else ", ",
        "headline": headline(document, language),
        "headline_says": word(language, f"{_key(document)}.says"),
        "tone": tone_of(document),
        "late": late,
        "spare": spare,
        "people": _people(document.assurance, language),
        "assurance": lambda name: _or_itself(language, f"assurance.{name}", name),
        "status": lambda name: _or_itself(language, f"status.{name}", name),
        "mode": lambda name: _or_itself(language, f"mode.{name}", name),
        "counts": _counts,
        "unproved": unproved(document),
        "criteria_met": Share(
            count=sum(item.state is CriterionState.MET for item in document.findings),
            total=len(document.findings),
        ),
        "titles": lambda ids: [titles.get(name, name) for name in ids],
        # A release owes all four kinds of proof; a run alone shows what it was about.
        "shown": lambda lane: document.kind == "release" or bool(lane.groups),
        "run_ids": {run.run for run in document.runs},
        "shared": lambda item: Share(count=item.count or 0, total=item.total),
        "names": {proof.sha256: proof.name for proof in document.evidence},
        "page_of": partial(page_of, compared_pages(document), language),
        "row_tone": _row_tone,
        "state_tone": lambda state: _STATES.get(state, "bad"),
        "criterion_tone": lambda state: _CRITERIA.get(state, "bad"),
        "verdict_tone": lambda verdict: _TONES.get(verdict, "bad"),
        "decision_word": partial(_moment, language),
        "anchor": _anchor,
    }


def _when(zone: str, language: str, instant: datetime, *, seconds: bool = False) -> str:
    text = day_and_time(instant, zone, language)
    return text + f"{instant.astimezone(ZoneInfo(zone)):%S}".rjust(3, ":") if seconds else text


def _spare(document: Document, language: str) -> tuple[bool, str]:
    """Return whether the planned end lies behind the window, and by how much as words."""
    if document.forecast is None:
        return True, ""
    seconds = (document.forecast.window_end - document.forecast.end).total_seconds()
    key = "forecast.spare" if seconds >= 0 else "forecast.late"
    return seconds < 0, word(language, key, span=duration(abs(seconds), language))


def _people(assurance: Mapping[str, int], language: str) -> People:
    lines = [
        (assurance[name], f"people.{name}")
        for name in ("simulated", "claimed")
        if assurance.get(name)
    ]
    proven = sum(number for name, number in assurance.items() if name not in _LOOSE)
    if proven:
        lines.append((proven, "people.other"))
    return People(
        total=sum(number for name, number in assurance.items() if name != "system"),
        lines=tuple(f"{number} {word(language, key)}" for number, key in lines),
    )


_LOOSE = frozenset({"simulated", "claimed", "system"})


def _or_itself(language: str, key: str, name: str) -> str:
    """Return the word for something a later version may name anew: then its own name."""
    try:
        return word(language, key)
    except KeyError:
        return name


def _counts(proof: RollbackProof) -> dict[str, str]:
    return {key: f"{proof.counts.get(key, 0):,}" for key in ("tables", "rows", "files", "routes")}


def _row_tone(row: Row) -> str:
    if row.state is ItemState.PASSED:
        return "warn" if row.retries else "good"
    return _STATES.get(row.state, "bad")


def _moment(language: str, moment: Moment) -> str:
    if moment.kind == "decision":
        return _or_itself(language, f"decision.{moment.text}", moment.text)
    if moment.kind == "clock":
        return clock_words(moment.text, language)
    if moment.kind == "call":
        return call_words(moment.text, language)
    return moment.text


def _anchor(row: Row) -> str:
    """Return an id that stays the same whenever the page is made, whatever the name is."""
    return "i-" + hashlib.sha256(f"{row.lane}\n{row.run}\n{row.id}".encode()).hexdigest()[:12]


def built_at(instant: datetime) -> str:
    """Return when a page was made: the only thing in which two renderings differ."""
    return instant.astimezone(UTC).isoformat(timespec="seconds")


def capped(items: Sequence[Any], limit: int) -> tuple[Sequence[Any], int]:
    """Return as many as fit, and how many are left out."""
    return items[:limit], max(0, len(items) - limit)
