"""A source of MySQL and MariaDB: one consistent read, and every value as the server writes it.

DuckDB's scanner alone reads ``tinyint(1)`` 2 as true, ``0000-00-00`` as no value and a wide
``decimal`` as a double. So the server casts every column to text, by the same query whichever
reader brings it here; what no text keeps is refused by name.
"""

# ruff: noqa: S608  (SQL is built here; every name and value in it is quoted)
from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy.engine import URL

from golive.compare.database import Connection, bounds_of, connect, literal, load_scanner
from golive.compare.snapshots import write_snapshot
from golive.compare.sources.mysql_select import Plan, plan_read
from golive.compare.sources.mysql_session import Session, one_state
from golive.compare.targets import plain_select, target_url, unspoken
from golive.compare.textrows import as_text, text_rows
from golive.contracts import Args, Context, Snapshot

__all__ = ["MysqlSource"]


class MysqlSource:
    """Reads a ``table`` or one SELECT (``query``) of a ``target`` with a MySQL or MariaDB DSN.

    DuckDB's scanner brings the rows where its package is installed, else the DSN's own driver;
    the option ``reader: driver`` asks for the latter. The driver tells the types for both.
    """

    def snapshot(self, query: Args, folder: Path, context: Context) -> Snapshot:
        """Write the rows to one Parquet file in ``folder``, within one read-only transaction.

        Raise SetupError when the database cannot be reached, the query is wrong, or a column
        cannot be read without loss.
        """
        url = target_url(query, context, "mysql", "mariadb")
        side = str(query.get("side") or query["target"])
        folder.mkdir(parents=True, exist_ok=True)
        plain = query.get("options", {}).get("reader") == "driver"
        with (
            connect(folder / "reading", bounds_of(context)) as connection,
            unspoken(url, side),
            one_state(url) as session,
        ):
            scanner = "" if plain else load_scanner(connection, "mysql_scanner")
            if not scanner:
                return _drive(connection, session, query, folder)
            codes = session.codes(plain_select(query, "`"))
            return _scan(connection, url, query, codes, folder, scanner)

    def columns(self, query: Args, context: Context) -> Mapping[str, str]:
        """Return the names of the query's columns."""
        url = target_url(query, context, "mysql", "mariadb")
        with unspoken(url, str(query.get("side") or query["target"])), one_state(url) as session:
            return dict.fromkeys(session.codes(plain_select(query, "`")), "")


def _scan(
    connection: Connection,
    url: URL,
    query: Args,
    codes: Mapping[str, int],
    folder: Path,
    scanner: str,
) -> Snapshot:
    # As the driver's session has it: instants in UTC, and no limit on how long a read takes.
    connection.execute("SET mysql_session_time_zone = '+00:00'")
    connection.execute("SET mysql_query_timeout_enabled = false")
    connection.execute(f"ATTACH {literal(_keywords(url))} AS live (TYPE mysql, READ_ONLY)")
    # InnoDB's state of the data at the first read holds for the whole transaction.
    connection.execute("BEGIN")

    def ask(sql: str) -> Sequence[Sequence[Any]]:
        return connection.execute(f"SELECT * FROM mysql_query('live', {literal(sql)})").fetchall()

    plan = plan_read(ask, query, codes)
    rows = f"mysql_query('live', {literal(plan.select)})"
    snapshot = _written(connection, plan, rows, folder, scanner)
    connection.execute("COMMIT")
    connection.execute("DETACH live")
    return snapshot


def _drive(connection: Connection, session: Session, query: Args, folder: Path) -> Snapshot:
    """Read without the scanner: by the DSN's own driver."""
    plan = plan_read(session.ask, query, session.codes(plain_select(query, "`")))
    texts = (list(map(as_text, row)) for row in session.rows(plan.select))
    file = text_rows(folder / "rows.csv", plan.columns, texts)
    reader = f"sqlalchemy {sqlalchemy.__version__} {session.connection.engine.driver}"
    snapshot = _written(connection, plan, file.scan(), folder, reader)
    file.path.unlink()
    return snapshot


def _written(connection: Connection, plan: Plan, rows: str, folder: Path, reader: str) -> Snapshot:
    return write_snapshot(
        connection,
        f"SELECT {', '.join(plan.reads)} FROM {rows}",
        folder / "snapshot.parquet",
        watermark=plan.watermark,
        reader=reader,
        clock=plan.clock,
        totals=plan.totals,
    )


def _keywords(url: URL) -> str:
    parts = {
        "host": url.host,
        "port": url.port,
        "user": url.username,
        "passwd": url.password,
        "db": url.database,
        "socket": url.query.get("unix_socket"),
    }
    return " ".join(f"{key}={value}" for key, value in parts.items() if value)
