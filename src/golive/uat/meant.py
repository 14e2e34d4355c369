"""What a line was meant to be that is none of Gherkin's: words of habit, slips, other languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches

from golive.uat.keywords import KEYWORDS, WRONG_STEPS, WRONG_STRUCTURE, Keywords

__all__ = ["meant_line", "meant_step", "meant_structure", "own_word", "structure"]


def structure(body: str, words: Keywords) -> tuple[str, str] | None:
    """Return the kind and the name of a line that begins a feature, a scenario, …; else None."""
    for word, kind in words.structure().items():
        if body.startswith(f"{word}:"):
            return kind, body[len(word) + 1 :].strip()
    return None


def _candidates(words: Keywords, language: str) -> Iterator[tuple[str, str]]:
    """Yield what may be typed and the word of this language that is meant."""
    own = words.structure()
    yield from ((word, word) for word in own)
    for other in KEYWORDS.values():
        for word, kind in other.structure().items():
            if word not in own:
                yield word, getattr(words, kind)[-1 if language == "en" else 0]
    yield from WRONG_STRUCTURE[language].items()


def meant_structure(typed: str, words: Keywords, language: str) -> str:
    """Return the keyword that was meant by a word before a colon; empty when none was."""
    known = dict(_candidates(words, language))
    lower = {word.lower(): right for word, right in known.items()}
    if typed.lower() in lower:
        return lower[typed.lower()]
    near = get_close_matches(typed.lower(), lower, n=1, cutoff=0.8)
    return lower[near[0]] if near else ""


def meant_line(body: str, words: Keywords, language: str) -> str:
    """Return the keyword a line was meant to begin with, with a colon; empty when with none."""
    match = re.match(r"([^\s:：\"“「|]{1,20}(?: [A-Za-z]+)?)\s*[:：﹕︰∶]", body)
    if match:
        return meant_structure(match[1], words, language)
    bare = re.match(r"(\S+(?: (?:Outline|Template))?)(?:[\s\u3000]+\S|$)", body)
    word = bare[1] if bare else ""
    return word if word in words.structure() else ""


def meant_step(body: str, words: Keywords, language: str) -> tuple[str, str] | None:
    """Return the wrong word a step begins with and the right one; None when it is no step."""
    for tried in dict.fromkeys((language, *KEYWORDS)):
        others = {} if tried == language else KEYWORDS[tried].steps()
        pairs = dict(WRONG_STEPS[tried]) | {
            word: own_word(kind, words) for word, kind in others.items()
        }
        for word, right in sorted(pairs.items(), key=lambda pair: -len(pair[0])):
            if body.startswith(word):
                return word.strip(), right
    return None


def own_word(kind: str, words: Keywords) -> str:
    """Return the first keyword of a kind of step, without the blank behind it."""
    return str(getattr(words, kind)[0]).strip()
