"""One byte form for one JSON value (RFC 8785), its SHA-256, and files that appear whole or not."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import rfc8785

__all__ = ["canonical", "parse", "sha256_file", "sha256_hex", "sync_folder", "write_atomic"]

_CHUNK = 1 << 20
#: JSON numbers are IEEE 754 doubles; beyond this an integer is not exact.
_EXACT = 2**53 - 1
#: Fractions between these are written alike by Python and by RFC 8785: without an exponent.
_SMALL, _LARGE = 1e-4, 1e16
#: Keys up to this character have one order as characters and as the UTF-16 units of RFC 8785.
_LAST_ALIKE = "\ud7ff"
_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


class _Unusual(Exception):
    """A value that Python's own JSON would write in another form, or not refuse."""


def canonical(value: Any) -> bytes:
    """Return the RFC 8785 bytes of a value of mappings, sequences, strings, numbers and None.

    Text that is not Unicode (as file names may be) is written with backslash escapes. Raise
    ValueError for anything else: dates, sets, NaN, integers beyond 2**53 - 1, keys not strings.
    """
    try:
        try:
            return _encode(_usual(value)).encode()
        except _Unusual:
            return rfc8785.dumps(_plain(value))
    except RecursionError as error:
        raise ValueError("JSON data is nested too deeply") from error


def _usual(value: Any) -> Any:
    """Return a value such that Python's JSON, several times as fast, gives its RFC 8785 bytes.

    Raise _Unusual when there is none.
    """
    if isinstance(value, str):
        return value if value.isascii() else _text(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int) and -_EXACT <= value <= _EXACT:
        return value
    if isinstance(value, float):
        if value.is_integer():
            return _usual(int(value))
        if _SMALL <= abs(value) < _LARGE:
            return value
    if isinstance(value, list | tuple):
        return [_usual(item) for item in value]
    if isinstance(value, Mapping):
        return {_usual_key(key): _usual(item) for key, item in value.items()}
    raise _Unusual


def _usual_key(key: Any) -> str:
    if isinstance(key, str) and (key.isascii() or max(key) <= _LAST_ALIKE):
        return key
    raise _Unusual


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        return {_key(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise ValueError(f"a key of JSON data must be text, not {key!r}")  # noqa: TRY004 - one kind
    return _text(key)


def _text(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()


def parse(line: bytes) -> Any:
    """Return the value of JSON bytes such that ``canonical`` gives canonical bytes back.

    Raise ValueError when they are not UTF-8 JSON, or hold NaN or an infinity.
    """
    try:
        return _decode(line.decode("utf-8"))
    except RecursionError as error:
        raise ValueError("JSON data is nested too deeply") from error


def _integer(digits: str) -> int | float:
    """Read a large double back as one: RFC 8785 writes 1e17 as a plain row of digits."""
    number = int(digits)
    return number if abs(number) <= _EXACT else float(digits)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


_decode = json.JSONDecoder(parse_int=_integer, parse_constant=_no_constant).decode


def sha256_hex(content: bytes) -> str:
    """Return the lower-case hex SHA-256 of bytes."""
    return hashlib.sha256(content).hexdigest()


def sha256_file(path: Path) -> str:
    """Return the lower-case hex SHA-256 of a file, read in pieces. Raise OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_CHUNK):
            digest.update(piece)
    return digest.hexdigest()


def sync_folder(folder: Path) -> None:
    """Make names created in or renamed into a folder survive a power cut. Raise OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_atomic(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Put a whole file in place, or change nothing; it is on disk when this returns.

    Raise OSError; then no draft is left behind either.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}.draft")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        with suppress(OSError):
            draft.unlink()
        raise
    sync_folder(path.parent)
