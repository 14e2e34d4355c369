"""Judge one run folder for a release: is it whole, is it ours, and what did it show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from golive.errors import GoliveError, Problem
from golive.gate.facts import RunFact, RunKind, RunStanding, Tester
from golive.gate.lock import Lock
from golive.gate.words import NOTHING_SAID, Text, text
from golive.record.chain import Record
from golive.record.evidence import EvidenceStore
from golive.record.journal import Journal
from golive.record.runs import journal_path, verify_run
from golive.run.opening import read_plan
from golive.run.state import RunState, fold
from golive.runbook.graph import topological_order

__all__ = ["Anchors", "kind_of", "read_fact"]

_BACK = frozenset({"undo", "restore"})
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchors:
    """What the ledger knows of runs: their records by number, and its own hashes by number."""

    #: Run -> number -> hash of the run's records it names.
    heads: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    #: Runs whose end it names.
    closed: frozenset[str] = frozenset()
    entries: Mapping[int, str] = field(default_factory=dict)
    #: Digests of all locks of the release.
    locks: frozenset[str] = frozenset()

    @property
    def runs(self) -> frozenset[str]:
        """Every run the ledger names."""
        return frozenset(self.heads)

    @classmethod
    def of(cls, records: Sequence[Record], release: str) -> Anchors:
        """Read the ledger's entries on runs, and on the locks of one release."""
        heads: dict[str, dict[int, str]] = {}
        closed: set[str] = set()
        locks: set[str] = set()
        for record in records:
            data = record.data
            if record.type == "run" and "hash" in data:
                run = str(data["run"])
                heads.setdefault(run, {})[int(data["seq"])] = str(data["hash"])
                if data.get("type") != "run.opened":
                    closed.add(run)
            elif record.type == "lock" and data.get("release") == release:
                locks.add(str(data["sha256"]))
        return cls(
            heads=heads, closed=frozenset(closed), locks=frozenset(locks),
            entries={record.seq: record.hash for record in records},
        )  # fmt: skip


def kind_of(state: RunState) -> RunKind:
    """Return what a run was opened for."""
    if state.plan.mode != "check":
        return RunKind.CUTOVER if state.plan.mode == "live" else RunKind.REHEARSAL
    kinds = {"uat": RunKind.UAT, "load": RunKind.LOAD, "compare": RunKind.COMPARE}
    tasks = state.plan.runbook.tasks
    return kinds.get(tasks[0].kind, RunKind.OTHER) if tasks else RunKind.OTHER


def read_fact(
    folder: Path, store: EvidenceStore, anchors: Anchors, lock: Lock
) -> tuple[RunFact, RunState | None]:
    """Return what a run folder is for the release, and its state where it can be folded."""
    problems = verify_run(folder, store, known=anchors.heads.get(folder.name, {}))
    try:
        records = Journal.open(journal_path(folder)).records()
        state = fold(read_plan(folder), records)
        opening: Mapping[str, Any] = records[0].data
    except (GoliveError, KeyError, TypeError, ValueError, IndexError) as error:
        # Whatever was done to it: a run that cannot be folded is damaged, and is named.
        return _unreadable(folder, problems, str(error)), None
    standing, problem = _standing(folder, state, opening, anchors, lock, problems)
    return _fact(folder, state, standing, problem, _tester(opening)), state


def _unreadable(folder: Path, problems: tuple[Problem, ...], error: str) -> RunFact:
    said = str(problems[0]) if problems else error
    return RunFact(
        run=folder.name, kind=RunKind.OTHER, standing=RunStanding.DAMAGED,
        problem=text(said, said), opened=_NEVER,
    )  # fmt: skip


