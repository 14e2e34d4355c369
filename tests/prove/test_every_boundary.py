"""The demo's dress rehearsal with the way back tried at every boundary, and one undo spoiled.

Part of ``make prove``. Writes its dated figures to ``docs/proof/every-boundary.json``.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.prove.conftest import ROOT, has_begun

from golive.cli.demo_people import take_part
from golive.project import load_project
from golive.record.runs import list_runs
from golive.run.opening import read_run
from golive.run.state import RunState


def walk(root: Path, *words: str, seconds: float = 5400) -> tuple[int, RunState]:
    """Rehearse with every boundary tried, the demo's people pressing what is asked of them."""
    os.environ["GOLIVE_SIMULATED"] = "1"
    project, pressed = load_project(root), set[tuple[str, str]]()
    before = set(list_runs(project.runs))
    with (root / "controller.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "golive", "rehearse", "dress", "--abort-at", "each", *words],
            cwd=root, stdout=log, stderr=log,
        )  # fmt: skip
    deadline = time.monotonic() + seconds
    while process.poll() is None:
        assert time.monotonic() < deadline, (root / "controller.log").read_text()[-4000:]
        for folder in set(list_runs(project.runs)) - before:
            if has_begun(folder):
                take_part(project, folder, pressed)
        time.sleep(0.3)
    return process.returncode, read_run(list_runs(project.runs)[-1])


@pytest.mark.prove
def test_every_boundary_of_the_demo_is_proven(pair: Path) -> None:
    began = time.monotonic()
    code, state = walk(pair)
    took = time.monotonic() - began
    said = (pair / "controller.log").read_text()[-4000:]
    assert code == 0, said
    assert all(item["proven"] for item in state.boundaries), said
    reached = [task for task in state.plan.runbook.tasks if state.progress.of(task.id).started]
    after = {item["label"] for item in state.boundaries if not item["inside"]}
    # The last task's own boundary is the rehearsal's rollback itself.
    assert len(after) == len(reached) - 1
    assert state.differences == ()
    write_proof("clean", state, took)


@pytest.mark.prove
def test_an_undo_spoiled_at_one_boundary_is_found_there(pair: Path) -> None:
    """Unfreezing the old system is forgotten: its playbook only says that it did."""
    playbook = pair / "cutover_playbooks" / "playbooks" / "unfreeze_old.yml"
    playbook.write_text(
        "- name: Unfreeze the old system\n  hosts: localhost\n  gather_facts: false\n"
        "  tasks:\n    - name: Say that it is unfrozen\n      ansible.builtin.debug:\n"
        "        msg: unfrozen\n",
        encoding="utf-8",
    )
    rehearsal = pair / "rehearsals" / "dress.yaml"
    text = rehearsal.read_text(encoding="utf-8")
    assert "abort_at: PONR" in text
    rehearsal.write_text(text.replace("abort_at: PONR", "abort_at: TOTALS"), encoding="utf-8")
    began = time.monotonic()
    code, state = walk(pair)
    took = time.monotonic() - began
    assert code == 1, (pair / "controller.log").read_text()[-4000:]
    # Inside FREEZE there may be nothing to take back yet.
    proven = {item["label"] for item in state.boundaries if item["proven"]}
    assert {"inside-NOTICE-START", "after-NOTICE-START"} <= proven
    assert proven <= {"inside-NOTICE-START", "after-NOTICE-START", "inside-FREEZE"}
    wrong = [item for item in state.boundaries if not item["proven"]]
    assert wrong[0]["label"] in {"inside-FREEZE", "after-FREEZE"}
    assert "old" in wrong[0]["problems"][0]
    write_proof("an undo spoiled", state, took)


def write_proof(case: str, state: RunState, took: float) -> None:
    path = ROOT / "docs" / "proof" / "every-boundary.json"
    proof = json.loads(path.read_text()) if path.exists() else {}
    proven = [item for item in state.boundaries if item["proven"]]
    proof[case] = {
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "boundaries": len(state.boundaries),
        "proven": len(proven),
        "minutes": round(took / 60, 1),
        "first_wrong": next((i["label"] for i in state.boundaries if not i["proven"]), ""),
        "each": [
            {key: item[key] for key in ("label", "caught", "proven", "steps", "seconds", "planned",
                                        "problems")}
            for item in state.boundaries
        ],
    }  # fmt: skip
    path.write_text(json.dumps(proof, indent=1, ensure_ascii=False) + "\n")
