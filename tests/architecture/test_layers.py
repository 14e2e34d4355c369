"""Imports go down only, without circles, one importer per outside tool: import-linter says so."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

LINT = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"]


def lint(root: Path, source: Path) -> subprocess.CompletedProcess[str]:
    """Check the package as it is below ``source`` by this repository's contracts."""
    return subprocess.run(
        [*LINT, "--config", str(root / "pyproject.toml")],
        cwd=source,
        env={**os.environ, "PYTHONPATH": str(source), "NO_COLOR": "1"},
        check=False,
        capture_output=True,
        text=True,
    )


def test_all_contracts_are_kept(root: Path) -> None:
    result = lint(root, root / "src")
    assert result.returncode == 0, result.stdout
    assert ", 0 broken." in result.stdout


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("errors", "from golive.outcome import Status", "No package imports in a circle"),
        ("outcome", "from golive import specfile", "Imports go down only"),
        ("outcome", "import click", "Only golive.cli imports click"),
        ("contracts", "import yaml", "Only golive.specfile imports pydantic and yaml"),
    ],
)
def test_a_forbidden_import_is_found(
    root: Path, tmp_path: Path, module: str, line: str, contract: str
) -> None:
    """The contracts are not empty: each kind refuses a module that breaks it."""
    unread = shutil.ignore_patterns("__pycache__")
    package = shutil.copytree(root / "src" / "golive", tmp_path / "golive", ignore=unread)
    path = package / f"{module}.py"
    path.write_text(f"{path.read_text('utf-8')}\n{line}\n", "utf-8")
    result = lint(root, tmp_path)
    assert result.returncode == 1, result.stdout
    assert f"{contract} BROKEN" in result.stdout
