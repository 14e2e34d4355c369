"""What the set-up may know of and do on this machine, so that tests can give it another one."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Argv", "Machine", "Ran"]

#: A program and its arguments.
Argv = Sequence[str | Path]

#: Exit code given to a program that ran out of time, as coreutils' ``timeout`` does.
TIMED_OUT = 124
#: Exit code given to a program that could not be started, as a shell does.
NOT_STARTED = 127
#: A line that says what went wrong; the last lines of a stack trace do not.
_TELLING = re.compile(r"\b(?:error|failed|cannot|unable)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """How a program ended: its exit code and everything it wrote."""

    code: int
    output: str

    @property
    def ok(self) -> bool:
        """Return whether the program said it did its work."""
        return self.code == 0

    def last_words(self, lines: int = 3) -> str:
        """Return the end of the output as one line, for a sentence about a failure."""
        if self.code == TIMED_OUT:
            return "it took too long and was stopped"
        said = [line.strip() for line in self.output.splitlines() if line.strip()]
        telling = [line for line in said if _TELLING.search(line)]
        return "; ".join((telling or said)[-lines:]) or f"it ended with code {self.code}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A repository checkout on a machine. ``environ`` decides what is found and who we are."""

    root: Path
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    is_root: bool = field(default_factory=lambda: os.geteuid() == 0)

    @property
    def venv(self) -> Path:
        """Return the folder of the virtual environment."""
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        """Return the Python of the virtual environment."""
        return self.venv / "bin" / "python"

    def which(self, name: str) -> str:
        """Return the path of a program, or an empty string."""
        return shutil.which(name, path=self.environ.get("PATH", "")) or ""

    def first_of(self, names: Sequence[str]) -> str:
        """Return the path of the first program that is there, or an empty string."""
        return next((found for name in names if (found := self.which(name))), "")

    def say(self, part: str, line: str) -> None:
        """Print one line about a part, at once and without colour."""
        sys.stdout.write(f"  {part:<9} {line}\n")
        sys.stdout.flush()

    def run(
        self,
        argv: Argv,
        *,
        seconds: float,
        env: Mapping[str, str] | None = None,
    ) -> Ran:
        """Run a program in the checkout, with no terminal; stop its whole group when time is up."""
        try:
            process = subprocess.Popen(
                [str(word) for word in argv],
                cwd=self.root,
                env={**self.environ, **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                start_new_session=True,
            )
        except OSError as error:
            return Ran(code=NOT_STARTED, output=str(error))
        try:
            output, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            _stop_group(process)
            return Ran(code=TIMED_OUT, output="")
        except BaseException:
            # Ctrl-C reaches only us: the program has a session of its own.
            _stop_group(process)
            raise
        return Ran(code=process.returncode, output=output)


def _stop_group(process: subprocess.Popen[str]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
