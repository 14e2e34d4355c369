"""Who may work in a demo system: an account, and the check of its password."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from demo.passwords import password_matches
from demo.web.basic import basic_credentials

__all__ = ["Account", "Accounts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A user as the system's own table knows it; ``role`` is clerk, approver, finance or admin."""

    name: str
    role: str
    full_name: str
    password_hash: str


class Accounts:
    """Checks passwords against the accounts a system finds in its own database."""

    def __init__(self, find: Callable[[str], Account | None]) -> None:
        self.find = find
        # scrypt is slow on purpose: an API client that sends its password with every request
        # is checked once. What is kept is a keyed digest, gone with the process.
        self._salt = secrets.token_bytes(16)
        self._checked: set[bytes] = set()

    def verify(self, name: str, password: str) -> Account | None:
        """Return the account when it exists, is active and this is its password."""
        account = self.find(name)
        if account is None:
            return None
        known = f"{account.name}\0{account.password_hash}\0{password}".encode()
        digest = hashlib.blake2b(known, key=self._salt).digest()
        if digest not in self._checked:
            if not password_matches(password, account.password_hash):
                return None
            self._checked.add(digest)
        return account

    def basic(self, header: str) -> Account | None:
        """Return the account of an ``Authorization: Basic`` header, or None."""
        name, password = basic_credentials(header)
        return self.verify(name, password) if name else None
