"""From the bytes people save to text: UTF-8 with or without BOM, UTF-16, GBK; pure."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Decoded", "Undecodable", "decode"]


class Undecodable(ValueError):
    """The bytes are no text golive can read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """A file's text and what it was saved as, e.g. ``utf-8``, ``utf-16``, ``gb18030``."""

    text: str
    encoding: str


def decode(content: bytes) -> Decoded:
    """Decode a file saved by any editor: UTF-8 with or without BOM, UTF-16, GBK/GB18030.

    Raise Undecodable when it is none of these.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _decoded(content, "utf-16")
    if b"\x00" in content:
        # Blanks and line ends have one zero byte; on which side tells the byte order.
        little = content[1::2].count(0) >= content[::2].count(0)
        return _decoded(content, "utf-16-le" if little else "utf-16-be")
    try:
        return _decoded(content, "utf-8-sig")
    except Undecodable:
        return _decoded(content, "gb18030")


def _decoded(content: bytes, encoding: str) -> Decoded:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise Undecodable(str(error)) from error
    if "\x00" in text:
        raise Undecodable("it contains null characters")
    return Decoded(text=text, encoding=encoding.removesuffix("-sig"))
