"""Know processes of this machine by more than their number, and end a whole tree for certain.

Linux only: everything is read from ``/proc``. A process is *proven* gone when the kernel says so,
never when a signal was merely sent.
"""

from __future__ import annotations

import ctypes
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = [
    "ATTEMPT_VARIABLE",
    "ProcessIdentity",
    "become_subreaper",
    "boot_id",
    "descendants",
    "end_tree",
    "gone_within",
    "identify",
    "is_alive",
    "mark",
    "marked",
    "reap_children",
    "room_for_mark",
    "tree",
]

#: Every process of an attempt carries this in its environment: ``<run>/<task>/<number>``.
ATTEMPT_VARIABLE = "GOLIVE_ATTEMPT"

_PROC = Path("/proc")
_PR_SET_CHILD_SUBREAPER = 36
#: Bytes kept free for the mark of a process that learns later whose it is.
_ROOM = 255
#: Seconds between two looks while waiting for processes to go.
_LOOK = 0.02
#: A scan of ``/proc`` is no snapshot: a child born during it is seen by the next one.
_EMPTY_SCANS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessIdentity:
    """One process and no later one that got its number."""

    pid: int
    #: Clock ticks since boot, from ``/proc/<pid>/stat``.
    start_time: int
    boot_id: str

    def to_json(self) -> dict[str, object]:
        """Return the identity as plain JSON data."""
        return {"pid": self.pid, "start_time": self.start_time, "boot_id": self.boot_id}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ProcessIdentity:
        """Rebuild an identity. Raise KeyError, TypeError or ValueError when the data is none."""
        return cls(
            pid=int(data["pid"]),
            start_time=int(data["start_time"]),
            boot_id=str(data["boot_id"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stat:
    state: str
    parent: int
    start_time: int

    @property
    def gone(self) -> bool:
        """A zombie has no memory, no file and no code left to run."""
        return self.state in "ZXx"


def boot_id() -> str:
    """Return what names this boot of this machine; process numbers mean nothing across boots."""
    return (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def _stat(pid: int) -> _Stat | None:
    """Read one process's state; ``None`` when there is none of that number."""
    try:
        text = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The second field is the name in parentheses, and a name may itself hold ") ".
    rest = text.rpartition(")")[2].split()
    return _Stat(state=rest[0], parent=int(rest[1]), start_time=int(rest[19]))


def identify(pid: int) -> ProcessIdentity | None:
    """Return the identity of a living process, ``None`` when it is gone or only a zombie."""
    found = _stat(pid)
    if found is None or found.gone:
        return None
    return ProcessIdentity(pid=pid, start_time=found.start_time, boot_id=boot_id())


def is_alive(process: ProcessIdentity) -> bool:
    """Tell whether exactly this process still lives (a zombie does not)."""
    return identify(process.pid) == process


def _pids() -> Iterator[int]:
    for name in os.listdir(_PROC):  # noqa: PTH208 - half the cost of Path.iterdir, and hot
        if name.isdigit():
            yield int(name)


def descendants(root: int) -> frozenset[int]:
    """Return the living processes below ``root``, without ``root`` itself."""
    children: dict[int, list[int]] = {}
    gone: set[int] = set()
    for pid in _pids():
        found = _stat(pid)
        if found is not None:
            children.setdefault(found.parent, []).append(pid)
            if found.gone:
                gone.add(pid)
    below: set[int] = set()
    ahead = [root]
    while ahead:
        new = [pid for pid in children.get(ahead.pop(), ()) if pid not in below]
        below.update(new)
        ahead.extend(new)
    return frozenset(below - gone)


def marked(attempt: str) -> frozenset[int]:
    """Return the living processes started with ``GOLIVE_ATTEMPT=<attempt>`` in their environment.

    Finds what left the tree: own session, other parent. Processes of other users cannot be read
    and are not found.
    """
    wanted = f"{ATTEMPT_VARIABLE}={attempt}".encode()
    found = set()
    for pid in _pids():
        try:
            environment = (_PROC / str(pid) / "environ").read_bytes()
        except OSError:
            continue
        if wanted in environment.split(b"\0") and identify(pid) is not None:
            found.add(pid)
    return frozenset(found)


def room_for_mark() -> dict[str, str]:
    """Return what the environment of a process must hold that is to :func:`mark` itself later."""
    return {ATTEMPT_VARIABLE: " " * _ROOM}


def mark(attempt: str) -> bool:
    """Make this process, and what it forks, one that :func:`marked` finds; false when it is not.

    The kernel shows the environment as it was when the process started, so the mark is written
    over the room it was started with, as programs do that change their name in ``ps``. Variables
    of ``os.environ`` must not have been changed before.
    """
    libc = ctypes.CDLL(None)
    libc.getenv.restype = ctypes.c_void_p
    place = libc.getenv(ATTEMPT_VARIABLE.encode())
    text = attempt.encode()
    if not place or len(text) > _ROOM or len(ctypes.string_at(place)) != _ROOM:
        return False
    ctypes.memmove(place, text.ljust(_ROOM, b"\0"), _ROOM)
    return os.getpid() in marked(attempt)


def tree(root: int | None, attempt: str) -> frozenset[int]:
    """Return every living process of an attempt: below ``root`` or marked; neither root nor us."""
    below = descendants(root) if root is not None else frozenset[int]()
    return (below | marked(attempt)) - {root, os.getpid()}


def become_subreaper() -> None:
    """Make this process the new parent of every orphan below it. Raise OSError when refused."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def _send(pid: int, number: signal.Signals) -> None:
    """Signal one process; one that is gone, or is another user's, is no error."""
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def _freeze(find: Callable[[], frozenset[int]]) -> frozenset[int]:
    """Stop every process where it stands, until no new one appears; return them.

    Without this a shell whose ``sleep`` is ended first goes on to its next line.
    """
    frozen: frozenset[int] = frozenset()
    while new := find() - frozen:
        for pid in sorted(new):
            _send(pid, signal.SIGSTOP)
        frozen |= new
    return frozen


def reap_children() -> dict[int, int]:
    """Collect our dead children; return the exit code of each (negative: the signal's number)."""
    ended: dict[int, int] = {}
    with suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                break
            ended[pid] = os.waitstatus_to_exitcode(status)
    return ended


def gone_within(
    find: Callable[[], frozenset[int]], seconds: float, *, reap: bool = False
) -> frozenset[int]:
    """Wait until ``find`` stays empty or ``seconds`` are over; return what is still there.

    ``reap`` collects our own dead children meanwhile.
    """
    deadline = time.monotonic() + seconds
    empty = 0
    while True:
        if reap:
            reap_children()
        left = find()
        empty = 0 if left else empty + 1
        if empty >= _EMPTY_SCANS or (left and time.monotonic() >= deadline):
            return left
        if left:
            time.sleep(_LOOK)


def end_tree(
    find: Callable[[], frozenset[int]],
    *,
    grace: float = 2.0,
    patience: float = 10.0,
    reap: bool = False,
) -> tuple[int, ...]:
    """End every process ``find`` returns, and those they start meanwhile; return the survivors.

    First all are frozen, asked to end (SIGTERM, then SIGCONT) and given ``grace`` seconds; then
    frozen again and killed, over and over for at most ``patience`` seconds. An empty tuple means
    proven: two scans in a row found nothing. ``reap`` collects our own dead children on the way;
    only a process that waits for no child elsewhere may ask for it.
    """
    frozen = _freeze(find)
    for number in (signal.SIGTERM, signal.SIGCONT):
        for pid in sorted(frozen):
            _send(pid, number)
    left = gone_within(find, grace, reap=reap)
    deadline = time.monotonic() + patience
    while left and time.monotonic() < deadline:
        for pid in sorted(_freeze(find)):
            _send(pid, signal.SIGKILL)
        left = gone_within(find, min(1.0, patience), reap=reap)
    return tuple(sorted(left))
