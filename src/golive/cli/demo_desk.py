"""How the demo presses commands: as processes of their own, as anybody at a terminal would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from golive.cli.main import COMMANDS, main
from golive.project import Project

__all__ = ["Desk"]

#: Variables of whoever started the demo that would change what its commands do.
_NOT_OURS = ("PYTEST_", "GOLIVE_ATTEMPT")
#: What people press often. A process made of one that has loaded these starts at once; otherwise
#: loading golive would be most of what a press takes.
_OFTEN = ("task", "run", "decide", "gate", "release", "report", "load")
_READY = get_context("forkserver")
_READY.set_forkserver_preload(["golive.cli.main", *(COMMANDS[name][0] for name in _OFTEN)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A terminal in the workspace; people pressing there are recorded as simulated."""

    project: Project

    def golive(self, *words: str, quiet: bool = False) -> int:
        """Press one golive command and return its exit code."""
        return self._press(words, os.devnull if quiet else "")

    def answer(self, *words: str) -> tuple[int, Any]:
        """Press a golive command with ``--json``; return its exit code and the answer, or None."""
        with tempfile.TemporaryDirectory() as folder:
            said = Path(folder) / "said.json"
            code = self._press((*words, "--json"), str(said))
            try:
                return code, json.loads(said.read_text(encoding="utf-8"))
            except ValueError:
                return code, None

    def demo(self, *words: str, quiet: bool = False) -> int:
        """Do something with the demo pair and return the exit code."""
        return self._run("demo", words, quiet=quiet)

    def demo_together(self, *commands: Sequence[str]) -> list[int]:
        """Do several things with the demo pair at once, quietly; return their exit codes."""
        begun = [
            subprocess.Popen(
                [sys.executable, "-m", "demo", *words], cwd=self.project.root,
                env=self._environ(), stdout=subprocess.DEVNULL,
            )
            for words in commands
        ]  # fmt: skip
        return [process.wait() for process in begun]

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

    def faults(self) -> tuple[str, ...]:
        """Return the names of the demo's faults."""
        return tuple(line.split()[0] for line in self._told("fault", "list")[1].splitlines())

    def last_line(self, *words: str) -> tuple[int, str]:
        """Do something with the demo pair, show what it says, and return its last line."""
        code, said = self._told(*words)
        sys.stdout.write(said)
        sys.stdout.flush()
        return code, (said.splitlines() or [""])[-1]

    def _told(self, *words: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-m", "demo", *words], cwd=self.project.root, env=self._environ(),
            stdout=subprocess.PIPE, text=True, encoding="utf-8", check=False,
        )  # fmt: skip
        return done.returncode, done.stdout

    def _press(self, words: tuple[str, ...], said: str) -> int:
        """Press one golive command; what it says goes to the file ``said``, "" shows it."""
        sys.stdout.flush()
        process = _READY.Process(
            target=_golive, args=(words, str(self.project.root), self._environ(), said)
        )
        process.start()
        process.join()
        return int(process.exitcode or 0)

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


def _golive(words: tuple[str, ...], root: str, environ: Mapping[str, str], said: str) -> None:
    """Be one golive command; ends the process it runs in with the command's exit code."""
    os.chdir(root)
    os.environ.clear()
    os.environ.update(environ)
    if said:
        sink = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(sink, 1)
    main(list(words))
