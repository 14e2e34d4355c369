"""Scenarios as the rows of a sheet of test cases, for those who read and sign in Excel. Pure.

What is done in which order stays: a check that more is done after stands among the steps, and a
background is the precondition of each of its cases. Each row of an outline's examples is a case.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import PurePosixPath

from golive.errors import Problem, SpecError
from golive.uat.advice import requirement_of
from golive.uat.cases.columns import headings
from golive.uat.cases.importing import CASE_TAG, KINDS, PRIORITY_TAG
from golive.uat.featuretext import BackgroundText, FeatureText, ScenarioText
from golive.uat.rawtext import FENCES
from golive.uat.wording import say

__all__ = ["case_rows"]

_EMPTY = ("data", "actual", "passed", "defect", "tester", "evidence")
_PLACEHOLDER = re.compile(r"<([^<>]+)>")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """One step with its table, as a cell shows it."""

    kind: str
    text: str
    rows: tuple[str, ...]


def case_rows(
    features: Sequence[FeatureText],
    language: str,
    translated: Callable[[str], str] = lambda sentence: sentence,
) -> Iterator[tuple[str, ...]]:
    """Yield the header, then a row for each case; ``translated`` says a sentence otherwise.

    Raise SpecError for what has no place in a cell: a text of several lines.
    """
    columns = headings(language)
    yield tuple(columns.values())
    for feature in features:
        stem = PurePosixPath(feature.path).stem
        for number, scenario in enumerate(feature.scenarios, 1):
            steps = _steps(feature, scenario, language)
            own = _of_tags(scenario.tags, language)
            every = list(_examples(scenario))
            for row, cells in enumerate(every, 1):
                id_ = own["id"] or f"{stem}-{number:02d}"
                values = {
                    **dict.fromkeys(_EMPTY, ""),
                    **own,
                    "id": f"{id_}-{row}" if len(every) > 1 else id_,
                    "module": feature.name,
                    "name": _name(scenario.name, cells),
                    **_in_columns([_filled(step, cells) for step in steps], translated),
                }
                yield tuple(values[column] for column in columns)


def _of_tags(own: Sequence[str], language: str) -> Mapping[str, str]:
    """Return the columns a scenario's tags fill; one of its feature and its own is said once."""
    tags = tuple(dict.fromkeys(own))
    ids = [tag.removeprefix(CASE_TAG) for tag in tags if tag.startswith(CASE_TAG)]
    priority = [tag.removeprefix(PRIORITY_TAG) for tag in tags if tag.startswith(PRIORITY_TAG)]
    kinds = {word: kind for kind, words in KINDS for word in words}
    found = next((kinds[tag] for tag in tags if tag in kinds), "正向")
    english = {"异常": "negative", "边界": "boundary", "正向": "positive"}
    others = (
        tag
        for tag in tags
        if not tag.startswith((CASE_TAG, PRIORITY_TAG)) and kinds.get(tag) != found
        if not requirement_of(tag)
    )
    return {
        "id": ids[0] if ids else "",
        "kind": say(language, english[found], found),
        "priority": priority[0] if priority else "",
        "requirement": ", ".join(filter(None, map(requirement_of, tags))),
        "tags": " ".join(f"@{tag}" for tag in others),
    }


def _steps(feature: FeatureText, scenario: ScenarioText, language: str) -> list[_Step]:
    """Return all a scenario does, in order, with what its backgrounds do before."""
    holders: tuple[BackgroundText | ScenarioText, ...] = (*scenario.backgrounds, scenario)
    return [step for holder in holders for step in _steps_of(feature, holder, language)]


def _steps_of(
    feature: FeatureText, holder: BackgroundText | ScenarioText, language: str
) -> Iterator[_Step]:
    lines = feature.text.splitlines()
    starts = [step.line for step in holder.steps] + [len(lines) + 1]
    for step, after in zip(holder.steps, starts[1:], strict=True):
        below = [text.strip() for line, text in holder.arguments if step.line < line < after]
        if below and lines[step.line].strip().startswith(FENCES):
            raise SpecError(_no_place(feature, step.line, language))
        yield _Step(kind=step.kind, text=step.text, rows=tuple(below))


def _no_place(feature: FeatureText, line: int, language: str) -> Problem:
    return Problem(
        subject="",
        message=say(
            language,
            "a text of several lines has no place in a sheet of test cases",
            "多行文本无法写进测试用例表格",
        ),
        path=feature.path,
        line=line,
        hint=say(language, "keep this feature as a file", "请保留这个功能文件，不要导出"),
    )


def _examples(scenario: ScenarioText) -> Iterator[Mapping[str, str]]:
    """Yield the values of each case: none for a scenario, those of each row for an outline."""
    if not scenario.outline:
        yield {}
        return
    for table in scenario.examples:
        for _line, cells in table.rows:
            yield dict(zip(table.header, cells, strict=False))


def _name(name: str, cells: Mapping[str, str]) -> str:
    """Return a case's name; what tells it from the other rows stands in it."""
    filled = _put(name, cells)
    return filled if filled != name or not cells else f"{name} [{', '.join(cells.values())}]"


def _filled(step: _Step, cells: Mapping[str, str]) -> _Step:
    return replace(
        step, text=_put(step.text, cells), rows=tuple(_put(row, cells) for row in step.rows)
    )


def _put(text: str, cells: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda found: cells.get(found[1], found[0]), text)


def _in_columns(steps: Sequence[_Step], translated: Callable[[str], str]) -> Mapping[str, str]:
    """Return preconditions, steps and expected results; their order is that of the scenario."""
    given = len(list(takewhile(lambda step: step.kind == "given", steps)))
    checks = len(list(takewhile(lambda step: step.kind == "then", reversed(steps[given:]))))
    expected = len(steps) - checks
    return {
        "given": _cell(steps[:given], translated),
        "steps": _cell(steps[given:expected], translated),
        "expected": _cell(steps[expected:], translated),
    }


def _cell(steps: Sequence[_Step], translated: Callable[[str], str]) -> str:
    """Return steps with their tables, numbered."""
    return "\n".join(
        line
        for number, step in enumerate(steps, 1)
        for line in (f"{number}. {translated(step.text)}", *(f"   {row}" for row in step.rows))
    )
