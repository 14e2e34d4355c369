"""Fixtures of the workspace's scenarios: the system under test, who may sign in, data."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from golive.contracts import Target
from golive.project import load_project
from golive.uat.site import Account, accounts_of, load_site

ROOT = Path(__file__).parent


@pytest.fixture(scope="session")
def target(request: pytest.FixtureRequest) -> Target:
    """Return the system scenarios run against: the new one unless ``--target old`` is given."""
    name = request.config.getoption("--target") or "new"
    return load_site(ROOT, target=name).target


@pytest.fixture(scope="session")
def accounts() -> Mapping[str, Account]:
    """Return the users of both demo systems with the passwords ``python -m demo generate`` made."""
    project = load_project(ROOT)
    return accounts_of(project, project.resolve())


@pytest.fixture(scope="session")
def data() -> Mapping[str, str]:
    """Return values every scenario may use as ``{name}``."""
    return {"currency": "CNY"}
