"""The main job on real input: ``golive demo`` cuts over, rolls back, proves the old as before."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

from golive.record.evidence import EvidenceStore
from golive.record.runs import evidence_in, list_runs, open_journal

ROOT = Path(__file__).parents[2]


def copy_of_the_workspace(root: Path) -> Path:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, root / name)
    return root


def test_the_demo_goes_there_and_back_with_evidence_and_without_a_secret(tmp_path: Path) -> None:
    root = copy_of_the_workspace(tmp_path / "workspace")
    done = subprocess.run(
        [sys.executable, "-m", "golive", "demo", "--orders", "400"],
        cwd=root, capture_output=True, text=True, check=False, timeout=500,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "as before, all identical" in done.stdout
    assert "targets met" in done.stdout
    effects = Counter(
        json.loads(line)["effect"]
        for line in (root / ".demo" / "effects.jsonl").read_text().splitlines()
    )
    assert {"freeze", "unfreeze", "switch-new", "switch-old"} <= set(effects)
    assert set(effects.values()) == {1}, effects
    (run,) = list_runs(root / "reports" / "runs")
    store = EvidenceStore(root / "reports" / "evidence")
    kept = [item for record in open_journal(run).records() for item in evidence_in(record.data)]
    assert all(store.verify(item) is None for item in kept)
    assert any(item.media_type == "image/jpeg" for item in kept), "no screenshot was kept"
    secrets = [path.read_bytes() for path in (root / ".demo" / "secrets").iterdir()]
    written = [path for path in (root / "reports").rglob("*") if path.is_file()]
    assert written
    for path in written:
        content = path.read_bytes()
        assert not any(secret.strip() in content for secret in secrets), path
