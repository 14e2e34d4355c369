"""Every fault of the demo, whole: NO-GO, exit 1, the cause in a sentence and the place.

Part of ``make prove``. Writes its dated figures to ``docs/proof/demo-faults.json``.
"""

from __future__ import annotations

import json
import platform
from datetime import UTC, datetime
from pathlib import Path

import pytest
from demo.faults import FAULTS
from tests.demo.workspace import ROOT, tell

PROOF = ROOT / "docs" / "proof" / "demo-faults.json"
ORDERS = 2000


def keep(name: str, entry: dict[str, object]) -> None:
    """Put one fault's result into the proof, beside those of the others."""
    proof = json.loads(PROOF.read_text(encoding="utf-8")) if PROOF.exists() else {"stories": {}}
    proof |= {
        "claim": "each fault of the demo ends in NO-GO with its cause; without one it is GO",
        "python": platform.python_version(),
        "orders": ORDERS,
    }
    today = datetime.now(UTC).date().isoformat()
    proof["stories"] = dict(sorted({**proof["stories"], name: {"date": today, **entry}}.items()))
    PROOF.write_text(json.dumps(proof, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


@pytest.mark.prove
def test_without_a_fault_it_is_go_and_live(tmp_path: Path) -> None:
    told = tell(tmp_path / "w", "--orders", str(ORDERS))
    assert told.code == 0, told.output[-4000:]
    keep("none", {"exit": told.code, "recommendation": "GO", "seconds": round(told.seconds)})


@pytest.mark.prove
@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_no_go_with_its_cause_and_its_place(tmp_path: Path, name: str) -> None:
    told = tell(tmp_path / "w", "--orders", str(ORDERS), "--fault", name)
    assert told.code == 1, told.output[-4000:]
    assert any(FAULTS[name].found_by in cause for cause in told.causes), told.causes
    assert "open" not in told.effects()
    rendered = told.root / "reports" / "rendered" / told.release / "index.html"
    assert rendered.is_file()
    keep(name, {"exit": told.code, "causes": told.causes, "seconds": round(told.seconds)})
