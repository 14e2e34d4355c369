"""Start workers, detached: at once where one was made ready before, which loads nothing any more.

A worker is a Python process, and loading golive takes it longer than most small tasks do. So a
controller keeps one worker ready: it has loaded, waits at its standard input for the folder of an
attempt, and ends when the controller does. Whoever takes an attempt claims it by the same file, so
a ready worker that is lost costs time and nothing else.
"""

from __future__ import annotations

import json
import os
import select
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from golive.run import processes, surroundings
from golive.run.attempts import FOLDER_VARIABLE, AttemptSpec, read_spec

__all__ = [
    "READY",
    "ReadyWorker",
    "attempt_environment",
    "collect",
    "launch",
    "pause",
    "read_order",
]

#: Tells a worker that its attempt comes by its standard input; engines to load may follow.
READY = "--ready"

#: Process numbers of workers started by this process, to collect their zombies.
_launched: list[int] = []


class ReadyWorker:
    """A worker that waits for its attempt; one attempt only. Not for more than one thread."""

    def __init__(self, engines: Iterable[str] = ()) -> None:
        """Start it; ``engines`` are loaded ahead."""
        reading, self._order = os.pipe()
        try:
            self.pid = _spawn(
                [READY, *engines],
                {**surroundings.minimal_environment(), **processes.room_for_mark()},
                [
                    (os.POSIX_SPAWN_DUP2, reading, 0),
                    (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                    (os.POSIX_SPAWN_DUP2, 1, 2),
                ],
            )
        finally:
            os.close(reading)

    def take(self, folder: Path, environment: dict[str, str]) -> bool:
        """Give it an attempt; False when it is gone."""
        order = json.dumps({"folder": str(folder.absolute()), "environment": environment})
        try:
            with os.fdopen(self._order, "w", encoding="utf-8") as pipe:
                pipe.write(f"{order}\n")
        except BrokenPipeError:
            return False
        return True

    def close(self) -> None:
        """End it without an attempt."""
        with suppress(OSError):
            os.close(self._order)


def read_order(line: str) -> tuple[Path, dict[str, str]] | None:
    """Return folder and environment of the attempt a ready worker got; None for a cut-off line."""
    if not line.endswith("\n"):
        return None
    order: dict[str, Any] = json.loads(line)
    return Path(order["folder"]), order["environment"]


def launch(folder: Path, ready: ReadyWorker | None = None) -> None:
    """Have a worker carry out a prepared attempt and return at once.

    Harmless when repeated: only the worker that claims the folder does anything. Raise Damaged
    when the folder is not prepared.
    """
    environment = attempt_environment(read_spec(folder), folder)
    collect()
    if ready is not None and ready.take(folder, environment):
        return
    output = str(folder / "worker.txt")
    _spawn(
        [str(folder.absolute())],
        environment,
        [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
    )


def _spawn(words: list[str], environment: dict[str, str], files: list[tuple[Any, ...]]) -> int:
    pid = os.posix_spawn(
        sys.executable,
        # -P: the worker itself puts the workspace, not our folder, first in the path.
        [sys.executable, "-P", "-m", "golive.run.worker", *words],
        environment,
        file_actions=files,
        setsid=True,
    )
    _launched.append(pid)
    return pid


def attempt_environment(spec: AttemptSpec, folder: Path) -> dict[str, str]:
    """Return the whole environment of what works on an attempt, secrets' values included."""
    secrets = {ref.env: os.environ[ref.env] for ref in spec.secret_refs if ref.env in os.environ}
    return {
        **surroundings.minimal_environment(),
        **secrets,
        processes.ATTEMPT_VARIABLE: str(spec.attempt),
        FOLDER_VARIABLE: str(folder.absolute()),
    }


def collect() -> None:
    """Collect the zombies of workers that have ended."""
    for pid in tuple(_launched):
        try:
            gone = os.waitpid(pid, os.WNOHANG)[0] != 0
        except ChildProcessError:
            gone = True
        if gone:
            _launched.remove(pid)


def pause(seconds: float) -> None:
    """Wait until a worker of this process ends, at most ``seconds``."""
    poller = select.poll()
    opened = []
    for pid in _launched:
        with suppress(OSError):
            opened.append(os.pidfd_open(pid))
            poller.register(opened[-1], select.POLLIN)
    try:
        poller.poll(seconds * 1000)
    finally:
        for descriptor in opened:
            os.close(descriptor)
    collect()
