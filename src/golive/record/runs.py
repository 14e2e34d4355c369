"""Run folders, ``reports/runs/<run-id>/``: their names, finding one, and checking one offline.

``journal.jsonl`` · ``plan.json`` · ``tasks/<task>/<number>/`` with ``result.json`` of each attempt
"""

from __future__ import annotations

import re
import secrets
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from golive.errors import Problem, Refused, SetupError
from golive.outcome import Evidence
from golive.record.canonical import sha256_file
from golive.record.chain import Record, damage
from golive.record.evidence import EvidenceStore
from golive.record.journal import Journal, verify

__all__ = [
    "attempt_folder",
    "evidence_in",
    "find_run",
    "journal_path",
    "latest_run",
    "list_runs",
    "new_run_id",
    "open_journal",
    "verify_run",
]

#: Letters and digits that are not taken for one another when read aloud.
_SIGNS = "23456789abcdefghjkmnpqrstuvwxyz"
#: The names :func:`new_run_id` gives to what has people, a way back and an end of its own.
_NIGHT = re.compile(r"-(rehearsal|cutover|live)-")
#: As much of a name as is the minute, and of a journal as holds when its first record was written.
_MINUTE, _HEAD = len("20261124-0105"), 2000
_OPENED = re.compile(rb'"at":"([^"]+)"')
_EVIDENCE = {"name", "sha256", "size", "media_type"}


def new_run_id(mode: str, now: datetime) -> str:
    """Return a fresh name that sorts by time, like ``20261124-0105-rehearsal-x3f9`` (UTC)."""
    ending = "".join(secrets.choice(_SIGNS) for _ in range(4))
    return f"{now.astimezone(UTC):%Y%m%d-%H%M}-{mode}-{ending}"


def journal_path(folder: Path) -> Path:
    """Return where a run's journal is."""
    return folder / "journal.jsonl"


def attempt_folder(folder: Path, task: str, number: str) -> Path:
    """Return where an attempt of a run is."""
    return folder / "tasks" / task / number


def list_runs(root: Path) -> tuple[Path, ...]:
    """Return the folders below ``reports/runs`` that hold a journal, oldest first."""
    if not root.is_dir():
        return ()
    found = [path for path in root.iterdir() if journal_path(path).is_file()]
    minutes = Counter(path.name[:_MINUTE] for path in found)

    def age(path: Path) -> tuple[str, str, str]:
        """Names tell it to the minute; only runs of the same one are looked into."""
        minute = path.name[:_MINUTE]
        return (minute, _opened(path) if minutes[minute] > 1 else "", path.name)

    return tuple(sorted(found, key=age))


def _opened(folder: Path) -> str:
    """Return when a run was opened, by its first record; empty while there is none."""
    with journal_path(folder).open("rb") as file:
        opened = _OPENED.search(file.read(_HEAD))
    return opened[1].decode() if opened else ""


def latest_run(root: Path) -> Path:
    """Return the newest rehearsal or cutover, else the newest check run alone.

    A check is done when its command ends; who names no run means the night. Raise Refused when
    there is no run.
    """
    found = list_runs(root)
    if not found:
        raise Refused.of("run", "there is none yet", path=str(root), hint="rehearse first")
    nights = [path for path in found if _NIGHT.search(path.name)]
    return (nights or found)[-1]


def find_run(root: Path, name: str) -> Path:
    """Return the folder of the run so named; the beginning of its name or its ending will do.

    Raise Refused when none or several fit, naming those.
    """
    found = list_runs(root)
    exact = [path for path in found if path.name == name]
    fitting = exact or [
        path for path in found if name and (path.name.startswith(name) or _ending(path) == name)
    ]
    if len(fitting) == 1:
        return fitting[0]
    names = [path.name for path in fitting]
    if names:
        raise Refused.of(
            f"run '{name}'", f"could be any of {', '.join(names)}", hint="write more of its name"
        )
    near = get_close_matches(name, [path.name for path in found], n=1)
    known = f"the newest is '{found[-1].name}'" if found else "there is none yet: rehearse first"
    hint = f"did you mean '{near[0]}'?" if near else known
    raise Refused.of(f"run '{name}'", "does not exist", path=str(root), hint=hint)


