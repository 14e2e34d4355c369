"""The tutorial does what it says: its commands are run in order in a fresh workspace."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = ROOT / "docs" / "tutorial.md"
#: No single command of the tutorial may take longer.
SECONDS = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A command and the lines the tutorial shows; ``...`` in them stands for anything."""

    command: str
    shown: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A file the reader is told to save; its first line is a comment with its path."""

    path: str
    text: str


def read(text: str) -> Iterator[Typed | Saved]:
    """Yield in order the commands of all ``console`` blocks and the files of the others."""
    for language, block in re.findall(r"```(\w+)\n(.*?)```", text, re.DOTALL):
        if language == "console":
            for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
                command, *shown = part.rstrip().splitlines()
                yield Typed(command=command, shown=tuple(shown))
        else:
            named = re.match(r"# (\S+/\S+)\n", block)
            assert named, f"a {language} block without its path:\n{block}"
            yield Saved(path=named[1], text=block)


def unseen(shown: tuple[str, ...], said: str) -> list[str]:
    """Return the shown lines that do not come, in this order, in what was said.

    A line of dots stands for any number of lines.
    """
    missing = []
    rest = iter([" ".join(line.split()) for line in said.splitlines()])
    for line in shown:
        if line.strip() == "...":
            continue
        parts = [" ".join(part.split()) for part in line.split("...")]
        pattern = re.compile(".*".join(map(re.escape, parts)))
        if not any(pattern.fullmatch(one) for one in rest):
            missing.append(line)
    return missing


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Path]:
    """A fresh copy of this repository, with nothing a run left in it."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    copy = tmp_path / "golive"
    for name in listed.stdout.split("\0"):
        if name and (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    yield copy
    if (copy / ".demo").exists():
        subprocess.run([sys.executable, "-m", "demo", "down"], cwd=copy, check=True, timeout=60)


def test_the_tutorial_does_what_it_says(workspace: Path) -> None:
    steps = list(read(TUTORIAL.read_text("utf-8")))
    assert len(steps) > 10
    tools = Path(sys.executable).parent
    environ = {**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}
    # The tutorial is read by somebody who is not inside a run, and not in a Chinese workspace.
    for name in [*environ]:
        if name.startswith(("GOLIVE_", "PYTEST_", "COV_")) and name != "GOLIVE_BROWSER":
            del environ[name]
    for step in steps:
        if isinstance(step, Saved):
            (workspace / step.path).write_text(step.text, "utf-8")
            continue
        ran = subprocess.run(
            ["bash", "-c", step.command],
            cwd=workspace,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert ran.returncode == 0, f"$ {step.command}\n{ran.stdout}"
        assert not unseen(step.shown, ran.stdout), f"$ {step.command}\n{ran.stdout}"


def test_a_line_that_was_not_said_is_found() -> None:
    assert unseen(("a 1", "c ... 3"), "a  1\nb\nc 2 3\n") == []
    assert unseen(("...", "b ... c"), "a\nb  c\n") == []
    assert unseen(("c",), "a\nb\n") == ["c"]
    assert unseen(("b", "a"), "a\nb\n") == ["a"]
