"""What an interrupted comparison had frozen already is used again, if its source is the same.

Beside each snapshot stands ``snapshot.json``: what was asked, of which source in which state, and
the digest of the file. A later attempt at the same comparison takes the file when all three still
hold. A server that cannot tell whether its rows are as they were is read again. What was compared
to the end, or could not be compared, is never used again: a new comparison reads anew.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from golive.compare.snapshots import file_digest, written_whole
from golive.contracts import Context, Snapshot

__all__ = ["asked", "frozen_before", "remember", "taken_over"]

_NAME = "snapshot.json"
#: Every attempt that ended by itself left it, whatever came of it.
_ENDED = "junit.xml"


def asked(query: Mapping[str, Any], context: Context) -> str:
    """Return the SHA-256 over what is read from where, and by which reader."""
    target = context.environment.targets.get(str(query.get("target", "")))
    facts = [query, target.database if target else "", context.environment.name]
    text = json.dumps([*facts, duckdb.__version__], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def remember(snapshot: Snapshot, key: str) -> None:
    """Write beside a snapshot what it was made of; nothing when the source is its own snapshot."""
    if snapshot.path.name != "snapshot.parquet":
        return
    data = asdict(snapshot) | {"path": snapshot.path.name, "clock": snapshot.clock.isoformat()}
    with written_whole(snapshot.path.with_name(_NAME)) as part:
        part.write_text(json.dumps({"asked": key, "snapshot": data}), encoding="utf-8")


def frozen_before(key: str, side: str, context: Context) -> tuple[Snapshot, ...]:
    """Return what interrupted attempts had frozen whole of just this, the newest first."""
    found = (_read(path) for path in _interrupted(side, context))
    return tuple(
        item[1]
        for item in found
        if item is not None
        and item[0] == key
        and item[1].path.is_file()
        and file_digest(item[1].path) == item[1].sha256
    )


def taken_over(found: Sequence[Snapshot], state: str, folder: Path) -> Snapshot | None:
    """Return a copy, in ``folder``, of the one its source still is as; None without one.

    ``state`` is what the source says of itself now; empty when it cannot tell.
    """
    for snapshot in found:
        if not state or (snapshot.state or snapshot.watermark) != state:
            continue
        folder.mkdir(parents=True, exist_ok=True)
        copied = folder / snapshot.path.name
        with written_whole(copied) as part:
            shutil.copyfile(snapshot.path, part)
        return replace(snapshot, path=copied)
    return None


def _interrupted(side: str, context: Context) -> Iterator[Path]:
    """Yield what attempts without a result left, the newest first."""
    works = (context.workspace / "reports" / "runs").glob("*/tasks/*/*/work")
    attempts = (path for work in works if (path := work / side / _NAME).is_file())
    found = [
        (path.stat().st_mtime_ns, path)
        for path in attempts
        if not (path.parents[1] / _ENDED).exists()
    ]
    return (path for _, path in sorted(found, reverse=True))


def _read(path: Path) -> tuple[str, Snapshot] | None:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        told = data["snapshot"]
        clock = datetime.fromisoformat(told["clock"])
        place = path.with_name(told["path"])
        return str(data["asked"]), Snapshot(**{**told, "path": place, "clock": clock})
    except (OSError, ValueError, KeyError, TypeError):
        return None  # not whole or not ours: it is read anew
