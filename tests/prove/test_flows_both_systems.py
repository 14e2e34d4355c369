"""The workspace's own flows on both demo systems, ten times each, without a flake.

Part of ``make prove``. Writes its dated figures to ``docs/proof/uat-flows.json``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import UTC, datetime
from pathlib import Path

import pytest

from golive.uat.results import read_results

ROOT = Path(__file__).parents[2]
TIMES = int(os.environ.get("GOLIVE_FLOWS", "10"))


@pytest.mark.prove
@pytest.mark.parametrize("target", ["new", "old"])
def test_each_flow_ends_the_same_way_every_time(pair, target):
    if target == "new":
        filled = subprocess.run(
            [sys.executable, "-m", "demo", "migrate"], cwd=pair, capture_output=True, check=False
        )
        assert filled.returncode == 0, filled.stderr
    endings: dict[str, Counter[str]] = defaultdict(Counter)
    command = [sys.executable, "-m", "pytest", "features", "-q", "--target", target]
    for _time in range(TIMES):
        subprocess.run(command, cwd=pair, capture_output=True, check=False, timeout=3600)
        for result in read_results(pair / "reports/uat/results.json").scenarios:
            endings[result.id][result.status] += 1
    _write(target, endings)
    assert len(endings) >= 12
    flaky = {id_: dict(found) for id_, found in endings.items() if len(found) > 1}
    assert flaky == {}
    # The old system is the sound one the business works with today: every flow passes on it too.
    # Where it calls or shows things otherwise, steps/labels.yaml and the phrases make it even.
    passed = {id_: {"passed": TIMES} for id_ in endings}
    assert {id_: dict(found) for id_, found in endings.items()} == passed


def _write(target: str, endings: dict[str, Counter[str]]) -> None:
    path = ROOT / "docs" / "proof" / "uat-flows.json"
    known = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    known[target] = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "times": TIMES,
        "flows": {id_: dict(found) for id_, found in sorted(endings.items())},
    }
    path.write_text(json.dumps(known, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
