"""The locks: a hash for every file, no address, and everything pyproject.toml asks for."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PYTHON_LOCKS = ("requirements.lock", "requirements-node.lock")


def locked(text: str) -> dict[str, list[str]]:
    """Return the lines of a lock below each ``name==version`` line."""
    entries: dict[str, list[str]] = {}
    for line in text.splitlines():
        if re.match(r"[a-z0-9]", line):
            entries[line] = []
        elif line.strip().startswith("--hash"):
            entries[list(entries)[-1]].append(line)
    return entries


@pytest.mark.parametrize("name", PYTHON_LOCKS)
def test_every_locked_package_has_a_version_and_hashes(root: Path, name: str) -> None:
    entries = locked((root / name).read_text("utf-8"))
    assert entries
    assert not [line for line, hashes in entries.items() if "==" not in line or not hashes]


@pytest.mark.parametrize("name", [*PYTHON_LOCKS, "package-lock.json", "package.json", ".npmrc"])
def test_no_lock_names_an_address(root: Path, name: str) -> None:
    text = (root / name).read_text("utf-8")
    assert not re.findall(r"\w+://\S+", text)
    wrong = [line for line in text.splitlines() if re.match(r"\s*(--index|-i |--find-links)", line)]
    assert not wrong, "\n".join(wrong)


def test_every_node_package_has_a_hash(root: Path) -> None:
    packages = json.loads((root / "package-lock.json").read_text("utf-8"))["packages"]
    names = [name for name in packages if name]
    assert len(names) > 1
    assert not [name for name in names if "integrity" not in packages[name]]
    assert not [name for name in names if "resolved" in packages[name]]


def test_the_lock_has_everything_that_is_asked_for(root: Path) -> None:
    metadata = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    wanted = [*metadata["project"]["dependencies"], *metadata["dependency-groups"]["dev"]]
    lines = locked((root / "requirements.lock").read_text("utf-8"))
    pins = [Requirement(line.rstrip("\\ ")) for line in lines]
    for requirement in map(Requirement, wanted):
        versions = [
            next(iter(pin.specifier)).version
            for pin in pins
            if canonicalize_name(pin.name) == canonicalize_name(requirement.name)
        ]
        assert versions, requirement
        assert all(requirement.specifier.contains(version) for version in versions), requirement
