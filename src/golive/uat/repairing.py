"""Repair how a feature file was typed: signs, encoding, keywords; never what it says. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from golive.plaintext import Undecodable, decode
from golive.uat.gherkin import read_feature
from golive.uat.keywords import KEYWORDS, WRONG_STEPS
from golive.uat.meant import meant_structure
from golive.uat.rawtext import declared_language, fold

__all__ = ["Repaired", "repair"]

_HEAD = re.compile(r"^(\s*)([^\s:：\"“「|]{1,20}(?: [A-Za-z]+)?)\s*[:：﹕︰∶]\s*(.*)$")
_BARE = re.compile(r"^(\s*)(\S+(?: (?:Outline|Template))?)[\s\u3000]+(\S.*)$")
#: So often a repair may make another one possible.
_ROUNDS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """A file's repaired text, and the numbers its lines that differ have in it."""

    text: str
    lines: tuple[int, ...]
    #: What it was saved as, when that is not UTF-8 without a BOM; empty otherwise.
    encoding: str


def repair(content: bytes, path: str, language: str = "en") -> Repaired | None:
    """Return the repaired file; None when there is nothing to repair, or nothing helps.

    A line that is read as meant keeps its values, remarks and tables sign by sign.
    """
    try:
        decoded = decode(content)
    except Undecodable:
        return None
    before = decoded.text.splitlines()
    after = list(before)
    for _round in range(_ROUNDS):
        fixed = _once(after, path, language)
        if fixed == after:
            break
        after = fixed
    plain = decoded.encoding == "utf-8" and not content.startswith(b"\xef\xbb\xbf")
    changed = _changed(before, after)
    if not changed and plain:
        return None
    text = "\n".join(after) + "\n"
    if _seen(text.encode(), path, language) < _seen(content, path, language):
        return None
    return Repaired(text=text, lines=changed, encoding="" if plain else decoded.encoding)


def _changed(before: list[str], after: list[str]) -> tuple[int, ...]:
    # A language line may have come in front.
    shift = len(after) - len(before)
    pairs = zip(before, after[shift:], strict=True)
    changed = [
        number for number, (old, new) in enumerate(pairs, 1 + shift) if old.rstrip() != new.rstrip()
    ]
    return (*((1,) if shift else ()), *changed)


def _seen(content: bytes, path: str, language: str) -> int:
    return len(read_feature(content, path, language=language).scenarios)


def _once(lines: list[str], path: str, language: str) -> list[str]:
    read = read_feature(("\n".join(lines) + "\n").encode(), path, language=language)
    wrong = {problem.line for problem in read.problems}
    folded = {note.line for note in read.notes}
    code = read.language
    fixed = []
    declared = False
    for number, line in enumerate(lines, 1):
        if declared_language(fold(line).text.strip()) is not None and not declared:
            declared = True
            fixed.append(f"# language: {code}")
        elif number in wrong:
            fixed.append(_line(fold(line).text, code))
        else:
            fixed.append(fold(line).text if number in folded else line)
    if not declared and code != "en":
        # golive needs no such line; other editors and plain behave do.
        fixed.insert(0, f"# language: {code}")
    return fixed


def _line(line: str, code: str) -> str:
    body = line.strip()
    if body.startswith("@"):
        tags = re.split(r"[\s,，、;；]+|(?<=\S)(?=@)", body)
        return line[: len(line) - len(line.lstrip())] + " ".join(tag for tag in tags if tag)
    if body.startswith("|"):
        return line if body.endswith("|") and len(body) > 1 else f"{line.rstrip()} |"
    return next((new for new in _words(line, code) if new != line), line)


def _words(line: str, code: str) -> Iterator[str]:
    """Yield the line with the keyword that was meant."""
    words = KEYWORDS[code]
    if (match := _HEAD.match(line)) and (right := meant_structure(match[2], words, code)):
        yield f"{match[1]}{right}: {match[3]}"
    if (match := _BARE.match(line)) and match[2] in words.structure():
        yield f"{match[1]}{match[2]}: {match[3]}"
    body = line.lstrip()
    indent = line[: len(line) - len(body)]
    wrong = dict(WRONG_STEPS[code])
    for other, keywords in KEYWORDS.items():
        if other != code:
            wrong |= {
                word: str(getattr(words, kind)[0]).strip()
                for word, kind in keywords.steps().items()
            }
    for word, right in sorted(wrong.items(), key=lambda pair: -len(pair[0])):
        if body.startswith(word):
            glue = " " if right.isascii() else ""
            yield f"{indent}{right}{glue}{body[len(word) :].lstrip(' :：,，、')}"
