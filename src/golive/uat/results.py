"""The record of one UAT run: every scenario expected, every result, nothing missing unnoticed."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from golive.errors import ExitCode, worst

__all__ = [
    "BLOCKED",
    "BROKEN",
    "FAILED",
    "NOT_WRITTEN",
    "PASSED",
    "QUARANTINED",
    "SCHEMA",
    "WAITING",
    "Attempt",
    "Result",
    "Results",
    "attempt_of",
    "close_world",
    "counted",
    "counts",
    "exit_code",
    "read_results",
    "result_data",
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
#: A person has been asked and has not answered yet: neither passed nor failed.
WAITING = "waiting"
#: Beside the statuses in ``counts``: scenarios that ran and do not count.
QUARANTINED = "quarantined"

_CODES = {
    PASSED: ExitCode.PASSED,
    FAILED: ExitCode.FAILED,
    BROKEN: ExitCode.BROKEN,
    NOT_WRITTEN: ExitCode.REFUSED,
    BLOCKED: ExitCode.BROKEN,
    WAITING: ExitCode.BROKEN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A try at a scenario that did not pass and was followed by another."""

    status: str
    message: str
    step: str = ""
    step_line: int = 0
    #: RFC 3339 in UTC.
    started: str = ""
    #: Seconds.
    duration: float = 0.0
    #: Paths relative to the results' folder.
    screenshots: tuple[str, ...] = ()


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
    #: The tries before this one; a pass after one of them is a pass on retry.
    earlier: tuple[Attempt, ...] = ()
    #: It ran and is listed, but does not count: ``@quarantine``.
    quarantined: bool = False
    #: Files for a few eyes only, relative to the results' folder: browser traces of a failure.
    restricted: tuple[str, ...] = ()
    #: What people confirmed or denied in it, with who they were.
    judgements: tuple[Mapping[str, str], ...] = ()
    #: When its steps before a person's judgement were done, if an earlier run did them; RFC 3339.
    resumed: str = ""
    #: Hex SHA-256 of the scenario as it was run; empty in records of before there was one.
    digest: str = ""

    @property
    def retries(self) -> int:
        """How many tries there were before this one."""
        return len(self.earlier)


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
    #: Which part of several this was: ``index``, ``of`` and the ``division``'s fingerprint.
    shard: Mapping[str, str] = field(default_factory=dict)


def close_world(expected: Sequence[str], results: Iterable[Result]) -> tuple[Result, ...]:
    """Return one result for each expected id, in that order; what is missing is broken.

    A result nobody expected, and one of which there are several, is kept as broken: it proves
    nothing.
    """
    by_id: dict[str, Result] = {}
    for result in results:
        by_id[result.id] = _twice(result) if result.id in by_id else result
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
    text = "a result that was not expected"
    return replace(result, status=BROKEN, message=text, quarantined=False)


def _twice(result: Result) -> Result:
    text = "more than one result came back for it"
    return replace(result, status=BROKEN, message=text, quarantined=False)


def counted(results: Iterable[Result]) -> tuple[Result, ...]:
    """Return the results that count: all but the quarantined ones."""
    return tuple(result for result in results if not result.quarantined)


def exit_code(results: Sequence[Result], problems: Sequence[str] = ()) -> ExitCode:
    """Return the exit code of a run; zero scenarios that count never pass."""
    codes = [_CODES[result.status] for result in counted(results)]
    if problems or not codes:
        codes.append(ExitCode.REFUSED)
    return worst(codes)


def status_code(status: str) -> ExitCode:
    """Return the exit code of one scenario's status."""
    return _CODES[status]


def counts(results: Sequence[Result]) -> Mapping[str, int]:
    """Return how many scenarios have each status, and how many ran without counting."""
    found = Counter(result.status for result in counted(results))
    aside = sum(result.quarantined for result in results)
    return {**{status: found[status] for status in _CODES}, QUARANTINED: aside}


def attempt_of(result: Result) -> Attempt:
    """Return what is kept of a try that another one followed."""
    return Attempt(
        status=result.status,
        message=result.message,
        step=result.step,
        step_line=result.step_line,
        started=result.started,
        duration=result.duration,
        screenshots=result.screenshots,
    )


def write_results(folder: Path, results: Results) -> Path:
    """Write ``results.json`` in one piece and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "results.json"
    partial = path.with_suffix(".json.partial")
    with partial.open("w", encoding="utf-8") as file:
        file.write(_written({"schema": SCHEMA, **_fields(results)}))
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    return path


def _written(data: Mapping[str, Any]) -> str:
    """Return a record's JSON: a line for each field, and one for each scenario."""
    plain = json.JSONEncoder(ensure_ascii=False, default=_fields).encode
    scenarios = ",\n  ".join(map(plain, data["scenarios"]))
    texts = {name: plain(value) for name, value in data.items() if name != "scenarios"}
    texts["scenarios"] = f"[\n  {scenarios}\n ]" if scenarios else "[]"
    return "{\n" + ",\n".join(f' "{name}": {text}' for name, text in texts.items()) + "\n}\n"


def _fields(value: Any) -> dict[str, Any]:
    """Return a dataclass's fields as they are; ``asdict`` copies everything in them."""
    return {field.name: getattr(value, field.name) for field in fields(value)}


def result_data(result: Result) -> dict[str, Any]:
    """Return a result as plain data, from which :func:`result_from` makes it again."""
    return {**_fields(result), "earlier": tuple(map(_fields, result.earlier))}


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
    made = {key: tuple(item[key]) for key in ("tags", "screenshots")}
    made |= {key: tuple(item.get(key, ())) for key in ("restricted", "judgements")}
    tries = tuple(
        Attempt(**{**one, "screenshots": tuple(one["screenshots"])})
        for one in item.get("earlier", ())
    )
    result = Result(**{**item, **made, "earlier": tries})
    if result.status not in _CODES:
        raise ValueError(f"'{result.status}' is no status")
    return result
