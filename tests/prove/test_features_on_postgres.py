"""All scenarios of this workspace on a pair whose databases are PostgreSQL, by pytest and behave.

Part of ``make prove``. Writes its dated figures to ``docs/proof/features-on-postgres.json``.
"""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.demo.postgres import two_databases
from tests.demo.workspace import ROOT, copy_of_the_workspace

SIZE = ("--customers", "200", "--products", "300", "--orders", "1000")


def run(root: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *words], cwd=root, env={**os.environ, **more},
        capture_output=True, text=True, encoding="utf-8", check=False, timeout=1800,
    )  # fmt: skip


@pytest.mark.prove
def test_every_scenario_passes_on_postgres(tmp_path: Path) -> None:
    root = copy_of_the_workspace(tmp_path / "workspace")
    with two_databases() as found:
        told = {f"DEMO_{name.upper()}_DATABASE": dsn for name, dsn in found.items()}
        assert run(root, "demo", "generate", *SIZE, **told).returncode == 0
        try:
            assert run(root, "demo", "up", **told).returncode == 0
            assert run(root, "demo", "migrate").returncode == 0
            by_pytest = run(root, "pytest", "features/", "-q")
            by_behave = run(root, "behave", "-f", "progress", "--no-color")
        finally:
            run(root, "demo", "down")
    assert by_pytest.returncode == 0, by_pytest.stdout[-4000:]
    assert by_behave.returncode == 0, by_behave.stdout[-4000:]
    (count,) = re.findall(r"(\d+) scenarios: \1 passed", by_pytest.stdout)
    assert f"{count} scenarios passed, 0 failed" in by_behave.stdout
    proof = {
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "claim": "every scenario passes on PostgreSQL, by pytest and by behave",
        "scenarios": int(count),
    }
    path = ROOT / "docs" / "proof" / "features-on-postgres.json"
    path.write_text(json.dumps(proof, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
