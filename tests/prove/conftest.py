"""A copy of this workspace with a demo pair of its own, and its people pressing what is asked."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SMALL = ("--customers", "200", "--products", "500", "--orders", "2000")


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


def has_begun(folder: Path) -> bool:
    """Tell whether a run has its first record: before that there is nothing to read."""
    journal = folder / "journal.jsonl"
    return journal.exists() and b"\n" in journal.read_bytes()


@pytest.fixture
def pair(workspace: Path) -> Iterator[Path]:
    """Return the workspace with its small pair running."""
    made = run(workspace, "demo", "generate", *SMALL)
    assert made.returncode == 0, made.stderr
    up = run(workspace, "demo", "up")
    assert up.returncode == 0, up.stderr
    yield workspace
    run(workspace, "demo", "down")
