"""Which build of a demo system this is: a digest of its own source files, so a rebuild shows."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

__all__ = ["build_of", "site_name"]

_DEMO = Path(__file__).resolve().parent.parent
_SUFFIXES = (".py", ".html", ".css")


def build_of(*parts: str) -> str:
    """Return 12 hex digits over the source files at or under these paths of ``demo/``.

    The environment variable ``DEMO_BUILD`` overrides it.
    """
    told = os.environ.get("DEMO_BUILD", "")
    if told:
        return told
    digest = hashlib.sha256()
    for part in parts:
        top = _DEMO / part
        paths = [top] if top.is_file() else sorted(top.rglob("*"))
        for path in paths:
            if path.suffix in _SUFFIXES and path.is_file():
                digest.update(f"{path.relative_to(_DEMO)}\0".encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]


def site_name() -> str:
    """Return the name of the site this process runs at (``DEMO_SITE``, else ``site-a``)."""
    return os.environ.get("DEMO_SITE", "") or "site-a"
