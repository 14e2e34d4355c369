"""Scenarios as the rows of a sheet of test cases, for those who read and sign in Excel. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePosixPath

from golive.uat.advice import requirement_of
from golive.uat.cases.columns import headings
from golive.uat.cases.importing import CASE_TAG
from golive.uat.featuretext import FeatureText, ScenarioText
from golive.uat.wording import say

__all__ = ["case_rows"]

_EMPTY = ("data", "actual", "passed", "defect", "tester", "evidence")


def case_rows(
    features: Sequence[FeatureText],
    language: str,
    translated: Callable[[str], str] = lambda sentence: sentence,
) -> Iterator[tuple[str, ...]]:
    """Yield the header, then a row for each scenario; ``translated`` says a sentence otherwise."""
    columns = headings(language)
    yield tuple(columns.values())
    for feature in features:
        for number, scenario in enumerate(feature.scenarios, 1):
            values = _values(feature, scenario, number, language, translated)
            yield tuple(values[column] for column in columns)


def _values(
    feature: FeatureText,
    scenario: ScenarioText,
    number: int,
    language: str,
    translated: Callable[[str], str],
) -> dict[str, str]:
    tags = scenario.tags
    ids = [tag.removeprefix(CASE_TAG) for tag in tags if tag.startswith(CASE_TAG)]
    stem = PurePosixPath(feature.path).stem
    negative = {"异常", "error", "negative"} & set(tags)
    boundary = {"边界", "boundary", "edge"} & set(tags)
    kind = (
        say(language, "negative", "异常")
        if negative
        else say(language, "boundary", "边界")
        if boundary
        else say(language, "positive", "正向")
    )
    priority = [tag.partition(":")[2] for tag in tags if tag.startswith("priority:")]
    return {
        **dict.fromkeys(_EMPTY, ""),
        "id": ids[0] if ids else f"{stem}-{number:02d}",
        "module": feature.name,
        "name": scenario.name,
        "given": _cell(scenario, ("given",), translated),
        "steps": _cell(scenario, ("when",), translated),
        "expected": _cell(scenario, ("then",), translated),
        "data": _examples(scenario),
        "kind": kind,
        "priority": priority[0] if priority else "",
        "requirement": ", ".join(filter(None, map(requirement_of, tags))),
    }


def _cell(scenario: ScenarioText, kinds: Sequence[str], translated: Callable[[str], str]) -> str:
    """Return the steps of some kinds with their tables, numbered."""
    lines: list[str] = []
    starts = [step.line for step in scenario.steps] + [10**9]
    number = 0
    for step, after in zip(scenario.steps, starts[1:], strict=True):
        if step.kind not in kinds:
            continue
        number += 1
        lines.append(f"{number}. {translated(step.text)}")
        lines += [
            "   " + text.strip() for line, text in scenario.arguments if step.line < line < after
        ]
    return "\n".join(lines)


def _examples(scenario: ScenarioText) -> str:
    return "\n".join(
        "；".join(f"{name}={cell}" for name, cell in zip(table.header, cells, strict=False))
        for table in scenario.examples
        for _line, cells in table.rows
    )
