"""A source of any database SQLAlchemy has a driver for: correct everywhere, fast nowhere.

A driver may bend a value before anybody sees it, as those of PostgreSQL and MySQL do. Databases
golive reads by a source of their own are therefore refused here, and so is a value that has no
agreed text.
"""

# ruff: noqa: S608  (SQL is built here; every name and value in it is quoted)
from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from golive.compare.database import bounds_of, connect, identifier
from golive.compare.snapshots import write_snapshot
from golive.compare.targets import plain_select, target_url, unspoken
from golive.compare.textrows import as_text, text_rows
from golive.contracts import Args, Context, Snapshot
from golive.errors import SetupError

__all__ = ["SqlSource"]

_BATCH = 5_000
#: Databases whose own source has the server write every value.
_BETTER = {"mysql": "mysql", "mariadb": "mysql", "postgresql": "postgres"}


class SqlSource:
    """Reads a ``table`` or one SELECT (``query``) of a ``target`` through its SQLAlchemy DSN."""

    def snapshot(self, query: Args, folder: Path, context: Context) -> Snapshot:
        """Write the rows as text to one Parquet file in ``folder``; nothing is ever committed.

        Raise SetupError when the driver is missing, the database not reachable, the query wrong or
        no SELECT, or a value has no agreed text.
        """
        url = target_url(query, context)
        kind = url.get_backend_name()
        if kind in _BETTER:
            raise SetupError.of(
                f"side '{query.get('side') or query['target']}'",
                f"source 'sql' reads {kind} through a driver that loses digits",
                hint=f"write source: {_BETTER[kind]}",
            )
        folder.mkdir(parents=True, exist_ok=True)
        with _opened(query, url) as source:
            _consistent(source)
            return _read(source, url, query, folder, context)

    def columns(self, query: Args, context: Context) -> Mapping[str, str]:
        """Return the names of the query's columns."""
        with _opened(query, target_url(query, context)) as source:
            quote = source.dialect.identifier_preparer.initial_quote
            none = f"SELECT * FROM ({plain_select(query, quote)}\n) q WHERE 1 = 0"
            return dict.fromkeys(source.exec_driver_sql(none).keys(), "")


@contextmanager
def _opened(query: Args, url: URL) -> Iterator[Connection]:
    with unspoken(url, str(query.get("side") or query["target"])):
        engine = sqlalchemy.create_engine(url)
        try:
            with engine.connect() as source:
                # No parameters: a % in a query is a %.
                yield source.execution_options(no_parameters=True)
        finally:
            engine.dispose()


def _consistent(source: Connection) -> None:
    """Ask for one state of the data for all statements, where the database can give it."""
    for level in ("REPEATABLE READ", "SERIALIZABLE"):
        with suppress(SQLAlchemyError, ArgumentError, NotImplementedError):
            source.execution_options(isolation_level=level)
            return


def _read(source: Connection, url: URL, query: Args, folder: Path, context: Context) -> Snapshot:
    quote = source.dialect.identifier_preparer.initial_quote
    # In parentheses nothing but a SELECT can stand.
    rows = f"({plain_select(query, quote)}\n) q"
    clock, totals = _told(source, rows, query.get("totals", {}), quote)
    result = source.execution_options(stream_results=True).exec_driver_sql(f"SELECT * FROM {rows}")
    columns = tuple(result.keys())
    file = text_rows(folder / "rows.csv", columns, _texts(result, columns, query))
    listed = ", ".join(map(identifier, columns))
    with connect(folder / "reading", bounds_of(context)) as connection:
        snapshot = write_snapshot(
            connection,
            f"SELECT {listed} FROM {file.scan()}",
            folder / "snapshot.parquet",
            watermark=f"no log position, server clock {clock}",
            reader=f"sqlalchemy {sqlalchemy.__version__} {url.get_backend_name()}",
            clock=datetime.now(UTC),
            totals=totals,
        )
    file.path.unlink()
    return snapshot


def _texts(
    result: sqlalchemy.CursorResult[Any], columns: Sequence[str], query: Args
) -> Iterator[Sequence[str | None]]:
    for rows in result.partitions(_BATCH):
        for row in rows:
            yield [_text(name, value, query) for name, value in zip(columns, row, strict=True)]


def _text(name: str, value: object, query: Args) -> str | None:
    try:
        return as_text(value)
    except TypeError as error:
        raise SetupError.of(
            f"{query.get('side', '')} column '{name}'",
            f"cannot be read without loss: {error}",
            hint="cast it in a query",
        ) from error


def _told(
    source: Connection, rows: str, wanted: Mapping[str, Mapping[str, Any]], quote: str
) -> tuple[object, Mapping[str, str]]:
    """Ask the source for its clock, count and sums; sums only where they are exact numbers."""
    sums = [f"sum(q.{quote}{total['column']}{quote})" for total in wanted.values()]
    asked = ", ".join(["CURRENT_TIMESTAMP", "count(*)", *sums])
    row = source.exec_driver_sql(f"SELECT {asked} FROM {rows}").one()
    said = {"rows": str(row[1])}
    for (name, total), value in zip(wanted.items(), row[2:], strict=True):
        if value is not None and not isinstance(value, float):
            said[name] = str(int(value * 10 ** int(total["scale"])))
    return row[0], said
