"""A sheet of test cases as rows of text: which cell says what, and what is missing. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from golive.errors import Problem
from golive.sheets import Row, Table
from golive.uat.cases.columns import HEADINGS, cell_name, places
from golive.uat.wording import is_chinese, say

__all__ = ["CellLine", "SheetCase", "read_cases"]

_NUMBER = re.compile(
    r"^\s*(?:(?:步骤|step)\s*)?(?:\d{1,2}\s*[.、．)）:：]|[(（]\d{1,2}[)）]|[①-⑳]|[-•·–]\s)\s*",
    re.IGNORECASE,
)
_SIGN = re.compile(r"[=＝:：]")
#: A row above the header may hold the sheet's title.
_TITLE_ROWS = 8
_NEEDED = ("name", "steps", "expected")


@dataclass(frozen=True, slots=True, kw_only=True)
class CellLine:
    """One line of a cell with several, without its number."""

    text: str
    cell: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetCase:
    """One row of the sheet."""

    row: int
    id: str
    module: str
    name: str
    given: tuple[CellLine, ...]
    steps: tuple[CellLine, ...]
    expected: tuple[CellLine, ...]
    #: Name -> value of the test data, used as ``{name}``.
    data: Mapping[str, str]
    kind: str
    priority: str
    requirement: str
    #: Further tags, without ``@``.
    tags: tuple[str, ...]
    #: Column -> the cell's name, e.g. ``{"steps": "E7"}``.
    cells: Mapping[str, str]


def read_cases(table: Table, language: str) -> tuple[tuple[SheetCase, ...], tuple[Problem, ...]]:
    """Read a sheet's cases; return them, and every problem by its cell."""
    header = next(
        (row for row in table.rows[:_TITLE_ROWS] if len(set(_NEEDED) & set(places(row.cells))) > 1),
        None,
    )
    if header is None:
        wanted = "、".join(HEADINGS[column][1] for column in _NEEDED)
        english = ", ".join(HEADINGS[column][0] for column in _NEEDED)
        return (), (
            Problem(
                subject="",
                message=say(language, "has no header of test cases", "没有找到测试用例的表头"),
                path=table.path,
                line=1,
                hint=say(language, f"name the columns: {english}", f"请写列名：{wanted}"),
            ),
        )
    where = places(header.cells)
    problems = [
        Problem(
            subject="",
            message=say(
                language,
                f"has no column '{HEADINGS[column][0]}'",
                f"缺少“{HEADINGS[column][1]}”列",
            ),
            path=table.path,
            line=header.number,
        )
        for column in _NEEDED
        if column not in where
    ]
    if problems:
        return (), tuple(problems)
    rows = [row for row in table.rows if row.number > header.number]
    cases = _filled_down([_case(row, where, problems, table, language) for row in rows])
    problems += _twice(cases, table, language)
    if not cases:
        message = say(language, "holds no test case", "没有测试用例")
        problems.append(Problem(subject="", message=message, path=table.path, line=header.number))
    return tuple(cases), tuple(problems)


def _case(
    row: Row, where: Mapping[str, int], problems: list[Problem], table: Table, language: str
) -> SheetCase:
    def cell(column: str) -> str:
        place = where.get(column, 0)
        return row.cells[place - 1].strip() if 0 < place <= len(row.cells) else ""

    names = {column: cell_name(row.number, place) for column, place in where.items()}

    def lines(column: str) -> tuple[CellLine, ...]:
        return tuple(
            CellLine(text=text, cell=names[column])
            for line in cell(column).splitlines()
            if (text := _NUMBER.sub("", line).strip())
        )

    def wrong(column: str, english: str, chinese: str) -> None:
        problems.append(
            Problem(
                subject=f"{names[column]} {HEADINGS[column][is_chinese(language)]}",
                message=say(language, english, chinese),
                path=table.path,
                line=row.number,
            )
        )

    for column in _NEEDED:
        # A case may be only looking: what stands then in the precondition is all that is done.
        done = column == "steps" and cell("given")
        if not cell(column) and not done:
            wrong(column, "is empty", "为空")
    data: dict[str, str] = {}
    for part in re.split(r"[;；\n]+", cell("data")):
        name, sign, value = (
            (text.strip() for text in re.split(r"([=＝:：])", f"{part}", maxsplit=1))
            if re.search(r"[=＝:：]", part)
            else (part.strip(), "", "")
        )
        if not sign:
            if name and name not in {"无", "-", "/", "N/A", "none"}:
                wrong("data", f"'{name}' is no 'name = value'", f"“{name}”不是“名称=值”的形式")
        elif data.get(name, value) != value:
            wrong("data", f"'{name}' has two values", f"“{name}”有两个值")
        else:
            data[name] = value
    return SheetCase(
        row=row.number,
        id=cell("id"),
        module=cell("module"),
        name=" ".join(cell("name").split()),
        given=lines("given"),
        steps=lines("steps"),
        expected=lines("expected"),
        data=data,
        kind=cell("kind"),
        priority=cell("priority"),
        requirement=cell("requirement"),
        tags=tuple(word.lstrip("@＠") for word in cell("tags").split()),
        cells=names,
    )


def _filled_down(cases: list[SheetCase]) -> list[SheetCase]:
    """Give a case without a module that of the one above: merged cells are read as one."""
    module = ""
    filled = []
    for case in cases:
        module = case.module or module
        filled.append(replace(case, module=module))
    return filled


def _twice(cases: list[SheetCase], table: Table, language: str) -> list[Problem]:
    seen: dict[str, int] = {}
    problems = []
    for case in cases:
        if case.id and case.id in seen:
            problems.append(
                Problem(
                    subject=case.cells.get("id", ""),
                    message=say(
                        language,
                        f"case '{case.id}' stands already in row {seen[case.id]}",
                        f"用例编号“{case.id}”与第 {seen[case.id]} 行重复",
                    ),
                    path=table.path,
                    line=case.row,
                )
            )
        seen.setdefault(case.id, case.row)
    return problems
