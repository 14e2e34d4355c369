"""Rows on their way from a reader into a snapshot: CSV that tells no value from empty text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from golive.compare.csvfile import CsvFile

__all__ = ["as_text", "text_rows"]

#: Name of the cell that ends each line, so that a row of no values is no empty line.
_END = "\x01"


def text_rows(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str | None]]) -> CsvFile:
    """Write rows of text to a file DuckDB can read; ``columns`` are its first columns."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        stream.write(_line(columns))
        stream.writelines(map(_line, rows))
    return CsvFile(path=path, shown=path.name, columns=(*columns, _END))


def _line(values: Sequence[str | None]) -> str:
    cells = ["" if value is None else '"' + value.replace('"', '""') + '"' for value in values]
    return ",".join([*cells, "."]) + "\n"


def as_text(value: object) -> str | None:
    """Return a Python value as a comparison reads text: nothing is rounded or cut."""
    match value:
        case None | str():
            return value
        case bool():
            return "true" if value else "false"
        case float():
            return repr(value)
        case Decimal():
            return f"{value:f}"
        case datetime():
            return value.isoformat(sep=" ")
        case date():
            return value.isoformat()
        case bytes() | bytearray() | memoryview():
            return bytes(value).hex().upper()
        case _:
            return str(value)