def _ending(path: Path) -> str:
    return path.name.rpartition("-")[2]


def open_journal(folder: Path) -> Journal:
    """Open a run's journal. Raise SetupError when the folder has none."""
    return Journal.open(journal_path(folder))


def evidence_in(data: Any) -> Iterator[Evidence]:
    """Yield every piece of evidence named anywhere in JSON data."""
    if isinstance(data, Mapping):
        if set(data) >= _EVIDENCE:
            yield Evidence(
                name=str(data["name"]),
                sha256=str(data["sha256"]),
                size=data["size"],
                media_type=str(data["media_type"]),
            )
        for value in data.values():
            yield from evidence_in(value)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from evidence_in(value)


def verify_run(
    folder: Path, store: EvidenceStore, *, known: Mapping[int, str] | None = None
) -> tuple[Problem, ...]:
    """Check a run offline: journal, plan, results and evidence; return what is wrong (nothing).

    ``known`` are journal hashes by record number that stand elsewhere, as in the ledger: only
    they show records cut off the journal's end.
    """
    try:
        checked = verify(journal_path(folder), known=known)
    except SetupError as error:
        return error.problems
    problems = [*checked.problems, *_check_opening(folder, checked.records)]
    for record in checked.records:
        problems += _check_result(folder, record)
    return (*problems, *_check_evidence(store, checked.records))


def _check_opening(folder: Path, records: tuple[Record, ...]) -> Iterator[Problem]:
    """Check that the journal is this run's and ``plan.json`` the plan it was opened with."""
    path = str(journal_path(folder))
    if not records:
        yield Problem(subject="journal", message="has no whole record", path=path)
        return
    first = records[0]
    if first.type != "run.opened":
        yield damage(path, 1, f"is '{first.type}', not 'run.opened'")
    if first.data.get("run", folder.name) != folder.name:
        yield damage(path, 1, f"is of run '{first.data['run']}', not of '{folder.name}'")
    if first.data.get("fingerprint", first.prev) != first.prev:
        yield damage(path, 1, "does not follow from the plan fingerprint it names")
    plan = folder / "plan.json"
    if "plan_sha256" in first.data:
        yield from _check_file(plan, str(first.data["plan_sha256"]), "plan.json", first)
    elif plan.exists():
        yield Problem(subject="plan.json", message="is not named by record 1", path=str(plan))


def _check_result(folder: Path, record: Record) -> Iterator[Problem]:
    """Check the ``result.json`` of the attempt a record tells the end of."""
    digest = record.data.get("result_sha256")
    if digest:
        task, number = str(record.data.get("task")), str(record.data.get("number"))
        path = attempt_folder(folder, task, number) / "result.json"
        yield from _check_file(path, str(digest), f"result of {task}/{number}", record)


def _check_file(path: Path, digest: str, subject: str, record: Record) -> Iterator[Problem]:
    try:
        found = sha256_file(path)
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
    else:
        message = "" if found == digest else f"is not what record {record.seq} names"
    if message:
        yield Problem(
            subject=subject,
            message=message,
            path=str(path),
            hint=f"its SHA-256 was {digest}; restore it from a copy",
        )


def _check_evidence(store: EvidenceStore, records: tuple[Record, ...]) -> Iterator[Problem]:
    """Check each piece of evidence once, at the first record that names it."""
    seen: set[tuple[str, int]] = set()
    for record in records:
        for evidence in evidence_in(record.data):
            if (evidence.sha256, evidence.size) in seen:
                continue
            seen.add((evidence.sha256, evidence.size))
            problem = store.verify(evidence)
            if problem:
                yield replace(problem, message=f"named by record {record.seq} {problem.message}")
