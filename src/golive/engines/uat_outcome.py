"""The outcome of a UAT run from the record its scenarios left, and what is kept as evidence."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from golive.contracts import Environment
from golive.engines.uat import scenario_digest
from golive.engines.uat_verdict import verdict
from golive.outcome import Evidence, Metric, Outcome, Status, Subject
from golive.project import Project
from golive.record.evidence import EvidenceStore
from golive.record.redaction import Redactor
from golive.run.engine_context import read_secrets
from golive.uat.results import PASSED, Results, counts, read_results
from golive.uat.traces import RESTRICTED

__all__ = ["outcome_of_record"]


def outcome_of_record(
    project: Project,
    environment: Environment,
    out: Path,
    *,
    allure: Path | None,
    code: int,
    target: str,
) -> Outcome:
    """Keep what a UAT run left below ``out`` and return what came of it.

    Raise SetupError when the evidence cannot be kept or a secret's file is open to others.
    """
    redactor = Redactor(read_secrets(project.secret_refs(environment.name), project.root))
    store = EvidenceStore(project.reports / "evidence")
    kept = store.keep_all(_files(out, allure), redactor=redactor)
    try:
        results = read_results(out / "results.json")
    except (OSError, ValueError, KeyError, TypeError) as error:
        return _told(project, environment, kept, f"the run left no record: {error}")
    status, summary = verdict(results.scenarios, code, project.language.value)
    if results.problems and status is not Status.FAILED:
        status, summary = Status.BROKEN, results.problems[0].splitlines()[0]
    told = results.targets.get(target or "new") or next(iter(results.targets.values()), {})
    return Outcome(
        status=status,
        summary=summary,
        started=datetime.fromisoformat(results.started),
        ended=datetime.fromisoformat(results.ended),
        metrics=tuple(_metrics(results)),
        evidence=kept,
        retries=sum(len(item.earlier) for item in results.scenarios if item.status == PASSED),
        subject=Subject(
            environment=environment.name,
            site=str(told.get("site", "")),
            target_version=str(told.get("build", "")),
            data_cut=str(told.get("data", "")),
            digest=scenario_digest({"select": results.select}, project.root),
        ),
    )


def _files(out: Path, allure: Path | None) -> Iterator[tuple[Path, str]]:
    if (out / "results.json").is_file():
        yield out / "results.json", "results.json"
    folders = [(out / "screenshots", "screenshots"), (out / RESTRICTED, RESTRICTED)]
    folders += [(allure, "allure-results")] if allure is not None else []
    for folder, name in folders:
        for path in sorted(item for item in folder.rglob("*") if item.is_file()):
            yield path, f"{name}/{path.relative_to(folder).as_posix()}"


def _metrics(results: Results) -> Iterator[Metric]:
    for name, number in counts(results.scenarios).items():
        yield Metric(name=f"scenarios_{name.replace(' ', '_')}", value=float(number), unit="1")


def _told(
    project: Project, environment: Environment, kept: tuple[Evidence, ...], summary: str
) -> Outcome:
    now = datetime.now(UTC)
    return Outcome(
        status=Status.BROKEN, summary=summary, started=now, ended=now, evidence=kept,
        subject=Subject(environment=environment.name),
    )  # fmt: skip
