"""The one document every rendering shows: frozen values, each count with what it is a share of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from golive.gate.assessment import (
    Change,
    Condition,
    Finding,
    ItemState,
    Lane,
    Recommendation,
    Relaxation,
    Waiver,
)

__all__ = [
    "SCHEMA",
    "DecisionLine",
    "Document",
    "DrillLine",
    "Earlier",
    "Forecast",
    "Group",
    "LaneView",
    "Moment",
    "Picture",
    "Proof",
    "Red",
    "RollbackProof",
    "Row",
    "RunLine",
    "Share",
    "TaskTimes",
    "document_to_json",
]

SCHEMA = "golive/report/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A number that is never shown without what it is a share of."""

    count: int
    total: int

    @property
    def percent(self) -> str:
        """The share in percent, rounded down to one decimal: 199.9 of 200 is never ``100``."""
        if not self.total:
            return "–"
        tenths = self.count * 1000 // self.total
        return f"{tenths // 10}%" if tenths % 10 == 0 else f"{tenths / 10:.1f}%"

    @property
    def whole(self) -> bool:
        """Whether all of something is there; all of nothing is not."""
        return self.total > 0 and self.count == self.total


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A screenshot kept as evidence, and its file beside the rendered page."""

    name: str
    sha256: str
    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing that was checked: a scenario, a load profile, a task, a comparison."""

    id: str
    lane: Lane
    group: str
    title: str
    state: ItemState
    #: In the business's words; empty when it passed and there is nothing to say.
    sentence: str = ""
    #: The step that did not pass, as it was written.
    step: str = ""
    #: ``features/x.feature:12``; empty when there is none.
    place: str = ""
    run: str = ""
    retries: int = 0
    #: Earlier runs of the same text on the same build in which it did not pass, oldest first.
    failed_before: tuple[str, ...] = ()
    #: ``S1`` to ``S4``: how bad it is when it fails; empty when nobody said.
    severity: str = ""
    waiver: str = ""
    started: datetime | None = None
    #: Seconds; None when it did not run.
    seconds: float | None = None
    pictures: tuple[Picture, ...] = ()
    #: For whoever wrote the steps; folded away.
    technical: str = ""
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The second level of every tree: a business process, a profile, a rehearsal, a day."""

    name: str
    passed: Share
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneView:
    """One of the four kinds of proof: how many of the expected items passed, and each of them."""

    lane: Lane
    passed: Share
    #: Number of rows by state; only states that occur.
    states: Mapping[ItemState, int]
    #: Rows that passed only on a retry.
    retried: int
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Red:
    """One reason against going live: a sentence, and where to look."""

    sentence: str
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionLine:
    """What a person decided, and how sure it is that it was that person."""

    #: The gate of a run; empty for a decision on the release itself.
    gate: str
    decision: str
    person: str
    assurance: str
    reason: str
    at: datetime
    #: Run or release it was taken in.
    of: str
    role: str = ""
    #: When it was entered, for what was given on paper first.
    entered: datetime | None = None
    #: True when golive had recommended something else.
    against: bool = False
    conditions: tuple[Condition, ...] = ()
    #: Why it does not count any more; empty when it does.
    void: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """The standing recorded before this one, and what became of it: titles, each once."""

    at: datetime
    recommendation: Recommendation
    #: What spoke against it then and does not now, and the other way round.
    solved: tuple[str, ...]
    new: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackProof:
    """What golive's own fingerprints of the old system showed after the way back."""

    run: str
    #: None when they were never compared.
    differences: tuple[str, ...] | None
    #: ``tables``, ``rows``, ``files``, ``routes`` compared.
    counts: Mapping[str, int]
    #: How many steps the way back had, how many seconds it really took, and was planned to take.
    steps: int = 0
    seconds: float = 0.0
    planned: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillLine:
    """How fast the answer to an emergency was: seconds from the injection, beside its target."""

    run: str
    id: str
    title: str
    #: ``detect``, ``acknowledge``, ``restore`` -> (measured, target) in seconds; empty if unknown.
    times: Mapping[str, tuple[float, float]]
    met: bool
    missed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """When a run is planned to end, until when it may take, and until when it can turn back."""

    run: str
    end: datetime
    window_start: datetime
    window_end: datetime
    #: The gate behind which there is no way back; empty when there is none.
    gate: str = ""
    rollback_until: datetime | None = None
    #: Seconds the way back takes from that gate at worst.
    way_back: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskTimes:
    """When a task of a run was planned, and when it really was; None where it did not happen."""

    task: str
    title: str
    planned_begin: datetime
    planned_end: datetime
    began: datetime | None
    ended: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLine:
    """One run the document rests on."""

    run: str
    mode: str
    title: str
    environment: str
    #: ``passed``, ``failed``, ``broken``, ``stopped``; empty while it is open.
    verdict: str
    reasons: tuple[str, ...]
    opened: datetime | None
    closed: datetime | None
    done: Share
    fingerprint: str
    head: int
    head_hash: str
    #: Each task of a rehearsal or cutover, in the plan's order.
    times: tuple[TaskTimes, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One line of the timeline."""

    at: datetime
    run: str
    #: ``opened``, ``task``, ``undo``, ``decision``, ``note``, ``clock`` (set), ``closed``.
    kind: str
    subject: str
    text: str
    tone: str = ""
    #: When it was entered, for what was written on paper first.
    entered: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One file of evidence: what it is, what it hashes to, what it was kept for."""

    name: str
    sha256: str
    size: int
    media_type: str
    run: str
    task: str
    #: ``damaged`` names what is wrong with the stored file; empty when it is as recorded.
    damaged: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """Everything a report shows; the same for page, PDF, Allure, JUnit and JSON."""

    #: ``release`` or ``run``.
    kind: str
    id: str
    title: str
    system: str
    zone: str
    #: When the standing was computed; aware UTC.
    at: datetime
    #: What golive recommends for a release; None for a bare run, which has a verdict.
    recommendation: Recommendation | None
    verdict: str
    reds: tuple[Red, ...]
    findings: tuple[Finding, ...]
    lanes: tuple[LaneView, ...]
    waivers: tuple[Waiver, ...]
    relaxations: tuple[Relaxation, ...]
    decisions: tuple[DecisionLine, ...]
    #: Actions of people by how sure it is who they were.
    assurance: Mapping[str, int]
    forecast: Forecast | None
    rollbacks: tuple[RollbackProof, ...]
    drills: tuple[DrillLine, ...]
    runs: tuple[RunLine, ...]
    timeline: tuple[Moment, ...]
    evidence: tuple[Proof, ...]
    #: SHA-256 over the sorted distinct digests, one a line: ``sort -u | sha256sum`` gives it too.
    evidence_root: str
    #: What could not be read while this was made; the report says so on its first page.
    problems: tuple[str, ...] = ()
    environment: str = ""
    #: ``go``, ``conditional`` or ``no-go`` once the people have decided, and empty before.
    decided: str = ""
    #: Whose word is still missing; silence is never consent.
    missing: tuple[str, ...] = ()
    earlier: Earlier | None = None
    #: What was changed since the first lock, and by whom.
    changes: tuple[Change, ...] = ()
    lock_sha256: str = ""
    ledger_seq: int = 0
    ledger_hash: str = ""

    @property
    def passed(self) -> Share:
        """How many of all expected items passed, over the four lanes."""
        return Share(
            count=sum(lane.passed.count for lane in self.lanes),
            total=sum(lane.passed.total for lane in self.lanes),
        )

    @property
    def is_check(self) -> bool:
        """Whether it is of a check run alone: it has no night, no way back and no drill."""
        return self.kind == "run" and all(run.mode == "check" for run in self.runs)

    def rows(self) -> Iterator[Row]:
        """Yield every row of every lane."""
        for lane in self.lanes:
            for group in lane.groups:
                yield from group.rows


def document_to_json(document: Document) -> dict[str, Any]:
    """Return the document as plain JSON data; instants as RFC 3339, a share with its percent."""
    return {"schema": SCHEMA, **_plain(asdict(document)), "passed": _plain(asdict(document.passed))}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        plain = {str(key): _plain(item) for key, item in value.items()}
        return plain | _percent(plain)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, datetime) else value


def _percent(plain: Mapping[str, Any]) -> dict[str, str]:
    if set(plain) != {"count", "total"}:
        return {}
    return {"percent": Share(count=plain["count"], total=plain["total"]).percent}
