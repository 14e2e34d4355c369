"""Gather what a release's assessment rests on: lock, ledger, every run folder, the targets now.

gather
  read_locks      the lock as the ledger names it, and those before it   (record/releases.py)
  read_fact       each run folder: does it count, what did it show       (run_facts.py)
  results_of      each result of it, read from its evidence              (run_results.py)
  dual_runs       its clean business days in a row, by their calendar    (dual_runs.py)
  ask_targets     what the targets report now                            (standing.py)
  texts_now       what the lock would be now                             (freezing.py)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from golive.contracts import Environment
from golive.errors import Damaged, GoliveError, SetupError
from golive.gate.assessing import assess
from golive.gate.assessment import Assessment, Change
from golive.gate.decisions import decisions_of, settle, waivers_of
from golive.gate.facts import Facts, Result, RunFact, RunStanding, TargetState
from golive.gate.lock import Lock, lock_changes, lock_from_json
from golive.gate.signoffs import acceptances_of
from golive.gate.words import Text, text
from golive.project import Project
from golive.record.chain import Record
from golive.record.evidence import EvidenceStore
from golive.record.ledger import verify_ledger
from golive.record.releases import ledger_path, lock_entries, read_locks
from golive.record.runs import list_runs
from golive.run.dual_runs import dual_runs
from golive.run.freezing import texts_now
from golive.run.run_facts import Anchors, read_fact
from golive.run.run_results import results_of
from golive.run.standing import ask_targets

__all__ = ["assess_release", "gather", "tell"]

Asked = Callable[[Environment], Mapping[str, TargetState]]


def assess_release(
    project: Project, release: str, *, at: datetime | None = None, ask: Asked = ask_targets
) -> dict[str, Assessment]:
    """Return how a release stands now, told in ``en`` and in ``zh``; asks the targets once.

    Raise Refused when it is not frozen, Damaged when its newest lock is not the ledger's.
    """
    return tell(gather(project, release, at=at or datetime.now(UTC), ask=ask))


def tell(facts: Facts) -> dict[str, Assessment]:
    """Return the assessment of gathered facts, decisions settled, told in ``en`` and ``zh``."""
    return {language: settle(assess(facts, language), facts, language) for language in ("en", "zh")}


def gather(project: Project, release: str, *, at: datetime, ask: Asked = ask_targets) -> Facts:
    """Read everything an assessment rests on; errors as :func:`assess_release`."""
    records, wrong = _ledger(project)
    locks, problems = read_locks(project.reports, release, records)
    lock = lock_from_json(locks[-1])
    wrong += [Text(en=str(one), zh=str(one)) for one in problems]
    anchors = Anchors.of(records, release)
    store = EvidenceStore(project.reports / "evidence")
    runs: list[RunFact] = []
    results: list[Result] = []
    folders = list_runs(project.runs)
    for folder in folders:
        fact, state = read_fact(folder, store, anchors, lock)
        runs.append(fact)
        results += results_of(project, folder, fact, state, store, lock)
    gone = anchors.runs - {folder.name for folder in folders}
    wrong += [
        text(
            f"run {name} is in the ledger and its folder is gone",
            f"运行 {name} 在台账中有记录，但其文件夹已不存在",
        )
        for name in sorted(gone)
    ]
    entries = lock_entries(records, release)
    return Facts(
        at=at,
        lock=lock,
        lock_sha256=str(entries[-1].data["sha256"]),
        record_problems=tuple(wrong),
        runs=tuple(runs),
        results=tuple(results),
        dual_runs=dual_runs(project, lock, _counting(runs, results), at.astimezone(UTC).date()),
        targets=dict(_targets(project, lock, ask)),
        texts=texts_now(project, lock),
        waivers=waivers_of(records, release),
        changes=tuple(_changes(locks, entries)),
        decisions=decisions_of(records, release, str(entries[-1].data["sha256"])),
        acceptances=acceptances_of(records, release),
        ledger_seq=records[-1].seq if records else 0,
        ledger_hash=records[-1].hash if records else "",
    )


def _counting(runs: Iterable[RunFact], results: Iterable[Result]) -> tuple[Result, ...]:
    """Return the results of runs that count."""
    names = {run.run for run in runs if run.standing is RunStanding.COUNTS}
    return tuple(one for one in results if one.run in names)


def _ledger(project: Project) -> tuple[tuple[Record, ...], list[Text]]:
    path = ledger_path(project.reports)
    try:
        checked = verify_ledger(path)
    except SetupError as error:
        raise Damaged(*error.problems) from error
    return checked.records, [Text(en=str(one), zh=str(one)) for one in checked.problems]


def _targets(project: Project, lock: Lock, ask: Asked) -> Iterator[tuple[str, TargetState]]:
    """Yield what each target reports now; one that cannot even be found says why."""
    try:
        yield from ask(project.resolve(lock.environment)).items()
    except GoliveError as error:
        why = Text(en=str(error), zh=str(error))
        names = project.raw_environment(lock.environment).get("targets", {})
        yield from ((name, TargetState(name=name, problem=why)) for name in names)


def _changes(locks: tuple[Any, ...], entries: tuple[Record, ...]) -> Iterator[Change]:
    """Yield each freeze after the first with what it changed."""
    by_number = {int(data["number"]): lock_from_json(data) for data in locks}
    for entry in entries:
        number = int(entry.data["number"])
        before, after = by_number.get(number - 1), by_number.get(number)
        if before is not None and after is not None:
            yield Change(
                number=number, at=entry.at, person=entry.actor.person, change=after.change,
                reason=after.reason, entries=lock_changes(before, after),
            )  # fmt: skip
