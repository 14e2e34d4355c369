"""Write the hashed locks anew after a change of dependencies; no lock names an address."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
#: One lock for Python 3.11 and newer on every platform, with a hash for every file.
UNIVERSAL = (
    *("--universal", "--python-version", "3.11", "--generate-hashes", "--no-header", "--quiet"),
    *("--no-emit-index-url", "--no-emit-find-links"),
)


def _program(name: str) -> str:
    here = ROOT / ".venv" / "bin" / name
    found = str(here) if here.exists() else shutil.which(name)
    if not found:
        sys.exit(f"'{name}' is not installed (it is needed only to write the locks anew)")
    return found


def python_locks() -> None:
    """Resolve the packages golive and its checks need, and apart from them the packaged Node."""
    compile_ = (_program("uv"), "pip", "compile", *UNIVERSAL)
    wanted: dict[str, tuple[str, ...]] = {
        "requirements.lock": ("pyproject.toml", "--group", "dev"),
        "requirements-node.lock": ("--group", "node"),
    }
    for lock, source in wanted.items():
        subprocess.run([*compile_, *source, "-o", lock], cwd=ROOT, check=True)


def without_addresses(lock: dict[str, Any]) -> dict[str, Any]:
    """Return an npm lock in which no package says where it, or money for it, is to be sent."""
    packages = {
        name: {key: value for key, value in entry.items() if key not in {"resolved", "funding"}}
        for name, entry in lock["packages"].items()
    }
    return {**lock, "packages": packages}


def node_lock() -> None:
    """Resolve the Allure generator; ``.npmrc`` leaves the registry's addresses out."""
    argv = [_program("npm"), "install", "--package-lock-only", "--no-audit", "--no-fund"]
    subprocess.run([*argv, "--loglevel=error"], cwd=ROOT, check=True)
    path = ROOT / "package-lock.json"
    lock = without_addresses(json.loads(path.read_text(encoding="utf-8")))
    path.write_text(json.dumps(lock, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    python_locks()
    node_lock()
