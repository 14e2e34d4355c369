"""The demo rehearsal, its controller killed ten times: every effect once, the old system as before.

Part of ``make prove``. Writes its dated figures to ``docs/proof/controller-killed.json``.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from golive.cli.demo_people import take_part
from golive.project import load_project
from golive.record.runs import list_runs
from golive.run.opening import read_run

ROOT = Path(__file__).parents[2]
KILLS = 10
#: Records between two kills: a rehearsal of the demo writes about 110.
STRIDE = 10


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Return a copy of every tracked file: a workspace with a demo pair and record of its own."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout
    root = tmp_path / "workspace"
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, root / name)
    return root


def run(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *words], cwd=root, capture_output=True, text=True, check=False
    )


def controller(root: Path, *words: str) -> subprocess.Popen[bytes]:
    with (root / "controller.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "golive", *words], cwd=root, stdout=log, stderr=log
        )


@pytest.mark.prove
def test_ten_kills_of_the_controller_and_every_effect_once(workspace: Path) -> None:
    small = ["--customers", "200", "--products", "500", "--orders", "2000"]
    assert run(workspace, "demo", "generate", *small).returncode == 0
    assert run(workspace, "demo", "up").returncode == 0
    try:
        moments, code = rehearse_with_kills(workspace)
    finally:
        run(workspace, "demo", "down")
    assert code == 0, (workspace / "controller.log").read_text()[-4000:]
    assert len(moments) == KILLS
    verified = run(workspace, "golive", "verify")
    assert verified.returncode == 0, verified.stderr
    state = read_run(list_runs(workspace / "reports" / "runs")[-1])
    assert state.differences == ()
    effects = Counter(
        json.loads(line)["effect"]
        for line in (workspace / ".demo" / "effects.jsonl").read_text().splitlines()
    )
    assert effects, "the pair kept no ledger"
    assert set(effects.values()) == {1}, effects
    write_proof(moments, effects, state.head)


def rehearse_with_kills(workspace: Path) -> tuple[list[dict[str, object]], int]:
    """Run the rehearsal to its end, killing each controller a few records after it took over."""
    os.environ["GOLIVE_SIMULATED"] = "1"
    project = load_project(workspace)
    moments: list[dict[str, object]] = []
    pressed: set[tuple[str, str]] = set()
    process = controller(workspace, "rehearse", "rehearsals/dress.yaml")
    deadline = time.monotonic() + 1200
    while process.poll() is None or process.returncode == -signal.SIGKILL:
        assert time.monotonic() < deadline, (workspace / "controller.log").read_text()[-4000:]
        runs = list_runs(project.runs)
        if not runs:
            continue
        take_part(project, runs[-1], pressed)
        if process.poll() is not None:
            process = controller(workspace, "resume")
            continue
        state = read_run(runs[-1])
        if len(moments) < KILLS and state.head >= STRIDE * (len(moments) + 1):
            process.send_signal(signal.SIGKILL)
            process.wait()
            flying = [f"{task} {number}" for task, number in read_run(runs[-1]).in_flight()]
            moments.append(
                {"record": state.head, "phase": state.progress.phase.value, "in_flight": flying}
            )
    return moments, process.returncode


def write_proof(moments: list[dict[str, object]], effects: Counter[str], records: int) -> None:
    proof = {
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "claim": "the controller of the demo rehearsal killed ten times: every effect once",
        "kills": moments,
        "effects": dict(sorted(effects.items())),
        "records": records,
    }
    path = ROOT / "docs" / "proof" / "controller-killed.json"
    path.write_text(json.dumps(proof, indent=1, ensure_ascii=False) + "\n")
