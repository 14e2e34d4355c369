"""Workbooks: the one place that knows openpyxl."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import openpyxl
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, MergedCell
from openpyxl.cell.cell import Cell as PageCell
from openpyxl.styles import Alignment, Font, NamedStyle
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from golive.errors import Problem, Refused, SpecError
from golive.sheets.csvtext import is_formula
from golive.sheets.plain import LONGEST, column_width
from golive.sheets.table import EDGES, Cell, Link, Row, Table, without_tail

__all__ = ["filled_workbook", "new_workbook", "workbook_table"]

#: The style of cells with text, and how it is set.
_TEXT = "golive text"
_LINKED = Font(color="FF0563C1", underline="single")
_ALIGNED = Alignment(wrap_text=True, vertical="top")


def workbook_table(content: bytes, sheet: str, name: str, *, exact: bool = False) -> Table:
    """Read one sheet, the first visible one when none is named. Raise SpecError.

    ``exact`` leaves the cells below the header as they are stored: blanks around text stay, and a
    share shown as 12.5% is 0.125.
    """
    values, formulas = (_workbook(content, name, values=which) for which in (True, False))
    title = _title_of(values, sheet, name)
    rows: list[Row] = []
    problems = []
    both = zip(values[title].iter_rows(), formulas[title].iter_rows(), strict=True)
    for number, (shown, written) in enumerate(both, start=1):
        for cell, formula in zip(shown, written, strict=True):
            if cell.value is None and formula.data_type == "f":
                problems.append(
                    Problem(
                        subject=f"cell {formula.coordinate}",
                        message="holds a formula that nobody has calculated",
                        path=name,
                        line=number,
                        hint="open the file in a spreadsheet program and save it",
                    )
                )
        reads = _stored if exact and rows else _shown
        cells = without_tail(reads(cell.value, cell.number_format) for cell in shown)
        if cells:
            rows.append(Row(number=number, cells=cells))
    if problems:
        raise SpecError(*problems)
    return Table(path=name, sheet=title, encoding="", rows=tuple(rows))


def _workbook(content: bytes, name: str, *, values: bool) -> openpyxl.Workbook:
    try:
        with warnings.catch_warnings():
            # It warns of decorations it does not keep; nothing golive reads.
            warnings.simplefilter("ignore")
            return openpyxl.load_workbook(io.BytesIO(content), data_only=values)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, TypeError) as error:
        raise SpecError.of(
            "", "is no spreadsheet golive can read", path=name, hint="save it as .xlsx again"
        ) from error


def _title_of(book: openpyxl.Workbook, sheet: str, name: str) -> str:
    visible = [item.title for item in book.worksheets if item.sheet_state == "visible"]
    if sheet and sheet not in book.sheetnames:
        known = ", ".join(f"'{title}'" for title in visible)
        raise SpecError.of("", f"has no sheet '{sheet}'", path=name, hint=f"it has {known}")
    return sheet or visible[0]


def _shown(value: Any, number_format: str) -> str:
    """Return what a person reads in a cell."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).upper()
        case int() | float():
            return _number(value, number_format)
        case datetime():
            midnight = value.time() == time(0)
            return value.date().isoformat() if midnight else value.isoformat(sep=" ")
        case date() | time():
            return value.isoformat()
        case timedelta():
            minutes, seconds = divmod(round(value.total_seconds()), 60)
            return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
        case _:
            text = str(value).replace("_x000D_", "").replace("\r\n", "\n")
            return text.strip(EDGES)


def _stored(value: Any, number_format: str) -> str:
    """Return a cell without what is only for the eye."""
    if isinstance(value, str):
        return value
    return _shown(value, number_format.removesuffix("%"))


def _number(value: float, number_format: str) -> str:
    # A spreadsheet shows 15 digits: 0.1 + 0.2 is 0.3 in it.
    exact = Decimal(value) if isinstance(value, int) else Decimal(f"{value:.15g}")
    suffix = ""
    if number_format.endswith("%"):
        exact, suffix = exact * 100, "%"
    text = f"{exact:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    if set(number_format) == {"0"} and exact >= 0:
        text = text.zfill(len(number_format))
    return text + suffix


def new_workbook(
    rows: Sequence[Sequence[Cell]],
    sheet: str,
    choices: Mapping[str, Sequence[str]],
    hidden: Mapping[str, Sequence[Sequence[Cell]]],
) -> bytes:
    """Return a workbook with one sheet; ``choices`` are offered below their header word."""
    book = openpyxl.Workbook()
    # Looked up by its name, it costs a cell a fifth of what its own format would.
    book.add_named_style(NamedStyle(name=_TEXT, number_format="@", alignment=_ALIGNED))
    page = book.worksheets[0]
    page.title = sheet
    for row, values in enumerate(rows, start=1):
        for column, value in enumerate(values, start=1):
            _put(page, row, column, value, style=_TEXT)
    header = [str(word) for word in rows[0]] if rows else []
    for column in range(1, len(header) + 1):
        page.cell(1, column).font = Font(bold=True)
        page.column_dimensions[get_column_letter(column)].width = column_width(rows, column)
    page.freeze_panes = "A2"
    for word, options in choices.items():
        letter = get_column_letter(header.index(word) + 1)
        offered = DataValidation(type="list", formula1=f'"{",".join(options)}"', allow_blank=True)
        offered.add(f"{letter}2:{letter}{len(rows) + 500}")
        page.add_data_validation(offered)
    for name, kept in hidden.items():
        behind = book.create_sheet(name)
        behind.sheet_state = "hidden"
        for row, cells in enumerate(kept, start=1):
            for column, cell in enumerate(cells, start=1):
                _put(behind, row, column, cell, style=_TEXT)
    return _bytes(book)


def filled_workbook(
    content: bytes, cells: Mapping[tuple[int, int], Cell], sheet: str, name: str
) -> bytes:
    """Return a workbook with some cells set; formats and other sheets stay, pictures do not."""
    book = _workbook(content, name, values=False)
    page = book[_title_of(book, sheet, name)]
    for (row, column), value in cells.items():
        _put(page, row, column, value)
    return _bytes(book)


def _put(page: Worksheet, row: int, column: int, value: Cell, *, style: str = "") -> None:
    cell = page.cell(row, column)
    if isinstance(cell, MergedCell):
        raise Refused.of(
            f"cell {cell.coordinate}", "is inside a merged one", hint="take the merge away"
        )  # fmt: skip
    if not isinstance(value, str):
        cell.value = value
        return
    if len(value) > LONGEST:
        raise Refused.of(
            f"cell {cell.coordinate}", f"would hold {len(value)} characters, a workbook takes "
            f"{LONGEST}", hint="write a .csv file",
        )  # fmt: skip
    cell.value = ILLEGAL_CHARACTERS_RE.sub("\ufffd", value)
    cell.data_type = "s"
    _link(cell, value)
    if style:
        cell.style = style
    else:
        cell.number_format = "@"
        cell.alignment = _ALIGNED
    if is_formula(value):
        cell.quotePrefix = True


def _link(cell: PageCell, value: str) -> None:
    if isinstance(value, Link):
        # What would end a path, or break it, in an address; other signs stand as they are.
        cell.hyperlink = re.sub(r"[\s%#?]", lambda sign: quote(sign[0]), value)
        cell.font = _LINKED
    elif cell.hyperlink is not None:
        # Of an earlier run: what stands here now is no such file.
        cell.hyperlink = None


def _bytes(book: openpyxl.Workbook) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()
