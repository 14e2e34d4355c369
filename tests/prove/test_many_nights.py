"""Ten thousand random nights of each law that ``make test`` holds hundreds to.

Part of ``make prove``. Writes its dated figures to ``docs/proof/many-nights.json``.
"""

from __future__ import annotations

import json
import platform
import time
from datetime import UTC, datetime
from random import Random

import pytest
from tests.prove.conftest import ROOT
from tests.runbook import laws

NIGHTS = 10_000
LAWS = {
    "an abort judged safe is back before the window ends": laws.safe_aborts_are_back,
    "nothing is undone before a dependant, each effect once": laws.rollback_in_order,
    "every prefix of a journal folds and goes on": laws.prefixes_fold,
}


@pytest.mark.prove
def test_ten_thousand_nights() -> None:
    figures = {}
    for name, law in LAWS.items():
        began = time.monotonic()
        spoke = sum(law(Random(seed)) for seed in range(NIGHTS))
        assert spoke > NIGHTS // 10, f"{name}: only {spoke} nights speak of it"
        figures[name] = {
            "nights": NIGHTS, "nights it speaks of": spoke,
            "seconds": round(time.monotonic() - began, 1),
        }  # fmt: skip
    proof = {
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "laws": figures,
    }
    path = ROOT / "docs" / "proof" / "many-nights.json"
    path.write_text(json.dumps(proof, indent=1) + "\n", encoding="utf-8")
