"""The main job on real input: ``golive demo`` goes live, and does not with a fault."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from tests.demo.workspace import ROOT, Told, tell

from golive.record.evidence import EvidenceStore
from golive.record.runs import evidence_in, list_runs, open_journal
from golive.uat.results import read_results


def every_scenario_passed_with_a_picture(told: Told) -> None:
    folder = told.root / "reports" / "uat"
    record = read_results(folder / "results.json")
    assert (len(record.scenarios), {one.status for one in record.scenarios}) == (23, {"passed"})
    assert record.targets["new"]["system"] == "new"
    for result in record.scenarios:
        sizes = [(folder / name).stat().st_size for name in result.screenshots]
        assert sizes, result.id
        assert min(sizes) > 5000, result.id


def evidence_is_whole_and_holds_no_secret(told: Told) -> None:
    reports = told.root / "reports"
    runs = list_runs(reports / "runs")
    store = EvidenceStore(reports / "evidence")
    kept = [
        item for run in runs for record in open_journal(run).records()
        for item in evidence_in(record.data)
    ]  # fmt: skip
    assert all(store.verify(item) is None for item in kept)
    assert any(item.media_type == "image/jpeg" for item in kept), "no screenshot was kept"
    secrets = [path.read_bytes() for path in (told.root / ".demo" / "secrets").iterdir()]
    written = [path for path in reports.rglob("*") if path.is_file()]
    assert written
    for path in written:
        content = path.read_bytes()
        assert not any(secret.strip() in content for secret in secrets), path


@pytest.mark.timeout(1800)
def test_the_demo_goes_live_with_evidence_and_without_a_secret(tmp_path: Path) -> None:
    told = tell(tmp_path / "workspace", "--orders", "400")
    assert told.code == 0, told.output[-6000:]
    assert "as before, all identical" in told.output
    assert "targets met" in told.output
    assert "the exit rule is met" in told.output
    effects = Counter(told.effects())
    # Once in the rehearsal and back, once on the night; then the old one runs on beside.
    for once in ("open", "switch-old"):
        assert effects[once] == 1, effects
    for twice in ("freeze", "unfreeze", "switch-new"):
        assert effects[twice] == 2, effects
    assert not [effect for effect in effects if effect.endswith("-again")], effects
    assert (told.root / "reports/rendered" / told.release / "index.html").is_file()
    every_scenario_passed_with_a_picture(told)
    evidence_is_whole_and_holds_no_secret(told)


def test_the_faults_are_listed_and_an_unknown_one_is_refused(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "golive", "demo", "--lang", "zh", "--fault"]
    listed = subprocess.run([*words, "list"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert len(listed.stdout.splitlines()) == 8
    assert "新系统允许业务员审批订单" in listed.stdout
    refused = subprocess.run(
        [*words, "roundin"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert refused.returncode == 2
    assert "roundin" in refused.stderr
    assert "rounding" in refused.stderr
