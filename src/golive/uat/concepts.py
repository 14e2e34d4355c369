"""Concepts: named groups of sentences in plain Gherkin, in ``steps/concepts/*.concept``.

    Concept: I order {quantity} of {product}
      When I open "New order"
      And I enter "{quantity}" in "Quantity"

A value of the concept's sentence is used as ``{name}`` inside. A concept may use others, never
itself; in a report its steps stand inside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from golive.errors import Problem, SpecError
from golive.plaintext import Undecodable, decode
from golive.uat.featuretext import BackgroundText, FeatureText, ScenarioText, StepText
from golive.uat.gherkin import read_feature
from golive.uat.keywords import KEYWORDS
from golive.uat.phrases import Phrase, Phrasebook, load_phrasebook
from golive.uat.wording import is_chinese, say

__all__ = ["Concept", "Workbook", "load_workbook", "passages", "read_concepts", "require_sound"]

FOLDER = Path("steps/concepts")
_HEAD = re.compile(r"^(\s*)(?:Concept|概念|组合步骤)\s*[:：]\s*(.*?)\s*$")
_PARAMETER = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Concept:
    """One group of sentences and the sentence that stands for it."""

    #: The sentence as written: ``I order {quantity} of {product}``.
    sentence: str
    parameters: tuple[str, ...]
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

    def phrase(self, *, checks: bool) -> Phrase:
        """Return it as a phrase; ``checks`` tells whether it proves anything."""
        chinese = is_chinese(self.language)
        expression = _PARAMETER.sub("{text}", _escaped(self.sentence))
        example = _PARAMETER.sub(r"“\1”" if chinese else r'"\1"', self.sentence)
        steps = "; ".join(self.steps)
        return Phrase(
            id=self.id,
            category="check" if checks else "act",
            en="" if chinese else expression,
            zh=expression if chinese else "",
            help=steps,
            help_zh=steps,
            examples=(example,),
        )


class Workbook(Phrasebook):
    """The phrasebook of one workspace: golive's sentences and its own concepts."""

    def __init__(
        self, phrases: Sequence[Phrase], concepts: Sequence[Concept], problems: Sequence[Problem]
    ) -> None:
        super().__init__(phrases)
        self.concepts = {concept.id: concept for concept in concepts}
        #: What is wrong with the concept files.
        self.problems = tuple(problems)
        self._groups = Phrasebook([phrase for phrase in phrases if phrase.id in self.concepts])

    def concepts_of(self, sentence: str) -> Iterator[Concept]:
        """Yield the concept a sentence is, and those it uses, each before what it uses."""
        yield from self._concepts_of(sentence, ())

    def _concepts_of(self, sentence: str, around: tuple[str, ...]) -> Iterator[Concept]:
        for match in self._groups.matches(sentence) if self.concepts else ():
            concept = self.concepts[match.phrase.id]
            if concept.id not in around:
                yield concept
                for step in concept.steps:
                    yield from self._concepts_of(step, (*around, concept.id))


def passages(
    features: Iterable[FeatureText], book: Workbook
) -> Iterator[tuple[str, BackgroundText | ScenarioText]]:
    """Yield all that is written in sentences with its path: backgrounds, scenarios, concepts."""
    for feature in features:
        yield from ((feature.path, background) for background in feature.backgrounds)
        yield from ((feature.path, scenario) for scenario in feature.scenarios)
    for concept in book.concepts.values():
        yield concept.path, concept.script()


def load_workbook(root: Path) -> Workbook:
    """Read golive's phrasebook and a workspace's concepts, again only when a file has changed."""
    paths = sorted((root / FOLDER).glob("*.concept"))
    stamps = tuple((path, path.stat().st_mtime_ns, path.stat().st_size) for path in paths)
    return _workbook(root, stamps)


@lru_cache(maxsize=8)
def _workbook(root: Path, stamps: tuple[tuple[Path, int, int], ...]) -> Workbook:
    concepts: list[Concept] = []
    problems: list[Problem] = []
    for path, _time, _size in stamps:
        found, wrong = read_concepts(path.read_bytes(), path.relative_to(root).as_posix())
        concepts += found
        problems += wrong
    plain = load_phrasebook().phrases
    book = Phrasebook((*plain, *(concept.phrase(checks=False) for concept in concepts)))
    problems += _twice(concepts, book)
    uses = {concept.id: tuple(_used(concept, book)) for concept in concepts}
    problems += _circles(concepts, uses)
    phrases = [c.phrase(checks=_proves(c.id, uses, book, set())) for c in concepts]
    return Workbook((*plain, *phrases), concepts, problems)


