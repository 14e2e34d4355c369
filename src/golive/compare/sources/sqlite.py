"""A source of SQLite databases: one consistent read of a live system, no value bent on the way.

SQLite itself turns a floating-point number into 15 digits of text, and DuckDB's scanner follows
declared types that SQLite does not keep. So golive asks SQLite to mark what each value is, moves
text only, and lets the comparison cast it strictly.
"""

# ruff: noqa: S608  (SQL is built here; every name and value in it is quoted)
from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from golive.compare.csvfile import CsvFile
from golive.compare.database import (
    Bounds,
    Connection,
    connect,
    identifier,
    literal,
    load_sqlite_scanner,
)
from golive.compare.snapshots import write_snapshot
from golive.contracts import Args, Context, Snapshot
from golive.errors import SetupError

__all__ = ["SqliteSource"]

#: Starts a value that is not plain text: ``r`` a floating-point number, ``b`` a blob in hex,
#: ``t`` a text that itself starts with the mark, ``n`` no value (only in the fallback's file).
_MARK = "\x01"
_NO_VALUE = _MARK + "n"
_CLOCK = "strftime('%Y-%m-%dT%H:%M:%fZ','now')"
_BATCH = 10_000


class SqliteSource:
    """Reads a ``table`` or one SELECT (``query``) of a ``target``'s database."""

    def snapshot(self, query: Args, folder: Path, context: Context) -> Snapshot:
        """Write the rows as text to one Parquet file in ``folder``, within one read transaction.

        Raise SetupError when the target has no database golive can read, or the query is wrong.
        """
        path = _database_file(str(query["target"]), context)
        select = query.get("query") or f"SELECT * FROM {identifier(query['table'])}"
        select = str(select).strip().rstrip(";")
        folder.mkdir(parents=True, exist_ok=True)
        columns = _columns(path, select, str(query.get("side") or query["target"]))
        totals = _totals_query(select, query.get("totals", {}))
        with connect(folder / "reading", Bounds()) as connection:
            scanner = load_sqlite_scanner(connection)
            if scanner:
                return _scan(connection, path, select, columns, totals, folder, scanner)
            return _read(connection, path, select, columns, totals, folder)


def _database_file(target: str, context: Context) -> Path:
    known = context.environment.targets
    if target not in known or not known[target].database:
        raise SetupError.of(
            f"target '{target}'",
            f"has no database in environment '{context.environment.name}'",
            hint=f"targets: {', '.join(known) or 'none'}",
        )
    try:
        url = make_url(known[target].database)
    except ArgumentError as error:
        raise SetupError.of(f"target '{target}'", "its database is not a DSN") from error
    if url.get_backend_name() != "sqlite" or not url.database:
        raise SetupError.of(
            f"target '{target}'",
            f"its database is {url.get_backend_name()}, not a SQLite file",
            hint="use a source of that kind",
        )
    path = context.workspace / url.database
    if not path.is_file():
        raise SetupError.of(f"target '{target}'", f"its database file '{path.name}' does not exist")
    return path


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None
    )
    with closing(connection):
        connection.execute("PRAGMA query_only = ON")
        yield connection


def _columns(path: Path, select: str, side: str) -> tuple[str, ...]:
    try:
        with _opened(path) as connection:
            # In parentheses a second statement cannot hide.
            described = connection.execute(f"SELECT * FROM ({select}\n) LIMIT 0").description
    except (sqlite3.Error, sqlite3.Warning) as error:
        raise SetupError.of(f"side '{side}'", f"SQLite refuses its query: {error}") from error
    names = tuple(str(item[0]) for item in described)
    for name in names:
        # SQLite renames the second of two columns of one name to ``name:1``.
        if ":" in name and name.rpartition(":")[0] in names:
            raise SetupError.of(
                f"side '{side}'",
                f"its query has two columns '{name.rpartition(':')[0]}'",
                hint="give each its own name with AS",
            )
    return names


def _marked(name: str) -> str:
    column = identifier(name)
    return (
        f"CASE typeof({column}) "
        f"WHEN 'real' THEN char(1)||'r'||printf('%!.17g',{column}) "
        f"WHEN 'blob' THEN char(1)||'b'||hex({column}) "
        f"WHEN 'text' THEN CASE WHEN substr({column},1,1)=char(1) THEN char(1)||'t'||{column} "
        f"ELSE {column} END "
        f"ELSE CAST({column} AS TEXT) END AS {column}"
    )


