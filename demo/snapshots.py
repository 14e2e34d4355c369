"""Consistent snapshots of the demo pair, and their restore into the running new system.

`python -m demo.snapshots take|restore NAME --dir .demo`. A snapshot is a folder
`snapshots/NAME/` with `old.db`, `new.db` (SQLite's backup API, so the systems may be working),
`files/` and `manifest.json`: the digest of every file and table, and where the gateway pointed.
Only the new database is ever restored: it is the asset the cutover's checkpoint covers.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sqlite3
import sys
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from demo import effects, faults
from demo.site import DemoError, default_database, read_site

if TYPE_CHECKING:
    from collections.abc import Sequence

    from demo.site import Site

_WAIT_SECONDS = 30
_SQLITE = "sqlite:///"


def take(folder: Path, name: str, attempt: str) -> dict[str, Any]:
    """Make `snapshots/name` whole or not at all, record the effect, give the manifest.

    Another attempt of the same task keeps what is there, for it is whole; another task with the
    same name, a database that is not SQLite, or a gateway that does not answer raise DemoError.
    """
    target = _place(folder, name)
    if target.exists():
        manifest = _manifest(target)
        if effects.same_task(manifest["attempt"], attempt):
            return manifest
        raise DemoError(f"snapshot '{name}' was already taken by '{manifest['attempt']}'")
    site = read_site(folder)
    draft = target.with_name(f".{name}.unfinished")
    shutil.rmtree(draft, ignore_errors=True)  # what a killed run left
    draft.mkdir(parents=True)
    for system in ("old", "new"):
        copy_database(database_file(folder, site, system), draft / f"{system}.db")
        _make_one_file(draft / f"{system}.db")
    shutil.copytree(folder / "files", draft / "files")
    manifest = {
        "name": name,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "attempt": attempt,
        "route": _route(site),
        "sha256": _digests(draft),
        "tables": {system: table_digests(draft / f"{system}.db") for system in ("old", "new")},
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True)
    (draft / "manifest.json").write_text(text + "\n", encoding="utf-8")
    draft.rename(target)
    effects.record(folder, "files", "snapshot", attempt)
    return manifest


def restore(folder: Path, name: str, attempt: str) -> dict[str, Any]:
    """Copy the snapshot's new database into the live file and prove it; record the effect.

    Users of the running system see the rows of before or of after, never a mixture. Raises
    DemoError when there is no such snapshot, or a byte of it is not what the manifest says.
    """
    source = _place(folder, name)
    if not source.exists():
        raise DemoError(f"there is no snapshot '{name}' in '{folder / 'snapshots'}'")
    manifest = _manifest(source)
    _prove(source, manifest)
    live = database_file(folder, read_site(folder), "new")
    forgotten = faults.active(folder) == "bad-rollback"
    kept = _rows(live, faults.FORGOTTEN_TABLE) if forgotten else []
    copy_database(source / "new.db", live)
    if forgotten:
        # The fault: this table is not put back, and whoever forgot it does not check it either.
        _put_back(live, faults.FORGOTTEN_TABLE, kept)
    elif table_digests(live) != manifest["tables"]["new"]:
        raise DemoError(
            f"after restoring '{name}' the new database is not what it was: do not open"
        )
    effects.record(folder, "new", "restore", attempt)
    return manifest


def table_digests(database: Path) -> dict[str, dict[str, Any]]:
    """Give rows and SHA-256 of every table's content, independent of how it is stored."""
    found = {}
    with sqlite3.connect(_uri(database), uri=True) as connection:
        connection.execute("BEGIN")
        names = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
            " ORDER BY name"
        ).fetchall()
        for (name,) in names:
            rows = connection.execute(f'SELECT * FROM "{name}"').fetchall()  # noqa: S608
            digest = hashlib.sha256()
            for line in sorted(repr(row) for row in rows):
                digest.update(line.encode() + b"\n")
            found[name] = {"rows": len(rows), "sha256": digest.hexdigest()}
    connection.close()
    return found


