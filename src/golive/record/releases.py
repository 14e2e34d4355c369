"""The folders of releases, ``reports/releases/<id>/``: their locks, kept one and all, and found.

``lock.json`` is the newest lock, ``lock-1.json``, ``lock-2.json`` ... all of them. The digest of
each stands in the ledger, so a lock that was changed afterwards is found.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from golive.errors import Damaged, Problem, Refused, SetupError
from golive.record.canonical import canonical, parse, sha256_hex, write_atomic
from golive.record.chain import Actor, Record
from golive.record.ledger import Ledger

__all__ = [
    "check_name",
    "find_release",
    "ledger_path",
    "list_releases",
    "lock_entries",
    "locks_in_force",
    "read_locks",
    "write_lock",
]

_NAME = re.compile(r"[A-Za-z0-9\u4e00-\u9fff][\w.-]{0,63}")


def ledger_path(reports: Path) -> Path:
    """Return where a workspace's ledger is."""
    return reports / "ledger.jsonl"


def check_name(name: str) -> None:
    """Raise Refused when a release cannot be called so: its name is a folder's too."""
    if not _NAME.fullmatch(name):
        raise Refused.of(
            f"release '{name}'", "is no name for a release", hint="use letters, digits, - and ."
        )


def list_releases(reports: Path) -> tuple[str, ...]:
    """Return the names of the releases that have a lock, in the order of the alphabet."""
    root = reports / "releases"
    return tuple(sorted(path.parent.name for path in root.glob("*/lock.json")))


def find_release(reports: Path, name: str = "") -> str:
    """Return a release's name; the only one there is when none is given.

    Raise Refused when there is none of that name, or several and none is named.
    """
    known = list_releases(reports)
    if name in known:
        return name
    if not name and len(known) == 1:
        return known[0]
    shown = ", ".join(known)
    if not known:
        raise Refused.of("release", "none is frozen yet", hint="golive release freeze NAME")
    if not name:
        raise Refused.of("release", "there are several", hint=f"name one: {shown}")
    near = get_close_matches(name, known, n=1)
    hint = f"did you mean '{near[0]}'?" if near else f"known: {shown}"
    raise Refused.of(f"release '{name}'", "is not frozen", hint=hint)


def lock_entries(records: tuple[Record, ...], release: str) -> tuple[Record, ...]:
    """Return the ledger's entries on a release's locks, oldest first."""
    return tuple(r for r in records if r.type == "lock" and r.data.get("release") == release)


def locks_in_force(records: tuple[Record, ...]) -> dict[str, str]:
    """Return release -> digest of its newest lock."""
    return {str(r.data["release"]): str(r.data["sha256"]) for r in records if r.type == "lock"}


def write_lock(
    reports: Path, release: str, number: int, data: Any, *, ledger: Ledger, actor: Actor
) -> str:
    """Put a lock on disk, enter its digest in the ledger, and return the digest.

    Raise Refused when another freeze was faster, SetupError when it cannot be written.
    """
    folder = reports / "releases" / release
    content = canonical(data)
    sha256 = sha256_hex(content)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_atomic(folder / f"lock-{number}.json", content, mode=0o444)
    except OSError as error:
        raise SetupError.of(
            f"release '{release}'", f"its lock cannot be written: {error.strerror}",
            hint="check the disk",
        ) from error  # fmt: skip
    seen = ledger.records()
    if len(lock_entries(seen, release)) != number - 1:
        raise Refused.of(f"release '{release}'", "was frozen meanwhile", hint="look again")
    entry = {
        "release": release, "number": number, "sha256": sha256,
        "change": data["change"], "reason": data["reason"],
    }  # fmt: skip
    ledger.append("lock", entry, actor=actor, expect=len(seen))
    write_atomic(folder / "lock.json", content)
    return sha256


def read_locks(
    reports: Path, release: str, records: tuple[Record, ...]
) -> tuple[tuple[Any, ...], tuple[Problem, ...]]:
    """Return a release's locks as JSON data, oldest first, and what is wrong with them.

    Raise Damaged when the newest cannot be read as the ledger names it: then nothing is expected.
    """
    folder = reports / "releases" / release
    found: list[Any] = []
    problems: list[Problem] = []
    entries = lock_entries(records, release)
    for entry in entries:
        path = folder / f"lock-{entry.data['number']}.json"
        content, message = _content(path, str(entry.data["sha256"]))
        if message:
            problems.append(Problem(subject="lock", message=message, path=str(path)))
        else:
            found.append(parse(content))
    path = folder / "lock.json"
    newest = str(entries[-1].data["sha256"]) if entries else ""
    _, message = _content(path, newest)
    if message or not found:
        problems.append(
            Problem(subject="lock", message=message or "is not in the ledger", path=str(path))
        )
        raise Damaged(*problems)
    return tuple(found), tuple(problems)


def _content(path: Path, sha256: str) -> tuple[bytes, str]:
    """Return a lock's bytes, and why they are not the ones the ledger names."""
    try:
        content = path.read_bytes()
    except OSError as error:
        return b"", f"cannot be read: {error.strerror}"
    if sha256_hex(content) != sha256:
        return b"", "is not the lock the ledger names"
    return content, ""
