"""A source of PostgreSQL: one exported state of the data, and casts made by the server.

DuckDB's scanner alone reads an unconstrained ``numeric`` as a double, ``NaN`` as zero, and drops
the padding of ``char(n)``. So golive asks the server for the type of every column and writes its
own select list; what no cast keeps is refused by name.
"""

# ruff: noqa: S608  (SQL is built here; every name and value in it is quoted)
from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy.engine import URL

from golive.compare.csvfile import CsvFile
from golive.compare.database import (
    Connection,
    bounds_of,
    connect,
    identifier,
    literal,
    load_scanner,
)
from golive.compare.snapshots import write_snapshot
from golive.compare.targets import plain_select, target_url, unspoken
from golive.contracts import Args, Context, Snapshot
from golive.errors import Problem, SetupError

__all__ = ["PostgresSource"]

#: Types DuckDB reads as they are.
_SAME = {
    "smallint", "integer", "bigint", "boolean", "double precision", "text", "character varying",
    "date", "timestamp without time zone", "timestamp with time zone",
}  # fmt: skip
#: How DuckDB names a ``numeric(p,s)`` it can hold; it reads one exactly, but for ``NaN``.
_EXACT = "DECIMAL("
#: Types that hold no text, as DuckDB calls their like.
_KINDS = {
    "smallint": "SMALLINT", "integer": "INTEGER", "bigint": "BIGINT", "numeric": "DECIMAL",
    "real": "FLOAT", "double precision": "DOUBLE", "boolean": "BOOLEAN", "date": "DATE",
    "timestamp without time zone": "TIMESTAMP",
    "timestamp with time zone": "TIMESTAMP WITH TIME ZONE",
}  # fmt: skip
#: Types whose text depends on the server's settings or is cut.
_LOSSY = {"money": "its text follows the server's locale"}
_LSN = (
    "coalesce(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() "
    "ELSE pg_current_wal_lsn() END::text, '')"
)
_NOW = "to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US')"
#: Runs one query on the server and returns its rows.
Ask = Callable[[str], Sequence[Sequence[Any]]]


