"""Examples rows that come from a sheet and stand in the feature: a copy, kept exact. Pure.

A remark below ``Examples:`` links its table to a sheet, which is looked for beside the feature::

    # rows from: data/quantities.xlsx#Orders
    # 数据来自：数量.csv

The rows stand in the feature, so that everybody reads, reviews and runs them as any others, with
behave too; where they are not the sheet's the feature is refused, and :func:`fill_rows` writes
them anew. Rows of a column ``tags`` stand in one table for each set of tags.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from golive.errors import Problem, SpecError
from golive.uat.examplesheet import ReadSheet, SheetRow, SheetSays, read_examples
from golive.uat.featuretext import Examples, FeatureText
from golive.uat.wording import say

__all__ = ["fill_rows", "row_problems"]

_LINK = re.compile(
    r"#\s*(?:rows from|数据来自)\s*[:：]\s*(?P<path>[^#]+?)\s*(?:#\s*(?P<sheet>.+?))?\s*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """One linked table, from its tags to its last row; places are indexes of lines."""

    first: int
    keyword: int
    last: int
    #: Where the link stands, as a line's number.
    line: int
    link: tuple[str, str]
    tags: tuple[str, ...]
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def row_problems(text: FeatureText, read: ReadSheet) -> tuple[Problem, ...]:
    """Return a problem for each linked table that is not its sheet's, or whose sheet is no good."""
    return tuple(_problems(text, read))


def fill_rows(text: FeatureText, typed: Sequence[str], read: ReadSheet) -> str | None:
    """Return the feature with the rows of its sheets; None when it has them already.

    ``typed`` are the file's lines as they stand in it. Raise SpecError, with the row, when a sheet
    cannot be read or does not fit.
    """
    lines = list(typed)
    changed = False
    # From the end, so that places before stay where they are.
    for blocks in reversed(list(_linked(text))):
        wanted = _wanted(blocks[0], read, text.language)
        if not _same(blocks, wanted):
            lines[blocks[0].first : blocks[-1].last + 1] = _written(lines, blocks, wanted)
            changed = True
    return "\n".join(lines) + "\n" if changed else None


def _problems(text: FeatureText, read: ReadSheet) -> Iterator[Problem]:
    for blocks in _linked(text):
        name = blocks[0].link[0]
        try:
            wanted = _wanted(blocks[0], read, text.language)
        except SpecError as error:
            yield from error.problems
            continue
        if not _same(blocks, wanted):
            yield Problem(
                subject="",
                message=say(
                    text.language,
                    f"the examples are not the rows of '{name}'",
                    f"例子与表格“{name}”中的数据不一致",
                ),
                path=text.path,
                line=blocks[0].line,
                hint=say(
                    text.language,
                    "golive check --fix writes them here",
                    "请运行 golive check --fix，把表格中的数据写入此处",
                ),
            )


# -- the feature


def _linked(text: FeatureText) -> Iterator[tuple[_Block, ...]]:
    """Yield the linked tables, those of one sheet and one outline together."""
    lines = text.text.splitlines()
    for scenario in text.scenarios:
        found = [_block(lines, table) for table in scenario.examples]
        # A table of the feature's own between two linked ones parts them.
        for link, blocks in groupby(found, key=lambda block: block and block.link):
            if link is not None:
                yield tuple(block for block in blocks if block is not None)


def _block(lines: Sequence[str], table: Examples) -> _Block | None:
    keyword = table.line - 1
    last, link, line = keyword, None, 0
    for place in range(keyword + 1, len(lines)):
        body = lines[place].strip()
        if body.startswith("|"):
            last = place
        elif body.startswith("#"):
            if link is None and (link := _LINK.match(body)):
                last, line = max(last, place), place + 1
        elif body:
            break
    if link is None:
        return None
    first = keyword
    while first and lines[first - 1].strip().startswith("@"):
        first -= 1
    tags = " ".join(lines[first:keyword]).split()
    return _Block(
        first=first, keyword=keyword, last=last, line=line,
        link=(link["path"], link["sheet"] or ""),
        tags=tuple(tag.removeprefix("@") for tag in tags),
        header=table.header, rows=tuple(cells for _line, cells in table.rows),
    )  # fmt: skip


def _wanted(block: _Block, read: ReadSheet, language: str) -> SheetSays:
    return read_examples(read(*block.link), block.header, language)


def _same(blocks: Sequence[_Block], wanted: SheetSays) -> bool:
    tagged = wanted.tables[0][0] is not None
    stands = [(block.tags if tagged else None, list(block.rows)) for block in blocks]
    wants = [(tags, [_escaped(row) for row in rows]) for tags, rows in wanted.tables]
    return stands == wants and all(b.header == wanted.header for b in blocks)


def _written(lines: Sequence[str], blocks: Sequence[_Block], wanted: SheetSays) -> list[str]:
    """Return the lines that stand for the blocks: the first one's words, the sheet's rows."""
    begin = blocks[0]
    keyword = lines[begin.keyword]
    indent = keyword[: len(keyword) - len(keyword.lstrip())]
    # Other remarks than the links are somebody's words.
    written = [
        line
        for line in lines[begin.keyword : blocks[-1].last + 1]
        if line.strip().startswith("#") and not _LINK.match(line.strip())
    ]
    for tags, rows in wanted.tables:
        if tags is None:
            written += lines[begin.first : begin.keyword]
        elif tags:
            written.append(indent + " ".join(f"@{tag}" for tag in tags))
        written += [keyword, f"{indent}  {lines[begin.line - 1].strip()}"]
        cells = (wanted.header, *(_escaped(row) for row in rows))
        written += [f"{indent}  | {' | '.join(row)} |" for row in cells]
    return written


def _escaped(row: SheetRow) -> tuple[str, ...]:
    return tuple(cell.replace("|", r"\|") for cell in row.cells)
