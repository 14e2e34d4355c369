"""Where the demo pair keeps its state, and ``site.json``, which tells golive where it listens."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

__all__ = [
    "SYSTEMS",
    "DemoError",
    "Site",
    "database_of",
    "default_database",
    "read_site",
    "write_atomically",
    "write_site",
]

#: Everything that runs: the old system, the two nodes of the new one on one database, and the
#: gateway that decides which system users reach (of the new one: the first node).
SYSTEMS = ("old", "new", "new_b", "gateway")


class DemoError(Exception):
    """Something the person at the keyboard can put right; its text is one plain sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One running (or once running) demo pair: its folder, addresses and databases."""

    folder: Path
    #: Base address by system, without a slash at the end, e.g. ``http://127.0.0.1:21000``.
    urls: Mapping[str, str]
    #: SQLAlchemy DSN by system; the gateway has none.
    databases: Mapping[str, str]

    def port(self, system: str) -> int:
        """Return the TCP port a system listens on."""
        return urlsplit(self.urls[system]).port or 0

    def as_json(self) -> dict[str, dict[str, object]]:
        """Return the document ``site.json`` holds."""
        targets: dict[str, object] = {}
        for system in SYSTEMS:
            entry = {"url": self.urls[system]}
            if system in self.databases:
                entry["database"] = self.databases[system]
            targets[system] = entry
        facts: dict[str, object] = {
            "demo_dir": str(self.folder),
            "effects": str(self.folder / "effects.jsonl"),
        }
        return {"targets": targets, "facts": facts}


def default_database(folder: Path, system: str) -> str:
    """Return the SQLite DSN of a system's database inside the demo folder."""
    return f"sqlite:///{folder.resolve() / f'{system}.db'}"


def database_of(folder: Path, system: str) -> str:
    """Return the DSN told by ``DEMO_OLD_DATABASE`` or ``DEMO_NEW_DATABASE``, else the default."""
    told = os.environ.get(f"DEMO_{system.upper()}_DATABASE", "")
    return told or default_database(folder, system)


def read_site(folder: Path) -> Site | None:
    """Return what ``site.json`` says, or None when there is none.

    Raise DemoError when the file is there and cannot be understood.
    """
    path = folder / "site.json"
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        targets = document["targets"]
        return Site(
            folder=folder.resolve(),
            urls={system: targets[system]["url"] for system in SYSTEMS},
            databases={s: targets[s]["database"] for s in SYSTEMS if "database" in targets[s]},
        )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = f"'{path}' cannot be read ({error!r}): delete it and run `python -m demo up`"
        raise DemoError(message) from error


def write_site(site: Site) -> None:
    """Write ``site.json`` so that a reader sees the old text or the new one, never a half."""
    text = json.dumps(site.as_json(), indent=2, ensure_ascii=False) + "\n"
    write_atomically(site.folder / "site.json", text)


def write_atomically(path: Path, text: str) -> None:
    """Replace a file's text by rename, on disk before this returns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with draft.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(path)
    handle = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
