"""A workspace with an inventory of this machine, and a context to run an engine in it."""

from __future__ import annotations

import pytest

from golive.contracts import Environment, Target
from golive.testing import RecordedContext

INVENTORY = """
all:
  hosts:
    localhost:
      ansible_connection: local
  children:
    far:
      hosts:
        nowhere:
          ansible_connection: ssh
          ansible_host: 127.0.0.1
          ansible_port: 1
"""


@pytest.fixture
def workspace(tmp_path):
    folder = tmp_path / "workspace"
    folder.mkdir()
    (folder / "hosts.yml").write_text(INVENTORY)
    return folder


@pytest.fixture
def context(workspace, tmp_path):
    workdir = tmp_path / "work"
    workdir.mkdir()
    return RecordedContext(
        workspace=workspace,
        workdir=workdir,
        environment=Environment(
            name="demo",
            kind="demo",
            targets={"gateway": Target(name="gateway", url="http://127.0.0.1:8080")},
            facts={"inventory": "hosts.yml", "site": "s1"},
        ),
        secrets={"pw": "kanari-9876"},
    )


@pytest.fixture
def write(workspace):
    """Write a file into the workspace."""

    def write(name, text):
        path = workspace / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return name

    return write
