"""Every sentence a workspace's scenarios may use, with an example, and where it is used. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from golive.uat.featuretext import FeatureText
from golive.uat.phrases import OwnSentence, Phrase
from golive.uat.wording import is_chinese, say
from golive.uat.workbook import Workbook, passages

__all__ = [
    "CATEGORIES",
    "DAYS",
    "Catalogue",
    "Entry",
    "catalogue_data",
    "catalogue_text",
    "make_catalogue",
    "snippets",
]

#: Category -> its heading in English and Chinese, in the order of the catalogue.
CATEGORIES: Mapping[str, tuple[str, str]] = {
    "session": ("Who works", "由谁操作"),
    "move": ("Moving about", "页面跳转"),
    "act": ("Doing", "操作"),
    "remember": ("Remembering", "记录"),
    "wait": ("Waiting", "等待"),
    "check": ("Checking", "检查"),
    "person": ("Asking a person", "人工确认"),
    "concept": ("Concepts of this workspace", "本工作区的概念（组合步骤）"),
    "own": ("This workspace's own sentences", "本工作区自己的句子"),
}

#: How days are said, in English and Chinese.
DAYS = (
    (
        "Days: today+3, today+5 working days, in 3 days, 5 working days ago, next Monday,"
        " Monday after next, month end, last day of last month, 15th of next month,"
        " 3rd working day of next month. \\month end stays the words themselves."
    ),
    (
        "日期：今天+3、大后天、3天后、5个工作日后、下周一、下下周一、月底、上个月最后一天、"
        "下月15日、下月第3个工作日、明年初。不作日期而按原文填写时，在前面加 \\，如 \\月底。"
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One sentence; English or Chinese is empty when it has none in that language."""

    id: str
    category: str
    en: str
    zh: str
    help_en: str
    help_zh: str
    example_en: str
    example_zh: str
    #: Where it is defined, ``path:line``; empty for golive's own.
    defined: str = ""
    #: Where features and concepts use it, ``path:line``.
    used: tuple[str, ...] = ()

    def sentence(self, language: str) -> str:
        """Return it in a language, or in the one it has."""
        return (self.zh or self.en) if is_chinese(language) else (self.en or self.zh)

    def example(self, language: str) -> str:
        """Return an example in a language, or in the one it has."""
        first, second = self.example_en, self.example_zh
        return (second or first) if is_chinese(language) else (first or second)


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """All entries, by category."""

    entries: tuple[Entry, ...]

    def groups(self) -> Iterator[tuple[str, tuple[Entry, ...]]]:
        """Yield each category that has entries."""
        for category in CATEGORIES:
            found = tuple(entry for entry in self.entries if entry.category == category)
            if found:
                yield category, found


def make_catalogue(
    book: Workbook, own: Iterable[OwnSentence], features: Sequence[FeatureText]
) -> Catalogue:
    """Put the phrasebook, concepts and own sentences together with where they are used."""
    used: dict[str, list[str]] = {}
    mine = [(sentence, _pattern(sentence.pattern)) for sentence in own]
    for path, block in passages(features, book):
        for step in block.steps:
            place = f"{path}:{step.line}"
            for match in book.matches(step.text):
                used.setdefault(match.phrase.id, []).append(place)
            for sentence, pattern in mine:
                if pattern.fullmatch(step.text):
                    used.setdefault(sentence.pattern, []).append(place)
    entries = [_of_phrase(phrase, book, used) for phrase in book.phrases]
    entries += [_of_own(sentence, used) for sentence, _pattern_ in mine]
    return Catalogue(entries=tuple(entries))


