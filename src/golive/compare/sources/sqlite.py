"""A source of SQLite databases: one consistent read of a live system, no value bent on the way.

SQLite itself turns a floating-point number into 15 digits of text, and DuckDB's scanner follows
declared types that SQLite does not keep. So golive first asks what each column really holds, has
every number written in full, and marks what each value is only where a column mixes kinds.
"""

# ruff: noqa: S608  (SQL is built here; every name and value in it is quoted)
from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from golive.compare.database import (
    Connection,
    bounds_of,
    connect,
    identifier,
    literal,
    load_scanner,
)
from golive.compare.snapshots import write_snapshot
from golive.compare.targets import plain_select, target_file
from golive.compare.textrows import text_rows
from golive.contracts import Args, Context, Snapshot
from golive.errors import SetupError

__all__ = ["SqliteSource"]

_CLOCK = "strftime('%Y-%m-%dT%H:%M:%fZ','now')"


class SqliteSource:
    """Reads a ``table`` or one SELECT (``query``) of a ``target``'s database."""

    def snapshot(self, query: Args, folder: Path, context: Context) -> Snapshot:
        """Write the rows as text to one Parquet file in ``folder``, within one read transaction.

        Raise SetupError when the target has no database golive can read, or the query is wrong.
        """
        path = _database_file(query, context)
        select = plain_select(query)
        folder.mkdir(parents=True, exist_ok=True)
        columns = _columns(path, select, str(query.get("side") or query["target"]))
        read = _Reading(
            path=path,
            select=select,
            columns=columns,
            numeric=frozenset(query.get("numeric", ())),
            totals=query.get("totals", {}),
            folder=folder,
        )
        with connect(folder / "reading", bounds_of(context)) as connection:
            scanner = load_scanner(connection, "sqlite_scanner")
            if scanner:
                return _scan(connection, read, scanner)
            return _read(connection, read)

    def state(self, query: Args, context: Context) -> str:
        """Return the database's change counter, its log, and when either was written."""
        return _watermark(_database_file(query, context))

    def columns(self, query: Args, context: Context) -> Mapping[str, str]:
        """Return the names of the query's columns: SQLite keeps no types."""
        side = str(query.get("side") or query["target"])
        path = _database_file(query, context)
        return dict.fromkeys(_columns(path, plain_select(query), side), "")


def _database_file(query: Args, context: Context) -> Path:
    target = str(query["target"])
    path = context.workspace / target_file(query, context, "sqlite")
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


