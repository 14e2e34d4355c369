"""What the results of every lane share: evidence by its name, and an attempt that told nothing."""

from __future__ import annotations

from pathlib import Path

from golive.gate.assessment import ItemState
from golive.gate.words import text
from golive.outcome import Outcome, Status
from golive.record.evidence import EvidenceStore

__all__ = ["KILLED", "STATES", "kept"]

STATES = {
    Status.PASSED: ItemState.PASSED,
    Status.FAILED: ItemState.FAILED,
    Status.BROKEN: ItemState.BROKEN,
}
KILLED = text("the run ended before it told what came of it", "运行在给出结果之前就已中断")


def kept(outcome: Outcome | None, store: EvidenceStore, name: str) -> Path | None:
    """Return where evidence of a name is stored; None when the outcome names none or several."""
    named = [item for item in outcome.evidence if item.name == name] if outcome else []
    return store.path(named[0].sha256) if len(named) == 1 else None
