"""Put an assessment on record: the whole of it as evidence, its word in the ledger, and find it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from golive.errors import Damaged
from golive.gate.assessed import assessment_from_json, assessment_to_json
from golive.gate.assessment import Assessment
from golive.gate.decisions import standing_reds
from golive.outcome import Evidence
from golive.project import Project
from golive.record.chain import Actor, Record
from golive.record.evidence import EvidenceStore
from golive.record.ledger import Ledger
from golive.record.releases import ledger_path

__all__ = ["latest_assessment", "record_assessment"]


def record_assessment(project: Project, told: Mapping[str, Assessment], *, actor: Actor) -> Record:
    """Keep an assessment (by language) as evidence and enter it in the ledger; return the entry.

    Raise Damaged when the ledger is, SetupError when the disk does not take it.
    """
    store = EvidenceStore(project.reports / "evidence")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "assessment.json"
        data = {language: assessment_to_json(one) for language, one in told.items()}
        path.write_text(json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True), "utf-8")
        evidence = store.keep(path, media_type="application/json")
    one = told["en"]
    return Ledger.open(ledger_path(project.reports)).append(
        "gate",
        {
            "release": one.release,
            "lock_sha256": one.lock_sha256,
            "recommendation": one.recommendation.value,
            "causes": list(one.causes),
            "reds": list(standing_reds(one)),
            "evidence": asdict(evidence),
        },
        actor=actor,
    )


def latest_assessment(project: Project, release: str) -> Mapping[str, Assessment] | None:
    """Return the newest recorded assessment of a release by language, None when there is none.

    Raise Damaged when its evidence is not as it was kept.
    """
    entry: Mapping[str, Any] | None = None
    for record in Ledger.open(ledger_path(project.reports)).records():
        if record.type == "gate" and record.data.get("release") == release:
            entry = record.data
    if entry is None:
        return None
    store = EvidenceStore(project.reports / "evidence")
    evidence = Evidence(**entry["evidence"])
    problem = store.verify(evidence)
    if problem is not None:
        raise Damaged(problem)
    data = json.loads(store.path(evidence.sha256).read_text(encoding="utf-8"))
    return {language: assessment_from_json(one) for language, one in data.items()}
