"""HTTP Basic: who says to be asking, and whether the demo's password files agree."""

from __future__ import annotations

import base64
import binascii
import hmac
from pathlib import Path

__all__ = ["basic_credentials", "secret_matches"]


def basic_credentials(header: str) -> tuple[str, str]:
    """Return user and password of an ``Authorization: Basic`` header; empty texts for none."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    user, _, password = text.partition(":")
    return user, password


def secret_matches(folder: Path, name: str, given: str) -> bool:
    """Tell whether ``given`` is what the secret file ``name`` holds; False without the file."""
    try:
        expected = (folder / "secrets" / name).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return False
    return bool(expected) and hmac.compare_digest(given.encode(), expected.encode())
