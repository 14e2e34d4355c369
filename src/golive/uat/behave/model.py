"""behave's model of a feature: parsed, with the rows of its outlines and what is selected of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from behave.i18n import languages
from behave.model import Examples as BehaveExamples
from behave.model import Feature, Rule, Scenario, ScenarioOutline, Table, Tag
from behave.parser import Parser, ParserError
from behave.runner_util import FeatureScenarioLocationCollector2
from behave.tag_expression import TagExpressionProtocol, make_tag_expression

from golive.uat.featuretext import Examples

__all__ = [
    "Feature",
    "ParserError",
    "Rule",
    "children",
    "give_examples",
    "is_outline",
    "keywords",
    "parse",
    "row_of",
    "select_lines",
    "tag_filter",
]


def keywords() -> Mapping[str, Any]:
    """Return behave's own keywords by language."""
    return dict(languages)


def parse(text: str, language: str, path: str) -> Feature | None:
    """Parse normalised text. Raise behave's ParserError."""
    try:
        return Parser(language).parse(text, path)
    except ParserError as error:
        error.filename = path
        raise


def row_of(scenario: Scenario) -> Mapping[str, str]:
    """Return the examples row a scenario was made from; empty for a plain scenario."""
    row = getattr(scenario, "_row", None)
    return dict(zip(row.headings, row.cells, strict=True)) if row is not None else {}


def give_examples(outline: ScenarioOutline, tables: Iterable[Examples]) -> None:
    """Give an outline other examples than its file's; each row on the line it is given."""
    keyword, path = outline.examples[0].keyword, outline.filename
    outline.examples = []
    for given in tables:
        table = Table(list(given.header), line=given.line)
        for line, cells in given.rows:
            table.add_row(list(cells), line)
        tags = [Tag(tag, given.line) for tag in given.tags]
        examples = BehaveExamples(path, given.line, keyword, given.name, tags, table)
        outline.examples.append(examples)


def select_lines(feature: Feature, filename: str, locations: Iterable[Any]) -> None:
    """Mark the scenarios not named by ``file:line`` as skipped, as behave does."""
    collector = FeatureScenarioLocationCollector2(feature, filename=filename)
    for location in locations:
        collector.add_location(location)
    collector.build_feature()


def tag_filter(expression: str) -> Any:
    """Return behave's tag expression, asked by ``check(tags)``. ValueError when it is none."""
    TagExpressionProtocol.use(TagExpressionProtocol.AUTO_DETECT)
    try:
        return make_tag_expression(expression)
    except Exception as error:  # behave raises several unrelated classes here
        raise ValueError(str(error)) from error


def is_outline(entity: object) -> bool:
    """Return whether a model element is a scenario outline."""
    return isinstance(entity, ScenarioOutline)


def children(entity: Feature | Rule) -> Sequence[Any]:
    """Return scenarios, outlines and rules in the order of the file."""
    return tuple(entity.run_items)
