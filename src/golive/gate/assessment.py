"""What a release's evidence says against its lock: the values gate, decision and report share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from golive.gate.criteria import CriterionState
from golive.outcome import Outcome

__all__ = [
    "Assessment",
    "Change",
    "ChangedEntry",
    "Condition",
    "Decision",
    "Finding",
    "Item",
    "ItemState",
    "Lane",
    "Recommendation",
    "Relaxation",
    "Waiver",
]


class Lane(StrEnum):
    """The four kinds of proof a go-live needs."""

    UAT = "uat"
    LOAD = "load"
    REHEARSAL = "rehearsal"
    DUAL_RUN = "dual run"


class ItemState(StrEnum):
    """How one expected, or one unexpected, result stands. Only ``passed`` counts as proof."""

    PASSED = "passed"
    FAILED = "failed"
    BROKEN = "broken"
    #: Expected by the lock, and no result says anything of it.
    NOT_RUN = "not run"
    #: A result of another build, site, data cut or text than those the lock or the target has now.
    STALE = "stale"
    #: Unreadable, truncated, or another content than its record names.
    CORRUPT = "corrupt"
    #: Two results of one run claim the same item.
    DUPLICATE = "duplicate"
    #: A result of another release or environment.
    FOREIGN = "foreign"
    #: A result of something the lock does not expect.
    UNPLANNED = "unplanned"
    #: Runs, does not count, is listed.
    QUARANTINED = "quarantined"


class Recommendation(StrEnum):
    """What golive recommends; a named person decides."""

    GO = "go"
    CONDITIONAL = "conditional"
    NO_GO = "no-go"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One scenario, load objective, rehearsal expectation or dual-run cycle of the lock."""

    id: str
    lane: Lane
    title: str
    #: Business process, load profile, rehearsal or cycle day: the second level of every tree.
    group: str
    state: ItemState
    #: Why it is not passed: one sentence with the place (``features/x.feature:12``); or empty.
    reason: str = ""
    #: The run that holds the effective result; empty when there is none.
    run: str = ""
    #: Attempts that failed before the pass; a pass on retry is listed as such.
    retries: int = 0
    #: Earlier runs of the same text on the same build in which it did not pass, oldest first.
    failed_before: tuple[str, ...] = ()
    #: ``S1`` to ``S4``: how bad it is when it fails.
    severity: str = ""
    #: Digest of this failure, what a waiver is bound to; empty for a pass.
    failure: str = ""
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One go/no-go criterion with what was found, and the counts behind any percentage."""

    id: str
    question: str
    #: GO condition and NO-GO trigger, in the business's words.
    go: str
    no_go: str
    found: str
    state: CriterionState
    mandatory: bool = True
    owner: str = ""
    #: ``count`` of ``total`` is the number behind ``found`` where it is a share; else both None.
    count: int | None = None
    total: int | None = None
    #: Ids of the items, and the runs, it rests on.
    items: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Relaxation:
    """A policy value weaker than golive's default; page 1 prints each."""

    key: str
    default: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """A decision to go on in spite of one failed item; it never changes the item's state."""

    id: str
    items: tuple[str, ...]
    reason: str
    risk: str
    owner: str
    #: Empty until somebody other than its requester approved it; then it counts.
    approver: str
    expires: datetime
    #: Item -> digest of the failure it is bound to: another failure of that item is not waived.
    failures: Mapping[str, str]
    requested_by: str = ""
    #: Why it does not count now (not approved, expired, another failure); empty when it does.
    void: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedEntry:
    """One line of the difference between two locks; ``old`` or ``new`` is empty when absent."""

    what: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A freeze after the first: who changed what was agreed, when, why and by which change id."""

    #: Number of the lock it made; the first lock is 1.
    number: int
    at: datetime
    person: str
    #: The change's own id, like ``CHG-1``.
    change: str
    reason: str
    entries: tuple[ChangedEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What must be done for a conditional GO to hold: a task of the cutover."""

    text: str
    owner: str
    due: datetime
    #: The task of the runbook that may not start before; empty: none may.
    before: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What one named person decided on a release."""

    person: str
    #: ``go``, ``no-go``, ``conditional`` or ``abstain``.
    decision: str
    #: The role it counts for; empty for somebody whose role the quorum does not ask for.
    role: str
    reason: str
    at: datetime
    #: ``claimed``, ``pin`` or ``simulated``.
    assurance: str
    #: What golive recommended when it was given, and the sentence the person was shown.
    recommended: Recommendation
    statement: str
    conditions: tuple[Condition, ...] = ()
    #: What stood against a GO then; a go covers these and nothing newer.
    reds: tuple[str, ...] = ()
    #: Why it does not count any more (another word since, another lock, the evidence changed).
    void: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """A release's standing at one instant, computed from lock, ledger, runs and evidence alone."""

    release: str
    lock_sha256: str
    at: datetime
    recommendation: Recommendation
    findings: tuple[Finding, ...]
    items: tuple[Item, ...]
    waivers: tuple[Waiver, ...]
    relaxations: tuple[Relaxation, ...]
    #: Why not GO, most important first: each a sentence with its place; empty for GO.
    causes: tuple[str, ...]
    #: Actions by assurance (``simulated``, ``claimed``, ``pin`` ...) over all runs counted.
    assurance: Mapping[str, int]
    #: Number and hash of the ledger's newest entry when this was computed.
    ledger_seq: int
    ledger_hash: str
    #: Freezes after the first, oldest first; each shows what it changed.
    changes: tuple[Change, ...] = ()
    #: Every word given on the release, oldest first; a void one stays listed.
    decisions: tuple[Decision, ...] = ()
    #: ``go``, ``conditional`` or ``no-go`` once the quorum has spoken, and empty before.
    decided: str = ""
    #: What is still missing to a decision, one sentence for each role; silence is never consent.
    missing: tuple[str, ...] = ()
    #: Runs whose evidence counts, oldest first.
    runs: tuple[str, ...] = ()
    environment: str = ""
