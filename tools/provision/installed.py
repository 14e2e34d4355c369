"""Print the packages of a lock that this Python lacks; run by the environment's own Python."""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from packaging.requirements import Requirement


def absent(lock: str) -> list[str]:
    """Return the names that apply here and are not installed in the locked version."""
    lines = [line.rstrip("\\ ") for line in lock.splitlines() if "==" in line[:80]]
    locked = [Requirement(line) for line in lines if not line.startswith((" ", "#"))]
    names = []
    for one in locked:
        if one.marker and not one.marker.evaluate():
            continue
        try:
            fits = one.specifier.contains(version(one.name), prereleases=True)
        except PackageNotFoundError:
            fits = False
        if not fits:
            names.append(one.name)
    return names


if __name__ == "__main__":
    sys.stdout.write("\n".join(absent(Path(sys.argv[1]).read_text(encoding="utf-8"))))
