"""Allure's own verdict beside golive's when results are spoiled: golive never says GO.

The figures go to ``docs/proof/allure-beside-golive.json``.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.report.spoiling import CASES, answers

from golive.gate.assessment import Recommendation
from golive.report.explorer import Tools, find_tools

ROOT = Path(__file__).resolve().parents[2]
PROOF = ROOT / "docs" / "proof" / "allure-beside-golive.json"
#: As many as a real release has, with one in seventeen failing.
MANY = 204


@pytest.mark.prove
def test_golive_says_no_where_allure_says_yes(tmp_path: Path) -> None:
    tools = find_tools(ROOT)
    assert isinstance(tools, Tools), tools
    table = [answers(name, tmp_path / name, tools, scenarios=MANY) for name in CASES]
    PROOF.parent.mkdir(exist_ok=True)
    proof = {
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "scenarios": MANY,
        "allure": json.loads((ROOT / "package.json").read_text())["devDependencies"]["allure"],
        "cases": [one.row() for one in table],
    }
    PROOF.write_text(json.dumps(proof, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    untouched, *spoiled = table
    assert untouched.golive is Recommendation.GO
    assert untouched.allure_status == "passed"
    assert {one.golive for one in spoiled} == {Recommendation.NO_GO}
    fooled = [one.case for one in spoiled if one.allure_gate == 0]
    assert len(fooled) >= 4, "what this table is for"
