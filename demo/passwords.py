"""Password hashes of the demo's users: scrypt at a cost that keeps log-in quick."""

from __future__ import annotations

import hashlib
import hmac

_N, _R, _P, _LENGTH = 2**10, 8, 1, 32


def hash_password(password: str, salt: bytes) -> str:
    """Hash `password` as `scrypt$N$r$p$salt$hash` (hex); give 16 random bytes as `salt`."""
    digest = hashlib.scrypt(password.encode(), salt=salt, n=_N, r=_R, p=_P, dklen=_LENGTH)
    return f"scrypt${_N}${_R}${_P}${salt.hex()}${digest.hex()}"


def password_matches(password: str, stored: str) -> bool:
    """Tell whether `password` is the one behind `stored`; False for an unreadable hash."""
    try:
        kind, n, r, p, salt, digest = stored.split("$")
        wanted = bytes.fromhex(digest)
        got = hashlib.scrypt(
            password.encode(),
            salt=bytes.fromhex(salt),
            n=int(n),
            r=int(r),
            p=int(p),
            dklen=len(wanted),
        )
    except ValueError:
        return False
    return kind == "scrypt" and hmac.compare_digest(wanted, got)
