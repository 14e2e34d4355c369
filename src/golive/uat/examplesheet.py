"""What a sheet says for an outline's examples: its columns, and its rows by their tags. Pure.

A column ``tags`` (``标签``) gives rows tags; rows of one set of tags go together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from golive.errors import Problem, SpecError
from golive.sheets import Record, Table
from golive.uat.cases.columns import cell_name
from golive.uat.wording import say

__all__ = ["ReadSheet", "SheetRow", "SheetSays", "read_examples"]

#: Reads a sheet by its path as written and the sheet's name, empty for the first.
ReadSheet = Callable[[str, str], Table]

_TAG_COLUMNS = frozenset({"tags", "tag", "标签"})
_BETWEEN_TAGS = re.compile(r"[\s,，、;；]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRow:
    """One row: its cells in the order of the examples' columns, and where it stands."""

    cells: tuple[str, ...]
    #: ``features/quantities.csv:3``.
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetSays:
    """What a sheet says: its columns, and rows by their tags (None: it has no such column)."""

    header: tuple[str, ...]
    tables: tuple[tuple[tuple[str, ...] | None, tuple[SheetRow, ...]], ...]


def read_examples(sheet: Table, columns: Sequence[str], language: str) -> SheetSays:
    """Return a sheet's rows; ``columns`` are those wanted, none of them means all.

    Raise SpecError, with the row and the cell, when there are no rows, a column is lacking, or a
    cell cannot be a value or a tag.
    """
    words = sheet.rows[0].cells if sheet.rows else ()
    records = sheet.records()
    if not records:
        raise SpecError(
            _wrong(sheet, 1, language, "has no rows below its header", "表头下面没有数据")
        )
    tag_column = next((word for word in words if word.lower() in _TAG_COLUMNS), None)
    header = tuple(columns) or tuple(word for word in words if word and word != tag_column)
    lacking = [word for word in header if word not in words]
    if lacking:
        raise SpecError(
            _wrong(
                sheet, sheet.rows[0].number, language,
                f"has no column '{lacking[0]}', which the examples name",
                f"没有例子所用的列“{lacking[0]}”",
            )
        )  # fmt: skip
    problems: list[Problem] = []
    tables: dict[tuple[str, ...] | None, list[SheetRow]] = {}
    for record in records:
        problems += _cells_wrong(sheet, record, header, tag_column, language)
        row = SheetRow(
            cells=tuple(record.values[word] for word in header),
            place=f"{sheet.path}:{record.number}",
        )
        key = None if tag_column is None else _tags(record.values[tag_column])
        tables.setdefault(key, []).append(row)
    if problems:
        raise SpecError(*problems)
    return SheetSays(
        header=header, tables=tuple((tags, tuple(rows)) for tags, rows in tables.items())
    )


def _tags(cell: str) -> tuple[str, ...]:
    return tuple(tag.removeprefix("@") for tag in _BETWEEN_TAGS.split(cell.strip()) if tag)


def _cells_wrong(
    sheet: Table, record: Record, header: Sequence[str], tag_column: str | None, language: str
) -> list[Problem]:
    words = sheet.rows[0].cells
    found = []
    for word in header:
        if "\n" in record.values[word]:
            cell = cell_name(record.number, words.index(word) + 1)
            found.append(
                _wrong(
                    sheet, record.number, language,
                    f"cell {cell} has several lines, which no value of a sentence can have",
                    f"单元格 {cell} 含多行文字，不能作为句子中的值",
                )
            )  # fmt: skip
    for tag in _tags(record.values[tag_column]) if tag_column else ():
        if re.search(r"[@<>()\"“”|#]", tag):
            cell = cell_name(record.number, words.index(str(tag_column)) + 1)
            found.append(
                _wrong(
                    sheet, record.number, language,
                    f"cell {cell}: '{tag}' is no tag",
                    f"单元格 {cell}：“{tag}”不是标签",
                )
            )  # fmt: skip
    return found


def _wrong(sheet: Table, row: int, language: str, english: str, chinese: str) -> Problem:
    # The line says which row it is.
    return replace(sheet.problem(row, say(language, english, chinese)), subject="")
