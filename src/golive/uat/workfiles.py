"""Where a workspace keeps the files its scenarios give to the system."""

from __future__ import annotations

from pathlib import Path

__all__ = ["workspace_file"]

_FOLDERS = ("features/data", "features", "")


def workspace_file(root: Path, name: str) -> Path | None:
    """Return a file by its name: in features/data, in features or in the workspace itself.

    None when there is none; nothing outside the workspace is ever given away.
    """
    root = root.resolve()
    for folder in _FOLDERS:
        path = (root / folder / name).resolve()
        if path.is_relative_to(root) and path.is_file():
            return path
    return None