def _unmarked(name: str) -> str:
    column = identifier(name)
    return (
        f"CASE WHEN NOT starts_with({column}, chr(1)) THEN {column} "
        # The shortest text that is exactly this number: 10.01, not 10.0099999999999998.
        f"WHEN {column}[2] = 'r' THEN CAST(CAST({column}[3:] AS DOUBLE) AS VARCHAR) "
        f"WHEN {column}[2] = 'n' THEN NULL ELSE {column}[3:] END AS {column}"
    )


def _marked_query(select: str, columns: tuple[str, ...]) -> str:
    return f"SELECT {', '.join(map(_marked, columns))} FROM ({select}\n)"


def _totals_query(select: str, wanted: Mapping[str, Mapping[str, Any]]) -> str:
    sums = [f"'rows', {_text('count(*)')}"]
    for name, total in wanted.items():
        unit = f"{identifier(str(total['column']))} * {10 ** int(total['scale'])}"
        sums.append(
            f"{literal(name)}, {_text(f'coalesce(sum(CAST(round({unit}) AS INTEGER)), 0)')}"
        )
    return f"SELECT json_object({', '.join(sums)}), {_CLOCK} FROM ({select}\n)"


def _text(expression: str) -> str:
    return f"CAST({expression} AS TEXT)"


def _watermark(path: Path) -> str:
    """Return SQLite's own change counter, and how much of its log is not merged yet."""
    with path.open("rb") as stream:
        stream.seek(24)
        counter = int.from_bytes(stream.read(4), "big")
    log = path.with_name(f"{path.name}-wal")
    return f"change {counter}, wal {log.stat().st_size if log.exists() else 0} bytes"


def _scan(
    connection: Connection,
    path: Path,
    select: str,
    columns: tuple[str, ...],
    totals: str,
    folder: Path,
    scanner: str,
) -> Snapshot:
    connection.execute("SET sqlite_all_varchar = true")
    connection.execute(f"ATTACH {literal(str(path))} AS live (TYPE sqlite, READ_ONLY)")
    # The scanner keeps one SQLite read transaction for the whole of this one.
    connection.execute("BEGIN")
    found = connection.execute(f"SELECT * FROM sqlite_query('live', {literal(totals)})").fetchone()
    marked = f"sqlite_query('live', {literal(_marked_query(select, columns))})"
    snapshot = write_snapshot(
        connection,
        f"SELECT {', '.join(map(_unmarked, columns))} FROM {marked}",
        folder / "snapshot.parquet",
        watermark=_watermark(path),
        reader=scanner,
        **_counted(found),
    )
    connection.execute("COMMIT")
    connection.execute("DETACH live")
    return snapshot


def _read(
    connection: Connection,
    path: Path,
    select: str,
    columns: tuple[str, ...],
    totals: str,
    folder: Path,
) -> Snapshot:
    """Read without the scanner: through the standard library, by a file of marked text."""
    passing = folder / "rows.csv"
    with _opened(path) as source, passing.open("w", encoding="utf-8", newline="") as stream:
        source.execute("BEGIN")
        found = source.execute(totals).fetchone()
        watermark = _watermark(path)
        cursor = source.execute(_marked_query(select, columns))
        writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(columns)
        while batch := cursor.fetchmany(_BATCH):
            writer.writerows([_NO_VALUE if v is None else v for v in row] for row in batch)
    file = CsvFile(path=passing, shown="rows.csv", columns=columns, null_text=_NO_VALUE)
    snapshot = write_snapshot(
        connection,
        f"SELECT {', '.join(map(_unmarked, columns))} FROM {file.scan()}",
        folder / "snapshot.parquet",
        watermark=watermark,
        reader=f"sqlite3 {sqlite3.sqlite_version}",
        **_counted(found),
    )
    passing.unlink()
    return snapshot


def _counted(found: tuple[Any, ...] | None) -> dict[str, Any]:
    """Return the totals row as keyword arguments of a snapshot."""
    totals, clock = found or ("{}", "")
    return {
        "totals": {name: str(value) for name, value in json.loads(totals).items()},
        "clock": datetime.fromisoformat(clock).astimezone(UTC),
    }
