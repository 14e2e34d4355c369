"""A workspace of a test's own, and a whole ``golive demo`` in it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: What the end of a story says before the causes of a NO-GO.
_BECAUSE = re.compile("(?:NO-GO, because:|不可上线（NO-GO），原因：)\n")


def copy_of_the_workspace(root: Path) -> Path:
    """Copy every tracked file."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, root / name)
    return root


def keep_one_process(features: Path, process: str) -> None:
    """Leave only the scenarios and the requirements of a process."""
    for folder in (path for path in features.iterdir() if path.is_dir()):
        if folder.name != process:
            shutil.rmtree(folder)
    path = features / "requirements.csv"
    head, *rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text(head + "".join(row for row in rows if f",{process}," in row), encoding="utf-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a ``golive demo`` came to."""

    root: Path
    code: int
    output: str
    seconds: float

    @property
    def release(self) -> str:
        """The release it was about."""
        (lock,) = (self.root / "reports" / "releases").iterdir()
        return lock.name

    @property
    def causes(self) -> list[str]:
        """The causes of a NO-GO as the story's end tells them."""
        _, *rest = _BECAUSE.split(self.output)
        return (
            [line.strip() for line in re.split(r"\n\s*\n", rest[0])[0].splitlines()] if rest else []
        )

    def effects(self) -> list[str]:
        """Every effect operators' actions had on the pair, in order."""
        lines = (self.root / ".demo" / "effects.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line)["effect"] for line in lines]


def tell(root: Path, *words: str, process: str = "", patience: float = 1500) -> Told:
    """Run ``golive demo`` in a copy of the workspace and return what it came to.

    With a ``process``, business users try only the scenarios of that one.
    """
    copy_of_the_workspace(root)
    if process:
        keep_one_process(root / "features", process)
    began = time.monotonic()
    # Into a file: a pipe would wait for whatever the story leaves running.
    said = root / "said.txt"
    with said.open("w", encoding="utf-8") as file:
        done = subprocess.run(
            [sys.executable, "-m", "golive", "demo", *words],
            cwd=root, stdout=file, stderr=subprocess.STDOUT, check=False, timeout=patience,
        )  # fmt: skip
    took = time.monotonic() - began
    output = said.read_text(encoding="utf-8")
    return Told(root=root, code=done.returncode, output=output, seconds=took)
