"""Divide scenarios among the jobs of a CI run by how long each took before: ``--shard 2/4``.

The same scenarios and durations always give the same parts; every scenario is in exactly one.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from golive.errors import SpecError
from golive.record.canonical import write_atomic

__all__ = [
    "Shard",
    "divide",
    "fingerprint",
    "parse_shard",
    "read_timings",
    "remember_timings",
]

#: Seconds a scenario counts when nothing at all was ever measured.
_UNKNOWN = 1.0
_SCHEMA = "golive/uat-timings/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """One part of several; both numbers start at 1."""

    index: int
    of: int

    def __str__(self) -> str:
        return f"{self.index}/{self.of}"


def parse_shard(text: str) -> Shard:
    """Read ``2/4``. Raise SpecError when it is no part of a whole."""
    found = re.fullmatch(r"\s*(\d+)\s*/\s*(\d+)\s*", text)
    index, of = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 1 <= index <= of:
        raise SpecError.of(
            f"--shard '{text}'", "is no part of a whole", hint="e.g. --shard 2/4: 1/4 to 4/4"
        )
    return Shard(index=index, of=of)


def divide(
    units: Sequence[Sequence[str]], seconds: Mapping[str, float], of: int
) -> tuple[tuple[str, ...], ...]:
    """Return ``of`` parts of about equal duration; what is in one unit stays together.

    Longest first, each to the part with the least so far (Graham's LPT rule: at most 4/3 of the
    best possible). A scenario never measured counts as the median of the measured ones.
    """
    usual = median(seconds.values()) if seconds else _UNKNOWN
    weights = {tuple(unit): sum(seconds.get(id_, usual) for id_ in unit) for unit in units}
    loads = [0.0] * of
    parts: list[list[str]] = [[] for _ in range(of)]
    for unit in sorted(weights, key=lambda unit: (-weights[unit], unit)):
        least = min(range(of), key=lambda part: (loads[part], part))
        loads[least] += weights[unit]
        parts[least] += unit
    order = {id_: at for at, id_ in enumerate(id_ for unit in units for id_ in unit)}
    return tuple(tuple(sorted(part, key=order.__getitem__)) for part in parts)


def fingerprint(units: Sequence[Sequence[str]], seconds: Mapping[str, float], shard: Shard) -> str:
    """Return the SHA-256 that all jobs of one division share: its scenarios and durations."""
    known = {id_: seconds[id_] for unit in units for id_ in unit if id_ in seconds}
    data = [[list(unit) for unit in units], known, asdict(shard)["of"]]
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()


def read_timings(path: Path) -> Mapping[str, float]:
    """Return seconds by scenario id from a timings file or a run's ``results.json``.

    A file that is not there says nothing yet. Raise SpecError when it is something else.
    """
    try:
        data: Any = json.loads(path.read_text(encoding="utf-8"))
        if data.get("schema") == _SCHEMA:
            return {str(id_): float(value) for id_, value in data["seconds"].items()}
        return {
            str(one["id"]): float(one["duration"])
            for one in data["scenarios"]
            if one["status"] == "passed"
        }
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SpecError.of(
            "timings",
            f"cannot be read: {error}",
            path=path.as_posix(),
            hint="delete the file, or name the results.json of an earlier run",
        ) from error


def remember_timings(path: Path, measured: Iterable[tuple[str, float]]) -> None:
    """Add what a run measured, in seconds, to the timings file; what it did not run stays."""
    try:
        known = dict(read_timings(path))
    except SpecError:
        known = {}
    known.update({id_: round(value, 3) for id_, value in measured})
    data = {"schema": _SCHEMA, "seconds": dict(sorted(known.items()))}
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode())
