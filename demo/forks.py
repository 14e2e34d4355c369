"""Whole copies of the demo pair, taken and put back while it runs, to try a rollback and go on.

`python -m demo.forks save|restore NAME --dir .demo`. A copy is a folder `forks/NAME/` with both
databases, every file the pair and the migration keep, and which systems were running. Unlike a
snapshot of the cutover it covers everything, leaves no effect in the ledger and is no part of the
runbook.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from demo import pair, processes
from demo.site import SYSTEMS, DemoError, read_site
from demo.snapshots import copy_database, database_file

if TYPE_CHECKING:
    from collections.abc import Sequence

#: What is no data of the pair: how it runs, its passwords, and the copies themselves.
_APART = ("forks", "pids", "logs", "secrets", "site.json")


def save(folder: Path, name: str) -> None:
    """Make the copy whole or not at all; an older one of that name is replaced."""
    target = folder / "forks" / name
    draft = target.with_name(f".{name}.unfinished")
    shutil.rmtree(draft, ignore_errors=True)
    (draft / "files").mkdir(parents=True)
    site = read_site(folder)
    for system in ("old", "new"):
        copy_database(database_file(folder, site, system), draft / f"{system}.db")
    for path in _kept(folder):
        _copy(path, draft / "files" / path.name)
    running = [system for system in SYSTEMS if processes.find(folder, system)]
    (draft / "running.json").write_text(json.dumps(running), encoding="utf-8")
    shutil.rmtree(target, ignore_errors=True)
    draft.rename(target)


def restore(folder: Path, name: str) -> None:
    """Put a copy back: databases, files, and which systems run."""
    source = folder / "forks" / name
    if not source.is_dir():
        raise DemoError(f"there is no copy '{name}' in '{folder / 'forks'}'")
    site = read_site(folder)
    for system in ("old", "new"):
        copy_database(source / f"{system}.db", database_file(folder, site, system))
    route = _route(folder)
    wanted = {path.name for path in (source / "files").iterdir()}
    for path in _kept(folder):
        if path.name not in wanted:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for path in (source / "files").iterdir():
        _put(path, folder / path.name)
    if _route(folder) != route and processes.find(folder, "gateway"):
        # It reads where users go only when it starts.
        pair.kill(folder, "gateway")
    running = json.loads((source / "running.json").read_text(encoding="utf-8"))
    for system in SYSTEMS:
        alive = processes.find(folder, system) is not None
        if alive and system not in running:
            pair.kill(folder, system)
        elif system in running and not alive:
            pair.start(folder, system)


def _route(folder: Path) -> str:
    path = folder / "route.json"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _kept(folder: Path) -> list[Path]:
    """Return what lies in the demo folder besides the databases and what is no data."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.name not in _APART and not path.name.startswith(("old.db", "new.db", "."))
    )


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copy2(source, target)


def _put(source: Path, target: Path) -> None:
    """Put one file or folder in place of what is there; readers of a file see one or the other."""
    if source.is_dir():
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source, target)
        return
    draft = target.with_name(f".{target.name}.put")
    shutil.copy2(source, draft)
    draft.rename(target)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; 0 done, 2 refused with one sentence on stderr."""
    parser = argparse.ArgumentParser(description="Whole copies of the demo pair.")
    parser.add_argument("action", choices=("save", "restore"))
    parser.add_argument("name")
    parser.add_argument("--dir", type=Path, default=Path(".demo"))
    given = parser.parse_args(arguments)
    try:
        (save if given.action == "save" else restore)(given.dir.resolve(), given.name)
    except DemoError as error:
        print(f"refused: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
