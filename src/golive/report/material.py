"""What a document is made of: the state of each run with what its evidence holds; values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from golive.gate.assessment import Recommendation
from golive.report.document import DecisionLine
from golive.run.state import RunState
from golive.runbook.planning import Plan
from golive.uat.results import Results

__all__ = ["ReleaseFacts", "RunMaterial"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunMaterial:
    """One run as its folder and the evidence store tell it."""

    state: RunState
    #: (task, attempt) -> the record its scenarios left; absent when it left none that can be read.
    results: Mapping[tuple[str, str], Results] = field(default_factory=dict)
    decisions: tuple[DecisionLine, ...] = ()
    #: Digest -> what is wrong with the stored file.
    damaged: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseFacts:
    """What the lock says of a release beside its assessment."""

    title: str
    system: str = ""
    zone: str = "UTC"
    #: The plan of the night, when it is still the one the release was locked with.
    plan: Plan | None = None
    problems: tuple[str, ...] = ()
    #: When a standing was recorded before this one, what was recommended, and its reds as then.
    earlier: tuple[datetime, Recommendation, tuple[str, ...]] | None = None
