"""The record of one UAT run: every scenario expected, every result, nothing missing unnoticed."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from golive.errors import ExitCode, worst

__all__ = [
    "BLOCKED",
    "BROKEN",
    "FAILED",
    "NOT_WRITTEN",
    "PASSED",
    "SCHEMA",
    "Result",
    "Results",
    "close_world",
    "counts",
    "exit_code",
    "read_results",
    "result_from",
    "status_code",
    "write_results",
]

SCHEMA = "golive/uat-results/v1"
PASSED = "passed"
FAILED = "failed"
BROKEN = "broken"
NOT_WRITTEN = "not written"
BLOCKED = "blocked"

_CODES = {
    PASSED: ExitCode.PASSED,
    FAILED: ExitCode.FAILED,
    BROKEN: ExitCode.BROKEN,
    NOT_WRITTEN: ExitCode.REFUSED,
    BLOCKED: ExitCode.BROKEN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of one scenario or one row of its examples."""

    id: str
    file: str
    line: int
    name: str
    feature: str
    tags: tuple[str, ...]
    language: str
    status: str
    #: RFC 3339 in UTC; empty when it never began.
    started: str = ""
    #: Seconds.
    duration: float = 0.0
    #: Why it did not pass, in the scenario's language and the business's words.
    message: str = ""
    #: The step that did not pass and its line; empty and 0 when none.
    step: str = ""
    step_line: int = 0
    #: Paths relative to the results' folder.
    screenshots: tuple[str, ...] = ()
    #: Path of the technical details, for whoever wrote the steps; empty when there are none.
    details: str = ""
    #: Which target it ran on; empty when it needed none.
    target: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """One run's record."""

    started: str
    ended: str
    select: str
    environment: str
    #: Target name -> what it answered to ``/version``, with its ``url``.
    targets: Mapping[str, Mapping[str, str]]
    browser: Mapping[str, str]
    #: The ids selected, known before the first scenario began.
    expected: tuple[str, ...]
    scenarios: tuple[Result, ...]
    #: What kept files from being read, ``path:line: …``.
    problems: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    exit_code: int = 0


def close_world(expected: Sequence[str], results: Iterable[Result]) -> tuple[Result, ...]:
    """Return one result for each expected id, in that order; what is missing is broken.

    A result nobody expected is kept, as broken: it proves nothing.
    """
    by_id: dict[str, Result] = {}
    for result in results:
        by_id[result.id] = result
    closed = [by_id.pop(id_) if id_ in by_id else _missing(id_) for id_ in expected]
    foreign = [_foreign(result) for result in by_id.values()]
    return (*closed, *foreign)


def _missing(id_: str) -> Result:
    file, _, name = id_.partition("::")
    return Result(
        id=id_,
        file=file,
        line=0,
        name=name,
        feature="",
        tags=(),
        language="",
        status=BROKEN,
        message="no result came back: the run ended before it, or its process died",
    )


def _foreign(result: Result) -> Result:
    return replace(result, status=BROKEN, message="a result that was not expected")


def exit_code(results: Sequence[Result], problems: Sequence[str] = ()) -> ExitCode:
    """Return the exit code of a run; zero scenarios never pass."""
    codes = [_CODES[result.status] for result in results]
    if problems or not codes:
        codes.append(ExitCode.REFUSED)
    return worst(codes)


def status_code(status: str) -> ExitCode:
    """Return the exit code of one scenario's status."""
    return _CODES[status]


def counts(results: Sequence[Result]) -> Mapping[str, int]:
    """Return how many scenarios have each status; every status is there."""
    found = Counter(result.status for result in results)
    return {status: found[status] for status in _CODES}


def write_results(folder: Path, results: Results) -> Path:
    """Write ``results.json`` in one piece and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "results.json"
    data = {"schema": SCHEMA, **asdict(results)}
    partial = path.with_suffix(".json.partial")
    with partial.open("w", encoding="utf-8") as file:
        json.dump(data, file, ensure_ascii=False, indent=1)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    return path


def read_results(path: Path) -> Results:
    """Read a record. Raise OSError, ValueError, KeyError or TypeError when it is none."""
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if data.pop("schema") != SCHEMA:
        raise ValueError(f"is not {SCHEMA}")
    scenarios = tuple(result_from(item) for item in data.pop("scenarios"))
    for key in ("expected", "problems"):
        data[key] = tuple(data[key])
    return Results(scenarios=scenarios, **data)


def result_from(item: Mapping[str, Any]) -> Result:
    """Rebuild one result from JSON data. Raise TypeError or ValueError when it is none."""
    result = Result(
        **{**item, "tags": tuple(item["tags"]), "screenshots": tuple(item["screenshots"])}
    )
    if result.status not in _CODES:
        raise ValueError(f"'{result.status}' is no status")
    return result
