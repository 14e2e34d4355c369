"""Read both clocks, and tell when the wall clock was set between two readings."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

__all__ = ["TOLERANCE", "Clock", "Reading", "jump", "system_clock"]

#: Seconds the wall clock may stray from the other unremarked (NTP slews it by less).
TOLERANCE = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Both clocks at one moment."""

    #: Wall clock, aware UTC.
    at: datetime
    #: Seconds on a clock that only runs forward, also while the machine sleeps.
    mono: float
    #: Names the boot ``mono`` counts from; empty where the system does not name it.
    boot: str


Clock = Callable[[], Reading]


@cache
def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def system_clock() -> Reading:
    """Read this machine's clocks."""
    ticking = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    mono = time.clock_gettime(ticking)
    return Reading(at=datetime.now(UTC), mono=round(mono, 6), boot=_boot())


def jump(before: Reading, after: Reading) -> float:
    """Return by how many seconds the wall clock was set between two readings, 0 when it was not.

    Within one boot either way shows; across boots or machines only a step back does.
    """
    passed = (after.at - before.at).total_seconds()
    if before.boot and before.boot == after.boot:
        stray = passed - (after.mono - before.mono)
    else:
        stray = min(passed, 0.0)
    return round(stray, 6) if abs(stray) > TOLERANCE else 0.0
