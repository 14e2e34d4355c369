"""A source of Parquet files: one file is its own snapshot, several become one."""

# ruff: noqa: S608  (SQL is built here; every name and value in it is quoted)
from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from golive.compare.database import Connection, bounds_of, connect, identifier, literal
from golive.compare.snapshots import file_digest, unchanging, write_snapshot
from golive.contracts import Args, Context, Snapshot
from golive.errors import SetupError

__all__ = ["ParquetSource", "source_totals"]


class ParquetSource:
    """Reads ``path``, which may name several files (``orders_*.parquet``), and ``where``."""

    def snapshot(self, query: Args, folder: Path, context: Context) -> Snapshot:
        """Name the file itself, or write the rows of several (or of some) to one.

        Raise SetupError when there is no file, it is no Parquet, or it changes while it is read.
        Of a file that is its own snapshot the digest is checked when the comparison ends.
        """
        paths = _files(context.workspace / str(query["path"]), str(query["path"]))
        folder.mkdir(parents=True, exist_ok=True)
        if len(paths) == 1 and not query.get("where"):
            return _freeze(paths, [file_digest(paths[0])], query, folder, context)
        with unchanging(paths, str(query["path"])) as digests:
            return _freeze(paths, digests, query, folder, context)

    def columns(self, query: Args, context: Context) -> Mapping[str, str]:
        """Return the columns of the first file and their types."""
        path = _files(context.workspace / str(query["path"]), str(query["path"]))[0]
        with duckdb.connect() as connection:
            try:
                described = connection.execute(
                    f"DESCRIBE SELECT * FROM read_parquet({literal(str(path))})"
                ).fetchall()
            except duckdb.Error as error:
                raise SetupError.of(f"file '{query['path']}'", "is no Parquet") from error
        return {str(row[0]): str(row[1]) for row in described}


def _freeze(
    paths: Sequence[Path], digests: Sequence[str], query: Args, folder: Path, context: Context
) -> Snapshot:
    where = str(query.get("where", ""))
    listed = ", ".join(literal(str(path)) for path in paths)
    rows = f"(SELECT * FROM read_parquet([{listed}]){f' WHERE ({where})' if where else ''})"
    with connect(folder / "reading", bounds_of(context)) as connection:
        told: dict[str, Any] = {
            "watermark": f"sha256:{digests[0]}" if len(paths) == 1 else f"{len(paths)} files",
            "reader": f"read_parquet {duckdb.__version__}",
            "clock": datetime.fromtimestamp(max(p.stat().st_mtime for p in paths), UTC),
            "totals": source_totals(connection, rows, query.get("totals", {})),
        }
        if len(paths) == 1 and not where:
            row = connection.execute(
                f"SELECT num_rows FROM parquet_file_metadata({listed})"
            ).fetchone()
            count = int(row[0]) if row else 0
            return Snapshot(path=paths[0], sha256=digests[0], rows=count, **told)
        return write_snapshot(
            connection, f"SELECT * FROM {rows}", folder / "snapshot.parquet", **told
        )


def _files(path: Path, shown: str) -> Sequence[Path]:
    found = sorted(path.parent.glob(path.name)) if "*" in path.name else [path]
    if not found or not found[0].is_file():
        raise SetupError.of(f"file '{shown}'", "does not exist", hint="is it delivered yet?")
    return found


def source_totals(
    connection: Connection, rows: str, wanted: Mapping[str, Mapping[str, Any]]
) -> Mapping[str, str]:
    """Count and add up what a relation of DuckDB holds; numbers only, in their smallest units."""
    types = dict(
        connection.execute(f"SELECT column_name, column_type FROM (DESCRIBE {rows})").fetchall()
    )
    sums = ["count(*)"]
    names = ["rows"]
    for name, total in wanted.items():
        kind = str(types.get(str(total["column"]), ""))
        if kind.startswith("DECIMAL") or kind.endswith("INT") or kind == "INTEGER":
            scale = int(total["scale"])
            sums.append(
                f"CAST(coalesce(sum({identifier(str(total['column']))}), 0) AS DECIMAL(38,{scale}))"
            )
            names.append(name)
    row = connection.execute(f"SELECT {', '.join(sums)} FROM {rows}").fetchone() or ()
    said = {"rows": str(row[0])}
    for name, value in zip(names[1:], row[1:], strict=True):
        said[name] = str(int(value.scaleb(int(wanted[name]["scale"]))))
    return said
