"""The demo rehearsal, its controller killed fifty times: every effect once, never a lie.

Part of ``make prove``. Writes its dated figures to ``docs/proof/controller-killed.json``.
"""

from __future__ import annotations

import json
import os
import platform
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.prove.conftest import ROOT, run

from golive.cli.demo_people import take_part
from golive.project import load_project
from golive.record.runs import list_runs
from golive.run.opening import read_run

KILLS = 50
SEED = 20261205
#: A controller lives this long at most, in seconds after it took control, before it is killed.
LIFE = 1.5


def controller(root: Path, *words: str) -> subprocess.Popen[bytes]:
    with (root / "controller.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "golive", *words], cwd=root, stdout=log, stderr=log
        )


@pytest.mark.prove
def test_fifty_kills_of_the_controller_and_every_effect_once(pair: Path) -> None:
    moments, code = rehearse_with_kills(pair)
    assert code == 0, (pair / "controller.log").read_text()[-4000:]
    assert len(moments) == KILLS
    verified = run(pair, "golive", "verify")
    assert verified.returncode == 0, verified.stderr
    state = read_run(list_runs(pair / "reports" / "runs")[-1])
    assert state.differences == ()
    effects = Counter(
        json.loads(line)["effect"]
        for line in (pair / ".demo" / "effects.jsonl").read_text().splitlines()
    )
    assert effects, "the pair kept no ledger"
    assert set(effects.values()) == {1}, effects
    write_proof(moments, effects, state.head)


def rehearse_with_kills(root: Path) -> tuple[list[dict[str, object]], int]:
    """Run the rehearsal to its end, killing each controller at a random moment of its life."""
    os.environ["GOLIVE_SIMULATED"] = "1"
    project, chance = load_project(root), random.Random(SEED)
    moments: list[dict[str, object]] = []
    pressed: set[tuple[str, str]] = set()
    process = controller(root, "rehearse", "rehearsals/dress.yaml")
    deadline = time.monotonic() + 5400
    token, dies = 0, 0.0
    while process.poll() is None or process.returncode == -signal.SIGKILL:
        assert time.monotonic() < deadline, (root / "controller.log").read_text()[-4000:]
        runs = list_runs(project.runs)
        if not runs:
            continue
        take_part(project, runs[-1], pressed)
        if process.poll() is not None:
            process = controller(root, "resume")
            continue
        state = read_run(runs[-1])
        if state.token != token:
            token, dies = state.token, time.monotonic() + chance.uniform(0, LIFE)
        if len(moments) < KILLS and state.token == len(moments) + 1 and time.monotonic() >= dies:
            process.send_signal(signal.SIGKILL)
            process.wait()
            found = read_run(runs[-1])
            flying = [f"{task} {number}" for task, number in found.in_flight()]
            moments.append(
                {"record": found.head, "phase": found.progress.phase.value, "in_flight": flying}
            )
        time.sleep(0.02)
    return moments, process.returncode


def write_proof(moments: list[dict[str, object]], effects: Counter[str], records: int) -> None:
    proof = {
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "claim": f"the controller of the demo rehearsal killed {KILLS} times: every effect once",
        "seed": SEED,
        "kills": moments,
        "in_flight_at_a_kill": sum(bool(item["in_flight"]) for item in moments),
        "on_the_way_back": sum(item["phase"] != "running" for item in moments),
        "effects": dict(sorted(effects.items())),
        "records": records,
    }
    path = ROOT / "docs" / "proof" / "controller-killed.json"
    path.write_text(json.dumps(proof, indent=1, ensure_ascii=False) + "\n")
