"""Read and write a spreadsheet file: what it is on the way in is told by its content."""

# ruff: noqa: PLC0415 - openpyxl takes half a second to load, and most who ask have no workbook

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from golive.errors import Refused, SpecError
from golive.sheets.csvtext import csv_bytes, csv_table
from golive.sheets.plain import plain_workbook
from golive.sheets.table import Cell, Table

__all__ = ["fill_table", "read_table", "write_table"]

_OLD_OR_LOCKED = b"\xd0\xcf\x11\xe0"
_ZIP = b"PK\x03\x04"


def read_table(path: Path, *, sheet: str = "", shown_as: str = "", exact: bool = False) -> Table:
    """Read one sheet: the one named, else the first that can be seen. CSV has only one.

    What the file is is told by its content, not by its name. Raise SpecError when there is no such
    file or sheet, when it is no spreadsheet, or when a formula in it was never calculated.

    ``exact`` leaves a workbook's cells below its header as they are stored, not as they are shown.
    """
    name = shown_as or str(path)
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise SpecError.of("", "there is no such file", path=name) from error
    except OSError as error:
        raise SpecError.of("", f"cannot be read: {error.strerror}", path=name) from error
    if content.startswith(_OLD_OR_LOCKED):
        raise SpecError.of(
            "",
            "is an .xls workbook, or has a password",
            path=name,
            hint="save it as .xlsx without a password",
        )
    if content.startswith(_ZIP):
        from golive.sheets.workbook import workbook_table

        return workbook_table(content, sheet, name, exact=exact)
    return csv_table(content, name)


def write_table(
    path: Path,
    rows: Sequence[Sequence[Cell]],
    *,
    sheet: str = "Sheet1",
    choices: Mapping[str, Sequence[str]] | None = None,
    hidden: Mapping[str, Sequence[Sequence[Cell]]] | None = None,
) -> None:
    """Write rows, the first being the header: ``.csv`` (UTF-8 with BOM) or ``.xlsx``.

    ``choices``: header word -> what a cell below it may be, offered as a list in .xlsx.
    ``hidden``: sheets a person does not see, read back by their name; .csv has none. The file
    appears whole or not at all. Raise Refused for another ending, and for text a cell cannot hold.
    """
    match path.suffix.lower():
        case ".csv":
            _replace(path, csv_bytes(rows))
        case ".xlsx":
            _replace(path, _workbook(rows, sheet, choices or {}, hidden or {}))
        case _:
            raise Refused.of(f"'{path.name}'", "is no .xlsx or .csv", hint="end the name so")


def _workbook(
    rows: Sequence[Sequence[Cell]],
    sheet: str,
    choices: Mapping[str, Sequence[str]],
    hidden: Mapping[str, Sequence[Sequence[Cell]]],
) -> bytes:
    if not choices and not hidden:
        return plain_workbook(rows, sheet)
    from golive.sheets.workbook import new_workbook

    return new_workbook(rows, sheet, choices, hidden)


def fill_table(
    source: Path, target: Path, cells: Mapping[tuple[int, int], Cell], *, sheet: str = ""
) -> None:
    """Write a sheet again with some cells, ``(row, column)`` from 1, set; the rest stays as it is.

    A workbook keeps its formats and its other sheets; a CSV comes back as UTF-8 with BOM.
    ``target`` may be ``source``. Raise as :func:`read_table` and :func:`write_table` do.
    """
    content = source.read_bytes()
    if content.startswith(_ZIP):
        from golive.sheets.workbook import filled_workbook

        _replace(target, filled_workbook(content, cells, sheet, str(source)))
        return
    table = read_table(source)
    grid: dict[int, list[Cell]] = {row.number: list(row.cells) for row in table.rows}
    for (row, column), value in cells.items():
        line = grid.setdefault(row, [])
        line.extend([""] * (column - len(line)))
        line[column - 1] = value
    _replace(target, csv_bytes([grid.get(row, []) for row in range(1, max(grid) + 1)]))


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_bytes(content)
    beside.replace(path)
