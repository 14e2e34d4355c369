"""Count durations in buckets of three significant digits, always rounded up: never flattering."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import ceil

__all__ = ["bucket", "merged", "percentile"]

_EXACT_BELOW = 1000


def bucket(milliseconds: float) -> int:
    """Return the bucket of a duration: its upper edge in whole microseconds.

    The edge is never below the duration and at most 1 % (and 1 microsecond) above it.
    """
    micros = max(0, ceil(milliseconds * 1000))
    if micros < _EXACT_BELOW:
        return micros
    step = int(10 ** (len(str(micros)) - 3))
    # Rounding up 99 900.1 gives 100 000: one digit more, still three significant.
    return -(-micros // step) * step


def percentile(counts: Mapping[int, int], share: float) -> float | None:
    """Return the duration in milliseconds that ``share`` (0..1) of all do not exceed.

    By nearest rank; None when nothing was counted.
    """
    total = sum(counts.values())
    if not total:
        return None
    rank = max(1, ceil(share * total - 1e-9))
    seen = 0
    for edge in sorted(counts):
        seen += counts[edge]
        if seen >= rank:
            return edge / 1000
    raise AssertionError("a rank is never above the total")


def merged(histograms: Iterable[Mapping[int, int]]) -> dict[int, int]:
    """Add histograms up."""
    total: dict[int, int] = {}
    for counts in histograms:
        for edge, count in counts.items():
            total[edge] = total.get(edge, 0) + count
    return total