#: What a column is asked: the first and last of the kinds it holds (blob, integer, real, text in
#: this order), and its extremes. SQLite has no set of kinds to ask for, and these suffice.
_ASKED = (
    "min(nullif(typeof({0}), 'null'))",
    "max(nullif(typeof({0}), 'null'))",
    "CASE WHEN max({0}) > 9007199254740992 OR min({0}) < -9007199254740992 THEN 1 ELSE 0 END",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """What is read, and where to."""

    path: Path
    select: str
    columns: tuple[str, ...]
    #: Columns that are compared as numbers: whole and broken ones may be read as one kind.
    numeric: frozenset[str]
    totals: Mapping[str, Mapping[str, Any]]
    folder: Path

    def first_query(self) -> str:
        """Return SQL of one row: the clock, the count, the totals, then the kinds by column."""
        parts = [_CLOCK, _text("count(*)")]
        for total in self.totals.values():
            unit = f"{identifier(str(total['column']))} * {10 ** int(total['scale'])}"
            # Text is added up as floating point, which is exact up to here only.
            exact = f"coalesce(max(abs({unit})), 0) < 9007199254740992"
            added = _text(f"coalesce(sum(CAST(round({unit}) AS INTEGER)), 0)")
            parts.append(f"CASE WHEN {exact} THEN {added} END")
        parts += [ask.format(identifier(name)) for name in self.columns for ask in _ASKED]
        named = ", ".join(f"{part} AS p{index}" for index, part in enumerate(parts))
        return f"SELECT {named} FROM ({self.select}\n)"

    def counted(self, row: Sequence[Any]) -> dict[str, Any]:
        """Return totals and clock of that row as keyword arguments of a snapshot."""
        said = zip(("rows", *self.totals), row[1:], strict=False)
        totals = {name: str(value) for name, value in said if value is not None}
        return {"totals": totals, "clock": datetime.fromisoformat(row[0]).astimezone(UTC)}

    def moves(self, row: Sequence[Any]) -> tuple[_Move, ...]:
        """Return how each column is moved, by the kinds it holds."""
        kinds = row[2 + len(self.totals) :]
        size = len(_ASKED)
        return tuple(
            _move(name, *kinds[size * index : size * (index + 1)], numeric=name in self.numeric)
            for index, name in enumerate(self.columns)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Move:
    """How SQLite writes a column, and how DuckDB reads that."""

    write: str
    read: str


def _move(name: str, first: str | None, last: str | None, large: object, *, numeric: bool) -> _Move:
    column = identifier(name)
    plain = f"CAST({column} AS TEXT) AS {column}"
    match first, last:
        case "integer", "integer":
            return _Move(write=plain, read=f"CAST({column} AS BIGINT) AS {column}")
        case "text" | None, "text" | None:
            return _Move(write=plain, read=column)
        case ("real", "real") | ("integer", "real") if first == last or (
            # Whole numbers beyond this are not exact as floating-point ones.
            numeric and int(str(large)) == 0
        ):
            full = f"CASE WHEN {column} IS NOT NULL THEN printf('%!.17g', {column}) END"
            return _Move(write=f"{full} AS {column}", read=f"CAST({column} AS DOUBLE) AS {column}")
    return _Move(write=_marked(name), read=_unmarked(name))


def _marked(name: str) -> str:
    """Mark what is not plain text by a sign no text starts with unmarked.

    ``r`` is a floating-point number, ``b`` a blob in hex, ``t`` a text that starts with the sign.
    """
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
    rest = f"substr({column}, 3)"
    return (
        f"CASE WHEN NOT starts_with({column}, chr(1)) THEN {column} "
        # The shortest text that is exactly this number: 10.01, not 10.0099999999999998.
        f"WHEN starts_with({column}, chr(1) || 'r') THEN CAST(CAST({rest} AS DOUBLE) AS VARCHAR) "
        f"ELSE {rest} END AS {column}"
    )


def _text(expression: str) -> str:
    return f"CAST({expression} AS TEXT)"


def _rows_query(read: _Reading, moves: Sequence[_Move]) -> str:
    return f"SELECT {', '.join(move.write for move in moves)} FROM ({read.select}\n)"


def _watermark(path: Path) -> str:
    """Return SQLite's own change counter, how much of its log is not merged, and their times.

    The counter alone stands still while a database writes ahead into a log that is used again.
    """
    with path.open("rb") as stream:
        stream.seek(24)
        counter = int.from_bytes(stream.read(4), "big")
    log = path.with_name(f"{path.name}-wal")
    merged, ahead = path.stat().st_mtime_ns, log.stat() if log.exists() else None
    size, written = (ahead.st_size, ahead.st_mtime_ns) if ahead else (0, 0)
    return f"change {counter}, wal {size} bytes, written {max(merged, written)}"


def _scan(connection: Connection, read: _Reading, scanner: str) -> Snapshot:
    connection.execute("SET sqlite_all_varchar = true")
    connection.execute(f"ATTACH {literal(str(read.path))} AS live (TYPE sqlite, READ_ONLY)")
    # The scanner keeps one SQLite read transaction for the whole of this one.
    connection.execute("BEGIN")
    first = connection.execute(
        f"SELECT * FROM sqlite_query('live', {literal(read.first_query())})"
    ).fetchone()
    moves = read.moves(first or ())
    query = _rows_query(read, moves)
    snapshot = write_snapshot(
        connection,
        f"SELECT {', '.join(move.read for move in moves)} "
        f"FROM sqlite_query('live', {literal(query)})",
        read.folder / "snapshot.parquet",
        watermark=_watermark(read.path),
        reader=scanner,
        **read.counted(first or ()),
    )
    connection.execute("COMMIT")
    connection.execute("DETACH live")
    return snapshot


def _read(connection: Connection, read: _Reading) -> Snapshot:
    """Read without the scanner: through the standard library, by a file of marked text."""
    passing = read.folder / "rows.csv"
    with _opened(read.path) as source:
        source.execute("BEGIN")
        first = source.execute(read.first_query()).fetchone()
        watermark = _watermark(read.path)
        moves = read.moves(first)
        cursor = source.execute(_rows_query(read, moves))
        file = text_rows(passing, read.columns, cursor)
    snapshot = write_snapshot(
        connection,
        f"SELECT {', '.join(move.read for move in moves)} FROM {file.scan()}",
        read.folder / "snapshot.parquet",
        watermark=watermark,
        reader=f"sqlite3 {sqlite3.sqlite_version}",
        **read.counted(first),
    )
    passing.unlink()
    return snapshot
