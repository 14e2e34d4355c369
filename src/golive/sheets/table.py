"""A sheet as rows of text, each with its number, and as records by the header's words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import zip_longest

from golive.errors import Problem, SpecError

__all__ = ["EDGES", "Cell", "Link", "Record", "Row", "Table", "without_tail"]

#: What may be written into a cell. Text stays text, whatever it looks like.
Cell = str | int | float


class Link(str):
    """A file's path, from the sheet's folder, that a workbook opens at a click."""

    __slots__ = ()


#: Blanks around a cell's text that nobody meant.
EDGES = " \t\r\n\u3000\u00a0\ufeff\u200b"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row as text; ``number`` is the row's number in the sheet, 1 is the first."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One row below the header: header word -> cell."""

    number: int
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A sheet's rows, blank ones left out. ``path`` is the name shown in problems."""

    path: str
    #: The sheet's name; empty for CSV.
    sheet: str
    #: What a CSV was saved as, e.g. ``gb18030``; empty for .xlsx.
    encoding: str
    rows: tuple[Row, ...]

    def records(self) -> tuple[Record, ...]:
        """Return the rows below the first, by its words; a missing cell is empty.

        Raise SpecError when the header has a word twice, or a row more cells than the header.
        """
        if not self.rows:
            return ()
        header = self.rows[0].cells
        problems = [
            self.problem(self.rows[0].number, f"has the column '{word}' twice", "keep one of them")
            for index, word in enumerate(header)
            if word and word in header[:index]
        ]
        found = []
        for row in self.rows[1:]:
            extra = [
                cell
                for word, cell in zip_longest(header, row.cells, fillvalue="")
                if cell and not word
            ]
            if extra:
                problems.append(
                    self.problem(
                        row.number,
                        f"has '{extra[0]}' in a column without a name",
                        "name the column, or check quotes and separators",
                    )
                )
            cells = zip_longest(header, row.cells[: len(header)], fillvalue="")
            found.append(
                Record(number=row.number, values={word: cell for word, cell in cells if word})
            )
        if problems:
            raise SpecError(*problems)
        return tuple(found)

    def problem(self, row: int, message: str, hint: str = "") -> Problem:
        """Return a problem with a row of this sheet."""
        return Problem(
            subject=f"row {row}", message=message, path=self.path, line=row, hint=hint
        )  # fmt: skip


def without_tail(cells: Iterable[str]) -> tuple[str, ...]:
    """Return the cells without the empty ones at the end; nothing at all for a blank row."""
    found = list(cells)
    while found and not found[-1]:
        found.pop()
    return tuple(found)
