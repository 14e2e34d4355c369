"""How the demo presses commands: as processes of their own, as anybody at a terminal would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from golive.project import Project

__all__ = ["Desk"]

#: Variables of whoever started the demo that would change what its commands do.
_NOT_OURS = ("PYTEST_", "GOLIVE_ATTEMPT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A terminal in the workspace; people pressing there are recorded as simulated."""

    project: Project

    def golive(self, *words: str, quiet: bool = False) -> int:
        """Press one golive command and return its exit code."""
        return self._run("golive", words, quiet=quiet)

    def demo(self, *words: str, quiet: bool = False) -> int:
        """Do something with the demo pair and return the exit code."""
        return self._run("demo", words, quiet=quiet)

    def pytest(self, *words: str, person: str) -> int:
        """Run scenarios as one person and return the exit code."""
        return self._run("pytest", words, more={"GOLIVE_PERSON": person})

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """Start a golive command that goes on while people do their part."""
        return subprocess.Popen(
            [sys.executable, "-m", "golive", *words], cwd=self.project.root, env=self._environ()
        )

    def side_by_side(self, *commands: tuple[str, ...]) -> list[int]:
        """Press golive commands at the same time; show what each said, in order; exit codes."""
        pressed = [
            subprocess.Popen(
                [sys.executable, "-m", "golive", *words], cwd=self.project.root,
                env=self._environ(), stdout=subprocess.PIPE, text=True, encoding="utf-8",
            )
            for words in commands
        ]  # fmt: skip
        for process in pressed:
            said, _ = process.communicate()
            sys.stdout.write(said)
            sys.stdout.flush()
        return [process.returncode for process in pressed]

    def answer(self, *words: str) -> tuple[int, Any]:
        """Press a golive command with ``--json``; return its exit code and the answer, or None."""
        done = subprocess.run(
            [sys.executable, "-m", "golive", *words, "--json"],
            cwd=self.project.root, env=self._environ(), stdout=subprocess.PIPE, check=False,
        )  # fmt: skip
        try:
            return done.returncode, json.loads(done.stdout)
        except ValueError:
            return done.returncode, None

    def faults(self) -> tuple[str, ...]:
        """Return the names of the demo's faults."""
        done = subprocess.run(
            [sys.executable, "-m", "demo", "fault", "list"], cwd=self.project.root,
            env=self._environ(), stdout=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
        return tuple(line.split()[0] for line in done.stdout.splitlines())

    def last_line(self, *words: str) -> tuple[int, str]:
        """Do something with the demo pair, show what it says, and return its last line."""
        done = subprocess.run(
            [sys.executable, "-m", "demo", *words], cwd=self.project.root, env=self._environ(),
            stdout=subprocess.PIPE, text=True, encoding="utf-8", check=False,
        )  # fmt: skip
        sys.stdout.write(done.stdout)
        sys.stdout.flush()
        return done.returncode, (done.stdout.splitlines() or [""])[-1]

    def _run(
        self,
        module: str,
        words: tuple[str, ...],
        *,
        quiet: bool = False,
        more: Mapping[str, str] | None = None,
    ) -> int:
        return subprocess.run(
            [sys.executable, "-m", module, *words],
            cwd=self.project.root,
            check=False,
            env={**self._environ(), **(more or {})},
            stdout=subprocess.DEVNULL if quiet else None,
        ).returncode

    def _environ(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith(_NOT_OURS)}
        return {**kept, "GOLIVE_SIMULATED": "1", "GOLIVE_LANG": self.project.language.value}
