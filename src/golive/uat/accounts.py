"""Accounts that only one scenario at a time may use, leased across processes by file locks.

An environment that names several users for a role (``accounts = { clerk = ["zhang", "li"] }``)
has them leased: an ERP that allows one session for each user would otherwise end the other's.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from golive.errors import SetupError
from golive.uat.wording import say

__all__ = ["Leases", "lease_folder"]

#: Seconds to wait for an account, and between two looks.
_WAIT, _LOOK_EVERY = 120.0, 0.1


def lease_folder() -> Path:
    """Return where locks stand: one folder for all of a user's runs on this machine."""
    return Path(tempfile.gettempdir()) / f"golive-{os.getuid()}" / "accounts"


class Leases:
    """What one scenario holds; given back when it ends, or by the system when its process dies."""

    def __init__(
        self,
        system: str,
        pools: Mapping[str, Sequence[str]],
        *,
        folder: Path | None = None,
        language: str = "en",
        wait: float = _WAIT,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Lease users of ``system`` (its address) from ``pools``: role -> users."""
        self._system = system
        self._pools = pools
        self._folder = folder or lease_folder()
        self._language = language
        self._wait = wait
        self._clock = clock
        self._sleep = sleep
        self._held: dict[str, tuple[str, int]] = {}

    def held(self, role: str) -> str:
        """Return the user leased for a role; empty when none is."""
        return self._held[role][0] if role in self._held else ""

    def take(self, role: str, also: Iterable[str] = ()) -> str:
        """Return the user leased for a role, waiting until one is free; empty without a pool.

        ``also`` are roles the scenario names: all are taken now, in one order for everybody, so
        that two scenarios never wait for each other. Raise SetupError when none becomes free.
        """
        if role not in self._pools:
            return ""
        for one in sorted({role, *(name for name in also if name in self._pools)}):
            if one not in self._held:
                self._held[one] = self._one_of(one)
        return self._held[role][0]

    def _one_of(self, role: str) -> tuple[str, int]:
        deadline = self._clock() + self._wait
        while True:
            for user in self._pools[role]:
                if (descriptor := self._lock(user)) is not None:
                    return user, descriptor
            if self._clock() >= deadline:
                raise self._none_free(role)
            self._sleep(_LOOK_EVERY)

    def _lock(self, user: str) -> int | None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        name = hashlib.sha256(f"{self._system}\0{user}".encode()).hexdigest()[:24]
        path = self._folder / f"{name}.lock"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        return descriptor

    def _none_free(self, role: str) -> SetupError:
        users = ", ".join(self._pools[role])
        return SetupError.of(
            f"account '{role}'",
            say(
                self._language,
                f"every account ({users}) was in use for {self._wait:g} seconds",
                f"所有账号（{users}）在 {self._wait:g} 秒内都被占用",
            ),
            hint=say(
                self._language,
                "add users to the role in the environment's accounts, or run with fewer workers",
                "请为该角色增加账号，或减少并行数",
            ),
        )

    def give_back(self) -> None:
        """End every lease."""
        for _user, descriptor in self._held.values():
            os.close(descriptor)
        self._held.clear()
