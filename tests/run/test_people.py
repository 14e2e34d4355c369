"""PINs and people at the command line: set, asked for, wrong, and what the record says of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

MANUAL = """
  - {id: SIGN, kind: manual, title: Sign, owner: fin, undo: none}
  - {id: LAST, kind: command, title: Last, argv: [python, effect.py, do, L], after: [SIGN],
     earliest: "2026-12-06T03:00:00+08:00",
     undo: {kind: command, argv: [python, effect.py, undo, L]}}
"""


@pytest.fixture
def people(workspace: Any) -> Any:
    workspace.runbook(MANUAL)
    for name, pin in (("mei", "483920"), ("tom", "pass-phrase"), ("wrong", "000001")):
        (workspace.root / f"{name}.pin").write_text(pin)
    return workspace


def golive(workspace: Any, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "golive", *words], cwd=workspace.root, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=90, check=False, env={**os.environ, **env},
    )  # fmt: skip


def pin_file(workspace: Any, name: str) -> str:
    return str(workspace.root / f"{name}.pin")


def test_a_pin_is_set_asked_for_and_stood_for_by_a_token(people: Any) -> None:
    team = people.root / "team.yaml"
    before = team.read_text()
    refused = golive(people, "team", "pin", "mei", "--team", "team.yaml")
    assert (refused.returncode, team.read_text()) == (2, before)
    for name in ("mei", "tom"):
        words = ("team", "pin", name, "--team", "team.yaml")
        done = golive(people, *words, GOLIVE_NEW_PIN_FILE=pin_file(people, name))
        assert done.returncode == 0, done.stderr
    # Nothing but two values was added.
    assert [line.split(", pin:")[0].rstrip("}") for line in team.read_text().splitlines()] == [
        line.rstrip("}") for line in before.splitlines()
    ]
    with people.start("rehearse", "all") as controller:
        people.until(lambda: people.state_of("SIGN") == "waiting")
        run = people.run_folder().name
        act = ("task", run, "SIGN", "complete", "--as", "mei")
        nothing = golive(people, *act)
        assert (nothing.returncode, "GOLIVE_PIN_FILE" in nothing.stderr) == (2, True)
        wrong = golive(people, *act, GOLIVE_PIN_FILE=pin_file(people, "wrong"))
        assert (wrong.returncode, "4 tries left" in wrong.stderr) == (2, True)
        token = golive(
            people, "team", "token", "mei", "--team", "team.yaml",
            GOLIVE_PIN_FILE=pin_file(people, "mei"),
        ).stdout.strip()  # fmt: skip
        assert golive(people, *act, GOLIVE_TOKEN=token).returncode == 0
        stolen = golive(people, "run", run, "pause", "--as", "tom", GOLIVE_TOKEN=token)
        assert stolen.returncode == 2
        assert golive(people, "run", run, "pause", "--as", "li").returncode == 0
        confirmed = golive(
            people, "run", run, "close", "--as", "li", "--with", "tom", "--reason", "over",
            GOLIVE_SECOND_PIN_FILE=pin_file(people, "tom"),
        )  # fmt: skip
        assert confirmed.returncode == 0, confirmed.stderr
        assert controller.wait(60) == 4
    journal = people.run_folder() / "journal.jsonl"
    said = [json.loads(line) for line in journal.read_text().splitlines()]
    assert [item["actor"]["assurance"] for item in said if item["type"] == "task.acted"] == ["pin"]
    assert said[-1]["data"]["second"] == {"person": "tom", "assurance": "pin"}
    kept = b"".join(
        path.read_bytes() for path in people.root.rglob("reports/**/*") if path.is_file()
    )
    for secret in ("483920", "pass-phrase", token):
        assert secret.encode() not in kept


def test_team_check_says_what_is_missing(people: Any) -> None:
    done = golive(people, "team", "check", "--team", "team.yaml")
    assert done.returncode == 0
    assert "mei  Mei  -  fin  no PIN" in done.stdout
    assert "person 'mei': has no phone" in done.stderr
    assert "role 'ops': has one person and no deputy" in done.stderr
    nobody = golive(people, "team", "pin", "nobody", "--team", "team.yaml")
    assert (nobody.returncode, "known: li, mei" in nobody.stderr) == (2, True)


def test_evidence_comes_with_what_was_done_by_hand(workspace: Any) -> None:
    tasks = (Path(__file__).parent / "chain.yaml").read_text()
    workspace.runbook(tasks.replace("effect.py, do, B]", 'effect.py, do, B, "3"]'), abort_at="M")
    with workspace.start("rehearse", "all") as controller:
        workspace.until(lambda: workspace.state_of("B") == "failed")
        run = workspace.run_folder().name
        (workspace.root / "shot.png").write_bytes(b"\x89PNG")
        words = ("task", run, "B", "done-by-hand", "--as", "li", "--reason", "typed in by hand")
        assert "needs a second person" in golive(
            workspace, *words, "--file", "shot.png"
        ).stderr  # fmt: skip
        assert "needs evidence" in golive(workspace, *words, "--with", "tom").stderr
        done = golive(workspace, *words, "--with", "tom", "--file", "shot.png")
        assert done.returncode == 0, done.stderr
        assert controller.wait(60) == 1
    assert workspace.golive("verify").returncode == 0
    assert any(
        path.read_bytes() == b"\x89PNG" for path in _files(workspace.root / "reports/evidence")
    )


def _files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]
