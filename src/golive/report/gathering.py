"""Read runs for a report from the record: journal, plan, and the evidence they name, checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

from golive.errors import Damaged
from golive.outcome import Evidence
from golive.record.chain import Record
from golive.record.evidence import EvidenceStore
from golive.record.runs import open_journal
from golive.report.document import DecisionLine
from golive.report.material import RunMaterial
from golive.run.opening import read_plan
from golive.run.state import RunState, fold
from golive.uat.results import Results, read_results

__all__ = ["decisions_in", "gather_run"]


def gather_run(folder: Path, store: EvidenceStore) -> RunMaterial:
    """Return a run with what its evidence holds; every stored file is hashed again.

    Raise Damaged for a journal or plan that does not verify, Refused for a run that never began.
    """
    plan, records = read_plan(folder), open_journal(folder).records()
    state = fold(plan, records)
    damaged = dict(_damaged(_evidence(state), store))
    return RunMaterial(
        state=state,
        results=dict(_results(state, store, damaged)),
        decisions=tuple(decisions_in(records, of=state.run)),
        damaged=damaged,
    )


def decisions_in(records: Iterable[Record], *, of: str) -> Iterator[DecisionLine]:
    """Yield what people decided at gates, with how sure it is who they were."""
    for record in records:
        if record.type == "gate.decided":
            happened = record.data.get("happened")
            yield DecisionLine(
                gate=str(record.data["gate"]),
                decision=str(record.data["decision"]),
                person=record.actor.person,
                assurance=record.actor.assurance,
                reason=str(record.data.get("reason", "")),
                at=datetime.fromisoformat(happened) if happened else record.at,
                entered=record.at if happened else None,
                of=of,
            )


def _evidence(state: RunState) -> Iterator[Evidence]:
    for attempt in state.attempts:
        yield from attempt.outcome.evidence if attempt.outcome else ()
    for taken in state.fingerprints.values():
        if kept := taken.get("evidence"):
            yield Evidence(**kept)


def _damaged(found: Iterable[Evidence], store: EvidenceStore) -> Iterator[tuple[str, str]]:
    for evidence in {item.sha256: item for item in found}.values():
        if problem := store.verify(evidence):
            yield evidence.sha256, f"{problem.subject} {problem.message}"


def _results(
    state: RunState, store: EvidenceStore, damaged: Mapping[str, str]
) -> Iterator[tuple[tuple[str, str], Results]]:
    """Yield the scenarios' own record of each UAT attempt that left one."""
    for attempt in state.attempts:
        for kept in attempt.outcome.evidence if attempt.outcome else ():
            if kept.name != "results.json" or kept.sha256 in damaged:
                continue
            try:
                yield (attempt.task, attempt.number), read_results(store.path(kept.sha256))
            except (OSError, ValueError, KeyError, TypeError) as error:
                raise Damaged.of(
                    f"evidence '{kept.name}'",
                    f"is whole, but is no record of scenarios: {error}",
                    path=str(store.path(kept.sha256)),
                    hint=f"golive verify {state.run}",
                ) from error
