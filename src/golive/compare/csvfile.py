"""CSV as text, nothing guessed: encodings by name, declared columns, no value told from empty."""

# ruff: noqa: S608  (SQL is built here; every name and value in it is quoted)
from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from golive.compare.database import identifier, literal
from golive.errors import SetupError

__all__ = ["CsvFile", "open_csv"]

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvFile:
    """A CSV file golive has looked at: its columns, and UTF-8 text DuckDB can read."""

    path: Path
    shown: str
    columns: tuple[str, ...]
    delimiter: str = ","
    null_text: str = ""

    def scan(self) -> str:
        """Return the SQL table expression of its rows, every column VARCHAR."""
        columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in self.columns)
        return (
            f"read_csv({literal(str(self.path))}, auto_detect=false, header=true, "
            f"delim={literal(self.delimiter)}, quote='\"', escape='\"', "
            f"nullstr={literal(self.null_text)}, allow_quoted_nulls=false, strict_mode=true, "
            f"columns={{{columns}}})"
        )

    def require(self, *names: str) -> None:
        """Raise SetupError when a column is not there."""
        for name in names:
            if name not in self.columns:
                raise SetupError.of(
                    f"file '{self.shown}'",
                    f"has no column '{name}'",
                    hint=f"it has {', '.join(self.columns)}",
                )

    def filtered(self, where: Mapping[str, str]) -> str:
        """Return SQL of its rows that have these values."""
        tests = [f"{identifier(key)} = {literal(value)}" for key, value in where.items()]
        return f"(SELECT * FROM {self.scan()} WHERE {' AND '.join(['true', *tests])})"

    def records(self) -> Iterator[Mapping[str, str]]:
        """Read it by Python's own reader: the second path of control totals."""
        with self.path.open(encoding="utf-8-sig", newline="") as stream:
            yield from csv.DictReader(stream, delimiter=self.delimiter)


def open_csv(
    path: Path,
    *,
    folder: Path,
    shown: str = "",
    encoding: str = "utf-8",
    delimiter: str = ",",
    null_text: str = "",
) -> CsvFile:
    """Look at a CSV file; one that is not UTF-8 is rewritten as UTF-8 into ``folder``.

    Raise SetupError when it is missing, empty, wrongly encoded or names a column twice.
    """
    shown = shown or str(path)
    text = _as_utf8(path, folder, shown, encoding)
    with text.open(encoding="utf-8-sig", newline="") as stream:
        header = next(csv.reader(stream, delimiter=delimiter), [])
    if not header:
        raise SetupError.of(
            f"file '{shown}'", "is empty", hint="it needs a first line of column names"
        )
    for name in header:
        if header.count(name) > 1:
            raise SetupError.of(
                f"file '{shown}'", f"names column '{name}' twice", hint="rename one"
            )
    return CsvFile(
        path=text, shown=shown, columns=tuple(header), delimiter=delimiter, null_text=null_text
    )


def _as_utf8(path: Path, folder: Path, shown: str, encoding: str) -> Path:
    """Check every byte of the file; return a UTF-8 file of its text."""
    try:
        decode = codecs.getincrementaldecoder(encoding)(errors="strict").decode
        known = codecs.lookup(encoding).name
    except LookupError as error:
        raise SetupError.of(
            f"file '{shown}'", f"encoding '{encoding}' is not known", hint="e.g. utf-8, gbk"
        ) from error
    copy = None if known in {"utf-8", "utf-8-sig"} else folder / f"{path.stem}.utf8.csv"
    try:
        with path.open("rb") as source:
            sink = copy.open("w", encoding="utf-8", newline="") if copy else None
            try:
                while block := source.read(_CHUNK):
                    text = decode(block)
                    if sink:
                        sink.write(text)
                decode(b"", final=True)
            finally:
                if sink:
                    sink.close()
    except OSError as error:
        raise SetupError.of(
            f"file '{shown}'", f"cannot be read: {error.strerror}", hint="is it delivered yet?"
        ) from error
    except UnicodeDecodeError as error:
        raise SetupError.of(
            f"file '{shown}'", f"is not {encoding} text", hint="set encoding to what it is"
        ) from error
    return copy or path
