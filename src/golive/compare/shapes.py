"""What a value looks like without what it says, for messages that may be about a person; pure."""

from __future__ import annotations

import re

__all__ = ["shape", "unquoted"]

#: What a database quotes of a value it cannot read, and how it tells one without quotes.
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|(?<=with value )\S+")


def shape(value: str) -> str:
    """Return ``9`` for each digit of a value, ``x`` for each letter, and all else as it is."""
    return re.sub(r"[^\W\d_]", "x", re.sub(r"\d", "9", value))


def unquoted(message: str) -> str:
    """Return a database's message with the shapes of the values it quotes."""
    return _QUOTED.sub(lambda found: shape(found[0]), message)
