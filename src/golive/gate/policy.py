"""What a go/no-go asks for: golive's defaults, the workspace's own values, what is weaker; pure.

The defaults are the field's (docs/reference.md names them and where each is used). A workspace
changes one in ``[tool.golive.policy]``; every value weaker than the default is a relaxation, and
page 1 prints it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import timedelta
from typing import Any, ClassVar, Literal

from golive.errors import Problem, SpecError
from golive.gate.assessment import Relaxation
from golive.runbook.times import parse_duration
from golive.specfile import SpecDocument, build

__all__ = ["Policy", "policy_from_json", "policy_to_json", "read_policy", "relaxations"]

Severity = Literal["S1", "S2", "S3", "S4"]
_PATH = "pyproject.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Thresholds, severities, roles and scope; frozen with the release lock."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    #: Tag expression of the scenarios in scope; empty is all of them.
    uat_scope: str = ""
    #: Profiles and rehearsals in scope, by name; empty is all of them.
    load_scope: tuple[str, ...] = ()
    rehearsal_scope: tuple[str, ...] = ()
    #: The dual run's comparisons, as patterns of workspace paths.
    dual_run_scope: tuple[str, ...] = ("cutover_playbooks/comparisons/**/*.yaml",)

    #: Shares of the scenarios in scope, 0 to 1.
    uat_executed: float = 1.0
    uat_passed: float = 0.98
    #: How many scenarios of these severities may be not passed.
    uat_s1: int = 0
    uat_s2: int = 0
    #: Share of the scenarios that may be not passed and of severity S3 or S4.
    uat_minor: float = 0.02
    #: Severity of a scenario that has no tag @S1 to @S4.
    uat_severity: Severity = "S2"
    #: Scenarios tagged @边界/@edge and @异常/@error that each process needs, and their share.
    uat_edges: int = 1
    uat_errors: int = 1
    uat_edge_share: float = 0.3
    #: ``fail``: a result nobody expected stops the release; ``list``: it is only shown.
    unplanned: Literal["fail", "list"] = "fail"

    #: The load as a multiple of the stated peak, and how long it lasts.
    load_level: float = 1.2
    load_hold: str = "PT15M"

    #: Full rehearsals of the frozen plan; the last one this many days before T0.
    rehearsals: int = 2
    rehearsal_age: tuple[float, float] = (5.0, 10.0)
    rollbacks: int = 1
    #: Spare share of the window beyond the measured critical path.
    buffer: float = 0.1
    #: Reserve for the way back: the longest rehearsed one, this share more, and a floor.
    rollback_margin: float = 0.2
    rollback_floor: str = "PT15M"

    #: Days before T0 from which evidence is too old.
    evidence_age: float = 14.0

    #: Consecutive clean cycles of the dual run, and when it is due.
    dual_run_cycles: int = 3
    dual_run: Literal["before", "after"] = "after"

    #: Role -> how many of its people must decide for GO.
    quorum: Mapping[str, int] = field(default_factory=lambda: {"steering": 2})
    #: Whether simulated people count; only ever in a demo environment.
    simulated_people: bool = False

    def __post_init__(self) -> None:
        for name in ("load_hold", "rollback_floor"):
            parse_duration(getattr(self, name))
        for name in ("uat_executed", "uat_passed", "uat_minor", "uat_edge_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} {getattr(self, name):g} is no share from 0 to 1")
        if not self.quorum or any(count < 1 for count in self.quorum.values()):
            raise ValueError("quorum names no role with at least one person")
        if self.rehearsal_age[0] > self.rehearsal_age[1]:
            raise ValueError("rehearsal_age is [fewest, most] days before T0")

    @property
    def hold(self) -> timedelta:
        """How long the load must last."""
        return parse_duration(self.load_hold)

    @property
    def floor(self) -> timedelta:
        """The floor of the reserve for the way back."""
        return parse_duration(self.rollback_floor)


def read_policy(raw: Mapping[str, Any], *, demo: bool, lines: Mapping[str, int]) -> Policy:
    """Read ``[tool.golive.policy]``; ``lines`` are the lines its keys stand on.

    Raise SpecError with every mistake, also when simulated people are to count outside a demo.
    """
    document = SpecDocument(
        path=_PATH, data=dict(raw), lines={(key,): line for key, line in lines.items()}
    )
    policy = build(Policy, document)
    if policy.simulated_people and not demo:
        raise SpecError(
            Problem(
                subject="policy", message="simulated people count in the demo only", path=_PATH,
                line=document.line(("simulated_people",)), hint="remove simulated_people",
            )
        )  # fmt: skip
    return policy


def policy_to_json(policy: Policy) -> dict[str, Any]:
    """Return a policy as JSON data."""
    data = asdict(policy)
    data["quorum"] = dict(policy.quorum)
    return data


def policy_from_json(data: Mapping[str, Any]) -> Policy:
    """Rebuild a policy. Raise SpecError when the data is none."""
    return build(Policy, SpecDocument(path="lock.json", data=dict(data), lines={}))


def _less(value: Any, default: Any) -> bool:
    return bool(value < default)


def _more(value: Any, default: Any) -> bool:
    return bool(value > default)


def _narrower(value: Any, default: Any) -> bool:
    return bool(value) and value != default


def _shorter(value: Any, default: Any) -> bool:
    return parse_duration(value) < parse_duration(default)


def _wider(value: Any, default: Any) -> bool:
    return bool(value[0] < default[0] or value[1] > default[1])


def _fewer(value: Any, default: Any) -> bool:
    return bool(sum(value.values()) < sum(default.values()))


def _other(value: Any, default: Any) -> bool:
    return bool(value != default)


#: Key -> tells whether a value asks for less than the default does.
_WEAKER: Mapping[str, Callable[[Any, Any], bool]] = {
    "uat_scope": _narrower,
    "load_scope": _narrower,
    "rehearsal_scope": _narrower,
    "uat_executed": _less,
    "uat_passed": _less,
    "uat_s1": _more,
    "uat_s2": _more,
    "uat_minor": _more,
    "uat_severity": _more,  # "S3" after "S2": a failure without a tag weighs less
    "uat_edges": _less,
    "uat_errors": _less,
    "uat_edge_share": _less,
    "unplanned": _other,
    "load_level": _less,
    "load_hold": _shorter,
    "rehearsals": _less,
    "rehearsal_age": _wider,
    "rollbacks": _less,
    "buffer": _less,
    "rollback_margin": _less,
    "rollback_floor": _shorter,
    "evidence_age": _more,
    "dual_run_cycles": _less,
    "quorum": _fewer,
    "simulated_people": _other,
}


def relaxations(policy: Policy) -> tuple[Relaxation, ...]:
    """Return every value that is weaker than golive's default, in the policy's order."""
    default = Policy()
    return tuple(
        Relaxation(
            key=item.name,
            default=_shown(getattr(default, item.name)),
            value=_shown(getattr(policy, item.name)),
        )
        for item in fields(Policy)
        if item.name in _WEAKER
        and _WEAKER[item.name](getattr(policy, item.name), getattr(default, item.name))
    )


def _shown(value: Any) -> str:
    """Return a value as one writes it in the settings."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} = {item}" for key, item in value.items())
    if isinstance(value, tuple):
        return ", ".join(_shown(item) for item in value) or "all"
    if isinstance(value, float):
        return f"{value:g}"
    return str(value) or "all"
