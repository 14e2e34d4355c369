"""Every dependency is used, and everything that is used is a dependency."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

#: Used without an import, with the reason.
NOT_IMPORTED = {
    "allure-pytest": "a pytest plugin: the only writer of Allure results under pytest",
    "ansible-core": "a program: ansible-playbook, started by ansible-runner",
    "duckdb-extension-sqlite-scanner": "a file DuckDB loads, found by its metadata",
    "pytest-rerunfailures": "a pytest plugin: --reruns and @flaky",
    "python-multipart": "what Starlette reads posted forms with",
    "tzdata": "zoneinfo's time zones where the machine has none",
    # For development.
    "duckdb-extension-mysql-scanner": "a file DuckDB loads, found by its metadata",
    "duckdb-extension-postgres-scanner": "a file DuckDB loads, found by its metadata",
    "psycopg": "PostgreSQL's driver, loaded by SQLAlchemy",
    "pymysql": "MySQL's driver, loaded by SQLAlchemy",
    "editables": "hatchling's editable installation",
    "hatchling": "the build backend",
    "import-linter": "a program",
    "mypy": "a program",
    "pytest-timeout": "a pytest plugin: --timeout and its mark",
    "ruff": "a program",
    "types-openpyxl": "types for mypy",
    "types-pyyaml": "types for mypy",
}
RUNTIME = ("src", "demo", "cutover_playbooks", "load", "steps", "features", "conftest.py")


def imported(root: Path, *places: str) -> set[str]:
    """Return the top-level names of everything that is imported below some places."""
    return {
        name.partition(".")[0]
        for place in places
        for path in _modules(root / place)
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        for name in _names(node)
    }


def _modules(place: Path) -> Iterator[Path]:
    if place.is_file():
        yield place
    yield from place.rglob("*.py")


def _names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
        yield node.module


def distributions(root: Path, *places: str) -> set[str]:
    """Return the installed packages that some places import."""
    known = packages_distributions()
    local = {"golive", "demo", *(path.stem for path in root.rglob("tools/**/*.py"))}
    return {
        canonicalize_name(one)
        for name in imported(root, *places) - sys.stdlib_module_names - local
        for one in known.get(name, ())
    }


def asked_for(root: Path) -> tuple[set[str], set[str]]:
    """Return the names of the runtime and of the development dependencies."""
    metadata = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    lists = (metadata["project"]["dependencies"], metadata["dependency-groups"]["dev"])
    runtime, dev = ({canonicalize_name(Requirement(one).name) for one in each} for each in lists)
    return runtime, dev


def test_every_dependency_is_used(root: Path) -> None:
    runtime, dev = asked_for(root)
    used = distributions(root, *RUNTIME) | NOT_IMPORTED.keys()
    assert sorted(runtime - used) == []
    assert sorted(dev - used - distributions(root, "tests", "tools")) == []
    assert sorted(extras(root) - dev) == []


def extras(root: Path) -> set[str]:
    """Return the names of the packages of choice: what needs one says so when it is missing."""
    chosen = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    lists = chosen["optional-dependencies"].values()
    return {canonicalize_name(Requirement(one).name) for each in lists for one in each}


def test_everything_used_is_a_dependency(root: Path) -> None:
    runtime, dev = asked_for(root)
    runtime |= extras(root)
    assert sorted(distributions(root, *RUNTIME) - runtime) == []
    assert sorted(distributions(root, "tests", "tools") - runtime - dev) == []


def test_every_decision_for_an_exception_is_still_needed(root: Path) -> None:
    runtime, dev = asked_for(root)
    assert sorted(NOT_IMPORTED.keys() - runtime - dev) == []


def test_every_runtime_dependency_has_its_reason(root: Path) -> None:
    """Either docs/decisions.md says why, or it belongs to one that is explained there."""
    text = (root / "docs" / "decisions.md").read_text("utf-8").lower()
    runtime, _ = asked_for(root)
    unsaid = {name for name in runtime if not re.search(rf"\b{re.escape(name)}\b", text)}
    assert unsaid <= {"jinja2", "pytest-xdist", "tzdata", "pyyaml"}
