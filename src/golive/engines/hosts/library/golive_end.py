#!/usr/bin/python
"""End on this host every process that carries a job's mark, with all below it, and prove it.

Runs on the target by its own Python, so it imports nothing but the standard library.
WANT_JSON: Ansible gives the file with the arguments as the first word.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

#: Every process begun for a job carries this in its environment.
MARK = "GOLIVE_JOB"
_PROC = Path("/proc")
#: Seconds for what is asked to end, and for what is killed.
_GRACE, _PATIENCE = 2.0, 10.0


def _parents() -> dict[int, int]:
    """Return pid -> the number of its parent, without zombies."""
    found: dict[int, int] = {}
    for entry in os.listdir(_PROC):  # noqa: PTH208 - as golive.run.processes does
        if entry.isdigit():
            with suppress(OSError, IndexError, ValueError):
                text = (_PROC / entry / "stat").read_text(encoding="utf-8", errors="replace")
                rest = text.rpartition(")")[2].split()
                if rest[0] not in "ZXx":
                    found[int(entry)] = int(rest[1])
    return found


def _environment(pid: int) -> list[bytes]:
    with suppress(OSError):
        return (_PROC / str(pid) / "environ").read_bytes().split(b"\0")
    return []


def _tree(job: str) -> set[int]:
    """Return the living processes of a job: marked ones and all below them, never ourselves."""
    parents, mark = _parents(), f"{MARK}={job}".encode()
    found = {pid for pid in parents if mark in _environment(pid)}
    grown = True
    while grown:
        below = {pid for pid, parent in parents.items() if parent in found}
        grown = not below <= found
        found |= below
    return found - {os.getpid()}


def _send(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in sorted(pids):
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def _gone(job: str, seconds: float) -> set[int]:
    """Wait until two looks in a row find nothing; return what is still there."""
    deadline, empty = time.monotonic() + seconds, 0
    while True:
        left = _tree(job)
        empty = 0 if left else empty + 1
        if empty > 1 or (left and time.monotonic() >= deadline):
            return left
        time.sleep(0.05)


def _async_folders(pids: Iterable[int]) -> set[Path]:
    """Return where Ansible keeps the files of the asynchronous jobs among some processes."""
    name = b"ANSIBLE_ASYNC_DIR="
    words = [word for pid in pids for word in _environment(pid) if word.startswith(name)]
    return {Path(os.fsdecode(word[len(name) :])).expanduser() for word in words}


def _forget(folders: Iterable[Path]) -> None:
    """Remove the files of jobs that have not ended: nobody is to wait for them any more."""
    for folder in folders:
        for path in folder.glob("j*"):
            with suppress(OSError, ValueError):
                if not json.loads(path.read_text(encoding="utf-8")).get("finished"):
                    path.unlink()


def end(job: str) -> tuple[set[int], set[int]]:
    """End a job's processes; return those that were there and those that are left."""
    there = _tree(job)
    folders = _async_folders(there)
    for number in (signal.SIGSTOP, signal.SIGTERM, signal.SIGCONT):
        _send(there, number)
    left = _gone(job, _GRACE)
    deadline = time.monotonic() + _PATIENCE
    while left and time.monotonic() < deadline:
        _send(left, signal.SIGKILL)
        left = _gone(job, 1.0)
    if not left:
        _forget(folders)
    return there, left


def main(arguments: list[str]) -> None:
    """Do it and print what Ansible reads."""
    job = json.loads(Path(arguments[1]).read_text(encoding="utf-8"))["job"]
    if not (_PROC / "self" / "environ").exists():
        told: dict[str, object] = {
            "failed": True,
            "msg": "has no /proc to look for processes in",
        }
    else:
        there, left = end(job)
        told = {"changed": bool(there), "ended": sorted(there - left)}
        if left:
            pids = ", ".join(map(str, sorted(left)))
            told.update(failed=True, msg=f"processes that could not be ended live on: {pids}")
    print(json.dumps(told))  # noqa: T201 - how a module answers


if __name__ == "__main__":
    main(sys.argv)
