"""Concepts: named groups of sentences in plain Gherkin, in ``steps/concepts/*.concept``.

    Concept: I order {quantity} of {product}
    概念: 我订购{数量}件{产品}
      When I open "New order"
      And I enter "{quantity}" in "Quantity"

A value of the concept's sentence is used as ``{name}`` inside. A second line may say the sentence
in the other language; its values are the same by their names, and else in the same order. A concept
may use others, never itself; in a report its steps stand inside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from golive.errors import Problem
from golive.plaintext import Undecodable, decode
from golive.uat.featuretext import FeatureText, ScenarioText, StepText
from golive.uat.gherkin import read_feature
from golive.uat.keywords import KEYWORDS
from golive.uat.phrases import Phrase
from golive.uat.wording import is_chinese, say

__all__ = ["Concept", "read_concepts"]

_HEAD = re.compile(r"^(\s*)(Concept|概念|组合步骤)\s*[:：]\s*(.*?)\s*$")
_PARAMETER = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Concept:
    """One group of sentences and the sentence that stands for it."""

    #: The sentence as written: ``I order {quantity} of {product}``.
    sentence: str
    parameters: tuple[str, ...]
    #: The same sentence in the other language; empty when it has none.
    twin: str = ""
    #: What each of ``parameters`` is called in it.
    counterparts: tuple[str, ...] = ()
    #: Its steps' lines, tables and texts as they stand in the file, without its own line.
    body: tuple[str, ...]
    #: Its sentences, for matching.
    steps: tuple[str, ...]
    #: Place in ``body`` -> kind of the step that stands there (``given``, ``when``, ``then``).
    kinds: Mapping[int, tuple[str, str]]
    path: str
    line: int
    #: ``en``, ``zh-CN`` or ``zh-TW``.
    language: str

    @property
    def id(self) -> str:
        """The id of the phrase that stands for it."""
        return f"concept:{self.path}:{self.line}"

    def script(self) -> ScenarioText:
        """Return its steps and their tables and texts, with the lines of its file."""
        first = self.line + 1
        return ScenarioText(
            line=self.line,
            name=self.sentence,
            outline=False,
            steps=[
                StepText(line=first + place, kind=kind, text=text)
                for place, (kind, text) in sorted(self.kinds.items())
            ],
            arguments=[
                (first + place, line)
                for place, line in enumerate(self.body)
                if place not in self.kinds and not line.lstrip().startswith("#")
            ],
        )

    def text(self, language: str) -> str:
        """Return its steps with the keywords of a feature's language."""
        words = KEYWORDS[language]
        lines = list(self.body)
        for place, (kind, text) in self.kinds.items():
            lines[place] = f"  {getattr(words, kind)[0]}{text}"
        return "\n".join(lines)

    def named(self, language: str, values: Sequence[str]) -> Mapping[str, str]:
        """Return the values of its sentence in a language by their names in both."""
        others = self.counterparts or self.parameters
        if is_chinese(language) != is_chinese(self.language):
            values = [values[place] for place in self._places_in_twin()]
        return dict(zip((*others, *self.parameters), (*values, *values), strict=True))

    def _places_in_twin(self) -> tuple[int, ...]:
        """Return for each of ``parameters`` its place in the twin."""
        written = _PARAMETER.findall(self.twin)
        return tuple(written.index(name) for name in self.counterparts)

    def phrase(self, *, checks: bool) -> Phrase:
        """Return it as a phrase; ``checks`` tells whether it proves anything."""
        chinese = is_chinese(self.language)
        english, other = (self.twin, self.sentence) if chinese else (self.sentence, self.twin)
        order = self._places_in_twin()
        if not chinese:
            order = tuple(order.index(place) for place in range(len(order)))
        steps = "; ".join(self.steps)
        return Phrase(
            id=self.id,
            category="check" if checks else "act",
            en=_expression(english),
            zh=_expression(other),
            help=steps,
            help_zh=steps,
            examples=tuple(
                _PARAMETER.sub(quoted, text)
                for text, quoted in ((english, r'"\1"'), (other, r"“\1”"))
                if text
            ),
            zh_order=() if order == tuple(sorted(order)) else order,
        )


def _expression(sentence: str) -> str:
    return _PARAMETER.sub("{text}", re.sub(r"([\\/()])", r"\\\1", sentence))


