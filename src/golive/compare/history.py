"""Find the cycles a workspace has compared: from the journals of its runs and their evidence.

An engine that compared for a business day keeps ``<comparison>/cycle.json``. Only what a journal
names and the evidence store still holds unchanged counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from golive.compare.cycles import CycleRun
from golive.errors import Damaged, Refused
from golive.outcome import Evidence
from golive.record.evidence import EvidenceStore
from golive.record.runs import evidence_in, list_runs, open_journal

__all__ = ["CYCLE_SCHEMA", "Last", "cycle_runs", "last_result"]

CYCLE_SCHEMA = "golive/comparison-cycle/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Last:
    """The newest recorded result of a comparison."""

    run: str
    summary: Mapping[str, Any]
    #: The Parquet file of every difference, in the evidence store.
    differences: Path


def last_result(reports: Path, comparison: str, *, run: str = "") -> Last:
    """Return the newest result of a comparison, or that of a run.

    Raise Refused when none is recorded, Damaged when it is not as it was written.
    """
    store = EvidenceStore(reports / "evidence")
    found = [
        (record.at, folder.name, named)
        for folder in list_runs(reports / "runs")
        if not run or folder.name == run
        for record in open_journal(folder).records()
        if f"{comparison}/differences.parquet"
        in (named := {item.name: item for item in evidence_in(record.data)})
    ]
    if not found:
        raise Refused.of(
            f"comparison '{comparison}'",
            f"has no recorded result{f' in run {run}' if run else ''}",
            hint=f"golive compare run {comparison}",
        )
    # Names of runs sort by the minute only; their records know the moment.
    _, newest, named = max(found, key=lambda item: item[0])
    summary = named[f"{comparison}/summary.json"]
    differences = named[f"{comparison}/differences.parquet"]
    for evidence in (summary, differences):
        problem = store.verify(evidence)
        if problem:
            raise Damaged(problem)
    return Last(
        run=newest,
        summary=json.loads(store.path(summary.sha256).read_text(encoding="utf-8")),
        differences=store.path(differences.sha256),
    )


def cycle_runs(reports: Path, comparison: str, *, environment: str) -> tuple[CycleRun, ...]:
    """Return every cycle of a comparison recorded below ``reports``, in the order of the runs.

    ``environment`` is the environment's name: a cycle elsewhere proves nothing here. Raise Damaged
    when a journal or a piece of evidence is not as it was written.
    """
    store = EvidenceStore(reports / "evidence")
    return tuple(
        _cycle(data, folder.name)
        for folder in list_runs(reports / "runs")
        for data in _kept(folder, store, f"{comparison}/cycle.json")
        if data["comparison"] == comparison and data["environment"] == environment
    )


def _kept(folder: Path, store: EvidenceStore, name: str) -> Iterator[Any]:
    seen: set[str] = set()
    for record in open_journal(folder).records():
        for evidence in evidence_in(record.data):
            if evidence.name == name and evidence.sha256 not in seen:
                seen.add(evidence.sha256)
                yield _read(store, evidence, folder)


def _read(store: EvidenceStore, evidence: Evidence, folder: Path) -> Any:
    problem = store.verify(evidence)
    if problem:
        raise Damaged(problem)
    data = json.loads(store.path(evidence.sha256).read_text(encoding="utf-8"))
    if data.get("schema") != CYCLE_SCHEMA:
        raise Damaged.of(f"evidence '{evidence.name}'", f"of run '{folder.name}' is no cycle")
    return data


def _cycle(data: Any, run: str) -> CycleRun:
    return CycleRun(
        day=date.fromisoformat(data["cycle"]),
        at=datetime.fromisoformat(data["at"]),
        status=data["status"],
        basis=data["basis"],
        sentence=data["sentence"],
        run=run,
        open=data["open"],
        open_amount=data["open_amount"],
    )
