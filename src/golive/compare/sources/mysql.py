"""A source of MySQL and MariaDB: one consistent read, and every value as the server writes it.

DuckDB's scanner alone reads ``tinyint(1)`` 2 as true, ``0000-00-00`` as no value and a wide
``decimal`` as a double. So the server casts every column to text; a ``float`` is widened first,
because its own text is cut to six digits.
"""

# ruff: noqa: S608  (SQL is built here; every name and value in it is quoted)
from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.engine import URL

from golive.compare.database import Connection, bounds_of, connect, literal, load_scanner
from golive.compare.snapshots import write_snapshot
from golive.compare.sources.sql import SqlSource, column_names
from golive.compare.targets import plain_select, target_url, unspoken
from golive.contracts import Args, Context, Snapshot

__all__ = ["MysqlSource"]


class MysqlSource:
    """Reads a ``table`` or one SELECT (``query``) of a ``target`` with a MySQL or MariaDB DSN.

    DuckDB's scanner is used where its package is installed, else the DSN's own driver.
    """

    def snapshot(self, query: Args, folder: Path, context: Context) -> Snapshot:
        """Write the rows as text to one Parquet file in ``folder``, within one transaction.

        Raise SetupError when the database cannot be reached or the query is wrong.
        """
        url = target_url(query, context, "mysql", "mariadb")
        side = str(query.get("side") or query["target"])
        folder.mkdir(parents=True, exist_ok=True)
        plain = query.get("options", {}).get("reader") == "driver"
        with connect(folder / "reading", bounds_of(context)) as connection, unspoken(url, side):
            scanner = "" if plain else load_scanner(connection, "mysql_scanner")
            if scanner:
                return _scan(connection, url, query, folder, scanner)
        return SqlSource().snapshot(query, folder, context)

    def columns(self, query: Args, context: Context) -> Mapping[str, str]:
        """Return the names of the query's columns."""
        return column_names(query, target_url(query, context, "mysql", "mariadb"))


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _scan(connection: Connection, url: URL, query: Args, folder: Path, scanner: str) -> Snapshot:
    connection.execute("SET mysql_tinyint1_as_boolean = false")
    connection.execute(f"ATTACH {literal(_keywords(url))} AS live (TYPE mysql, READ_ONLY)")
    # InnoDB's state of the data at the first read holds for the whole transaction.
    connection.execute("BEGIN")
    select = plain_select(query, "`")
    described = connection.execute(
        "DESCRIBE SELECT * FROM mysql_query('live', "
        + literal(f"SELECT * FROM ({select}\n) q LIMIT 0")
        + ")"
    ).fetchall()
    wanted: Mapping[str, Mapping[str, Any]] = query.get("totals", {})
    sums = [
        f"CAST(CAST(coalesce(sum(CAST(q.{_quoted(str(total['column']))} AS DECIMAL(65,20))), 0) "
        f"* {10 ** int(total['scale'])} AS DECIMAL(65,0)) AS CHAR)"
        for total in wanted.values()
    ]
    facts = ["date_format(utc_timestamp(6), '%Y-%m-%dT%H:%i:%s.%f')", "CAST(count(*) AS CHAR)"]
    named = ", ".join(f"{item} AS p{index}" for index, item in enumerate([*facts, *sums]))
    asked = f"SELECT {named} FROM ({select}\n) q"
    said = connection.execute(f"SELECT * FROM mysql_query('live', {literal(asked)})").fetchone()
    casts = ", ".join(_cast(str(row[0]), str(row[1])) for row in described)
    rows = literal(f"SELECT {casts} FROM ({select}\n) q")
    snapshot = write_snapshot(
        connection,
        f"SELECT * FROM mysql_query('live', {rows})",
        folder / "snapshot.parquet",
        watermark="",
        reader=scanner,
        **_counted(said or (), tuple(wanted)),
    )
    connection.execute("COMMIT")
    connection.execute("DETACH live")
    return snapshot


def _counted(said: Sequence[Any], names: Sequence[str]) -> dict[str, Any]:
    return {
        "clock": datetime.fromisoformat(str(said[0])).replace(tzinfo=UTC),
        "totals": dict(zip(("rows", *names), map(str, said[1:]), strict=True)),
    }


def _cast(name: str, kind: str) -> str:
    """Return the cast of a column that DuckDB would read as ``kind``."""
    column = f"q.{_quoted(name)}"
    if kind == "BLOB":
        return f"hex({column}) AS {_quoted(name)}"
    if kind == "FLOAT":
        return f"CAST(CAST({column} AS DOUBLE) AS CHAR) AS {_quoted(name)}"
    return f"CAST({column} AS CHAR) AS {_quoted(name)}"


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