class PostgresSource:
    """Reads a ``table`` or one SELECT (``query``) of a ``target`` with a PostgreSQL DSN.

    DuckDB's scanner is used where its package is installed, else psycopg; the option ``reader:
    psycopg`` asks for the latter.
    """

    def snapshot(self, query: Args, folder: Path, context: Context) -> Snapshot:
        """Write the rows to one Parquet file in ``folder``, within one read-only transaction.

        Raise SetupError when the database cannot be reached, the query is wrong, or a column
        cannot be read without loss.
        """
        url = target_url(query, context, "postgresql")
        side = str(query.get("side") or query["target"])
        folder.mkdir(parents=True, exist_ok=True)
        plain = query.get("options", {}).get("reader") == "psycopg"
        with connect(folder / "reading", bounds_of(context)) as connection, unspoken(url, side):
            scanner = "" if plain else load_scanner(connection, "postgres_scanner")
            if scanner:
                return _scan(connection, url, query, folder, scanner)
            return _copy(connection, url, query, folder)

    def columns(self, query: Args, context: Context) -> Mapping[str, str]:
        """Return the names of the query's columns and their types; empty for any text."""
        url = target_url(query, context, "postgresql")
        engine = sqlalchemy.create_engine(url.set(drivername="postgresql+psycopg"))
        try:
            with (
                unspoken(url, str(query.get("side") or query["target"])),
                engine.connect() as source,
            ):
                none = f"SELECT * FROM ({plain_select(query)}\n) q LIMIT 0"
                names = list(source.exec_driver_sql(none).keys())
                types = _types(lambda sql: source.exec_driver_sql(sql).all(), query, names)
        finally:
            engine.dispose()
        return {name: _KINDS.get(kind, "") for name, kind in zip(names, types, strict=True)}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What is read: the select list with its casts, and what the server said of itself."""

    select: str
    watermark: str
    clock: datetime
    totals: Mapping[str, str]


def _plan(ask: Ask, query: Args, columns: Sequence[str], exact: Collection[str] = ()) -> _Plan:
    """Ask the server for types, totals, log position and clock.

    ``exact`` are the columns DuckDB reads as decimals without loss where none is ``NaN``.
    """
    rows = f"({plain_select(query)}\n) q"
    types = _types(ask, query, columns)
    problems = [
        Problem(
            subject=f"{query.get('side', '')} column '{name}'",
            message=f"is {kind}, which cannot be read without loss: {_LOSSY[kind]}",
            hint="cast it in a query",
        )
        for name, kind in zip(columns, types, strict=True)
        if kind in _LOSSY
    ]
    if problems:
        raise SetupError(*problems)
    wanted: Mapping[str, Mapping[str, Any]] = query.get("totals", {})
    sums = [
        f"(coalesce(sum(q.{identifier(str(total['column']))}::numeric), 0) "
        f"* {10 ** int(total['scale'])})::numeric(38,0)::text"
        for total in wanted.values()
    ]
    bent = [f"coalesce(bool_or(q.{identifier(name)} = 'NaN'), false)::text" for name in exact]
    asked = [_LSN, _NOW, "count(*)::text", *sums, *bent]
    said = ask(f"SELECT {_named(asked)} FROM {rows}")[0]
    whole = {
        name
        for name, bad in zip(exact, said[len(asked) - len(bent) :], strict=True)
        if bad == "false"
    }
    casts = [
        f"q.{identifier(name)} AS {identifier(name)}" if name in whole else _cast(name, kind)
        for name, kind in zip(columns, types, strict=True)
    ]
    return _Plan(
        select=f"SELECT {', '.join(casts)} FROM {rows}",
        watermark=f"lsn {said[0]}",
        clock=datetime.fromisoformat(str(said[1])).replace(tzinfo=UTC),
        totals=dict(
            zip(("rows", *wanted), map(str, said[2 : len(asked) - len(bent)]), strict=True)
        ),
    )


def _types(ask: Ask, query: Args, columns: Sequence[str]) -> Sequence[str]:
    """Ask the server for the type of each column; an empty table has types too."""
    rows = f"({plain_select(query)}\n) q"
    typed = _named(f"pg_typeof(q.{identifier(name)})::text" for name in columns)
    return ask(f"SELECT {typed} FROM (SELECT 1) one LEFT JOIN {rows} ON true LIMIT 1")[0]


def _named(expressions: Iterable[str]) -> str:
    """Return a select list whose columns have names of their own."""
    return ", ".join(f"{item} AS p{index}" for index, item in enumerate(expressions))


def _cast(name: str, kind: str) -> str:
    column = f"q.{identifier(name)}"
    match kind:
        case _ if kind in _SAME:
            return f"{column} AS {identifier(name)}"
        case "character":
            # A cast to text drops the padding; concat() writes the value as it is stored.
            return f"CASE WHEN {column} IS NOT NULL THEN concat({column}) END AS {identifier(name)}"
        case "bytea":
            return f"upper(encode({column}, 'hex')) AS {identifier(name)}"
        case _:
            return f"{column}::text AS {identifier(name)}"


def _scan(connection: Connection, url: URL, query: Args, folder: Path, scanner: str) -> Snapshot:
    connection.execute(f"ATTACH {literal(_libpq(url))} AS live (TYPE postgres, READ_ONLY)")
    # The scanner keeps one repeatable-read transaction on the server for the whole of this one.
    connection.execute("BEGIN")

    def ask(sql: str) -> Sequence[Sequence[Any]]:
        return connection.execute(
            f"SELECT * FROM postgres_query('live', {literal(sql)})"
        ).fetchall()

    described = connection.execute(
        "DESCRIBE SELECT * FROM postgres_query('live', "
        + literal(f"SELECT * FROM ({plain_select(query)}\n) q LIMIT 0")
        + ")"
    ).fetchall()
    exact = [str(row[0]) for row in described if str(row[1]).startswith(_EXACT)]
    plan = _plan(ask, query, [str(row[0]) for row in described], exact)
    snapshot = write_snapshot(
        connection,
        f"SELECT * FROM postgres_query('live', {literal(plan.select)})",
        folder / "snapshot.parquet",
        watermark=plan.watermark,
        reader=scanner,
        clock=plan.clock,
        totals=plan.totals,
    )
    connection.execute("COMMIT")
    connection.execute("DETACH live")
    return snapshot


def _libpq(url: URL) -> str:
    """Return the DSN as libpq's keywords."""
    parts = {
        "host": url.query.get("host") or url.host,
        "port": url.port,
        "user": url.username,
        "password": url.password,
        "dbname": url.database,
    }
    return " ".join(
        "{}='{}'".format(key, str(value).replace("\\", "\\\\").replace("'", "\\'"))
        for key, value in parts.items()
        if value
    )


def _copy(connection: Connection, url: URL, query: Args, folder: Path) -> Snapshot:
    """Read without the scanner: psycopg and the server's own CSV, every value as text."""
    engine = sqlalchemy.create_engine(url.set(drivername="postgresql+psycopg"))
    passing = folder / "rows.csv"
    try:
        with engine.connect() as source:
            source.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            columns = list(
                source.exec_driver_sql(f"SELECT * FROM ({plain_select(query)}\n) q LIMIT 0").keys()
            )
            plan = _plan(lambda sql: source.exec_driver_sql(sql).all(), query, columns)
            driver: Any = source.connection.driver_connection
            wanted = f"COPY ({plan.select}) TO STDOUT (FORMAT csv, HEADER true, FORCE_QUOTE *)"
            with (
                driver.cursor() as cursor,
                cursor.copy(wanted) as copied,
                passing.open("wb") as out,
            ):
                for block in copied:
                    out.write(block)
    finally:
        engine.dispose()
    file = CsvFile(path=passing, shown="rows.csv", columns=tuple(columns))
    snapshot = write_snapshot(
        connection,
        f"SELECT * FROM {file.scan()}",
        folder / "snapshot.parquet",
        watermark=plan.watermark,
        reader=f"psycopg copy, sqlalchemy {sqlalchemy.__version__}",
        clock=plan.clock,
        totals=plan.totals,
    )
    passing.unlink()
    return snapshot