def _standing(
    folder: Path,
    state: RunState,
    opening: Mapping[str, Any],
    anchors: Anchors,
    lock: Lock,
    problems: tuple[Problem, ...],
) -> tuple[RunStanding, Text]:
    if problems:
        said = str(problems[0])
        return RunStanding.DAMAGED, text(said, said)
    if state.environment.get("name") != lock.environment:
        return RunStanding.ELSEWHERE, NOTHING_SAID
    if state.dry_run:
        return RunStanding.DRY, text("it was a dry run", "它只是试运行")
    locks = opening.get("locks") or {}
    if folder.name not in anchors.runs:
        if "ledger" not in opening:
            return RunStanding.BEFORE, _before()
        return RunStanding.FOREIGN, text(
            "the ledger of this workspace does not know it", "本工作区的台账中没有它"
        )
    said_then = opening.get("ledger") or {}
    seq = int(said_then.get("seq", 0))
    if seq and anchors.entries.get(seq) != said_then.get("hash"):
        return RunStanding.DAMAGED, text(
            f"the ledger's entry {seq} is not the one it saw when it opened",
            f"台账第 {seq} 条与其开始时所见不同",
        )
    if lock.release not in locks:
        return RunStanding.BEFORE, _before()
    if locks[lock.release] not in anchors.locks:
        return RunStanding.FOREIGN, text(
            "it was opened under another lock", "它是在另一份基线下开始的"
        )
    if state.closed and folder.name not in anchors.closed:
        return RunStanding.DAMAGED, text(
            f"its end is not in the ledger; enter it: golive resume {folder.name}",
            f"其结尾未登记入台账；请执行：golive resume {folder.name}",
        )
    return RunStanding.COUNTS, NOTHING_SAID


def _before() -> Text:
    return text("it was opened before the release was frozen", "它早于发布基线的冻结")


def _tester(opening: Mapping[str, Any]) -> Tester | None:
    """Return who ran it, from the labels it was opened with."""
    told = (opening.get("labels") or {}).get("tester")
    return Tester(**{**told, "roles": tuple(told["roles"])}) if told else None


def _fact(
    folder: Path, state: RunState, standing: RunStanding, problem: Text, tester: Tester | None
) -> RunFact:
    kind = kind_of(state)
    fact = RunFact(
        run=folder.name,
        kind=kind,
        standing=standing,
        problem=problem,
        opened=state.opened or _NEVER,
        closed=state.closed,
        t0=datetime.fromisoformat(state.plan.t0).astimezone(UTC),
        fingerprint=state.plan.fingerprint,
        what=_what(state, kind),
        assurance=dict(state.assurance),
        tester=tester,
    )
    if state.closed is None:
        return fact
    return replace(
        fact,
        exit=int(state.verdict["exit"]),
        reasons=tuple(map(str, state.verdict["reasons"])),
        forward_seconds=_forward(state) if kind is RunKind.REHEARSAL else None,
        back_seconds=_back(state),
        restored=None if state.differences is None else not state.differences,
    )


def _what(state: RunState, kind: RunKind) -> str:
    if state.plan.mode != "check":
        return state.plan.rehearsal or state.plan.runbook.runbook
    task = state.plan.runbook.tasks[0]
    match kind:
        case RunKind.UAT:
            return f"--select={task.select!r}" if task.select else "pytest features/"
        case RunKind.LOAD:
            return task.profile
        case _:
            return f"{task.comparison} {task.cycle}".strip()


def _forward(state: RunState) -> float | None:
    """Return how long the critical path really took, seconds; what was not run by its estimate."""
    took: dict[str, timedelta] = {}
    for attempt in state.attempts:
        if attempt.role == "run" and attempt.ended is not None:
            took[attempt.task] = attempt.ended - attempt.started
    finish: dict[str, timedelta] = {}
    for name in topological_order(state.plan.graph):
        task = state.plan.task(name)
        begins = max((finish[need] for need in state.plan.graph[name]), default=timedelta(0))
        finish[name] = begins + took.get(name, timedelta(minutes=task.est[0]))
    return max(finish.values()).total_seconds() if finish else None


def _back(state: RunState) -> float | None:
    undone = [item for item in state.attempts if item.role in _BACK and item.ended is not None]
    if not undone:
        return None
    ended = max(item.ended for item in undone if item.ended is not None)
    return (ended - min(item.started for item in undone)).total_seconds()
