"""The published schemas are those of the dataclasses, so that an editor says what golive says."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from golive.runbook.definition import Rehearsal, Runbook, Team
from golive.specfile import json_schema

SCHEMAS = Path(__file__).resolve().parents[2] / "docs" / "schema"


@pytest.mark.parametrize(
    ("name", "kind"), [("runbook", Runbook), ("team", Team), ("rehearsal", Rehearsal)]
)
def test_the_published_schema_is_the_one_golive_reads_by(name: str, kind: type) -> None:
    """``GOLIVE_GOLDEN=write`` writes them anew."""
    path = SCHEMAS / f"{name}.json"
    made = json.dumps(json_schema(kind), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    if os.environ.get("GOLIVE_GOLDEN") == "write":
        path.write_text(made, encoding="utf-8")
    assert path.read_text("utf-8") == made
    assert json.loads(made)["additionalProperties"] is False
