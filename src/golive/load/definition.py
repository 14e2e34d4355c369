"""What ``load/profiles.yaml`` says: who does what, how many at a time, and what must hold."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar, Literal

from golive.errors import Problem, SpecError
from golive.specfile import Place, SpecDocument, build, read_yaml

__all__ = [
    "Account",
    "GeneratorLimits",
    "Objective",
    "Peak",
    "Profile",
    "Profiles",
    "Stage",
    "duration_seconds",
    "profile_digest",
    "read_profiles",
]

_STRICT: Mapping[str, Any] = {"extra": "forbid"}
_DURATION = re.compile(r"(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s)?")


def duration_seconds(text: str) -> int:
    """Read ``90s``, ``15m`` or ``1h30m`` as seconds. Raise ValueError when it is none of these."""
    found = _DURATION.fullmatch(text)
    if not found or not any(found.groups()):
        raise ValueError(f"'{text}' is not a duration")
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return 3600 * hours + 60 * minutes + seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """So many users at a time, for so long."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT
    users: int
    #: Users started or stopped per second until ``users`` is reached.
    spawn_rate: float
    #: ``90s``, ``15m``, ``1h30m``.
    duration: str

    @property
    def seconds(self) -> int:
        """How long the stage lasts, ramp included."""
        return duration_seconds(self.duration)


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """One thing that must hold over the whole run."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT
    metric: Literal["p50_ms", "p95_ms", "p99_ms", "max_ms", "error_ratio", "requests_per_second"]
    op: Literal["<=", "<", ">=", ">"]
    value: float
    #: Only requests of this name; empty is all of them together.
    name: str = ""
    #: Ids of the requirements it proves, as in ``features/requirements.csv``.
    requirements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """Where the load's size comes from, so that somebody can doubt it."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT
    source: str
    assumption: str
    #: This profile as a multiple of that peak.
    multiple: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who signs in; the password is the environment's secret of that name."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT
    user: str
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratorLimits:
    """Beyond these the generator measured itself, and the run says nothing about the target."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT
    #: Mean share of one processor core.
    cpu: float = 0.9
    #: 99th percentile of how late the generator's own timers were, milliseconds.
    lag_ms: float = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One load test."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT
    #: Relative to the workspace.
    locustfile: str
    target: str
    stages: tuple[Stage, ...]
    objectives: tuple[Objective, ...]
    peak: Peak
    title: str = ""
    title_zh: str = ""
    account: Account | None = None
    generator: GeneratorLimits = field(default_factory=GeneratorLimits)

    @property
    def seconds(self) -> int:
        """How long the load lasts."""
        return sum(stage.seconds for stage in self.stages)

    @property
    def users(self) -> int:
        """The most users at a time."""
        return max(stage.users for stage in self.stages)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profiles:
    """The whole file."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT
    schema: Literal["golive/load/v1"]
    profiles: Mapping[str, Profile]


def read_profiles(path: Path, *, shown_as: str = "") -> Profiles:
    """Read the file. Raise SpecError with everything wrong in it, each with its line."""
    document = read_yaml(path, shown_as=shown_as)
    profiles = build(Profiles, document)
    problems = tuple(
        problem
        for name, profile in profiles.profiles.items()
        for problem in _problems(document, name, profile)
    )
    if problems:
        raise SpecError(*problems)
    return profiles


def _problems(document: SpecDocument, name: str, profile: Profile) -> Iterator[Problem]:
    def problem(place: Place, message: str, hint: str) -> Problem:
        return Problem(
            subject=f"profile '{name}'",
            message=message,
            path=document.path,
            line=document.line(("profiles", name, *place)),
            hint=hint,
        )

    if not profile.stages:
        yield problem(("stages",), "has no stages", "add {users: 5, spawn_rate: 5, duration: 10s}")
    for index, stage in enumerate(profile.stages):
        place: Place = ("stages", index)
        if stage.users < 1 or stage.spawn_rate <= 0:
            yield problem(place, "a stage needs users and a spawn_rate above 0", "raise them")
        try:
            wrong = stage.seconds < 1
        except ValueError:
            wrong = True
        if wrong:
            yield problem(place, f"'{stage.duration}' is not a duration", "write 90s, 15m or 1h30m")
    if not any(item.metric == "error_ratio" and not item.name for item in profile.objectives):
        yield problem(
            ("objectives",),
            "has no objective for error_ratio over all requests",
            "errors are often fast: add {metric: error_ratio, op: '<=', value: 0.01}",
        )
    if not profile.peak.source.strip() or not profile.peak.assumption.strip():
        yield problem(
            ("peak",), "does not say where its load comes from", "fill source, assumption"
        )
    if "," in profile.locustfile:
        yield problem(("locustfile",), "its path has a comma", "rename the file")


def profile_digest(profile: Profile, locustfile: Path) -> str:
    """Return the SHA-256 over a profile and its user file. Raise OSError."""
    text = json.dumps(asdict(profile), sort_keys=True, ensure_ascii=False)
    return sha256(text.encode() + b"\n" + locustfile.read_bytes()).hexdigest()
