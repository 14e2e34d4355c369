"""Rows on their way from a reader into a snapshot: CSV that tells no value from empty text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

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
    """Return a Python value as a comparison reads text: nothing is rounded or cut.

    An instant with a zone is told in UTC. Raise TypeError for what has no agreed text.
    """
    match value:
        case None | str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | UUID():
            return str(value)
        case float():
            return repr(value)
        case Decimal():
            return f"{value:f}"
        case datetime():
            known = value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)
            return known.isoformat(sep=" ")
        case date() | time():
            return value.isoformat()
        case timedelta():
            return _duration(value)
        case bytes() | bytearray() | memoryview():
            return bytes(value).hex().upper()
        case _:
            raise TypeError(f"{type(value).__name__} has no agreed text")


def _duration(value: timedelta) -> str:
    """Return hours, minutes and seconds, as SQL writes a time beyond a day: ``-26:00:00.5``."""
    minutes, seconds = divmod(abs(value), timedelta(minutes=1))
    parts = f"{minutes // 60:02d}:{minutes % 60:02d}:{seconds.seconds:02d}"
    rest = f".{seconds.microseconds:06d}" if seconds.microseconds else ""
    return f"{'-' if value < timedelta() else ''}{parts}{rest}"
