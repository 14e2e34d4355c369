"""The parsed sources and tracked files that the architecture tests look at."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def _parsed(*folders: str) -> dict[Path, ast.Module]:
    paths = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return {path.relative_to(ROOT): ast.parse(path.read_text("utf-8")) for path in paths}


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's root."""
    return ROOT


@pytest.fixture(scope="session")
def product() -> Mapping[Path, ast.Module]:
    """The modules of the product, by path from the root."""
    return _parsed("src/golive")


@pytest.fixture(scope="session")
def code(product: Mapping[Path, ast.Module]) -> Mapping[Path, ast.Module]:
    """The modules the size and name rules hold for: product, demo pair and tools."""
    return {**product, **_parsed("demo", "tools")}


@pytest.fixture(scope="session")
def tracked() -> tuple[Path, ...]:
    """Every file git knows and that is there, by path from the root."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    names = [Path(name) for name in listed.stdout.split("\0") if name]
    return tuple(name for name in names if (ROOT / name).is_file())
