"""The workbook: golive's sentences and a workspace's concepts together, held against each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from golive.errors import Problem, SpecError
from golive.uat.concepts import Concept, read_concepts
from golive.uat.featuretext import BackgroundText, FeatureText, ScenarioText
from golive.uat.phrases import Phrase, Phrasebook, load_phrasebook
from golive.uat.wording import is_chinese, say

__all__ = ["Workbook", "load_workbook", "passages", "require_sound"]

FOLDER = Path("steps/concepts")


class Workbook(Phrasebook):
    """The phrasebook of one workspace: golive's sentences and its own concepts."""

    def __init__(
        self,
        phrases: Sequence[Phrase],
        concepts: Sequence[Concept],
        twins: Mapping[str, Concept],
        problems: Sequence[Problem],
    ) -> None:
        super().__init__(phrases)
        self.concepts = {concept.id: concept for concept in concepts}
        #: What is wrong with the concept files.
        self.problems = tuple(problems)
        self._twins = twins
        self._groups = Phrasebook([phrase for phrase in phrases if phrase.id in self.concepts])

    def concept(self, phrase: str, language: str) -> Concept | None:
        """Return the concept that a phrase's id means in a sentence of a language, if any."""
        concept, twin = self.concepts.get(phrase), self._twins.get(phrase)
        return twin if twin and is_chinese(twin.language) == is_chinese(language) else concept

    def concepts_of(self, sentence: str) -> Iterator[Concept]:
        """Yield the concept a sentence is, and those it uses, each before what it uses."""
        yield from self._concepts_of(sentence, ())

    def _concepts_of(self, sentence: str, around: tuple[str, ...]) -> Iterator[Concept]:
        for match in self._groups.matches(sentence) if self.concepts else ():
            concept = self.concept(match.phrase.id, match.language)
            if concept is not None and concept.id not in around:
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
    twins = _twins(concepts)
    seconds = {twin.id for twin in twins.values()}
    # Twins with steps of their own are one phrase, whose id is the first's.
    firsts = [concept for concept in concepts if concept.id not in seconds]
    phrases = [concept.phrase(checks=False) for concept in firsts]
    book = Workbook((*plain, *phrases), concepts, twins, ())
    problems += _twice(firsts, book)
    uses = {concept.id: tuple(_used(concept, book)) for concept in concepts}
    problems += _circles(concepts, uses)
    phrases = [
        concept.phrase(
            checks=all(
                _proves(one.id, uses, book, set())
                for one in (concept, twins.get(concept.id, concept))
            )
        )
        for concept in firsts
    ]
    return Workbook((*plain, *phrases), concepts, twins, problems)


def _twins(concepts: Sequence[Concept]) -> Mapping[str, Concept]:
    """Return by a concept's id the one that its sentence in the other language is, with steps."""
    by_sentence = {concept.sentence: concept for concept in concepts}
    found: dict[str, Concept] = {}
    for concept in concepts:
        twin = by_sentence.get(concept.twin)
        if twin is None or found.get(twin.id) is concept:
            continue
        if is_chinese(twin.language) != is_chinese(concept.language):
            found[concept.id] = twin
    return found


def _used(concept: Concept, book: Workbook) -> Iterator[str]:
    """Yield the ids of what a concept's steps are; one not known here as it stands."""
    for step in concept.steps:
        found = book.matches(step)
        for match in found:
            inner = book.concept(match.phrase.id, match.language)
            yield inner.id if inner is not None else match.phrase.id
        if not found:
            yield step


def _twice(concepts: Sequence[Concept], book: Phrasebook) -> Iterator[Problem]:
    for concept in concepts:
        others = [
            match.phrase
            for example in concept.phrase(checks=False).examples
            for match in book.matches(example)
            if match.phrase.id != concept.id
        ]
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