def _of_phrase(phrase: Phrase, book: Workbook, used: Mapping[str, Sequence[str]]) -> Entry:
    concept = book.concepts.get(phrase.id)
    examples = dict(zip(phrase.languages, phrase.examples, strict=True))
    return Entry(
        id=phrase.id,
        category=phrase.category if concept is None else "concept",
        en=shown(phrase.en),
        zh=shown(phrase.zh),
        help_en=_inside(phrase, book, "en") or phrase.help,
        help_zh=_inside(phrase, book, "zh") or phrase.help_zh,
        example_en=examples.get("en", ""),
        example_zh=examples.get("zh", ""),
        defined=f"{concept.path}:{concept.line}" if concept else "",
        used=tuple(used.get(phrase.id, ())),
    )


def _inside(phrase: Phrase, book: Workbook, language: str) -> str:
    """Return the steps of the concept a phrase is in a language; empty when it is none."""
    concept = book.concept(phrase.id, language)
    return "; ".join(concept.steps) if concept else ""


def _of_own(sentence: OwnSentence, used: Mapping[str, Sequence[str]]) -> Entry:
    chinese = any("\u4e00" <= sign <= "\u9fff" for sign in sentence.pattern)
    return Entry(
        id=sentence.pattern,
        category="own",
        en="" if chinese else sentence.pattern,
        zh=sentence.pattern if chinese else "",
        help_en=sentence.help,
        help_zh=sentence.help,
        example_en="",
        example_zh="",
        defined=f"{sentence.path}:{sentence.line}",
        used=tuple(used.get(sentence.pattern, ())),
    )


def _pattern(expression: str) -> re.Pattern[str]:
    """Return roughly what an own sentence matches: its words, with anything for its values."""
    parts = re.split(r"\{[^{}]*\}", expression)
    return re.compile(".+?".join(map(re.escape, parts)))


def shown(expression: str) -> str:
    """Return an expression as people read it: ``…`` for a value, nothing of its machinery."""
    text = expression.replace("(：)(:)", "：").replace("(:)", ":").replace("{soft}", "")
    text = re.sub(r"\((\w+)\)", r"(\1)", text)
    quotes = "“…”" if any("\u4e00" <= sign <= "\u9fff" for sign in text) else '"…"'
    return text.replace("{text}", quotes).replace("{int}", "N").replace("\\", "")


def catalogue_data(catalogue: Catalogue) -> list[dict[str, Any]]:
    """Return the catalogue for machines."""
    return [asdict(entry) for entry in catalogue.entries]


def catalogue_text(catalogue: Catalogue, language: str) -> Iterator[str]:
    """Yield the lines of the catalogue on paper: each sentence with an example."""
    soft = say(
        language,
        "A check may end with (carry on): when it fails the scenario goes on, and is red.",
        "检查句末尾可加（继续）：不通过时场景继续执行，最终仍为不通过。",
    )
    for category, entries in catalogue.groups():
        english, chinese = CATEGORIES[category]
        yield say(language, english, chinese)
        for entry in entries:
            yield f"  {entry.sentence(language)}"
            if example := entry.example(language):
                yield say(language, f"      e.g. {example}", f"      例如：{example}")
            elif entry.help_en:
                yield f"      {entry.help_en}"
        yield ""
    yield soft
    yield say(
        language,
        'Values stand in "…", “…” or 「…」: a day, {a remembered name}, {random:6}, Group > Field.',
        '值写在 "…"、“…” 或「…」中：日期、{记住的名称}、{随机:6}、分组 > 字段。',
    )
    yield say(language, *DAYS)


def snippets(catalogue: Catalogue, language: str) -> dict[str, Any]:
    """Return editor snippets (VS Code's format) of every sentence in a language."""
    found: dict[str, Any] = {}
    for entry in catalogue.entries:
        text = entry.sentence(language)
        parts = text.split("…")
        ends = [f"${{{place}}}" for place in range(1, len(parts))] + [""]
        body = "".join(part + end for part, end in zip(parts, ends, strict=True))
        found[text] = {
            "scope": "feature,cucumber,gherkin",
            "prefix": text,
            "body": body,
            "description": say(language, entry.help_en, entry.help_zh),
        }
    return found
