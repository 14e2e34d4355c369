"""What one load run measured, as the generator wrote it down."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from golive.load.histogram import merged, percentile

__all__ = ["Measurement", "Requests", "read_measurement"]

_PERCENTILES = {"p50_ms": 0.50, "p95_ms": 0.95, "p99_ms": 0.99, "max_ms": 1.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """All requests of one name."""

    requests: int
    errors: int
    #: Of the errors: no answer came at all (refused, reset, timed out).
    unanswered: int
    #: Upper edge in microseconds -> count; errors are in it too.
    histogram: Mapping[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One run. ``completed`` is false when it ended before its last stage did."""

    completed: bool
    seconds: float
    peak_users: int
    #: Users still at work when the last stage ended.
    final_users: int
    #: Exceptions raised by the user file itself.
    user_file_errors: int
    names: Mapping[str, Requests]
    #: Mean share of one core the generator used.
    cpu: float
    #: 99th percentile of the lateness of the generator's timers, milliseconds.
    lag_ms: float
    generator: str
    #: The most frequent error messages with their counts.
    errors: tuple[tuple[str, int], ...] = ()

    def total(self, name: str = "") -> Requests:
        """Return the requests of one name, or of all together."""
        chosen = [item for key, item in self.names.items() if name in {"", key}]
        return Requests(
            requests=sum(item.requests for item in chosen),
            errors=sum(item.errors for item in chosen),
            unanswered=sum(item.unanswered for item in chosen),
            histogram=merged(item.histogram for item in chosen),
        )

    def value(self, metric: str, name: str = "") -> float | None:
        """Return a metric of an objective; None when there is not one sample of it."""
        total = self.total(name)
        if not total.requests:
            return None
        if metric == "error_ratio":
            return total.errors / total.requests
        if metric == "requests_per_second":
            answered = total.requests - total.errors
            return answered / self.seconds if self.seconds > 0 else None
        return percentile(total.histogram, _PERCENTILES[metric])


def read_measurement(path: Path) -> Measurement:
    """Read a result file. Raise OSError, ValueError or KeyError when there is no whole one."""
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return Measurement(
        completed=bool(data["completed"]),
        seconds=float(data["seconds"]),
        peak_users=int(data["peak_users"]),
        final_users=int(data["final_users"]),
        user_file_errors=int(data["user_file_errors"]),
        names={
            name: Requests(
                requests=int(item["requests"]),
                errors=int(item["errors"]),
                unanswered=int(item["unanswered"]),
                histogram={int(edge): int(count) for edge, count in item["histogram"].items()},
            )
            for name, item in data["names"].items()
        },
        cpu=float(data["generator"]["cpu"]),
        lag_ms=float(data["generator"]["lag_p99_ms"]),
        generator=str(data["generator"]["version"]),
        errors=tuple((str(text), int(count)) for text, count in data["errors"]),
    )
