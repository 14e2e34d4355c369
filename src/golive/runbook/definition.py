"""The words of a runbook, a team and a rehearsal: frozen dataclasses whose fields are the keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import lru_cache
from typing import Any, ClassVar, Literal

from golive.runbook.times import parse_duration, parse_instant

__all__ = [
    "ENGINE_KINDS",
    "Body",
    "Calendar",
    "Drill",
    "DrillTargets",
    "Irreversible",
    "Kind",
    "Link",
    "Person",
    "Rehearsal",
    "Role",
    "Runbook",
    "Shift",
    "Task",
    "Team",
    "Until",
    "Window",
]

Kind = Literal[
    "manual", "ansible", "command", "uat", "load", "compare", "gate", "checkpoint", "notify",
    "wait", "milestone",
]  # fmt: skip
#: Kinds whose work a worker does by the engine of the same name.
ENGINE_KINDS = frozenset({"ansible", "command", "uat", "load", "compare", "notify"})
_STRICT = {"extra": "forbid"}
#: ``[likely, worst]`` in minutes.
Estimate = tuple[float, float]


def _duration(text: str) -> str:
    parse_duration(text)
    return text


def _instant(text: str) -> str:
    if text:
        parse_instant(text)
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A dependency: ``FS`` waits for the other to end, ``SS`` for it to start; then the lag."""

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT
    id: str
    type: Literal["FS", "SS"] = "FS"
    lag: str = "PT0S"

    def __post_init__(self) -> None:
        _duration(self.lag)


