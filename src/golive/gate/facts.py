"""Everything an assessment rests on, read beforehand: lock, runs, ledger, targets; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from enum import StrEnum

from golive.gate.assessment import Change, Decision, ItemState, Lane, Waiver
from golive.gate.lock import Lock
from golive.gate.signoffs import Acceptance
from golive.gate.words import NOTHING_SAID, Text
from golive.outcome import Outcome

__all__ = [
    "DualRun", "Facts", "Result", "RunFact", "RunKind", "RunStanding", "TargetState", "Tester",
]  # fmt: skip


class RunKind(StrEnum):
    """What a run was opened for."""

    UAT = "uat"
    LOAD = "load"
    COMPARE = "compare"
    REHEARSAL = "rehearsal"
    CUTOVER = "cutover"
    OTHER = "other"


class RunStanding(StrEnum):
    """Whether a run's evidence counts for the release; only ``counts`` does."""

    COUNTS = "counts"
    #: Opened before the release was frozen.
    BEFORE = "before the lock"
    #: Its records are not in this workspace's ledger, or speak of another release.
    FOREIGN = "foreign"
    #: Journal, plan, result or evidence is not as it was written.
    DAMAGED = "damaged"
    #: Of another environment; nothing wrong with it.
    ELSEWHERE = "elsewhere"
    #: A dry run: it did nothing, so it proves nothing; nothing wrong with it.
    DRY = "dry run"


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetState:
    """What one target reported at one moment; without an answer only ``problem`` is filled."""

    name: str
    url: str = ""
    problem: Text = NOTHING_SAID
    build: str = ""
    site: str = ""
    #: Which cut of the data it holds; empty when it does not say.
    data: str = ""
    #: Digest of its whole configuration, and what of it a person may read.
    configuration: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tester:
    """Who ran scenarios, as the team knew them then."""

    person: str
    name: str = ""
    department: str = ""
    roles: tuple[str, ...] = ()
    #: ``business``, ``it`` or ``vendor``; empty when the team does not say.
    side: str = ""
    #: How sure golive is: one of :data:`golive.record.chain.ASSURANCES`.
    assurance: str = "claimed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFact:
    """One run folder. Instants are aware UTC."""

    run: str
    kind: RunKind
    standing: RunStanding
    #: Why it does not count.
    problem: Text = NOTHING_SAID
    opened: datetime
    #: None while it runs, or when it was killed.
    closed: datetime | None = None
    t0: datetime | None = None
    fingerprint: str = ""
    exit: int | None = None
    reasons: tuple[str, ...] = ()
    #: What was to be run: a selection, a profile, a comparison, the rehearsal's file.
    what: str = ""
    #: Actions by assurance.
    assurance: Mapping[str, int] = field(default_factory=dict)
    #: Measured in a rehearsal, seconds: the critical path as it really took, and the way back.
    forward_seconds: float | None = None
    back_seconds: float | None = None
    #: Whether golive's own fingerprints after the way back equalled those before; None: no proof.
    restored: bool | None = None
    #: Who ran it, for scenarios; None when nobody was named: then it was a machine.
    tester: Tester | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one run says of one item, locked or not."""

    item: str
    lane: Lane
    run: str
    #: When it ended.
    at: datetime
    state: ItemState
    reason: Text = NOTHING_SAID
    #: Digest of what was run; empty when the run does not tell.
    digest: str = ""
    #: Target -> the build and the site it reported then.
    builds: Mapping[str, str] = field(default_factory=dict)
    sites: Mapping[str, str] = field(default_factory=dict)
    #: Target -> the data cut it reported then; empty for one that reports none.
    data: Mapping[str, str] = field(default_factory=dict)
    retries: int = 0
    title: str = ""
    group: str = ""
    #: The dual run's cycle, and the digest of what that day was judged by.
    cycle: str = ""
    basis: str = ""
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DualRun:
    """How the dual run of one comparison stands, by its business calendar; days are ISO dates."""

    #: Business days that are due since the first that was compared, oldest first.
    days: tuple[str, ...] = ()
    #: Those of them nobody compared.
    missed: frozenset[str] = frozenset()
    #: Days that must be clean whatever the streak, and are not yet.
    special_missing: tuple[str, ...] = ()
    #: Clean days in a row up to the last that is due, and how many are asked for.
    streak: int = 0
    required: int
    #: True when the exit rule holds.
    met: bool = False
    #: All of it in one sentence.
    sentence: Text = NOTHING_SAID


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All of it, at one instant."""

    at: datetime
    lock: Lock
    lock_sha256: str
    #: What is wrong with the record itself: ledger, lock, runs that are gone.
    record_problems: tuple[Text, ...] = ()
    #: Damaged and foreign runs are among these too.
    runs: tuple[RunFact, ...] = ()
    results: tuple[Result, ...] = ()
    #: Path of each locked comparison -> how its dual run stands.
    dual_runs: Mapping[str, DualRun] = field(default_factory=dict)
    #: Target -> what it reports now.
    targets: Mapping[str, TargetState] = field(default_factory=dict)
    #: Item, or ``steps``, ``plan``, ``policy``: its digest in the workspace now; absent is gone.
    texts: Mapping[str, str] = field(default_factory=dict)
    waivers: tuple[Waiver, ...] = ()
    changes: tuple[Change, ...] = ()
    decisions: tuple[Decision, ...] = ()
    acceptances: tuple[Acceptance, ...] = ()
    ledger_seq: int = 0
    ledger_hash: str = ""

    @property
    def counting(self) -> tuple[RunFact, ...]:
        """The runs whose evidence counts, oldest first."""
        found = [run for run in self.runs if run.standing is RunStanding.COUNTS]
        return tuple(sorted(found, key=lambda run: run.opened))

    @property
    def cutover(self) -> RunFact | None:
        """The newest live run of the release, None before there is one."""
        live = [run for run in self.counting if run.kind is RunKind.CUTOVER]
        return live[-1] if live else None

    @property
    def t0(self) -> datetime:
        """When the night begins, or began: the demo's may be now, any other is in the runbook."""
        if self.cutover is not None and self.cutover.t0 is not None:
            return self.cutover.t0
        if self.lock.environment_kind == "demo":
            return self.at
        return datetime.fromisoformat(self.lock.window[0])

    @property
    def zone(self) -> tzinfo | None:
        """The clock the frozen window is written by: people are told times by it."""
        return datetime.fromisoformat(self.lock.window[0]).tzinfo
