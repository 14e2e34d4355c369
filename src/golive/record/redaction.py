"""Take known secrets out of text and bytes, in every encoding they may have been written in.

What is found: the value as it is; percent and form encoding; JSON, Python and HTML escapes, of
some characters or all, nested or not; quotes as a shell or YAML doubles them; base64 (standard
and URL, in each of the three alignments, wrapped or not); hex; UTF-16. What is not: a value inside
compressed data (the members of a zip such as a browser trace), hashed, reversed or split up.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from html.entities import codepoint2name
from pathlib import Path
from stat import S_IMODE

from golive.errors import Problem, SetupError
from golive.record.canonical import write_atomic

__all__ = ["SHORTEST", "Redactor", "redact_tree"]

#: A shorter secret cannot be told from ordinary text, so golive refuses to work with it.
SHORTEST = 4
#: Lines of a secret of many lines (a private key) are secrets too from this length on.
_LONG_LINE = 12
_BASE64_BITS = 6
_BYTE_BITS = 8
#: Python writes a character up to this one by its number, a byte string its bytes.
_LATIN = 0xFF

#: One or more, never given back: a long run of them must not be tried in every split.
_BACKSLASHES = rb"\\\\*+"
#: Characters that a JSON, Python or shell string writes as a backslash and a letter.
_LETTERS = {"\n": b"n", "\r": b"r", "\t": b"t", "\b": b"b", "\f": b"f"}
#: How a shell or YAML writes the quote it is itself enclosed in.
_QUOTES = {
    "'": [rb"'\"'\"'", rb"'\\(?:\\)*''", rb"''", rb"&apos;"],
    '"': [rb'""'],
    " ": [rb"\+"],
    "\n": [rb"\r\n"],
}
#: The base64 digits that are no letters: as URLs and JSON write them.
_DIGITS = {
    "+": rb"(?:\+|-|%(?:25)*2[bB]|\\(?:\\)*u002[bB])",
    "/": rb"(?:\\*/|_|%(?:25)*2[fF]|\\(?:\\)*u002[fF])",
}


class Redactor:
    """Replaces secret values by ``[REDACTED:name]``. Safe to use from several threads."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        """Take secret values by name; raise SetupError when one is shorter than SHORTEST.

        Blanks around a value are no part of it. The names, not the values, are in the error.
        """
        values = {name: value.strip() for name, value in secrets.items()}
        if short := [name for name, value in values.items() if len(value) < SHORTEST]:
            raise SetupError(*(_too_short(name) for name in short))
        self._patterns = {name: tuple(_patterns(value)) for name, value in values.items()}
        self._markers = {name: self._marker(name) for name in values}

    def _marker(self, name: str) -> bytes:
        """Return what stands in a secret's place; it never holds a secret itself."""
        shown = re.sub(r"[^\w.-]", "_", name, flags=re.ASCII)
        markers = (f"[REDACTED:{shown}]", "[REDACTED]", "[*]")
        return next(one for marker in markers if not self.found_in(one := marker.encode()))

    def text(self, text: str) -> str:
        """Return the text without any secret."""
        return self.data(text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")

    def data(self, data: bytes) -> bytes:
        """Return the bytes without any secret; they are the same object when none was found."""
        pieces: list[bytes] = []
        done = 0
        for start, end, name in _merged(self._found(data)):
            pieces += (data[done:start], self._markers[name])
            done = end
        return b"".join((*pieces, data[done:])) if done else data

    def found_in(self, data: bytes) -> tuple[str, ...]:
        """Return the names of the secrets that are in the bytes, in the order they were given."""
        return tuple(
            name
            for name, patterns in self._patterns.items()
            if any(pattern.search(data) for pattern in patterns)
        )

    def _found(self, data: bytes) -> Iterator[tuple[int, int, str]]:
        for name, patterns in self._patterns.items():
            for pattern in patterns:
                at = 0
                # A value may overlap itself: look again from its second byte, not from its end.
                while match := pattern.search(data, at):
                    yield match.start(), match.end(), name
                    at = match.start() + 1


def _too_short(name: str) -> Problem:
    return Problem(
        subject=f"secret '{name}'",
        message=f"is shorter than {SHORTEST} characters and cannot be told from ordinary text",
        hint="give it a longer value",
    )


def _merged(found: Iterator[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Join places that overlap, so that no end of one secret is left beside another."""
    merged: list[tuple[int, int, str]] = []
    for start, end, name in sorted(found, key=lambda place: (place[0], -place[1])):
        if merged and start < merged[-1][1]:
            first, last, known = merged[-1]
            merged[-1] = (first, max(last, end), known)
        else:
            merged.append((start, end, name))
    return merged


def _patterns(value: str) -> Iterator[re.Pattern[bytes]]:
    lines = {line.strip() for line in value.splitlines() if len(line.strip()) >= _LONG_LINE}
    for part in (value, *sorted(lines - {value})):
        data = part.encode("utf-8", "surrogatepass")
        # Nested escapes double backslashes: one in the value stands for any number in a row.
        signs = re.sub(r"\\+", r"\\", part)
        yield re.compile(
            b"".join(
                _written(sign, after_backslash=signs[at - 1 : at] == "\\")
                for at, sign in enumerate(signs)
            )
        )
        yield re.compile(rb"[\s:]?".join(b"%02x" % byte for byte in data), re.IGNORECASE)
        for wide in ("utf-16-le", "utf-16-be"):
            yield re.compile(re.escape(part.encode(wide, "surrogatepass")))
        for offset in range(3):
            yield re.compile(rb"(?:[\r\n]|\\[rn])*".join(_base64(data, offset)))


def _written(sign: str, *, after_backslash: bool) -> bytes:
    """Return a pattern of every way one character is written.

    After a backslash of the value the run of backslashes has been taken whole, those of this
    character's own escape included.
    """
    data = sign.encode("utf-8", "surrogatepass")
    escape = rb"(?:%b)?" % _BACKSLASHES if after_backslash else _BACKSLASHES
    ways = [_BACKSLASHES] if sign == "\\" else [re.escape(data)]
    if not sign.isalnum() and sign != "\\":
        ways.append(escape + re.escape(data))
    if sign in _LETTERS:
        ways.append(escape + _LETTERS[sign])
    ways += _QUOTES.get(sign, [])
    ways.append(b"".join(rb"%%(?:25)*%b" % _hex(byte, 2) for byte in data))
    ways.append(b"".join(rb"%bx%b" % (escape, _hex(byte, 2)) for byte in data))
    if ord(sign) <= _LATIN:
        ways.append(rb"%bx%b" % (escape, _hex(ord(sign), 2)))
    ways.append(rb"%bU%b" % (escape, _hex(ord(sign), 8)))
    units = sign.encode("utf-16-be", "surrogatepass")
    pairs = [int.from_bytes(units[at : at + 2]) for at in range(0, len(units), 2)]
    ways.append(b"".join(rb"%bu%b" % (escape, _hex(unit, 4)) for unit in pairs))
    ways += _entities(sign)
    # The longest first: the value must not end before its last escape does.
    ways.sort(key=len, reverse=True)
    return b"(?:%b)%b" % (b"|".join(ways), b"+" if sign == "\\" else b"")


def _entities(sign: str) -> list[bytes]:
    number = ord(sign)
    ways = [rb"&(?:amp;)*#0*%d;" % number, rb"&(?:amp;)*#[xX]0*%b;" % _hex(number, 1)]
    if name := codepoint2name.get(number):
        ways.append(rb"&(?:amp;)*%b;" % name.encode())
    return ways


def _hex(number: int, digits: int) -> bytes:
    """Return a pattern of a number in hex, in small or large letters."""
    text = f"{number:0{digits}x}"
    return "".join(
        f"[{digit}{digit.upper()}]" if digit.isalpha() else digit for digit in text
    ).encode()


def _base64(data: bytes, offset: int) -> list[bytes]:
    """Return the digits that a value alone decides when ``offset`` bytes of others precede it."""
    first = -(-offset * _BYTE_BITS // _BASE64_BITS)
    last = (offset + len(data)) * _BYTE_BITS // _BASE64_BITS
    signs = base64.b64encode(b"\0" * offset + data).decode()[first:last]
    return [_DIGITS.get(sign, sign.encode()) for sign in signs]


def redact_tree(folder: Path, redactor: Redactor) -> tuple[Path, ...]:
    """Redact every file below a folder in place; return the files that changed, sorted.

    Links are not followed. Members of archives are not looked into. Raise OSError.
    """
    changed = []
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_file():
            continue
        found = path.read_bytes()
        clean = redactor.data(found)
        if clean is not found:
            write_atomic(path, clean, mode=S_IMODE(path.stat().st_mode))
            changed.append(path)
    return tuple(changed)
