"""golive's own fingerprints of databases, files and routing: before a rehearsal and after it.

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
from golive.errors import SpecError
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
    return {
        "when": when,
        "evidence": asdict(evidence),
        "counts": {
            "tables": len(taken.tables),
            "rows": sum(table.rows for table in taken.tables.values()),
            "files": len(taken.files),
            "routes": len(taken.routes),
        },
    }


def compare_with_before(
    project: Project, before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[str, ...]:
    """Return one sentence for each table, file and route that is not as before."""
    store = EvidenceStore(project.reports / "evidence")

    def load(data: Mapping[str, Any]) -> Fingerprint:
        path = store.path(data["evidence"]["sha256"])
        return fingerprint_from_json(json.loads(path.read_text()))

    return tuple(str(item) for item in compare_fingerprints(load(before), load(after)))
