"""golive's own fingerprints of databases, files and routing: before a night, after its way back.

Playbooks never report their own success: what "as before" means is read here, from the systems.
What is read stands in ``[tool.golive.environments.<name>.fingerprint]``: ``databases`` and
``routing`` name targets, ``files`` workspace folders, ``exclude`` tables as ``target.table`` with
the reason.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from golive.compare.fingerprint import (
    Fingerprint,
    compare_fingerprints,
    fingerprint_database,
    fingerprint_files,
    fingerprint_from_json,
    fingerprint_routing,
    fingerprint_to_json,
)
from golive.contracts import Environment, Target
from golive.errors import Damaged, SpecError
from golive.outcome import Evidence
from golive.project import Project
from golive.record.evidence import EvidenceStore

__all__ = ["compare_with_before", "take_fingerprint"]


def take_fingerprint(project: Project, environment: Environment, *, when: str) -> dict[str, Any]:
    """Read every system the environment names and keep what was read as evidence.

    Return the data of a ``fingerprint.taken`` record. Raise SetupError when a system cannot be
    read: a rollback nobody can check is not proven.
    """
    taken = _read(project, environment)
    store = EvidenceStore(project.reports / "evidence")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"fingerprint-{when}.json"
        path.write_text(json.dumps(fingerprint_to_json(taken), indent=1, sort_keys=True))
        evidence = store.keep(path, media_type="application/json")
    tables = [table for item in taken.databases.values() for table in item.tables.values()]
    return {
        "when": when,
        "evidence": asdict(evidence),
        "counts": {
            "tables": len(tables),
            "rows": sum(table.rows for table in tables),
            "files": sum(item.kind == "file" for item in taken.files.values()),
            "routes": len(taken.routes),
        },
    }


def _read(project: Project, environment: Environment) -> Fingerprint:
    wanted = project.raw_environment(environment.name).get("fingerprint", {})
    excluded: Mapping[str, str] = wanted.get("exclude", {})
    return Fingerprint(
        taken=datetime.now(UTC),
        databases={
            name: fingerprint_database(
                _target(environment, name).database,
                name=name,
                exclude_tables={
                    table.partition(".")[2]: reason
                    for table, reason in excluded.items()
                    if table.partition(".")[0] == name
                },
            )
            for name in wanted.get("databases", ())
        },
        files=dict(fingerprint_files(wanted.get("files", ()), project.root)),
        routes={
            name: fingerprint_routing(f"{_target(environment, name).url}/route")
            for name in wanted.get("routing", ())
        },
    )


def _target(environment: Environment, name: str) -> Target:
    if name not in environment.targets:
        raise SpecError.of(
            f"environment '{environment.name}'",
            f"fingerprints '{name}', which is none of its targets",
            path="pyproject.toml",
            hint=f"known: {', '.join(environment.targets)}",
        )
    return environment.targets[name]


def compare_with_before(
    project: Project, before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[str, ...]:
    """Return one sentence for each table, file and route that is not as before.

    Raise Damaged when what was read before is no longer what was kept.
    """
    store = EvidenceStore(project.reports / "evidence")

    def load(data: Mapping[str, Any]) -> Fingerprint:
        evidence = Evidence(**data["evidence"])
        problem = store.verify(evidence)
        if problem is not None:
            raise Damaged(problem)
        return fingerprint_from_json(json.loads(store.path(evidence.sha256).read_text()))

    found = compare_fingerprints(load(before), load(after))
    return tuple(item.sentence(project.language.value) for item in found)
