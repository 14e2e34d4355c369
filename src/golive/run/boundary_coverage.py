"""At how many boundaries a rehearsal has shown its way back, and where it has not; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from golive.run.runstate import RunState

__all__ = ["Coverage", "Gap", "coverage_of", "gap_of"]

#: Why a boundary is not covered: its way back is wrong, is a person's and so not tried on a copy,
#: or the task had ended before the abort came, so that it was no boundary inside it.
Gap = Literal["", "wrong", "by-hand", "late"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """The boundaries tried, and the labels of those not covered, each with why."""

    tried: int
    gaps: Mapping[str, Gap]

    @property
    def covered(self) -> int:
        """How many boundaries have a way back that was shown."""
        return self.tried - len(self.gaps)

    @property
    def percent(self) -> int:
        """The share of them in percent, rounded down: only all of them are 100."""
        return 100 * self.covered // self.tried if self.tried else 0


def gap_of(tried: Mapping[str, Any]) -> Gap:
    """Return why a ``boundary.tried`` record covers no boundary; empty when it covers its own."""
    if not tried["proven"]:
        return "by-hand" if tried.get("by_hand") and not tried["problems"] else "wrong"
    return "late" if tried["inside"] and not tried["caught"] else ""


def coverage_of(state: RunState) -> Coverage:
    """Return what the boundaries tried in a run cover."""
    gaps = {str(item["label"]): gap_of(item) for item in state.boundaries}
    return Coverage(tried=len(gaps), gaps={label: gap for label, gap in gaps.items() if gap})
