"""The hooks golive's pytest front calls, for whoever keeps the run's journal."""

from __future__ import annotations

from pathlib import Path

import pytest

__all__ = ["pytest_golive_expects", "pytest_golive_recorded"]


@pytest.hookspec(firstresult=True)
def pytest_golive_expects(
    config: pytest.Config, out: Path, expected: tuple[str, ...]
) -> str | None:
    """Know what is going to run, before its first scenario; ``out`` is the record's folder.

    Return why nothing may run, or None. Called once in the controlling process, not when only
    collecting.
    """


@pytest.hookspec
def pytest_golive_recorded(config: pytest.Config, out: Path, code: int) -> None:
    """Take over ``out``/results.json, which is written; ``code`` is golive's exit code."""
