"""A source of DuckDB database files, opened read-only."""

# ruff: noqa: S608  (SQL is built here; every name and value in it is quoted)
from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb

from golive.compare.database import Connection, bounds_of, connect, identifier, literal
from golive.compare.snapshots import write_snapshot
from golive.compare.sources.parquet import source_totals
from golive.compare.targets import plain_select, target_url, unspoken
from golive.contracts import Args, Context, Snapshot
from golive.errors import SetupError

__all__ = ["DuckdbSource"]

#: Types Parquet has no exact form for: DuckDB would write such whole numbers as doubles, spans of
#: time in milliseconds, and times without their zone.
_INEXACT = {"HUGEINT", "UHUGEINT", "BIGNUM", "INTERVAL", "TIME WITH TIME ZONE"}


class DuckdbSource:
    """Reads a ``table`` or one SELECT (``query``) of a ``target`` with a ``duckdb:///`` DSN."""

    def snapshot(self, query: Args, folder: Path, context: Context) -> Snapshot:
        """Write the rows, with the types they have, to one Parquet file in ``folder``.

        Raise SetupError when the target has no such database, or the query is wrong.
        """
        url = target_url(query, context, "duckdb")
        path = context.workspace / str(url.database)
        if not path.is_file():
            raise SetupError.of(f"target '{query['target']}'", f"'{path.name}' does not exist")
        folder.mkdir(parents=True, exist_ok=True)
        rows = f"({plain_select(query)}\n)"
        side = str(query.get("side") or query["target"])
        with connect(folder / "reading", bounds_of(context)) as connection, unspoken(url, side):
            connection.execute(f"ATTACH {literal(str(path))} AS live (READ_ONLY)")
            connection.execute("USE live")
            connection.execute("BEGIN")
            snapshot = write_snapshot(
                connection,
                _lossless(connection, rows),
                folder / "snapshot.parquet",
                watermark=_watermark(path),
                reader=f"duckdb {duckdb.__version__}",
                totals=source_totals(connection, rows, query.get("totals", {})),
            )
            connection.execute("COMMIT")
            return snapshot

    def state(self, query: Args, context: Context) -> str:
        """Return when the file and its log were written, and how long they are."""
        url = target_url(query, context, "duckdb")
        return _watermark(context.workspace / str(url.database))

    def columns(self, query: Args, context: Context) -> Mapping[str, str]:
        """Return the columns of the query and their types."""
        url = target_url(query, context, "duckdb")
        path = context.workspace / str(url.database)
        if not path.is_file():
            raise SetupError.of(f"target '{query['target']}'", f"'{path.name}' does not exist")
        side = str(query.get("side") or query["target"])
        with unspoken(url, side), duckdb.connect(str(path), read_only=True) as connection:
            described = connection.execute(f"DESCRIBE {plain_select(query)}").fetchall()
        return {str(row[0]): str(row[1]) for row in described}


def _watermark(path: Path) -> str:
    files = [item.stat() for item in (path, Path(f"{path}.wal")) if item.is_file()]
    sizes = " + ".join(str(item.st_size) for item in files)
    return f"modified {max((item.st_mtime_ns for item in files), default=0)}, {sizes} bytes"


def _lossless(connection: Connection, rows: str) -> str:
    """Return a SELECT of the rows that Parquet holds exactly: what it has no form for as text.

    Every ``sum`` of whole numbers is such.
    """
    described = connection.execute(f"DESCRIBE SELECT * FROM {rows}").fetchall()
    names = [identifier(str(row[0])) for row in described if row[1] in _INEXACT]
    texts = ", ".join(f"CAST({name} AS VARCHAR) AS {name}" for name in names)
    return f"SELECT *{f' REPLACE ({texts})' if texts else ''} FROM {rows}"
