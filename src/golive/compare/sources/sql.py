"""A source of any database SQLAlchemy has a driver for: correct everywhere, fast nowhere."""

# ruff: noqa: S608  (SQL is built here; every name and value in it is quoted)
from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
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

__all__ = ["SqlSource", "column_names"]

_BATCH = 5_000


class SqlSource:
    """Reads a ``table`` or one SELECT (``query``) of a ``target`` through its SQLAlchemy DSN."""

    def snapshot(self, query: Args, folder: Path, context: Context) -> Snapshot:
        """Write the rows as text to one Parquet file in ``folder``, by one statement.

        Raise SetupError when the driver is missing, the database not reachable, the query wrong.
        """
        url = target_url(query, context)
        side = str(query.get("side") or query["target"])
        folder.mkdir(parents=True, exist_ok=True)
        with unspoken(url, side):
            engine = sqlalchemy.create_engine(url)
            try:
                with engine.connect() as source:
                    _consistent(source)
                    return _read(source, url, query, folder, context)
            finally:
                engine.dispose()

    def columns(self, query: Args, context: Context) -> Mapping[str, str]:
        """Return the names of the query's columns."""
        return column_names(query, target_url(query, context))


def column_names(query: Args, url: URL) -> Mapping[str, str]:
    """Ask a database, through its SQLAlchemy driver, for the columns of a side's query."""
    with unspoken(url, str(query.get("side") or query["target"])):
        engine = sqlalchemy.create_engine(url)
        try:
            with engine.connect() as source:
                quote = source.dialect.identifier_preparer.initial_quote
                none = f"SELECT * FROM ({plain_select(query, quote)}\n) q WHERE 1 = 0"
                return dict.fromkeys(source.exec_driver_sql(none).keys(), "")
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
    select = plain_select(query, quote)
    totals = _totals(source, select, query.get("totals", {}), quote)
    result = source.execution_options(stream_results=True).exec_driver_sql(select)
    columns = tuple(result.keys())
    file = text_rows(folder / "rows.csv", columns, _texts(result))
    listed = ", ".join(map(identifier, columns))
    with connect(folder / "reading", bounds_of(context)) as connection:
        snapshot = write_snapshot(
            connection,
            f"SELECT {listed} FROM {file.scan()}",
            folder / "snapshot.parquet",
            watermark="",
            reader=f"sqlalchemy {sqlalchemy.__version__} {url.get_backend_name()}",
            clock=datetime.now(UTC),
            totals=totals,
        )
    file.path.unlink()
    return snapshot


def _texts(result: sqlalchemy.CursorResult[Any]) -> Iterator[Sequence[str | None]]:
    for rows in result.partitions(_BATCH):
        for row in rows:
            yield [as_text(value) for value in row]


def _totals(
    source: Connection, select: str, wanted: Mapping[str, Mapping[str, Any]], quote: str
) -> Mapping[str, str]:
    """Count and add up at the source; sums only where they come back as exact numbers."""
    columns = [str(total["column"]) for total in wanted.values()]
    sums = [f"sum(q.{quote}{name}{quote})" for name in columns]
    row = source.exec_driver_sql(
        f"SELECT {', '.join(['count(*)', *sums])} FROM ({select}\n) q"
    ).one()
    said = {"rows": str(row[0])}
    for (name, total), value in zip(wanted.items(), row[1:], strict=True):
        if value is not None and not isinstance(value, float):
            said[name] = str(int(value * 10 ** int(total["scale"])))
    return said
