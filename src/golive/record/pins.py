"""Personal PINs and the tokens they open: salted hashes, counted tries, nothing to read back.

A PIN's hash is ``scrypt$LOG2N$R$P$SALT$HASH`` (RFC 7914, by the standard library). Tries are
counted per person in a folder of the record, across processes; a token stands there by its
SHA-256 alone.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

from golive.errors import Refused

__all__ = ["PinDesk", "hash_pin", "is_pin_hash", "matches"]

_LOG2N, _R, _P = 15, 8, 1
_MEMORY = 64 * 1024 * 1024
_LENGTH = 32
#: A shorter PIN is found by trying.
_SHORTEST = 6
#: So many wrong PINs in a row, and the person waits this long.
_TRIES, _WAIT = 5, timedelta(minutes=15)


def hash_pin(pin: str) -> str:
    """Return the salted hash of a new PIN. Raise Refused for one that is easy to guess."""
    if len(pin) < _SHORTEST or len(set(pin)) < 3 or pin in "01234567890" or pin in "9876543210":  # noqa: PLR2004
        raise Refused.of(
            "PIN", "is too easy to guess", hint=f"take at least {_SHORTEST} signs, not in a row"
        )
    salt = secrets.token_bytes(16)
    return _written(_LOG2N, _R, _P, salt, _scrypt(pin, salt, _LOG2N, _R, _P))


def is_pin_hash(text: str) -> bool:
    """Tell whether a text is a hash :func:`hash_pin` made."""
    try:
        _parts(text)
    except ValueError:
        return False
    return True


def matches(pin: str, stored: str) -> bool:
    """Tell whether a PIN is the one of a stored hash; False for a hash of another form."""
    try:
        log2n, r, p, salt, wanted = _parts(stored)
    except ValueError:
        return False
    return hmac.compare_digest(_scrypt(pin, salt, log2n, r, p), wanted)


def _scrypt(pin: str, salt: bytes, log2n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(
        pin.encode(), salt=salt, n=1 << log2n, r=r, p=p, maxmem=_MEMORY, dklen=_LENGTH
    )


def _written(log2n: int, r: int, p: int, salt: bytes, digest: bytes) -> str:
    texts = (base64.b64encode(part).decode() for part in (salt, digest))
    return "$".join(("scrypt", str(log2n), str(r), str(p), *texts))


def _parts(text: str) -> tuple[int, int, int, bytes, bytes]:
    words = text.split("$")
    if len(words) != 6 or words[0] != "scrypt":  # noqa: PLR2004
        raise ValueError("is no PIN hash")
    log2n, r, p = (int(word) for word in words[1:4])
    if not (1 <= log2n <= _LOG2N and 1 <= r <= _R and 1 <= p <= _P):
        raise ValueError("asks for more than this PIN's own cost")
    salt, digest = (base64.b64decode(word, validate=True) for word in words[4:])
    return log2n, r, p, salt, digest


class PinDesk:
    """Checks PINs and tokens, and counts the tries; shared by any number of processes."""

    def __init__(self, folder: Path) -> None:
        """Keep counts and tokens in ``folder``, made at the first need, for its owner alone."""
        self.folder = folder

    @classmethod
    def of(cls, workspace: Path) -> PinDesk:
        """Return the desk of a workspace."""
        return cls(workspace / ".golive" / "pins")

    def check(self, person: str, stored: str, pin: str, now: datetime) -> None:
        """Accept a person's PIN. Raise Refused when it is wrong or too many were."""
        with self._open(f"tries-{_safe(person)}.json") as file:
            seen = _read(file)
            wrong, until = int(seen.get("wrong", 0)), seen.get("until", "")
            if until and now < datetime.fromisoformat(until):
                raise Refused.of(
                    f"PIN of '{person}'",
                    "was wrong too often",
                    hint=f"try again after {datetime.fromisoformat(until):%H:%M:%S} UTC",
                )
            if matches(pin, stored):
                _write(file, {})
                return
            wrong += 1
            spent = wrong >= _TRIES
            _write(
                file,
                {"wrong": 0, "until": (now + _WAIT).isoformat()} if spent else {"wrong": wrong},
            )
        left = "no try" if spent else f"{_TRIES - wrong} tries"
        raise Refused.of(f"PIN of '{person}'", "is wrong", hint=f"{left} left for now")

    def issue(self, person: str, now: datetime, span: timedelta) -> str:
        """Return a new token that stands for a person's PIN until ``now + span``."""
        token = secrets.token_urlsafe(32)
        with self._open("tokens.json") as file:
            known = {
                key: item
                for key, item in _read(file).items()
                if datetime.fromisoformat(item["until"]) > now
            }
            known[_digest(token)] = {"person": person, "until": (now + span).isoformat()}
            _write(file, known)
        return token

    def holder(self, token: str, now: datetime) -> str:
        """Return whose token it is; empty when it is nobody's or over."""
        if not token or not (self.folder / "tokens.json").exists():
            return ""
        with self._open("tokens.json") as file:
            found = _read(file).get(_digest(token))
        if found is None or datetime.fromisoformat(found["until"]) <= now:
            return ""
        return str(found["person"])

    @contextmanager
    def _open(self, name: str) -> Iterator[IO[str]]:
        """Give one of the folder's files under its lock."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self.folder / name, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "r+", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file


def _safe(person: str) -> str:
    return hashlib.sha256(person.encode()).hexdigest()[:16]


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _read(file: IO[str]) -> dict[str, Any]:
    text = file.read()
    found = json.loads(text) if text.strip() else {}
    return found if isinstance(found, dict) else {}


def _write(file: IO[str], data: dict[str, Any]) -> None:
    file.seek(0)
    file.truncate()
    json.dump(data, file)
    file.flush()
    os.fsync(file.fileno())