@lru_cache(maxsize=8192)
def _plain_link(name: str) -> Link:
    """Return the link a bare id means; the same one each time, for plans are walked often."""
    return Link(id=name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What one attempt does: the kind and its engine's keys. Used by undo, probe, restore."""

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT
    kind: Literal["manual", "ansible", "command", "uat", "load", "compare", "notify"]
    title: str = ""
    owner: str = ""
    #: What it shows when it worked, for who does or verifies it.
    expect: str = ""
    est: Estimate = (0.0, 0.0)
    timeout: str = ""
    playbook: str = ""
    vars: Mapping[str, Any] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    argv: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    select: str = ""
    features: str = ""
    #: uat: the target instead of ``new``, how many browsers side by side, and for how many minutes
    #: each question to a person waits.
    target: str = ""
    workers: int = 0
    wait: int = 0
    profile: str = ""
    comparison: str = ""
    #: compare: the business day of a dual run, as ``2026-11-30``.
    cycle: str = ""
    notice: str = ""
    to: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.timeout:
            _duration(self.timeout)

    def args(self) -> dict[str, Any]:
        """Return the engine's keys that are set, as its ``args``."""
        return {name: value for name in BODY_KEYS if (value := getattr(self, name))}


#: The keys an engine reads.
BODY_KEYS = (
    "playbook", "vars", "secrets", "argv", "env", "select", "features", "target", "workers",
    "wait", "profile", "comparison", "cycle", "notice", "to",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Irreversible:
    """An undo that does not exist, and why."""

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT
    irreversible: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Until:
    """What a ``wait`` waits for: an instant, or a probe that passes (tried ``every``)."""

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT
    at: str = ""
    probe: Body | None = None
    every: str = "PT1S"

    def __post_init__(self) -> None:
        _instant(self.at)
        _duration(self.every)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One task of the runbook, as written."""

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT
    id: str
    kind: Kind
    title: str
    owner: str = ""
    #: What it shows when it worked, for who does or verifies it: ``18,204 rows, total 3,918.15``.
    expect: str = ""
    phase: str = ""
    stream: str = ""
    after: tuple[str | Link, ...] = ()
    est: Estimate = (0.0, 0.0)
    earliest: str = ""
    deadline: str = ""
    timeout: str = ""
    locks: tuple[str, ...] = ()
    #: Assets this task changes; what a checkpoint ``covers`` is restored with it.
    touches: tuple[str, ...] = ()
    probe: Body | None = None
    rerun: Literal["safe", "resumable", "unsafe"] = "unsafe"
    undo: Literal["none"] | Irreversible | Body | None = None
    verifier: str = ""
    on_fail: str = "stop"
    modes: Mapping[Literal["rehearsal", "live"], Literal["run", "skip"]] = field(
        default_factory=dict
    )
    playbook: str = ""
    vars: Mapping[str, Any] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    argv: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    select: str = ""
    features: str = ""
    #: uat: the target instead of ``new``, how many browsers side by side, and for how many minutes
    #: each question to a person waits.
    target: str = ""
    workers: int = 0
    wait: int = 0
    profile: str = ""
    comparison: str = ""
    #: compare: the business day of a dual run, as ``2026-11-30``.
    cycle: str = ""
    notice: str = ""
    to: tuple[str, ...] = ()
    #: gate: ``{TASK: passed}`` or ``{TASK.metric: "<=1500"}``.
    criteria: Mapping[str, str] = field(default_factory=dict)
    quorum: int = 1
    ponr: bool = False
    decide_by: str = ""
    on_expiry: Literal["", "abort", "hold"] = ""
    #: checkpoint: what takes it, what it can bring back, and how.
    take: Body | None = None
    covers: tuple[str, ...] = ()
    restore: Body | None = None
    until: Until | None = None

    def __post_init__(self) -> None:
        for text in (self.earliest, self.deadline):
            _instant(text)
        if self.decide_by and self.decide_by != "lsat":
            _instant(self.decide_by)
        if self.timeout:
            _duration(self.timeout)

    @property
    def links(self) -> tuple[Link, ...]:
        """Return the dependencies, each as a link."""
        return tuple(_plain_link(item) if isinstance(item, str) else item for item in self.after)

    @property
    def predecessors(self) -> tuple[str, ...]:
        """Return the ids of the tasks this one comes after."""
        return tuple(item if isinstance(item, str) else item.id for item in self.after)

    def body(self) -> Body | None:
        """Return what a worker does for this task; None for kinds that hold no worker."""
        if self.kind == "checkpoint":
            return self.take
        if self.kind not in ENGINE_KINDS:
            return None
        names = {item.name for item in fields(Body)} - {"kind"}
        kind: Any = self.kind
        return Body(kind=kind, **{name: getattr(self, name) for name in names})


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The change window.

    ``reserve`` before its end is untouchable; ``decision`` is the time to convene and decide an
    abort; ``stop`` the time to end work in flight; ``verify`` the time to see, once everything is
    undone, that the old system is as before. Of the last two, what past runs showed counts.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT
    start: str
    end: str
    reserve: str = "PT0S"
    decision: str = "PT0S"
    stop: str = "PT1M"
    verify: str = "PT0S"

    def __post_init__(self) -> None:
        if parse_instant(self.end) <= parse_instant(self.start):
            raise ValueError(f"end '{self.end}' is not after start '{self.start}'")
        for text in (self.reserve, self.decision, self.stop, self.verify):
            _duration(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Times when nothing may start: ``2026-10-10T02:00:00+08:00/PT30M``."""

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT
    blackouts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for text in self.blackouts:
            start, _, span = text.partition("/")
            parse_instant(start)
            parse_duration(span)


@dataclass(frozen=True, slots=True, kw_only=True)
class Runbook:
    """The whole plan as written."""

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT
    schema: Literal["golive/runbook/v1"]
    runbook: str
    title: str
    #: The system's name, typed by hand before a live cutover.
    system: str
    zone: str
    window: Window
    phases: tuple[str, ...]
    streams: tuple[str, ...]
    tasks: tuple[Task, ...]
    team: str = "cutover_playbooks/team.yaml"
    calendar: Calendar = field(default_factory=Calendar)
    #: How many tasks may hold each lock at once.
    locks: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Someone of the team. ``simulated`` people press buttons in the demo only."""

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT
    name: str
    department: str = ""
    phone: str = ""
    pin: str = ""
    #: Whose word it is: only a person of the ``business`` runs and accepts user acceptance tests.
    side: Literal["", "business", "it", "vendor"] = ""
    simulated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """Who may act in a role: its people, and deputies who stand in."""

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT
    people: tuple[str, ...]
    deputies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """Who is on which post from when to when."""

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT
    person: str
    start: str
    end: str
    post: str = ""

    def __post_init__(self) -> None:
        if parse_instant(self.end) <= parse_instant(self.start):
            raise ValueError(f"end '{self.end}' is not after start '{self.start}'")


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """Roles, people, phones and shifts: the only place they stand."""

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT
    schema: Literal["golive/team/v1"]
    roles: Mapping[str, Role]
    people: Mapping[str, Person]
    shifts: tuple[Shift, ...] = ()
    #: Business process (a folder of ``features/``) -> the role whose people accept it.
    processes: Mapping[str, str] = field(default_factory=dict)

    def roles_of(self, person: str) -> tuple[str, ...]:
        """Return the roles a person may act in, in the team's order."""
        return tuple(role for role in self.roles if self.holds(person, role))

    def holds(self, person: str, role: str) -> bool:
        """Tell whether a person may act in a role, as member or deputy."""
        found = self.roles.get(role)
        return found is not None and person in (*found.people, *found.deputies)


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillTargets:
    """How fast the emergency response must be, counted from the injection."""

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT
    detect: str
    acknowledge: str
    restore: str

    def __post_init__(self) -> None:
        for text in (self.detect, self.acknowledge, self.restore):
            _duration(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """An emergency put into a rehearsal between two tasks, with targets."""

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT
    id: str
    title: str
    after: tuple[str, ...]
    before: tuple[str, ...]
    inject: Body
    detect: Body
    acknowledge: str
    restore: Body
    confirm: Body
    targets: DrillTargets
    stream: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """Which runbook is rehearsed where, how far, with which drills."""

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT
    schema: Literal["golive/rehearsal/v1"]
    rehearsal: str
    title: str
    runbook: str
    environment: str
    #: Forward to this task; when it is settled the rollback begins. Empty: to the end.
    abort_at: str = ""
    drills: tuple[Drill, ...] = ()
