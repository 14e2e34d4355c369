"""Examples that name a sheet: their rows are read from it when scenarios are collected. Pure.

Either by their name or by a tag above them; the sheet is looked for beside the feature::

    Examples: quantities.xlsx#Orders
    @from_file=quantities.csv
    Examples:

A heading below them says which columns; without one all are taken. Rows have no line of their own
in the feature: each stands on its examples' line, and knows its row in the sheet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from golive.errors import Problem, SpecError
from golive.uat.examplesheet import ReadSheet, read_examples
from golive.uat.featuretext import Examples, FeatureText
from golive.uat.wording import say

__all__ = ["FROM_FILE", "with_live_rows"]

#: Begins the tag that names a sheet.
FROM_FILE = "from_file="
_NAMED = re.compile(
    r"(?P<path>[^#]+\.(?:csv|xlsx|xlsm))\s*(?:#\s*(?P<sheet>.+?))?\s*", re.IGNORECASE
)


def with_live_rows(text: FeatureText, read: ReadSheet) -> FeatureText:
    """Return the feature with the rows of the sheets its examples name; problems among its own."""
    problems: list[Problem] = []
    scenarios = []
    for scenario in text.scenarios:
        examples: list[Examples] = []
        for table in scenario.examples:
            try:
                examples += _filled(text, table, read)
            except SpecError as error:
                problems += error.problems
        scenarios.append(replace(scenario, examples=examples))
    if problems:
        return replace(text, problems=(*text.problems, *problems))
    return replace(text, scenarios=tuple(scenarios))


def _filled(text: FeatureText, table: Examples, read: ReadSheet) -> Iterator[Examples]:
    """Yield the table as it is, or one for each set of tags of the sheet it names."""
    tag = next((tag for tag in table.tags if tag.startswith(FROM_FILE)), "")
    link = _NAMED.fullmatch(tag.removeprefix(FROM_FILE) or table.name)
    if link is None and not tag:
        yield table
        return
    if link is None or table.rows:
        raise SpecError(_neither(text, table))
    own = tuple(one for one in table.tags if one != tag)
    found = read_examples(
        read(link["path"].strip(), link["sheet"] or ""), table.header, text.language
    )
    for tags, rows in found.tables:
        yield Examples(
            line=table.line,
            name=table.name,
            tags=(*own, *(tags or ())),
            header=found.header,
            rows=[(table.line, row.cells) for row in rows],
            places=tuple(row.place for row in rows),
        )


def _neither(text: FeatureText, table: Examples) -> Problem:
    message = say(
        text.language,
        "the examples name a sheet and have rows of their own",
        "例子既指定了表格文件，又有自己的数据行",
    )
    hint = say(text.language, "remove one of them", "请去掉其中一种")
    if not table.rows:
        message = say(
            text.language,
            f"'{FROM_FILE}' names no sheet",
            f"“{FROM_FILE}”后面没有表格文件名",
        )
        hint = say(
            text.language,
            "write @from_file=orders.xlsx#Sheet",
            "请写成 @from_file=订单.xlsx#工作表",
        )
    return Problem(subject="", message=message, path=text.path, line=table.line, hint=hint)
