"""Everything golive knows of a run: values folded from its journal by :mod:`golive.run.state`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

from golive.outcome import Outcome
from golive.runbook.lifecycle import Progress, RunPhase
from golive.runbook.on_call import Holding
from golive.runbook.planning import Plan

__all__ = ["Attempt", "Note", "RunState", "in_phase"]


class Attempt(NamedTuple):
    """One attempt as the journal knows it. ``end`` is empty while it is in flight.

    A named tuple, as a task's progress is one: a long journal makes thousands, each twice.
    """

    task: str
    number: str
    role: str
    started: datetime
    ended: datetime | None = None
    end: str = ""
    outcome: Outcome | None = None
    #: How many of its processes lived on after it had ended.
    survivors: int = 0

    @property
    def left_behind(self) -> bool:
        """Whether something of it may run on though it is over and did not end by itself."""
        return self.end == "lost" or (self.survivors > 0 and self.end not in {"", "finished"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One line somebody wrote during the night."""

    at: datetime
    person: str
    text: str
    severity: str = ""
    #: ``note``; ``broadcast`` when it was meant for everyone; ``clock`` when nobody wrote it, but
    #: the clock was set, by ``text`` seconds; ``call`` when the latest safe abort came near:
    #: ``text`` is how many minutes were left, then who is called.
    kind: str = "note"
    #: When it happened, for what was written on paper and entered later; else None.
    happened: datetime | None = None
    #: Number (from 1) of the note it answers; 0 for none.
    answers: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunState:
    """Everything golive knows of a run, from its journal alone."""

    run: str = ""
    plan: Plan
    environment: Mapping[str, Any] = field(default_factory=dict)
    opened: datetime | None = None
    #: Who started it, and who brought a controller back since, in order; golive itself is nobody.
    started_by: tuple[Mapping[str, str], ...] = ()
    #: Nothing may change in it, from its first record to its last; it proves nothing.
    dry_run: bool = False
    closed: datetime | None = None
    progress: Progress = field(default_factory=Progress)
    attempts: tuple[Attempt, ...] = ()
    #: Gate -> its criteria as last evaluated.
    criteria: Mapping[str, tuple[Mapping[str, str], ...]] = field(default_factory=dict)
    #: ``before``/``after`` -> evidence of the fingerprint taken.
    fingerprints: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    #: What differs after the rollback; None until compared.
    differences: tuple[str, ...] | None = None
    drills: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    #: What changed in the plan since the run was opened, with its reviewer, in order.
    amendments: tuple[Mapping[str, Any], ...] = ()
    #: What came of each way back that was tried (``boundary.tried``), in order.
    boundaries: tuple[Mapping[str, Any], ...] = ()
    #: Which boundary this copy of a run was made to try; empty for a run itself.
    forked: str = ""
    #: When the abort began, and whether work was in flight that had to be stopped.
    aborted: datetime | None = None
    stopped_work: bool = False
    #: When the way back was planned, and how many seconds it took.
    turned: datetime | None = None
    way_back_seconds: float = 0.0
    #: When its last step had ended, and when golive's fingerprint had been compared with before.
    returned: datetime | None = None
    verified: datetime | None = None
    #: How long it was planned to take: R.
    way_back_planned: float = 0.0
    #: Steps before a latest safe abort that were called: minutes (0: it is over), and which.
    clock_called: frozenset[tuple[int, datetime]] = frozenset()
    #: Who decided to fix forward past the point of no return, and why; None before.
    fixing: Note | None = None
    #: Post -> who took it over, and when, by the last hand-over.
    holdings: Mapping[str, Holding] = field(default_factory=dict)
    #: Post -> who was offered it and has not read it back yet.
    offered: Mapping[str, str] = field(default_factory=dict)
    #: The newest controller's fencing token.
    token: int = 0
    verdict: Mapping[str, Any] = field(default_factory=dict)
    #: Actions by people whose identity was only claimed, simulated, or proven.
    assurance: Mapping[str, int] = field(default_factory=dict)
    head: int = 0
    head_hash: str = ""
    stopped_by_operator: bool = False

    def in_flight(self) -> tuple[tuple[str, str], ...]:
        """Return (task, attempt number) of everything a worker does right now."""
        return tuple(
            (name, found.active) for name, found in self.progress.tasks.items() if found.active
        )


def in_phase(state: RunState, phase: RunPhase, /, **changes: Any) -> RunState:
    """Return the state in another phase, with other parts of its progress changed, too."""
    return replace(state, progress=replace(state.progress, phase=phase, **changes))