def read_concepts(content: bytes, path: str) -> tuple[tuple[Concept, ...], tuple[Problem, ...]]:
    """Read one concept file; return its concepts, and everything wrong with it."""
    try:
        lines = decode(content).text.splitlines()
    except Undecodable as error:
        return (), (Problem(subject="", message=f"is no text: {error}", path=path, line=1),)
    first = next((head for line in lines if (head := _HEAD.match(line))), None)
    chinese = first[2] != "Concept" if first else not "\n".join(lines).isascii()
    if first is None:
        message = say("zh" if chinese else "en", "there is no concept in it", "文件里没有概念")
        hint = say("zh" if chinese else "en", "begin with 'Concept: …'", "请以“概念: …”开头")
        return (), (Problem(subject="", message=message, path=path, line=1, hint=hint),)
    lines, twins = _apart(lines, chinese=chinese)
    words = KEYWORDS["zh-CN" if chinese else "en"]
    scenarios = [_HEAD.sub(rf"\1{words.scenario[-1]}: \3", line) for line in lines]
    # As a feature whose own line stands before the first one, so that lines are off by one.
    feature = read_feature("\n".join([f"{words.feature[0]}: -", *scenarios]).encode(), path)
    problems = tuple(replace(p, line=max(p.line - 1, 1)) for p in feature.problems)
    problems = problems or tuple(_problems(feature, twins, path))
    return ((), problems) if problems else (tuple(_concepts(feature, twins, path)), ())


def _apart(lines: Sequence[str], *, chinese: bool) -> tuple[list[str], Mapping[int, str]]:
    """Take sentences in the other language out of the lines; return them by their concept's line.

    A head directly below one of the other language is the same concept's.
    """
    kept, twins = list(lines), {}
    above: tuple[int, re.Match[str]] | None = None
    for place, line in enumerate(lines):
        head = _HEAD.match(line)
        if head is None:
            above = above if not line.strip() or line.lstrip().startswith("#") else None
        elif above is None or (above[1][2] == "Concept") == (head[2] == "Concept"):
            above = (place, head)
        else:
            own, other = above[1], head
            if (own[2] == "Concept") == chinese:
                own, other = other, own
            kept[above[0]], kept[place] = own[0], ""
            twins[above[0] + 1] = other[3]
            above = None
    return kept, twins


def _concepts(feature: FeatureText, twins: Mapping[int, str], path: str) -> Iterator[Concept]:
    lines = feature.text.splitlines()
    ends = [*(s.line for s in feature.scenarios[1:]), len(lines) + 1]
    for scenario, end in zip(feature.scenarios, ends, strict=True):
        twin = twins.get(scenario.line - 1, "")
        names = _PARAMETER.findall(scenario.name)
        yield Concept(
            sentence=scenario.name,
            parameters=tuple(names),
            twin=twin,
            counterparts=_counterparts(names, _PARAMETER.findall(twin)),
            body=tuple(lines[scenario.line : end - 1]),
            steps=tuple(step.text for step in scenario.steps),
            kinds={
                step.line - scenario.line - 1: (step.kind, step.text) for step in scenario.steps
            },
            path=path,
            line=scenario.line - 1,
            language=feature.language,
        )


def _counterparts(names: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    """Return what each name is called in the other language: the same, else the next one left."""
    left = iter([other for other in others if other not in names])
    return tuple(name if name in others else next(left) for name in names) if others else ()


def _problems(feature: FeatureText, twins: Mapping[int, str], path: str) -> Iterator[Problem]:
    for scenario in feature.scenarios:
        twin = twins.get(scenario.line - 1)
        wrong = [] if scenario.steps else [("the concept has no steps", "概念没有步骤")]
        wrong += _wrong(scenario.name)
        if twin is not None:
            wrong += _wrong(twin)
            if len(_PARAMETER.findall(twin)) != len(_PARAMETER.findall(scenario.name)):
                wrong.append(
                    (
                        f"its sentence in the other language takes other values: {twin}",
                        f"另一种语言的句子参数个数不同：{twin}",
                    )
                )
        for message, chinese in wrong:
            yield Problem(
                subject=scenario.name,
                message=say(feature.language, message, chinese),
                path=path,
                line=scenario.line - 1,
            )


def _wrong(sentence: str) -> Iterator[tuple[str, str]]:
    names = _PARAMETER.findall(sentence)
    if not _PARAMETER.sub("", sentence).strip():
        yield "the concept's sentence has no words of its own", "概念的句子没有自己的文字"
    if len(set(names)) < len(names):
        yield "one value has a name twice", "参数名称重复"
    if re.search(r"[\"“”「」<>]", sentence):
        yield (
            "write a value as {name}, without quotes",
            "参数请写成 {名称}，不要加引号",
        )
