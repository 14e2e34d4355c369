"""A feature said in the other language, sentence by sentence, by the phrases' ids. Pure.

Names and remarks are people's and stay as they are. A workspace's own sentence is said as the other
one its function answers to, a concept as its file says it there. What has no twin in the other
language is said so, and nothing is guessed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from golive.errors import Problem, SpecError
from golive.uat.featuretext import BackgroundText, FeatureText, ScenarioText
from golive.uat.keywords import KEYWORDS, STEP_KINDS
from golive.uat.phrases import CONTROLS, STATES, Match, OwnSentence, Phrase, Phrasebook
from golive.uat.wording import is_chinese, say

__all__ = ["Twin", "own_twins", "translate_feature", "translate_sentence"]

#: Says a workspace's own sentence in ``en`` or ``zh``; None when there is no such.
Twin = Callable[[str, str], str | None]

_SLOT = re.compile(r"\{(text|int|control|state|soft)\}")
_OWN_SLOT = re.compile(r"\{([^{}]*)\}")
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


def own_twins(sentences: Sequence[OwnSentence]) -> Twin:
    """Return what says own sentences in the other language.

    Two sentences of one function are twins when one is Chinese, one is not, and both take the same
    in the same order. Such as may be said in several ways (``(s)``, ``a/b``) are nobody's twin.
    """
    by_function: dict[tuple[str, int], list[OwnSentence]] = defaultdict(list)
    for one in sentences:
        by_function[one.path, one.line].append(one)
    twins: list[tuple[OwnSentence, str, str]] = []
    for own in by_function.values():
        english = [one for one in own if one.pattern.isascii()]
        chinese = [one for one in own if not one.pattern.isascii()]
        pair = [one.pattern for one in (*english, *chinese)]
        plain = not any(sign in text for text in pair for sign in "()/\\")
        same = len({tuple(_OWN_SLOT.findall(text)) for text in pair}) == 1
        if len(english) == len(chinese) == 1 and plain and same:
            twins.append((chinese[0], "en", english[0].pattern))
            twins.append((english[0], "zh", chinese[0].pattern))

    def said(sentence: str, language: str) -> str | None:
        for other, code, pattern in twins:
            if code == language and (values := other.values(sentence)) is not None:
                parts = _OWN_SLOT.sub("\0", pattern).split("\0")
                return "".join(a + b for a, b in zip(parts, (*values, ""), strict=True))
        return None

    return said


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
                return _quoted(str(value), chinese=chinese)
            case "control":
                return _word(CONTROLS, value, chinese=chinese)
            case "state":
                return _word(STATES, value, chinese=chinese)
        return str(value)

    text = phrase.sentence(language)
    text = text.replace("(：)(:)", "：" if braced else "").replace("(:)", ":" if braced else "")
    text = re.sub(r"\((\w+)\)", r"\1" if count != 1 else "", text)
    return _SLOT.sub(filled, text).replace("\\", "")


def _quoted(value: str, *, chinese: bool) -> str:
    if set(value) & set('“”"＂'):
        return f"「{value}」"
    return f"“{value}”" if chinese else f'"{value}"'


def _word(words: Mapping[str, str], meaning: object, *, chinese: bool) -> str:
    return next(
        word for word, means in words.items() if means == meaning and word.isascii() != chinese
    )


def translate_feature(
    feature: FeatureText,
    book: Phrasebook,
    language: str,
    own: Twin = lambda _sentence, _language: None,
) -> str:
    """Return a feature's text in ``en`` or ``zh-CN``; ``own`` says the workspace's sentences.

    Raise SpecError naming every sentence that has no twin there.
    """
    problems: list[Problem] = []
    lines = list(_lines(feature, book, language, own, problems))
    if problems:
        raise SpecError(*problems)
    return "\n".join(lines) + "\n"


def _lines(
    feature: FeatureText, book: Phrasebook, language: str, own: Twin, problems: list[Problem]
) -> Iterator[str]:
    ours, theirs = KEYWORDS[feature.language], KEYWORDS[language]
    if language != "en":
        yield f"# language: {language}"
    holders: tuple[BackgroundText | ScenarioText, ...] = (*feature.backgrounds, *feature.scenarios)
    steps = {step.line for holder in holders for step in holder.steps}
    # Tables and texts of steps are people's, whatever they look like.
    kept = {line for holder in holders for line, _text in holder.arguments}
    heads = [
        (word, f"{getattr(theirs, kind)[-1 if language == 'en' and kind == 'scenario' else 0]}:")
        for kind in _STRUCTURE_KINDS
        for word in getattr(ours, kind)
    ]
    begins = sorted(
        ((word, getattr(theirs, kind)[0]) for kind in STEP_KINDS for word in getattr(ours, kind)),
        key=lambda pair: -len(pair[0]),
    )
    for number, line in enumerate(feature.text.splitlines(), 1):
        body = line.strip()
        indent = line[: len(line) - len(line.lstrip())]
        if body == "#" and number not in kept:
            # The language line stood here.
            continue
        head = next(((w, new) for w, new in heads if body.startswith(f"{w}:")), None)
        if number in steps:
            lowered = body.lower()
            word, new = next(
                (pair for pair in begins if lowered.startswith(pair[0].lower())), ("* ", "* ")
            )
            text = body[len(word) :].strip()
            said = translate_sentence(text, book, language) or own(text, language[:2])
            if said is None:
                problems.append(_no_twin(feature, number, text, language))
                continue
            yield f"{indent}{new}{said}"
        elif head is not None and number not in kept and not body.startswith("|"):
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
