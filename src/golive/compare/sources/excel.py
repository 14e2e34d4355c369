"""A source of Excel workbooks: each cell as it is stored, by the reader golive has of them."""

# ruff: noqa: S608  (SQL is built here; every name and value in it is quoted)
from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from golive.compare.database import bounds_of, connect, identifier
from golive.compare.snapshots import file_state, unchanging, write_snapshot
from golive.compare.textrows import text_rows
from golive.contracts import Args, Context, Snapshot
from golive.errors import SetupError
from golive.sheets import read_table

__all__ = ["ExcelSource"]


class ExcelSource:
    """Reads the ``sheet`` (the first when none is named) of the workbook ``path``.

    The first row that is not empty names the columns. An empty cell is no value. Blanks around a
    text count; a number has the fifteen digits a spreadsheet keeps, and a share is no percentage.
    """

    def snapshot(self, query: Args, folder: Path, context: Context) -> Snapshot:
        """Write the rows as text to one Parquet file in ``folder``.

        Raise SetupError when the workbook or the sheet is not there, or a column has no name.
        """
        path = context.workspace / str(query["path"])
        if not path.is_file():
            raise SetupError.of(
                f"file '{query['path']}'", "does not exist", hint="is it delivered yet?"
            )
        folder.mkdir(parents=True, exist_ok=True)
        with unchanging([path], str(query["path"])) as (digest,):
            return _freeze(path, digest, query, folder, context)

    def state(self, query: Args, context: Context) -> str:
        """Return the workbook's digest."""
        return file_state(context.workspace / str(query["path"]))

    def columns(self, query: Args, context: Context) -> Mapping[str, str]:
        """Return the names in the sheet's first row."""
        path, shown = context.workspace / str(query["path"]), str(query["path"])
        if not path.is_file():
            raise SetupError.of(f"file '{shown}'", "does not exist", hint="is it delivered yet?")
        return dict.fromkeys(_read(path, str(query.get("sheet", "")), shown)[0], "")


def _freeze(path: Path, digest: str, query: Args, folder: Path, context: Context) -> Snapshot:
    columns, rows = _read(path, str(query.get("sheet", "")), str(query["path"]))
    file = text_rows(folder / "rows.csv", columns, rows)
    where = str(query.get("where", ""))
    listed = ", ".join(map(identifier, columns))
    with connect(folder / "reading", bounds_of(context)) as connection:
        return write_snapshot(
            connection,
            f"SELECT {listed} FROM {file.scan()}{f' WHERE ({where})' if where else ''}",
            folder / "snapshot.parquet",
            watermark=f"sha256:{digest}",
            reader="openpyxl",
            clock=datetime.fromtimestamp(path.stat().st_mtime, UTC),
            totals={} if where else {"rows": str(len(rows))},
        )


def _read(
    path: Path, sheet: str, shown: str
) -> tuple[tuple[str, ...], list[tuple[str | None, ...]]]:
    table = read_table(path, sheet=sheet, shown_as=shown, exact=True)
    if not table.rows:
        raise SetupError.of(f"file '{shown}'", "is empty", hint="it needs a row of column names")
    columns = tuple(word for word in table.rows[0].cells if word)
    rows = [tuple(record.values[name] or None for name in columns) for record in table.records()]
    return columns, rows