def read_concepts(content: bytes, path: str) -> tuple[tuple[Concept, ...], tuple[Problem, ...]]:
    """Read one concept file; return its concepts, and everything wrong with it."""
    try:
        text = decode(content).text
    except Undecodable as error:
        return (), (Problem(subject="", message=f"is no text: {error}", path=path, line=1),)
    first = next((line for line in text.splitlines() if _HEAD.match(line)), "")
    chinese = not first.strip().startswith("Concept") if first else not text.isascii()
    words = KEYWORDS["zh-CN" if chinese else "en"]
    lines = [_HEAD.sub(rf"\1{words.scenario[-1]}: \2", line) for line in text.splitlines()]
    heads = [number for number, line in enumerate(text.splitlines(), 1) if _HEAD.match(line)]
    if not heads:
        message = say("zh" if chinese else "en", "there is no concept in it", "文件里没有概念")
        hint = say("zh" if chinese else "en", "begin with 'Concept: …'", "请以“概念: …”开头")
        return (), (Problem(subject="", message=message, path=path, line=1, hint=hint),)
    # As a feature whose own line stands before the first one, so that lines are off by one.
    feature = read_feature("\n".join([f"{words.feature[0]}: -", *lines]).encode(), path)
    problems = tuple(replace(p, line=max(p.line - 1, 1)) for p in feature.problems)
    if problems:
        return (), problems
    return tuple(_concepts(feature, path)), tuple(_problems(feature, path))


def _concepts(feature: FeatureText, path: str) -> Iterator[Concept]:
    lines = feature.text.splitlines()
    ends = [*(s.line for s in feature.scenarios[1:]), len(lines) + 1]
    for scenario, end in zip(feature.scenarios, ends, strict=True):
        yield Concept(
            sentence=scenario.name,
            parameters=tuple(_PARAMETER.findall(scenario.name)),
            body=tuple(lines[scenario.line : end - 1]),
            steps=tuple(step.text for step in scenario.steps),
            kinds={
                step.line - scenario.line - 1: (step.kind, step.text) for step in scenario.steps
            },
            path=path,
            line=scenario.line - 1,
            language=feature.language,
        )


def _problems(feature: FeatureText, path: str) -> Iterator[Problem]:
    for scenario in feature.scenarios:
        for message, chinese in _wrong(scenario):
            yield Problem(
                subject=scenario.name,
                message=say(feature.language, message, chinese),
                path=path,
                line=scenario.line - 1,
            )


def _wrong(scenario: ScenarioText) -> Iterator[tuple[str, str]]:
    names = _PARAMETER.findall(scenario.name)
    if not scenario.steps:
        yield "the concept has no steps", "概念没有步骤"
    if not _PARAMETER.sub("", scenario.name).strip():
        yield "the concept's sentence has no words of its own", "概念的句子没有自己的文字"
    if len(set(names)) < len(names):
        yield "one value has a name twice", "参数名称重复"
    if re.search(r"[\"“”「」<>]", scenario.name):
        yield (
            "write a value as {name}, without quotes",
            "参数请写成 {名称}，不要加引号",
        )


def _escaped(sentence: str) -> str:
    return re.sub(r"([\\/()])", r"\\\1", sentence)


def _used(concept: Concept, book: Phrasebook) -> Iterator[str]:
    """Yield the ids of the phrases a concept's steps are; one not known here as it stands."""
    for step in concept.steps:
        found = book.matches(step)
        yield from (match.phrase.id for match in found)
        if not found:
            yield step


def _twice(concepts: Sequence[Concept], book: Phrasebook) -> Iterator[Problem]:
    for concept in concepts:
        example = concept.phrase(checks=False).examples[0]
        others = [m.phrase for m in book.matches(example) if m.phrase.id != concept.id]
        if others:
            yield Problem(
                subject=concept.sentence,
                message=say(
                    concept.language,
                    f"another sentence is the same: {others[0].en or others[0].zh}",
                    f"与另一个句子相同：{others[0].zh or others[0].en}",
                ),
                path=concept.path,
                line=concept.line,
            )


def _circles(concepts: Sequence[Concept], uses: Mapping[str, tuple[str, ...]]) -> Iterator[Problem]:
    by_id = {concept.id: concept for concept in concepts}
    for concept in concepts:
        if (way := _way_back(concept.id, concept.id, uses, ())) is not None:
            names = " → ".join(by_id[id_].sentence for id_ in (concept.id, *way))
            yield Problem(
                subject=concept.sentence,
                message=say(concept.language, f"uses itself: {names}", f"循环使用了自己：{names}"),
                path=concept.path,
                line=concept.line,
            )


def _way_back(
    start: str, at: str, uses: Mapping[str, tuple[str, ...]], way: tuple[str, ...]
) -> tuple[str, ...] | None:
    for used in uses.get(at, ()):
        if used == start:
            return (*way, used)
        if used in uses and used not in way:
            found = _way_back(start, used, uses, (*way, used))
            if found is not None:
                return found
    return None


def _proves(
    id_: str, uses: Mapping[str, tuple[str, ...]], book: Phrasebook, seen: set[str]
) -> bool:
    """Return whether a concept checks something; a sentence of the workspace's own may."""
    if id_ in seen:
        return False
    seen.add(id_)
    acts = {phrase.id for phrase in book.phrases if not phrase.is_check}
    return any(
        _proves(used, uses, book, seen) if used in uses else used not in acts for used in uses[id_]
    )


def require_sound(book: Workbook) -> None:
    """Raise SpecError with everything wrong with the concepts."""
    if book.problems:
        raise SpecError(*book.problems)
