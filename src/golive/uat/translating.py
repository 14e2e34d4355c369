"""A feature said in the other language, sentence by sentence, by the phrases' ids. Pure.

Names and remarks are people's and stay as they are. What has no twin in the other language (a
concept, a workspace's own sentence) is said so, and nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from golive.errors import Problem, SpecError
from golive.uat.featuretext import FeatureText
from golive.uat.keywords import KEYWORDS, STEP_KINDS
from golive.uat.phrases import CONTROLS, STATES, Match, Phrase, Phrasebook
from golive.uat.wording import is_chinese, say

__all__ = ["translate_feature", "translate_sentence"]

_SLOT = re.compile(r"\{(text|int|control|state|soft)\}")
_STRUCTURE_KINDS = ("feature", "rule", "background", "outline", "scenario", "examples")


def translate_sentence(sentence: str, book: Phrasebook, language: str) -> str | None:
    """Return a sentence in a language; None when it is no phrase that has one there."""
    found = book.matches(sentence)
    if len(found) != 1:
        return None
    (match,) = found
    if not match.phrase.sentence(language):
        return None
    return _said(match, language, braced=_had_colon(sentence, match.phrase))


def _had_colon(sentence: str, phrase: Phrase) -> bool:
    return "(:)" in phrase.en and sentence.rstrip().endswith((":", "："))


def _said(match: Match, language: str, *, braced: bool) -> str:
    phrase = match.phrase
    chinese = is_chinese(language)
    values = list(match.values)
    if chinese and phrase.zh_order:
        values = [values[place] for place in phrase.zh_order]
    rest = iter(values)
    count = next((value for value in match.values if isinstance(value, int)), 0)

    def filled(slot: re.Match[str]) -> str:
        if slot[1] == "soft":
            if not match.soft:
                return ""
            return "（继续）" if chinese else " (carry on)"
        value = next(rest)
        match slot[1]:
            case "text":
                return f"“{value}”" if chinese or '"' in str(value) else f'"{value}"'
            case "control":
                return _word(CONTROLS, value, chinese=chinese)
            case "state":
                return _word(STATES, value, chinese=chinese)
        return str(value)

    text = phrase.sentence(language)
    text = text.replace("(：)(:)", "：" if braced else "").replace("(:)", ":" if braced else "")
    text = re.sub(r"\((\w+)\)", r"\1" if count != 1 else "", text)
    return _SLOT.sub(filled, text).replace("\\", "")


def _word(words: Mapping[str, str], meaning: object, *, chinese: bool) -> str:
    return next(
        word for word, means in words.items() if means == meaning and word.isascii() != chinese
    )


def translate_feature(feature: FeatureText, book: Phrasebook, language: str) -> str:
    """Return a feature's text in ``en`` or ``zh-CN``.

    Raise SpecError naming every sentence that has no twin there.
    """
    problems: list[Problem] = []
    lines = list(_lines(feature, book, language, problems))
    if problems:
        raise SpecError(*problems)
    return "\n".join(lines) + "\n"


def _lines(
    feature: FeatureText, book: Phrasebook, language: str, problems: list[Problem]
) -> Iterator[str]:
    ours, theirs = KEYWORDS[feature.language], KEYWORDS[language]
    if language != "en":
        yield f"# language: {language}"
    steps = {step.line: step for scenario in feature.scenarios for step in scenario.steps}
    heads = [
        (word, f"{getattr(theirs, kind)[-1 if language == 'en' and kind == 'scenario' else 0]}:")
        for kind in _STRUCTURE_KINDS
        for word in getattr(ours, kind)
    ]
    begins = sorted(
        ((word, kind) for kind in STEP_KINDS for word in getattr(ours, kind)),
        key=lambda pair: -len(pair[0]),
    )
    for number, line in enumerate(feature.text.splitlines(), 1):
        body = line.strip()
        indent = line[: len(line) - len(line.lstrip())]
        if body == "#":
            # The language line stood here.
            continue
        head = next(((w, new) for w, new in heads if body.startswith(f"{w}:")), None)
        if number in steps:
            word, kind = next((w, k) for w, k in begins if body.lower().startswith(w.lower()))
            text = body[len(word) :].strip()
            said = translate_sentence(text, book, language)
            if said is None:
                problems.append(_no_twin(feature, number, text, language))
                continue
            yield f"{indent}{getattr(theirs, kind)[0]}{said}"
        elif head is not None and not body.startswith("|"):
            yield f"{indent}{head[1]}{body[len(head[0]) + 1 :]}"
        else:
            yield line


def _no_twin(feature: FeatureText, line: int, text: str, language: str) -> Problem:
    return Problem(
        subject="",
        message=say(
            feature.language,
            f"'{text}' has no sentence in the other language ({language})",
            f"“{text}”没有对应的另一种语言（{language}）的句子",
        ),
        path=feature.path,
        line=line,
    )
