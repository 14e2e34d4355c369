"""Find the cycles a workspace has compared: from the journals of its runs and their evidence.

An engine that compared for a business day keeps ``<comparison>/cycle.json``. Only what a journal
names and the evidence store still holds unchanged counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from golive.compare.cycles import CycleRun
from golive.errors import Damaged
from golive.outcome import Evidence
from golive.record.evidence import EvidenceStore
from golive.record.runs import evidence_in, list_runs, open_journal

__all__ = ["CYCLE_SCHEMA", "cycle_runs"]

CYCLE_SCHEMA = "golive/comparison-cycle/v1"


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
