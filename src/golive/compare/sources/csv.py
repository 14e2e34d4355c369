"""A source of CSV files: every value as text, every byte checked."""

# ruff: noqa: S608  (SQL is built here; every name and value in it is quoted)
from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from golive.compare.csvfile import CsvFile, open_csv
from golive.compare.database import bounds_of, connect
from golive.compare.exact import plus, units
from golive.compare.snapshots import file_state, unchanging, write_snapshot
from golive.compare.written import written_number
from golive.contracts import Args, Context, Snapshot
from golive.errors import SetupError

__all__ = ["CsvSource"]


class CsvSource:
    """Reads ``path`` (relative to the workspace) in its ``encoding``."""

    def snapshot(self, query: Args, folder: Path, context: Context) -> Snapshot:
        """Write the file's rows as text to one Parquet file in ``folder``.

        Raise SetupError when the file is missing, wrongly encoded or not a proper CSV.
        """
        path = context.workspace / query["path"]
        folder.mkdir(parents=True, exist_ok=True)
        shown = str(query["path"])
        with unchanging([path], shown) as (digest,):
            return _freeze(path, digest, query, folder, context)

    def state(self, query: Args, context: Context) -> str:
        """Return the file's digest."""
        return file_state(context.workspace / query["path"])

    def columns(self, query: Args, context: Context) -> Mapping[str, str]:
        """Return the names in the file's first line."""
        path, shown = context.workspace / query["path"], str(query["path"])
        try:
            with path.open(encoding=str(query.get("encoding", "utf-8")), newline="") as stream:
                delimiter = str(query.get("delimiter", ","))
                header = next(csv.reader(stream, delimiter=delimiter), [])
        except (OSError, UnicodeError, LookupError) as error:
            raise SetupError.of(f"file '{shown}'", f"cannot be read: {error}") from error
        return {name.lstrip("\ufeff"): "" for name in header}


def _freeze(path: Path, digest: str, query: Args, folder: Path, context: Context) -> Snapshot:
    file = open_csv(
        path,
        folder=folder,
        shown=str(query["path"]),
        encoding=str(query.get("encoding", "utf-8")),
        delimiter=str(query.get("delimiter", ",")),
        null_text=str(query.get("null_text", "")),
    )
    where = str(query.get("where", ""))
    with connect(folder / "reading", bounds_of(context)) as connection:
        return write_snapshot(
            connection,
            f"SELECT * FROM {file.scan()}{f' WHERE ({where})' if where else ''}",
            folder / "snapshot.parquet",
            watermark=f"sha256:{digest}",
            reader=f"read_csv {duckdb.__version__}",
            clock=datetime.fromtimestamp(path.stat().st_mtime, UTC),
            totals={} if where else _totals(file, query),
        )


def _totals(file: CsvFile, query: Args) -> Mapping[str, str]:
    """Count and add up with Python's own CSV reader: a second path beside DuckDB's."""
    wanted: Mapping[str, Mapping[str, Any]] = query.get("totals", {})
    numbers = str(query.get("numbers", "plain"))
    rows = 0
    sums = dict.fromkeys(wanted, Decimal(0))
    for record in file.records():
        rows += 1
        for name, total in wanted.items():
            # What is no number, the strict cast of the comparison names.
            value = written_number(record.get(total["column"]) or "0", numbers)
            sums[name] = plus(sums[name], value or Decimal(0))
    told = {
        name: str(int(units(value, int(wanted[name]["scale"])).to_integral_value()))
        for name, value in sums.items()
    }
    return {"rows": str(rows), **told}
