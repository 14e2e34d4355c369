"""From lines as people type them to lines behave reads: full-width signs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from golive.uat.keywords import KEYWORDS, language_code

__all__ = ["FENCES", "Folded", "declared_language", "fold"]

_DOCSTRING = '"""'
#: What a text of several lines stands between, once its line is folded.
FENCES = (_DOCSTRING, "'''")
_ZERO_WIDTH = "\ufeff\u200b\u200c\u200d\u2060"
_COLONS = ":：﹕︰∶"
_STRUCTURE = sorted(
    {word for words in KEYWORDS.values() for word in words.structure()}, key=len, reverse=True
)
_STEPS = sorted(
    {word.strip() for words in KEYWORDS.values() for word in words.steps()}, key=len, reverse=True
)
_STRUCTURE_HEAD = re.compile(rf"({'|'.join(map(re.escape, _STRUCTURE))})\s*[{_COLONS}]")
_STEP_HEAD = re.compile(rf"({'|'.join(map(re.escape, _STEPS))})\s*[{_COLONS}，,、]\s*")
#: What ends a written sentence after its last quoted value.
_FULL_STOP = re.compile(r"([”“\"＂」])\s*[。．.；;，,]\s*$")
_LANGUAGE = re.compile(rf"#\s*language\s*[{_COLONS}]\s*(\S+)", re.IGNORECASE)
_FENCES: Mapping[str, str] = {
    "```": _DOCSTRING,
    "“““": _DOCSTRING,
    "”””": _DOCSTRING,
    "“”“": _DOCSTRING,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """One line as behave must see it, with what had to be changed (empty when nothing)."""

    text: str
    changed: str = ""


def declared_language(line: str) -> str | None:
    """Return the language a ``# language:`` line names, ``""`` for an unknown one, else None."""
    match = _LANGUAGE.match(line)
    return language_code(match[1]) if match else None


def fold(line: str) -> Folded:
    """Return a line with the signs of its head as behave needs them; values are left alone."""
    body = line.lstrip(" \t\u3000\u00a0" + _ZERO_WIDTH)
    indent = " " * (len(line) - len(body))
    folded = _fold_head(_FULL_STOP.sub(r"\1", body))
    changed = "" if folded == body else f"{body[:12]} → {folded[:12]}"
    return Folded(text=indent + folded.rstrip(), changed=changed)


def _fold_head(body: str) -> str:
    match body[:1]:
        case "＃":
            return "#" + body[1:]
        case "＠" | "@":
            return re.sub(r"(^|[\s\u3000])＠", r"\1@", body)
        case "｜":
            return body.replace("｜", "|")
        case "＊":
            return "*" + body[1:]
    for fence, plain in _FENCES.items():
        if body.startswith(fence):
            return plain + body[len(fence) :]
    if match_ := _STRUCTURE_HEAD.match(body):
        if match_[0] == f"{match_[1]}:":
            return body
        name = body[match_.end() :].lstrip()
        return f"{match_[1]}: {name}" if name else f"{match_[1]}:"
    if match_ := _STEP_HEAD.match(body):
        return f"{match_[1]} {body[match_.end() :]}"
    return body
