"""What a workspace's features should have beyond being runnable: advice, each with its place. Pure.

Sentences nobody uses, waits of a fixed length, dates that rot, chains that should be a concept,
scenarios without a requirement, processes without a boundary and an error case.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from pathlib import PurePosixPath

from golive.errors import Problem
from golive.uat.catalogue import Catalogue
from golive.uat.featuretext import BackgroundText, FeatureText, ScenarioText, StepText
from golive.uat.likeness import likened
from golive.uat.phrases import Phrasebook
from golive.uat.wording import say
from golive.uat.workbook import Workbook, passages

__all__ = ["advice", "requirement_of"]

_DATE = re.compile(
    r"(?<![\d.])(?:20\d\d(?:[-/.]\d{1,2}[-/.]|年\d{1,2}月)\d{1,2}日?"
    r"|\d{1,2}(?P<sign>[-/.])\d{1,2}(?P=sign)20\d\d)(?![\d.]\d|\d)"
)
_PLACEHOLDER = re.compile(r"<([^<>\s][^<>]*)>")
_REQUIREMENT = re.compile(r"(?:REQ|需求)[-:：].+", re.IGNORECASE)
#: Tags of a boundary and of an error case.
_BOUNDARY = frozenset({"边界", "boundary", "edge"})
_ERROR = frozenset({"异常", "error", "negative", "exception"})
#: So many sentences in a row in so many scenarios are worth a name.
_CHAIN, _SCENARIOS = 5, 5


def requirement_of(tag: str) -> str:
    """Return the requirement a tag names, such as ``REQ-O2C-1``; empty when it names none."""
    match = _REQUIREMENT.fullmatch(tag.removeprefix("@"))
    return match[0] if match else ""


def advice(
    features: Sequence[FeatureText],
    book: Workbook,
    catalogue: Catalogue,
    requirements: Collection[str] | None,
    language: str,
) -> Iterator[Problem]:
    """Yield everything advisable; ``requirements`` are the known ids, None when there is no list.

    Each is a warning: the scenarios still run.
    """
    yield from _unused(catalogue, language)
    for path, block in passages(features, book):
        yield from _waiting(path, block, book, language)
        yield from _rotting(path, block, book, language)
    for feature in features:
        for scenario in feature.scenarios:
            yield from _untraced(feature, scenario, requirements, language)
    yield from _chains(features, book, language)
    yield from _one_sided(features, language)


def _warn(path: str, line: int, message: str, hint: str = "", subject: str = "") -> Problem:
    return Problem(subject=subject, message=message, path=path, line=line, hint=hint, warning=True)


def _unused(catalogue: Catalogue, language: str) -> Iterator[Problem]:
    # One function may stand behind a sentence of each language.
    used = {entry.defined for entry in catalogue.entries if entry.used}
    for entry in catalogue.entries:
        if entry.defined and entry.defined not in used:
            path, _, line = entry.defined.rpartition(":")
            message = say(language, "no scenario uses this sentence", "没有场景使用这个句子")
            yield _warn(path, int(line), message, subject=entry.sentence(language))


def _waiting(
    path: str, block: BackgroundText | ScenarioText, book: Phrasebook, language: str
) -> Iterator[Problem]:
    for step in block.steps:
        if any(match.phrase.id == "wait" for match in book.matches(step.text)):
            yield _warn(
                path,
                step.line,
                say(language, "waits a fixed time", "固定等待"),
                say(
                    language,
                    "write what must appear: I should see … within … seconds",
                    "请写明应出现的内容：我应该在…秒内看到…",
                ),
            )


def _rotting(
    path: str, block: BackgroundText | ScenarioText, book: Workbook, language: str
) -> Iterator[Problem]:
    """Find dates that are put into the system; one that is checked may be as old as it likes."""
    acting = {step.line: step.text for step in block.steps if _acts(step, book)}
    starts = sorted(step.line for step in block.steps)
    entered = [*acting.items()]
    for line, text in block.arguments:
        if max((start for start in starts if start < line), default=0) in acting:
            entered.append((line, text))
    columns = {name for _line, text in entered for name in _PLACEHOLDER.findall(text)}
    for table in block.examples if isinstance(block, ScenarioText) else ():
        entered += [
            (line, cell)
            for line, cells in table.rows
            for name, cell in zip(table.header, cells, strict=False)
            if name in columns
        ]
    for line, text in sorted(entered):
        if found := _DATE.search(text):
            yield _old_date(path, line, found[0], language)


def _acts(step: StepText, book: Workbook) -> bool:
    """Return whether a step enters something.

    A concept and a sentence of the workspace's own do unless they stand under Then: golive does
    not know what they do.
    """
    golives = [m.phrase for m in book.matches(step.text) if m.phrase.id not in book.concepts]
    if golives:
        return any(phrase.category == "act" for phrase in golives)
    return step.kind != "then"


def _old_date(path: str, line: int, text: str, language: str) -> Problem:
    return _warn(
        path,
        line,
        say(
            language, f"the date {text} will be in the past one day", f"日期 {text} 总有一天会过期"
        ),
        say(language, "write e.g. today+7 or month end", "请写成 今天+7、月底 等"),
    )


def _untraced(
    feature: FeatureText,
    scenario: ScenarioText,
    requirements: Collection[str] | None,
    language: str,
) -> Iterator[Problem]:
    named = [id_ for tag in scenario.tags if (id_ := requirement_of(tag))]
    subject = say(language, f"scenario '{scenario.name}'", f"场景“{scenario.name}”")
    if not named:
        yield _warn(
            feature.path,
            scenario.line,
            say(language, "names no requirement", "没有写需求编号"),
            say(language, "add a tag such as @REQ-O2C-1", "请加上标签，如 @REQ-O2C-1"),
            subject,
        )
    for id_ in named:
        if requirements is not None and id_ not in requirements:
            yield _warn(
                feature.path,
                scenario.line,
                say(
                    language,
                    f"requirement '{id_}' is not in features/requirements.csv",
                    f"需求“{id_}”不在 features/requirements.csv 中",
                ),
                subject=subject,
            )


def _chains(features: Sequence[FeatureText], book: Phrasebook, language: str) -> Iterator[Problem]:
    """Find the same sentences in a row in many scenarios; each stretch is told once."""
    places: dict[tuple[str, ...], list[tuple[str, int]]] = defaultdict(list)
    for feature in features:
        for scenario in feature.scenarios:
            kept = [(s.line, likened(s.text)) for s in scenario.steps if s.kind != "then"]
            for start in range(len(kept) - _CHAIN + 1):
                run = tuple(text for _line, text in kept[start : start + _CHAIN])
                places[run].append((feature.path, kept[start][0]))
    told: set[str] = set()
    for run, found in sorted(places.items(), key=lambda pair: -len(pair[1])):
        if len({*found}) < _SCENARIOS or told & set(run):
            continue
        told |= set(run)
        path, line = found[0]
        yield _warn(
            path,
            line,
            say(
                language,
                f"these {_CHAIN} sentences stand in a row in {len(found)} scenarios",
                f"这 {_CHAIN} 个句子在 {len(found)} 个场景中连续出现",
            ),
            say(
                language,
                "give them a name: a concept in steps/concepts",
                "请在 steps/concepts 中把它们定义为一个概念",
            ),
        )


def _one_sided(features: Sequence[FeatureText], language: str) -> Iterator[Problem]:
    """Find processes (folders) whose scenarios only show that all goes well."""
    tags: dict[str, set[str]] = defaultdict(set)
    for feature in features:
        folder = PurePosixPath(feature.path).parent.as_posix()
        for scenario in feature.scenarios:
            tags[folder] |= {tag.lower() for tag in scenario.tags}
    for folder, found in tags.items():
        for names, english, chinese in (
            (
                _BOUNDARY,
                "no boundary case: tag one @boundary or @边界",
                "没有边界场景：请标注 @边界",
            ),
            (_ERROR, "no error case: tag one @error or @异常", "没有异常场景：请标注 @异常"),
        ):
            if not names & found:
                yield _warn(folder, 0, say(language, english, chinese))