def _rows(database: Path, table: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(_uri(database), uri=True) as connection:
        rows = connection.execute(f'SELECT * FROM "{table}"').fetchall()  # noqa: S608
    connection.close()
    return rows


def _put_back(database: Path, table: str, rows: list[tuple[Any, ...]]) -> None:
    with sqlite3.connect(database, timeout=_WAIT_SECONDS) as connection:
        connection.execute(f'DELETE FROM "{table}"')  # noqa: S608
        for row in rows:
            marks = ", ".join("?" for _ in row)
            connection.execute(f'INSERT INTO "{table}" VALUES ({marks})', row)  # noqa: S608
    connection.close()


def _place(folder: Path, name: str) -> Path:
    if not name or not name.replace("-", "").replace("_", "").isalnum():
        raise DemoError(f"'{name}' is no snapshot name: use letters, digits, - and _")
    return folder / "snapshots" / name


def _manifest(snapshot: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((snapshot / "manifest.json").read_text(encoding="utf-8"))
    return manifest


def database_file(folder: Path, site: Site | None, system: str) -> Path:
    """Give a system's database file; DemoError when it is not SQLite or not there."""
    dsn = site.databases[system] if site else default_database(folder, system)
    if not dsn.startswith(_SQLITE):
        raise DemoError(f"the {system} database is no SQLite file: snapshot it with its own tool")
    path = Path(dsn.removeprefix(_SQLITE))
    if not path.exists():
        raise DemoError(f"'{path}' is not there (run `python -m demo generate` first)")
    return path


def _uri(database: Path) -> str:
    return f"file:{quote(str(database))}?mode=ro"


def copy_database(source: Path, target: Path) -> None:
    """Copy one database into another in one step, waiting for writers up to 30 s."""
    deadline = time.monotonic() + _WAIT_SECONDS

    def give_up(_status: int, _remaining: int, _total: int) -> None:
        if time.monotonic() > deadline:
            raise DemoError(f"'{target}' stayed locked for {_WAIT_SECONDS} s: who is writing?")

    origin = sqlite3.connect(_uri(source), uri=True)
    copy = sqlite3.connect(target, timeout=1)
    try:
        origin.backup(copy, progress=give_up, sleep=0.05)
        (verdict,) = copy.execute("PRAGMA quick_check").fetchone()
    finally:
        copy.close()
        origin.close()
    if verdict != "ok":
        raise DemoError(f"'{target}' is not a whole database after copying: {verdict}")


def _make_one_file(database: Path) -> None:
    """Take a copy out of WAL mode: reading it then leaves no -wal and -shm beside it."""
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA journal_mode=DELETE")
    connection.close()


def _digests(snapshot: Path) -> dict[str, str]:
    paths = [snapshot / "old.db", snapshot / "new.db", *(snapshot / "files").rglob("*")]
    return {
        str(path.relative_to(snapshot)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(paths)
        if path.is_file()
    }


def _prove(snapshot: Path, manifest: dict[str, Any]) -> None:
    now = _digests(snapshot)
    for name, digest in manifest["sha256"].items():
        if now.get(name) != digest:
            raise DemoError(f"'{snapshot / name}' is not what was saved: do not restore from it")


def _route(site: Site | None) -> str | None:
    """Ask the gateway where users go; None when the pair was never brought up."""
    if site is None:
        return None
    address = f"{site.urls['gateway']}/route"
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310 - our own site.json
            route: str = json.load(answer)["to"]
    except (OSError, ValueError, KeyError) as error:
        raise DemoError(f"the gateway does not say where users go ({address}: {error})") from error
    return route


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; 0 done, 2 refused with one sentence on stderr."""
    parser = argparse.ArgumentParser(description="Snapshots of the demo pair.")
    parser.add_argument("action", choices=("take", "restore"))
    parser.add_argument("name")
    parser.add_argument("--dir", type=Path, default=Path(".demo"))
    given = parser.parse_args(arguments)
    act = take if given.action == "take" else restore
    try:
        manifest = act(given.dir.resolve(), given.name, effects.attempt_from_environment())
    except DemoError as error:
        print(f"refused: {error}", file=sys.stderr)
        return 2
    rows = {name: facts["rows"] for name, facts in manifest["tables"]["new"].items()}
    print(json.dumps({given.action: given.name, "route": manifest["route"], "new_rows": rows}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
