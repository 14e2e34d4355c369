"""``summary.json``: the verdict, how it was proven, and what is open; for machines and views."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import duckdb

from golive.compare.definition import Comparison
from golive.compare.exact import plain
from golive.compare.findings import Finding
from golive.compare.grouped import GroupCheck
from golive.compare.marks import HIDDEN
from golive.compare.matching import Conservation
from golive.compare.rereading import Reading
from golive.compare.totals import TotalCheck
from golive.compare.verdict import Findings, failures, sentence
from golive.compare.words import finding_words
from golive.contracts import Snapshot

__all__ = ["Told", "summary_text"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is said of a comparison besides its findings."""

    cycle: str
    failures: tuple[str, ...]
    seconds: float
    #: Checksums of each side by bucket, and since when it is the same; no part of the verdict.
    buckets: Mapping[str, Any] | None = None
    #: Pairs of equal rows that a server counted and that were not read.
    settled: int = 0
    #: Whether a personal value has the same mark in the next comparison; None without any.
    marks_kept: bool | None = None
    #: Later readings that rows which were changing are told from.
    readings: tuple[Reading, ...] = ()


def summary_text(
    comparison: Comparison, found: Findings, old: Snapshot, new: Snapshot, told: Told
) -> str:
    """Return ``summary.json``."""
    return json.dumps(
        {
            "schema": "golive/comparison-summary/v1",
            "comparison": comparison.id,
            "cycle": told.cycle,
            "verdict": "failed" if told.failures else "passed",
            "sentence": {
                "en": sentence(comparison, found, language="en"),
                "zh": sentence(comparison, found, language="zh"),
            },
            "failures": {
                language: list(failures(comparison, found, language)) for language in ("en", "zh")
            },
            "conservation": _conservation(found.conservation),
            "agreeing_rows": found.agreeing,
            "open_rows": found.open_rows,
            "open_amount": found.open_amount_text,
            "classes": [asdict(item) for item in found.classes],
            "control_totals": [_total(item) for item in found.totals],
            "control_totals_by_group": [_total(item) for item in found.groups],
            "reconcile": [asdict(item) | {"agrees": item.agrees} for item in found.counts],
            "accepted": [asdict(item) for item in found.applied],
            "findings": [_finding(item) for item in found.causes],
            "limits": asdict(comparison.limits),
            "top": [asdict(item) for item in found.top],
            "engine": comparison.engine,
            "settled_rows": told.settled,
            "snapshots": _snapshots(found, old, new),
            "readings": {
                str(item.number): _snapshots(found, item.old, item.new) for item in told.readings
            },
            "marks_kept": told.marks_kept,
            "buckets": told.buckets,
            "versions": {"duckdb": duckdb.__version__},
            "seconds": told.seconds,
        },
        ensure_ascii=False,
        indent=2,
    )


def _conservation(found: Conservation) -> dict[str, object]:
    return asdict(found) | {
        "old": "equal + changed + only_old + merged + rejected = old_rows",
        "new": "equal + changed + only_new = new_rows",
        "holds": found.holds,
    }


def _finding(item: Finding) -> dict[str, object]:
    amount = None if item.amount is None else plain(item.amount)
    told = {"en": finding_words(item, "en"), "zh": finding_words(item, "zh")}
    return asdict(item) | {"amount": amount, "told": told}


def _total(item: TotalCheck | GroupCheck) -> dict[str, object]:
    told: dict[str, object] = {key: str(value) for key, value in asdict(item).items()}
    if isinstance(item, TotalCheck):
        told["difference"] = str(item.difference)
    if item.hidden:
        told |= {key: HIDDEN for key in told if key in _HIDDEN}
    return told | {"agrees": item.agrees, "hidden": item.hidden}


#: What a total of a personal column does not say.
_HIDDEN = {"old", "new", "set_aside", "difference", "external"}


def _snapshots(found: Findings, old: Snapshot, new: Snapshot) -> dict[str, object]:
    hidden = {item.name for item in found.totals if item.hidden}
    return {"old": _snapshot(old, hidden), "new": _snapshot(new, hidden)}


def _snapshot(snapshot: Snapshot, hidden: Collection[str]) -> dict[str, object]:
    return {
        "sha256": snapshot.sha256,
        "rows": snapshot.rows,
        "watermark": snapshot.watermark,
        "clock": snapshot.clock.isoformat(),
        "reader": snapshot.reader,
        "source_totals": {
            name: HIDDEN if name in hidden else value for name, value in snapshot.totals.items()
        },
    }
