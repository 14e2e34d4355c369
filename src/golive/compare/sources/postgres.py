"""A source of PostgreSQL: one exported state of the data, and casts made by the server.

DuckDB's scanner alone reads an unconstrained ``numeric`` as a double, ``NaN`` as zero, and drops
the padding of ``char(n)``. So golive asks the server for the type of every column and writes its
own select list; what no cast keeps is refused by name.
"""

# ruff: noqa: S608  (SQL is built here; every name and value in it is quoted)
from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from golive.compare.sources.postgres_select import (
    KINDS,
    STATE,
    column_types,
    plan_read,
    typed_again,
)
from golive.compare.sources.postgres_session import SETTINGS, one_state
from golive.compare.targets import plain_select, target_url, unspoken
from golive.contracts import Args, Context, Snapshot

__all__ = ["PostgresSource"]

#: How DuckDB names a ``numeric(p,s)`` it can hold; it reads one exactly, but for ``NaN``.
_EXACT = "DECIMAL("


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

    def state(self, query: Args, context: Context) -> str:
        """Return which transactions a read sees now, and since when the server runs."""
        url = target_url(query, context, "postgresql")
        side = str(query.get("side") or query["target"])
        with unspoken(url, side), one_state(url) as session:
            return str(session.ask(f"SELECT {STATE}")[0][0])

    def columns(self, query: Args, context: Context) -> Mapping[str, str]:
        """Return the names of the query's columns and their types; empty for any text."""
        url = target_url(query, context, "postgresql")
        side = str(query.get("side") or query["target"])
        with unspoken(url, side), one_state(url) as session:
            names = session.columns(plain_select(query))
            types = column_types(session.ask, query, names)
        return {name: KINDS.get(kind, "") for name, kind in zip(names, types, strict=True)}


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
    plan = plan_read(ask, query, [str(row[0]) for row in described], exact)
    snapshot = write_snapshot(
        connection,
        f"SELECT * FROM postgres_query('live', {literal(plan.select)})",
        folder / "snapshot.parquet",
        watermark=plan.watermark,
        reader=scanner,
        clock=plan.clock,
        totals=plan.totals,
        state=plan.state,
    )
    connection.execute("COMMIT")
    connection.execute("DETACH live")
    return snapshot


def _libpq(url: URL) -> str:
    """Return the DSN as libpq's keywords, with the settings of the session."""
    given = {key: value for key, value in url.query.items() if isinstance(value, str)}
    settings = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items())
    parts = given | {
        "options": f"{given.get('options', '')} {settings}".strip(),
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
    """Read without the scanner: psycopg and the server's own CSV."""
    passing = folder / "rows.csv"
    with one_state(url) as session:
        columns = session.columns(plain_select(query))
        plan = plan_read(session.ask, query, columns)
        session.copy(plan.select, passing)
    file = CsvFile(path=passing, shown="rows.csv", columns=tuple(columns))
    typed = ", ".join(
        f"{typed_again(identifier(name), kind)} AS {identifier(name)}"
        for name, kind in zip(columns, plan.types, strict=True)
    )
    snapshot = write_snapshot(
        connection,
        f"SELECT {typed} FROM {file.scan()}",
        folder / "snapshot.parquet",
        watermark=plan.watermark,
        reader=f"psycopg copy, sqlalchemy {sqlalchemy.__version__}",
        clock=plan.clock,
        totals=plan.totals,
        state=plan.state,
    )
    passing.unlink()
    return snapshot
