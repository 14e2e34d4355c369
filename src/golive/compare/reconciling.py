"""Hold the migration's own counts against what the comparison found."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from golive.compare.definition import Comparison, Reconcile
from golive.compare.matching import Conservation
from golive.errors import SetupError

__all__ = ["CountCheck", "check_counts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CountCheck:
    """One count of the migration beside the comparison's own."""

    name: str
    said: int
    found: int

    @property
    def agrees(self) -> bool:
        """True when both are the same number."""
        return self.said == self.found


def check_counts(
    comparison: Comparison, found: Conservation, locate: Callable[[str], Path]
) -> tuple[CountCheck, ...]:
    """Compare source, loaded, rejected and merged, and that the first is the sum of the rest.

    Raise SetupError when the control file or a count in it is missing.
    """
    block = comparison.reconcile
    if block is None:
        return ()
    data = _read(block, locate)
    said = {
        name: _count(data, getattr(block, name), block.control)
        for name in ("source", "loaded", "rejected", "merged")
    }
    return (
        CountCheck(name="source", said=said["source"], found=found.old_read),
        CountCheck(name="loaded", said=said["loaded"], found=found.new_read),
        CountCheck(name="rejected", said=said["rejected"], found=found.rejected),
        CountCheck(name="merged", said=said["merged"], found=found.merged),
        CountCheck(
            name="source = loaded + rejected + merged",
            said=said["source"],
            found=said["loaded"] + said["rejected"] + said["merged"],
        ),
    )


def _read(block: Reconcile, locate: Callable[[str], Path]) -> Any:
    try:
        return json.loads(locate(block.control).read_text(encoding="utf-8"))
    except OSError as error:
        raise SetupError.of(
            f"control file '{block.control}'",
            f"cannot be read: {error.strerror}",
            hint="run the migration first",
        ) from error
    except ValueError as error:
        raise SetupError.of(f"control file '{block.control}'", "is not JSON") from error


def _count(data: Any, place: str, control: str) -> int:
    """Return the number at a dotted place; a place nobody named counts as 0."""
    if not place:
        return 0
    for step in place.split("."):
        data = data.get(step) if isinstance(data, dict) else None
    if not isinstance(data, int) or isinstance(data, bool):
        raise SetupError.of(f"control file '{control}'", f"has no count at '{place}'")
    return data
