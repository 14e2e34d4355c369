"""The phrasebook: sentences as data, how they match, and which one was probably meant. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from cucumber_expressions.parameter_type import (  # type: ignore[import-untyped]  # it has no types
    ParameterType,
)
from cucumber_expressions.parameter_type_registry import (  # type: ignore[import-untyped]  # it has no types
    ParameterTypeRegistry,
)

from golive.specfile import build, read_yaml
from golive.uat.expressions import LateExpression
from golive.uat.likeness import likened, likeness
from golive.uat.wording import is_chinese

__all__ = [
    "CONTROLS",
    "STATES",
    "Match",
    "OwnSentence",
    "Phrase",
    "Phrasebook",
    "load_phrasebook",
    "parameter_types",
]

PHRASEBOOK = Path(__file__).with_name("phrasebook.yaml")
#: Below this likeness a sentence is no help.
_FAR = 0.4
#: So many sentences are remembered with what they are.
_REMEMBERED = 20_000
_QUOTED = re.compile(r'[“”"＂][^“”"＂]*[“”"＂]|「[^」]*」')

#: The kinds of control a sentence may name, and the roles a page gives them.
CONTROLS = {
    "button": "button",
    "link": "link",
    "tab": "tab",
    "field": "field",
    "按钮": "button",
    "链接": "link",
    "页签": "tab",
    "字段": "field",
    "menu item": "menuitem",
    "option": "option",
    "菜单项": "menuitem",
    "选项": "option",
}
STATES = {
    "enabled": "enabled",
    "disabled": "disabled",
    "offered": "offered",
    "absent": "absent",
    "可用": "enabled",
    "不可用": "disabled",
    "出现": "offered",
    "不出现": "absent",
    "read-only": "read-only",
    "editable": "editable",
    "只读": "read-only",
    "可编辑": "editable",
}
#: Behind a check: when it fails the scenario goes on, and is red.
SOFT = (" (carry on)", "（继续）", "(继续)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """One sentence in both languages; a workspace's own may be in one alone."""

    id: str
    #: ``session``, ``move``, ``act``, ``remember``, ``wait``, ``check`` or ``person``; only the
    #: last two prove something.
    category: str
    en: str
    zh: str
    help: str
    help_zh: str
    examples: tuple[str, ...]
    #: For each value of the Chinese sentence its place in the English one; empty when the same.
    zh_order: tuple[int, ...] = ()

    @property
    def is_check(self) -> bool:
        """Whether the sentence states a fact that can turn out wrong."""
        return self.category in {"check", "person"}

    @property
    def may_be_soft(self) -> bool:
        """Whether the sentence may end with ``(carry on)``."""
        return self.en.endswith("{soft}")

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages it can be written in: ``en``, ``zh`` or both."""
        return tuple(code for code, text in (("en", self.en), ("zh", self.zh)) if text)

    def sentence(self, language: str) -> str:
        """Return the sentence in a language, with its parameters; empty when it has none there."""
        return self.zh if is_chinese(language) else self.en

    def in_order(self, language: str, values: Sequence[object]) -> tuple[object, ...]:
        """Return a sentence's values in the order the English sentence has them."""
        if not (is_chinese(language) and self.zh_order):
            return tuple(values)
        return tuple(values[self.zh_order.index(place)] for place in range(len(values)))

    def taken(self, language: str, values: Sequence[object]) -> tuple[tuple[object, ...], bool]:
        """Return a sentence's values in the English order, and whether it is soft."""
        if not self.may_be_soft:
            return self.in_order(language, values), False
        return self.in_order(language, values[:-1]), bool(values[-1])

    def example(self, language: str) -> str:
        """Return an example in a language."""
        return self.examples[-1] if is_chinese(language) else self.examples[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSentence:
    """A sentence a workspace's Python file defines."""

    pattern: str
    help: str
    path: str
    line: int

    def values(self, sentence: str) -> tuple[str, ...] | None:
        """Return what stands for each ``{…}`` of it in a sentence; None when it is another."""
        words = map(re.escape, re.split(r"\{[^{}]*\}", self.pattern))
        found = re.fullmatch("(.+?)".join(words), sentence)
        return found.groups() if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A sentence recognised, with its values in the order of the English sentence."""

    phrase: Phrase
    values: tuple[object, ...]
    #: The language the sentence is written in: ``en`` or ``zh``.
    language: str = "en"
    #: Whether the scenario goes on when the check fails.
    soft: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Book:
    phrases: tuple[Phrase, ...]


def _choice(words: Iterable[str]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


def parameter_types() -> tuple[ParameterType, ...]:
    """Return new types ``{text}``, ``{control}``, ``{state}``, ``{soft}`` for one registry."""
    return (
        ParameterType(
            "text",
            [r'[“”"＂]([^“”"＂]*)[“”"＂]', r"「([^」]*)」"],
            str,
            lambda *groups: next((group for group in groups if group is not None), ""),
        ),
        ParameterType("control", _choice(CONTROLS), str, CONTROLS.__getitem__),
        ParameterType("state", _choice(STATES), str, STATES.__getitem__),
        ParameterType("soft", rf"(?:{_choice(SOFT)})?", bool, bool),
    )


class Phrasebook:
    """All sentences, ready to match."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        self.phrases = tuple(phrases)
        #: Features say the same sentences again and again.
        self._matched: dict[str, tuple[Match, ...]] = {}

    @cached_property
    def _expressions(self) -> tuple[tuple[Phrase, str, LateExpression], ...]:
        types = ParameterTypeRegistry()
        for kind in parameter_types():
            types.define_parameter_type(kind)
        return tuple(
            (phrase, language, LateExpression(phrase.sentence(language), types))
            for phrase in self.phrases
            for language in phrase.languages
        )

    def matches(self, sentence: str) -> tuple[Match, ...]:
        """Return every phrase a sentence is; more than one means the phrasebook is ambiguous."""
        if sentence not in self._matched:
            if len(self._matched) >= _REMEMBERED:
                self._matched.clear()
            self._matched[sentence] = self._match(sentence)
        return self._matched[sentence]

    def _match(self, sentence: str) -> tuple[Match, ...]:
        found = []
        for phrase, language, expression in self._expressions:
            arguments = expression.match(sentence)
            if arguments is not None:
                values, soft = phrase.taken(language, [one.value for one in arguments])
                found.append(Match(phrase=phrase, values=values, language=language, soft=soft))
        return tuple(found)

    def nearest(
        self, sentence: str, *, others: Iterable[str] = (), count: int = 3
    ) -> tuple[str, ...]:
        """Return the sentences nearest to one that was not understood, the best first.

        ``others`` are the workspace's own patterns. Values do not count, their places do; each
        phrase is named once, in the language the sentence is written in.
        """
        chinese = any("\u4e00" <= sign <= "\u9fff" for sign in _QUOTED.sub("", sentence))
        wanted = [
            example
            for phrase in self.phrases
            for example in phrase.examples
            if any("\u4e00" <= sign <= "\u9fff" for sign in _QUOTED.sub("", example)) == chinese
        ]
        masked = likened(sentence)
        scored = [(likeness(masked, likened(text)), text) for text in (*wanted, *others)]
        scored.sort(key=lambda pair: -pair[0])
        return tuple(text for score, text in scored[:count] if score >= _FAR)


@lru_cache(maxsize=1)
def load_phrasebook() -> Phrasebook:
    """Read the phrasebook that ships with golive."""
    document = read_yaml(PHRASEBOOK, shown_as=PHRASEBOOK.name)
    return Phrasebook(build(_Book, document).phrases)
