"""A machine of one's own: a PATH of fake programs that note how they were called."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / "tools"


@pytest.fixture(scope="session", autouse=True)
def _tools_on_path() -> Iterator[None]:
    """The set-up is run as a script, so its modules are found beside it."""
    sys.path.insert(0, str(TOOLS))
    yield
    sys.path.remove(str(TOOLS))


@dataclass(kw_only=True)
class FakeMachine:
    """A folder as PATH; ``calls()`` is every call of a fake program, in order."""

    folder: Path
    is_root: bool = False
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        return self.folder / "bin"

    @property
    def root(self) -> Path:
        return self.folder / "checkout"

    def program(self, name: str, body: str = "", *, where: Path | None = None) -> Path:
        """Put a program there; ``$BIN`` in its body is the PATH folder."""
        path = (where or self.path) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        note = f'echo "{name} $*" >> {self.folder}/calls'
        path.write_text(f"#!/bin/sh\nBIN={self.path}\n{note}\n{body}\n", "utf-8")
        path.chmod(0o755)
        return path

    def calls(self) -> list[str]:
        noted = self.folder / "calls"
        return noted.read_text("utf-8").splitlines() if noted.exists() else []

    def forget(self) -> None:
        (self.folder / "calls").unlink(missing_ok=True)

    def machine(self, **environ: str):
        from provision.machine import Machine  # noqa: PLC0415 - its folder is on the path only now

        variables: Mapping[str, str] = {
            "PATH": str(self.path),
            "HOME": str(self.folder / "home"),
            **self.environ,
            **environ,
        }
        return Machine(root=self.root, environ=variables, is_root=self.is_root)


@pytest.fixture
def fake(tmp_path: Path) -> FakeMachine:
    """A machine with nothing on it but a checkout and the shell's own programs."""
    machine = FakeMachine(folder=tmp_path)
    machine.path.mkdir()
    machine.root.mkdir()
    for name in ("requirements.lock", "pyproject.toml", "package.json", "package-lock.json"):
        shutil.copy(ROOT / name, machine.root)
    for name in ("sh", "cat", "mkdir", "chmod", "touch", "sleep", "rm"):
        (machine.path / name).symlink_to(shutil.which(name) or name)
    return machine
