"""What every migration script shares: its arguments, its attempt, its files, its way to refuse."""

from __future__ import annotations

import argparse
import csv
import gc
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

# The scripts are run by path, so the workspace (two folders up) is not importable by itself;
# the other modules take what they need of it from here, or from `databases`, and need not care.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from demo import effects, faults
from demo.asking import ask
from demo.site import DemoError, database_of, read_site

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = [
    "CodeMap",
    "DemoError",
    "Job",
    "Row",
    "ask",
    "count_rows",
    "effects",
    "faults",
    "read_json",
    "read_map",
    "read_rows",
    "read_site",
    "refuse",
    "say",
    "start",
    "write_json",
    "write_rows",
]

Row = dict[str, Any]

REFUSED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One run of a script: the demo folder, the two DSNs, the attempt it belongs to."""

    folder: Path
    old_dsn: str
    new_dsn: str
    attempt: str

    @property
    def fault(self) -> str:
        """Give the fault the demo has switched on; empty when none is."""
        return faults.active(self.folder)

    @property
    def extract(self) -> Path:
        """Give the folder of the extract."""
        return self.folder / "migration" / "extract"

    @property
    def cleansed(self) -> Path:
        """Give the folder of the cleansed files."""
        return self.folder / "migration" / "cleansed"

    def done(self, system: str, effect: str) -> None:
        """Record a change just made in the effects ledger."""
        effects.record(self.folder, system, effect, self.attempt)

    def is_mine(self, attempt: str) -> bool:
        """Tell whether something was made by this very attempt (never so when run by hand)."""
        return attempt == self.attempt != effects.BY_HAND


def start(purpose: str, arguments: Sequence[str] | None = None) -> Job:
    """Read `--dir --old --new` from the command line; DSNs come from site.json when there."""
    # A script makes many rows, no cycles, and ends soon: looking for cycles is a fifth of its time.
    gc.disable()
    parser = argparse.ArgumentParser(description=purpose)
    parser.add_argument("--dir", type=Path, default=Path(".demo"), help="the demo's state folder")
    parser.add_argument("--old", help="DSN of the old database (default: from site.json)")
    parser.add_argument("--new", help="DSN of the new database (default: from site.json)")
    given = parser.parse_args(arguments)
    folder = given.dir.resolve()
    if not folder.is_dir():
        refuse(f"'{folder}' is not there (run `python -m demo generate` first)")
    targets = _targets(folder)
    return Job(
        folder=folder,
        old_dsn=given.old or targets.get("old") or database_of(folder, "old"),
        new_dsn=given.new or targets.get("new") or database_of(folder, "new"),
        attempt=effects.attempt_from_environment(),
    )


def _targets(folder: Path) -> Mapping[str, str]:
    site = folder / "site.json"
    if not site.exists():
        return {}
    targets = json.loads(site.read_text(encoding="utf-8"))["targets"]
    return {name: entry["database"] for name, entry in targets.items() if "database" in entry}


def refuse(sentence: str) -> NoReturn:
    """End with exit code 2 and one sentence on stderr; nothing was changed."""
    print(f"refused: {sentence}", file=sys.stderr)
    raise SystemExit(REFUSED)


def say(**facts: object) -> None:
    """Print what was done, as one line of JSON."""
    print(json.dumps(facts, ensure_ascii=False))


def read_rows(path: Path) -> list[Row]:
    """Read a CSV with a header; refuse when it is not there."""
    with _opened(path) as file:
        lines = csv.reader(file)
        header = next(lines, [])
        return [dict(zip(header, line, strict=True)) for line in lines]


def count_rows(path: Path) -> int:
    """Count a CSV's rows below its header; refuse when it is not there."""
    with _opened(path) as file:
        return sum(1 for _ in csv.reader(file)) - 1


def _opened(path: Path) -> TextIO:
    if not path.exists():
        refuse(f"'{path}' is not there (run the step that makes it first)")
    return path.open(encoding="utf-8", newline="")


def write_rows(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write a CSV with a header: UTF-8, Unix line ends, None as an empty field."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([row[name] for name in columns] for row in rows)


class CodeMap(dict[str, str]):
    """Old value -> new value; refuses, naming the map, when asked for a value nobody mapped."""

    def __init__(self, name: str, pairs: Mapping[str, str]) -> None:
        super().__init__(pairs)
        self._name = name

    def __missing__(self, value: str) -> NoReturn:
        refuse(f"'{value}' is not in maps/{self._name}.csv (add a line for it)")


def read_map(name: str) -> CodeMap:
    """Read a code map of the `maps` folder."""
    path = Path(__file__).parent / "maps" / f"{name}.csv"
    return CodeMap(name, {row["old"]: row["new"] for row in read_rows(path)})


def read_json(path: Path) -> Any:
    """Read a JSON file; refuse when it is not there."""
    if not path.exists():
        refuse(f"'{path}' is not there (run the step that makes it first)")
    return json.loads(path.read_text(encoding="utf-8"))


def write_json(path: Path, document: object) -> None:
    """Write a JSON file people can read."""
    text = json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True)
    path.write_text(text + "\n", encoding="utf-8")
