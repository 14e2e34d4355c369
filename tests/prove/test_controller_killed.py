"""The demo rehearsal, its controller killed fifty times: every effect once, never a lie.

One rehearsal is over after some forty controllers, so there are as many rehearsals as fifty take.
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
from tests.prove.conftest import ROOT, has_begun, run

from golive.cli.demo_people import take_part
from golive.project import load_project
from golive.record.runs import list_runs
from golive.run.opening import read_run

KILLS = 50
SEED = 20261205
#: A controller lives this long at most, in seconds after it took control, before it is killed.
LIFE = 1.2


def controller(root: Path, *words: str) -> subprocess.Popen[bytes]:
    with (root / "controller.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "golive", *words], cwd=root, stdout=log, stderr=log
        )


@pytest.mark.prove
def test_fifty_kills_of_the_controller_and_every_effect_once(pair: Path) -> None:
    os.environ["GOLIVE_SIMULATED"] = "1"
    chance, ledger = random.Random(SEED), pair / ".demo" / "effects.jsonl"
    moments: list[dict[str, object]] = []
    effects: list[Counter[str]] = []
    while len(moments) < KILLS:
        ledger.write_text("")
        found, code = rehearse_with_kills(pair, KILLS - len(moments), chance)
        assert code == 0, (pair / "controller.log").read_text()[-4000:]
        assert found, "no controller was killed"
        verified = run(pair, "golive", "verify")
        assert verified.returncode == 0, verified.stderr
        assert read_run(list_runs(pair / "reports" / "runs")[-1]).differences == ()
        once = Counter(json.loads(line)["effect"] for line in ledger.read_text().splitlines())
        assert once, "the pair kept no ledger"
        assert set(once.values()) == {1}, once
        effects.append(once)
        moments += [{"rehearsal": len(effects), **moment} for moment in found]
    assert all(once == effects[0] for once in effects)
    write_proof(moments, effects)


def rehearse_with_kills(
    root: Path, kills: int, chance: random.Random
) -> tuple[list[dict[str, object]], int]:
    """Run the rehearsal to its end, killing each controller at a random moment of its life."""
    project = load_project(root)
    before = set(list_runs(project.runs))
    moments: list[dict[str, object]] = []
    pressed: set[tuple[str, str]] = set()
    process = controller(root, "rehearse", "rehearsals/dress.yaml")
    deadline = time.monotonic() + 5400
    token, dies = 0, 0.0
    while process.poll() is None or process.returncode == -signal.SIGKILL:
        assert time.monotonic() < deadline, (root / "controller.log").read_text()[-4000:]
        runs = [one for one in list_runs(project.runs) if one not in before and has_begun(one)]
        if not runs:
            time.sleep(0.02)
            continue
        take_part(project, runs[-1], pressed)
        if process.poll() is not None:
            process = controller(root, "resume")
            continue
        state = read_run(runs[-1])
        if state.token != token:
            token, dies = state.token, time.monotonic() + chance.uniform(0, LIFE)
        if len(moments) < kills and state.token == len(moments) + 1 and time.monotonic() >= dies:
            process.send_signal(signal.SIGKILL)
            process.wait()
            found = read_run(runs[-1])
            flying = [f"{task} {number}" for task, number in found.in_flight()]
            moments.append(
                {"record": found.head, "phase": found.progress.phase.value, "in_flight": flying}
            )
        time.sleep(0.02)
    return moments, process.returncode


def write_proof(moments: list[dict[str, object]], effects: list[Counter[str]]) -> None:
    proof = {
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "claim": f"the controller of the demo rehearsal killed {KILLS} times: every effect once",
        "seed": SEED,
        "kills": moments,
        "in_flight_at_a_kill": sum(bool(item["in_flight"]) for item in moments),
        "on_the_way_back": sum(item["phase"] != "running" for item in moments),
        "rehearsals": len(effects),
        "effects of each": dict(sorted(effects[0].items())),
    }
    path = ROOT / "docs" / "proof" / "controller-killed.json"
    path.write_text(json.dumps(proof, indent=1, ensure_ascii=False) + "\n")
