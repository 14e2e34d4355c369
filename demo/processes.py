"""Start, find and end the demo's server processes; a pid of somebody else is never touched.

A process is known by pid *and* start time *and* boot id, so that a pid used again after a crash
or a reboot is not mistaken for ours.
"""

from __future__ import annotations

import fcntl
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from demo.site import DemoError, write_atomically

__all__ = ["Running", "end", "find", "launch", "listen", "locked", "log_tail"]

_REPOSITORY = Path(__file__).resolve().parent.parent
#: Below Linux' range of outgoing ports: no connection (of a poller, say) can take our port
#: while a system is down, nor connect to itself on it.
_PORTS = (20_000, 32_000)
_TRIES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A process of ours that is alive."""

    system: str
    pid: int
    #: Clock ticks from boot to the start of the process, as /proc tells.
    start_time: int


def _boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def _start_time(pid: int) -> int | None:
    """Return when a process started, or None when it is gone or nothing but a zombie of it is.

    A killed process whose main thread is a zombie may still have threads on their way out, which
    hold its port: it is gone when they are.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name in parentheses may itself hold blanks and parentheses.
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in "ZX" and _threads(pid) <= 1 else int(fields[19])


def _threads(pid: int) -> int:
    try:
        return sum(1 for _ in Path(f"/proc/{pid}/task").iterdir())
    except (FileNotFoundError, ProcessLookupError):
        return 0


def _pid_file(folder: Path, system: str) -> Path:
    return folder / "pids" / f"{system}.json"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the demo folder's lock, so that two ``up`` at once do not start things twice."""
    path = folder / "pids" / "lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="ascii") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def find(folder: Path, system: str) -> Running | None:
    """Return a system's process when it lives and is surely the one we started, else None."""
    try:
        noted = json.loads(_pid_file(folder, system).read_text(encoding="utf-8"))
        pid, start_time, boot_id = int(noted["pid"]), int(noted["start_time"]), noted["boot_id"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if boot_id != _boot_id() or _start_time(pid) != start_time:
        return None
    return Running(system=system, pid=pid, start_time=start_time)


def listen(port: int = 0) -> socket.socket:
    """Return a listening socket on 127.0.0.1: on the port asked for, or on a free one.

    Raise DemoError when the port is taken.
    """
    candidates = [port] if port else random.sample(range(*_PORTS), _TRIES)
    for candidate in candidates:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", candidate))
            listener.listen(256)
        except OSError:
            listener.close()
            continue
        return listener
    where = f"port {port}" if port else "every port tried"
    message = f"{where} on 127.0.0.1 is used by another program: end it, or delete site.json"
    raise DemoError(message)


def launch(folder: Path, system: str, arguments: tuple[str, ...], listener: socket.socket) -> None:
    """Start a system's server on a listening socket, detached, and note its identity.

    The server is nobody's child: it outlives the terminal, the attempt and golive itself, so it
    carries no ``GOLIVE_*`` variable that would make it look like a part of an attempt.
    """
    log = folder / "logs" / f"{system}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    env = {key: value for key, value in os.environ.items() if not key.startswith("GOLIVE_")}
    command = [sys.executable, "-m", "demo.serving", system, "--dir", str(folder)]
    command += ["--listen-fd", str(listener.fileno()), *arguments]
    with log.open("ab") as stream:
        forked = subprocess.run(
            command,
            cwd=_REPOSITORY,
            env=env,
            pass_fds=(listener.fileno(),),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stream,
            check=False,
        )
    if forked.returncode or not forked.stdout.strip().isdigit():
        message = f"the {system} system did not start: see '{log}'"
        raise DemoError(message)
    pid = int(forked.stdout)
    noted = {"pid": pid, "start_time": _start_time(pid) or 0, "boot_id": _boot_id()}
    write_atomically(_pid_file(folder, system), json.dumps(noted) + "\n")


def end(folder: Path, system: str, *, grace: float = 5.0, force: bool = False) -> bool:
    """End a system's process: ask, wait ``grace`` seconds, then kill (``force`` kills at once).

    Return whether there was one. When this returns, the process is gone.
    """
    running = find(folder, system)
    if running is None:
        return False

    def gone() -> bool:
        return _start_time(running.pid) != running.start_time

    if not force:
        _signal(running, signal.SIGTERM)
        if _until(gone, grace):
            return True
    _signal(running, signal.SIGKILL)
    if not _until(gone, 10.0):
        message = f"the {system} system (process {running.pid}) does not end"
        raise DemoError(message)
    return True


def _signal(running: Running, number: signal.Signals) -> None:
    # A pidfd names the process itself: even a pid used again in this instant is not hit.
    try:
        handle = os.pidfd_open(running.pid)
    except ProcessLookupError:
        return
    try:
        if _start_time(running.pid) == running.start_time:
            signal.pidfd_send_signal(handle, number)
    except ProcessLookupError:
        return
    finally:
        os.close(handle)


def _until(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def log_tail(folder: Path, system: str, lines: int = 5) -> str:
    """Return the last lines a system wrote to its log."""
    try:
        text = (folder / "logs" / f"{system}.log").read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ""
    return "\n".join(text.splitlines()[-lines:])
