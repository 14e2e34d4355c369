"""The disk takes no more while a run goes on: it is said, nothing is half recorded, it goes on.

A limit on the size of files (``RLIMIT_FSIZE``) is set on the running controller: its next record
meets it in the middle, as it would the end of the disk.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CHAIN = (Path(__file__).parent / "chain.yaml").read_text()
#: Run golive with no file allowed to grow beyond so many bytes.
LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
from golive.cli.main import main
main(sys.argv[2:])
"""


@pytest.mark.parametrize("room", [0, 1, 300])
def test_a_journal_that_cannot_grow_stops_the_controller_and_nothing_else(
    workspace: Any, room: int
) -> None:
    workspace.runbook(CHAIN, abort_at="M")
    hold = workspace.root / "hold-A"
    hold.touch()
    with workspace.start("rehearse", "all") as controller:
        workspace.until(lambda: workspace.state_of("A") == "running")
        journal = workspace.run_folder() / "journal.jsonl"
        before = journal.read_bytes()
        limit = (len(before) + room, resource.RLIM_INFINITY)
        resource.prlimit(controller.pid, resource.RLIMIT_FSIZE, limit)
        hold.unlink()
        assert controller.wait(60) == 3
    said = (workspace.root / "controller.log").read_text().splitlines()[-1]
    assert "journal.jsonl" in said
    assert "cannot be written: File too large" in said
    assert "make room on the disk" in said
    assert "Traceback" not in (workspace.root / "controller.log").read_text()
    assert journal.read_bytes() == before
    assert workspace.golive("verify").returncode == 0
    assert workspace.state_of("A") == "running"
    done = workspace.golive("resume")
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(workspace.effects().values()) == {1}
    assert workspace.orders() == ["first"]
    assert workspace.golive("verify").returncode == 0


@pytest.mark.parametrize("words", [("rehearse", "all"), ("resume",)])
def test_a_command_on_a_full_disk_says_so_in_one_sentence(
    workspace: Any, words: tuple[str, ...]
) -> None:
    workspace.runbook(CHAIN, abort_at="M")
    if words == ("resume",):
        (workspace.root / "hold-A").touch()
        with workspace.start("rehearse", "all") as controller:
            workspace.until(lambda: "do A" in workspace.effects())
            controller.kill()
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, "100", *words], cwd=workspace.root, capture_output=True,
        text=True, timeout=90, check=False, env=workspace.env(""),
    )  # fmt: skip
    assert done.returncode == 3, done.stderr
    assert "Traceback" not in done.stderr
    assert "make room on the disk" in done.stderr.splitlines()[-1]
