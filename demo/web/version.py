"""Which build of a demo system this is: a digest of its own source files, so a rebuild shows."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

__all__ = ["PATCHES", "build_of", "patches", "site_name"]

#: The file of the demo folder that `python -m demo rebuild` adds a line to.
PATCHES = "patches.txt"

_DEMO = Path(__file__).resolve().parent.parent
_SUFFIXES = (".py", ".html", ".css")


def patches(folder: Path) -> str:
    """Return what was built into the new system beyond its sources, a line for each rebuild."""
    path = folder / PATCHES
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def build_of(*parts: str, patches: str = "") -> str:
    """Return 12 hex digits over the source files at or under these paths of ``demo/``.

    ``patches`` is what the build holds beyond them.
    The environment variable ``DEMO_BUILD`` overrides it.
    """
    told = os.environ.get("DEMO_BUILD", "")
    if told:
        return told
    digest = hashlib.sha256(patches.encode())
    for part in parts:
        top = _DEMO / part
        paths = [top] if top.is_file() else sorted(top.rglob("*"))
        for path in paths:
            if path.suffix in _SUFFIXES and path.is_file():
                digest.update(f"{path.relative_to(_DEMO)}\0".encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]


def site_name(default: str = "site-a") -> str:
    """Return the name of the site this process runs at: ``DEMO_SITE`` where it is set."""
    return os.environ.get("DEMO_SITE", "") or default
