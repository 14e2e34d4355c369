"""Signed session cookies: who signed in and when, sealed with HMAC-SHA256; nothing is secret."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import os
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Session", "Sessions"]

_LIFE_SECONDS = 12 * 3600
_ACTIVE_SECONDS = 15 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A signed-in visitor: the user's name and a random id of this sign-in."""

    user: str
    id: str


class Sessions:
    """Seals and opens the cookies of one system and knows which sessions were active lately.

    The key is a 0600 file made once; a cookie survives a restart of the system. Sessions that
    signed out, and how many are active, are known since the start of the process only.
    """

    def __init__(self, key_file: Path, cookie: str) -> None:
        self.cookie = cookie
        self._key = _read_or_make_key(key_file)
        self._seen: dict[str, float] = {}
        self._ended: set[str] = set()

    def seal(self, user: str) -> str:
        """Return the cookie of a new session."""
        content = {"user": user, "id": secrets.token_hex(8), "at": int(time.time())}
        body = base64.urlsafe_b64encode(json.dumps(content).encode()).decode()
        return f"{body}.{self._signature(body)}"

    def open(self, cookie: str) -> Session | None:
        """Return the session of a cookie, or None when it is forged, too old or signed out."""
        body, _, signature = cookie.partition(".")
        if not hmac.compare_digest(self._signature(body).encode(), signature.encode()):
            return None
        try:
            content = json.loads(base64.urlsafe_b64decode(body))
            session = Session(user=str(content["user"]), id=str(content["id"]))
            begun = int(content["at"])
        except (binascii.Error, ValueError, KeyError, TypeError):
            return None
        if time.time() - begun > _LIFE_SECONDS or session.id in self._ended:
            return None
        self._seen[session.id] = time.monotonic()
        return session

    def end(self, session: Session) -> None:
        """Make a session's cookie worthless."""
        self._ended.add(session.id)
        self._seen.pop(session.id, None)

    def active(self) -> int:
        """Return how many sessions did something in the last 15 minutes."""
        since = time.monotonic() - _ACTIVE_SECONDS
        seen = dict(self._seen)  # a copy in one step: other threads write
        for session_id, at in seen.items():
            if at < since:
                self._seen.pop(session_id, None)
        return sum(at >= since for at in seen.values())

    def _signature(self, body: str) -> str:
        return hmac.new(self._key, body.encode(), hashlib.sha256).hexdigest()


def _read_or_make_key(path: Path) -> bytes:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(handle, "wb") as stream:
        stream.write(secrets.token_hex(32).encode())
    return path.read_bytes()
