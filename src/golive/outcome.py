"""What came of one piece of work: status, numbers, evidence and what it was run against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

from golive.errors import ExitCode

__all__ = [
    "Evidence",
    "Metric",
    "Outcome",
    "Status",
    "Subject",
    "outcome_from_json",
    "outcome_to_json",
]


class Status(StrEnum):
    """``failed``: the system under test is wrong; ``broken``: we could not tell."""

    PASSED = "passed"
    FAILED = "failed"
    BROKEN = "broken"
    SKIPPED = "skipped"

    @property
    def exit_code(self) -> ExitCode:
        """Return the exit code of a command whose result this is; skipped proves nothing."""
        return {
            Status.PASSED: ExitCode.PASSED,
            Status.FAILED: ExitCode.FAILED,
            Status.BROKEN: ExitCode.BROKEN,
            Status.SKIPPED: ExitCode.BROKEN,
        }[self]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One measured number with its unit (``"ms"``, ``"rows"``, ``"CNY"``, ``"1"`` for none)."""

    name: str
    value: float
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A file in the evidence store, named by what is in it."""

    name: str
    #: Lower-case hex SHA-256 of the stored (already redacted) bytes.
    sha256: str
    size: int
    media_type: str

    @property
    def is_restricted(self) -> bool:
        """Whether only a few may see it: a browser trace of a failure. Pages only name it."""
        return self.name.startswith("restricted/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What an outcome speaks of; evidence about another subject proves nothing here."""

    environment: str = ""
    site: str = ""
    #: Version the target itself reported, e.g. from ``/version``; empty when it has none.
    target_version: str = ""
    #: Which data the check ran on, e.g. a snapshot digest or business date.
    data_cut: str = ""
    #: SHA-256 over what was run (features, profile, comparison, playbook).
    digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one attempt at one task. Instants are aware UTC."""

    status: Status
    #: One sentence in the business's words.
    summary: str
    started: datetime
    ended: datetime
    metrics: tuple[Metric, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    #: How many attempts inside the engine failed before this result.
    retries: int = 0
    subject: Subject = Subject()
    #: True when it may have changed something and nobody can tell how far it got.
    doubt: bool = False


def outcome_to_json(outcome: Outcome) -> dict[str, object]:
    """Return an outcome as plain JSON data; instants as RFC 3339 in UTC."""
    data = asdict(outcome)
    data["status"] = outcome.status.value
    data["started"] = outcome.started.isoformat()
    data["ended"] = outcome.ended.isoformat()
    if not outcome.doubt:
        del data["doubt"]
    return data


def outcome_from_json(data: Mapping[str, Any]) -> Outcome:
    """Rebuild an outcome. Raise KeyError, TypeError or ValueError when the data is none."""
    return Outcome(
        status=_STATUSES.get(data["status"]) or Status(data["status"]),
        summary=str(data["summary"]),
        started=datetime.fromisoformat(data["started"]),
        ended=datetime.fromisoformat(data["ended"]),
        metrics=tuple([Metric(**item) for item in data["metrics"]]),
        evidence=tuple([Evidence(**item) for item in data["evidence"]]),
        retries=int(data["retries"]),
        subject=_subject(**data["subject"]),
        doubt=bool(data.get("doubt", False)),
    )


#: A status by its name: quicker than to ask the class, and a journal has thousands.
_STATUSES: Mapping[str, Status] = {status.value: status for status in Status}
#: A subject is one value, however many outcomes speak of it.
_subject = lru_cache(maxsize=256)(Subject)
