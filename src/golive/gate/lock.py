"""The release lock: what is expected, written before the first test; its JSON, its diff; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar

from golive.gate.assessment import ChangedEntry
from golive.gate.policy import Policy, policy_to_json
from golive.specfile import SpecDocument, build

__all__ = [
    "Lock",
    "LockedComparison",
    "LockedProfile",
    "LockedRehearsal",
    "LockedScenario",
    "lock_changes",
    "lock_from_json",
    "lock_to_json",
]

_STRICT = {"extra": "forbid"}
SCHEMA = "golive/lock/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedScenario:
    """One scenario or examples row that must be run."""

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT
    #: pytest's node id.
    id: str
    title: str
    #: The business process: the folder under ``features/``.
    process: str
    file: str
    line: int
    #: Hex SHA-256 of what the scenario says: sentences, tables, tags, its row.
    sha256: str
    tags: tuple[str, ...]
    requirements: tuple[str, ...]
    severity: str
    #: Runs, does not count, is listed.
    quarantined: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedProfile:
    """One load profile and what must hold in it."""

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT
    name: str
    title: str
    target: str
    #: As the load engine digests profile and user file.
    sha256: str
    #: Each like ``p95_ms <= 2000`` or ``POST /api/orders p95_ms <= 2500``.
    objectives: tuple[str, ...]
    #: The load as a multiple of the stated peak, and how many seconds it lasts.
    level: float
    seconds: float
    #: Objective -> ids of the requirements it proves; none for one that proves none.
    requirements: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def item(self, objective: str) -> str:
        """Return the id of what an objective's result must prove."""
        return f"load/profiles.yaml::{self.name}::{objective}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedRehearsal:
    """One rehearsal and what it must show."""

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT
    #: Its file.
    path: str
    title: str
    runbook: str
    #: The rehearsed plan's fingerprint.
    fingerprint: str
    #: Over the definition: abort point and drills.
    sha256: str
    drills: tuple[str, ...]
    #: Whether it must prove its way back.
    rollback: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedComparison:
    """One comparison of the dual run."""

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT
    path: str
    title: str
    #: As the compare engine digests it.
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """What a release must show, frozen."""

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT
    schema: str = SCHEMA
    release: str
    #: 1 for the first freeze.
    number: int
    #: RFC 3339 in UTC.
    frozen_at: str
    frozen_by: str
    #: Why and by which change id, from the second freeze on.
    change: str = ""
    reason: str = ""
    golive: str
    environment: str
    environment_kind: str
    #: System -> the targets that are its nodes.
    sites: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    runbook: str
    system: str
    #: The window's start and end, RFC 3339 with offset.
    window: tuple[str, str]
    fingerprint: str
    #: Digest over the phrases and fixtures every scenario uses.
    steps_sha256: str
    scenarios: tuple[LockedScenario, ...] = ()
    profiles: tuple[LockedProfile, ...] = ()
    rehearsals: tuple[LockedRehearsal, ...] = ()
    comparisons: tuple[LockedComparison, ...] = ()
    policy: Policy

    @property
    def frozen(self) -> datetime:
        """When it was frozen, aware UTC."""
        return datetime.fromisoformat(self.frozen_at).astimezone(UTC)


def lock_to_json(lock: Lock) -> dict[str, Any]:
    """Return a lock as plain JSON data."""
    data = _plain(asdict(lock))
    data["policy"] = _plain(policy_to_json(lock.policy))
    return dict(data)


def lock_from_json(data: Mapping[str, Any], *, path: str = "lock.json") -> Lock:
    """Rebuild a lock. Raise SpecError when the data is none."""
    return build(Lock, SpecDocument(path=path, data=dict(data), lines={}))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


def lock_changes(old: Lock, new: Lock) -> tuple[ChangedEntry, ...]:
    """Return what a new freeze changed, each as what it was and what it is."""
    return tuple(_changes(_entries(old), _entries(new)))


def _changes(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[ChangedEntry]:
    for what in dict.fromkeys((*old, *new)):
        before, after = old.get(what, ""), new.get(what, "")
        if before != after:
            yield ChangedEntry(what=what, old=before, new=after)


def _entries(lock: Lock) -> dict[str, str]:
    """Return what a lock says as named texts, so that two can be laid side by side."""
    found = {
        "environment": lock.environment,
        "runbook": lock.runbook,
        "window": " - ".join(lock.window),
        "plan": lock.fingerprint[:12],
        "steps": lock.steps_sha256[:12],
    }
    found |= {f"site {system}": ", ".join(nodes) for system, nodes in lock.sites.items()}
    found |= {
        f"scenario {item.id}": f"{item.sha256[:12]} {item.severity}"
        + (" quarantined" if item.quarantined else "")
        for item in lock.scenarios
    }
    found |= {
        f"load {item.name}": f"{item.sha256[:12]} {'; '.join(item.objectives)}"
        for item in lock.profiles
    }
    found |= {
        f"rehearsal {item.path}": f"{item.sha256[:12]} of plan {item.fingerprint[:12]}"
        for item in lock.rehearsals
    }
    found |= {f"comparison {item.path}": item.sha256[:12] for item in lock.comparisons}
    return found | {f"policy {key}": str(value) for key, value in _plain(
        policy_to_json(lock.policy)).items()}  # fmt: skip
