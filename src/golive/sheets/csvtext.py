"""CSV as any editor and any country's Excel saves it: encodings, separators, quotes; pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

from golive.errors import SpecError
from golive.plaintext import Undecodable, decode
from golive.sheets.table import EDGES, Cell, Row, Table, without_tail

__all__ = ["csv_bytes", "csv_table", "is_formula"]

#: What makes a spreadsheet read text as a formula, unless it is just a number.
_FORMULA = re.compile(r"[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?\d[\d,]*(\.\d+)?%?")
#: The mark before such text; doubled before text that has the mark itself.
_NEUTRALISED = re.compile(r"'(?='*[=+\-@\t\r])")
_DELIMITERS = ",;\t|，"


def is_formula(text: str) -> bool:
    """Tell whether a spreadsheet would take a text for a formula."""
    return bool(_FORMULA.match(text)) and not _NUMBER.fullmatch(text)


def csv_table(content: bytes, name: str) -> Table:
    """Read CSV. Raise SpecError, with the line, for what is neither text nor CSV."""
    try:
        decoded = decode(content)
    except Undecodable as error:
        raise SpecError.of(
            "", "is neither a spreadsheet nor text", path=name, hint="save it as .xlsx"
        ) from error
    text, first = decoded.text.removeprefix("\ufeff"), 1
    declared = re.match(r"sep=(.)\r?\n", text)
    if declared:
        text, first = text[declared.end() :], 2
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=declared[1] if declared else _delimiter(text),
        strict=True,
    )
    rows = []
    try:
        for number, values in enumerate(reader, start=first):
            cells = without_tail(
                _NEUTRALISED.sub("", value.strip(EDGES), count=1) for value in values
            )
            if cells:
                rows.append(Row(number=number, cells=cells))
    except csv.Error as error:
        raise SpecError.of(
            "", f"is not CSV: {error}", path=name, line=reader.line_num,
            hint="check the quotes on this line and those before it",
        ) from error  # fmt: skip
    return Table(path=name, sheet="", encoding=decoded.encoding, rows=tuple(rows))


def _delimiter(text: str) -> str:
    """Return what separates the cells of the first line that has any; quoted text is no hint."""
    for line in text.splitlines():
        bare = re.sub(r'"[^"]*"?', "", line)
        counts = {sign: bare.count(sign) for sign in _DELIMITERS}
        best = max(counts, key=lambda sign: counts[sign])
        if counts[best]:
            return best
    return ","


def csv_bytes(rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return CSV that Chinese Excel opens rightly: UTF-8 with BOM, no text taken for a formula."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    for row in rows:
        writer.writerow([_neutral(value) if isinstance(value, str) else value for value in row])
    return text.getvalue().encode("utf-8-sig")


def _neutral(text: str) -> str:
    return f"'{text}" if is_formula(text) or _NEUTRALISED.match(text) else text
