"""What set-up found and did, kept in ``.venv/golive-setup.json`` for the next call."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["Part", "Record", "digest", "read_record", "write_record"]

#: Raise when the meaning of the record changes, so that an old one is not trusted.
VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of the set-up and whether it can be used; ``hint`` says the next action."""

    name: str
    ready: bool
    detail: str
    hint: str = ""
    #: The program or folder that was found, where the part is one.
    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The parts, and the digests of what they were made from (the stamp)."""

    parts: Mapping[str, Part] = field(default_factory=dict)
    stamp: Mapping[str, str] = field(default_factory=dict)

    def is_current(self, name: str, value: str) -> bool:
        """Return whether that part of the stamp was made from the same input."""
        return self.stamp.get(name) == value


def digest(*paths: Path) -> str:
    """Return one SHA-256 over the names and contents of files."""
    total = hashlib.sha256()
    for path in paths:
        total.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


def _part(name: str, data: Mapping[str, Any]) -> Part:
    return Part(
        name=name,
        ready=data["state"] == "ready",
        detail=str(data["detail"]),
        hint=str(data["hint"]),
        path=str(data["path"]),
    )


def read_record(path: Path) -> Record:
    """Return the record of the last call; an absent, old or damaged one counts as none."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["version"] != VERSION:
            return Record()
        parts = {name: _part(name, part) for name, part in data["parts"].items()}
        return Record(parts=parts, stamp=dict(data["stamp"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Record()


def write_record(path: Path, parts: Sequence[Part], stamp: Mapping[str, str]) -> None:
    """Write the record so that a reader sees the old or the new one, never half of one."""
    data = {
        "version": VERSION,
        "parts": {
            part.name: {
                "state": "ready" if part.ready else "missing",
                "detail": part.detail,
                "hint": part.hint,
                "path": part.path,
            }
            for part in parts
        },
        "stamp": dict(stamp),
    }
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    temporary.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    temporary.replace(path)
