"""Fingerprint a database: every table's rows as a multiset, and every definition.

Each row, its columns in the order of their names, is written with its types (NULL, '' and 0 are
three values; a float in its shortest exact form) and hashed. A table's digest is over its columns,
its row count and the *sum* of its row hashes modulo 2**256. So the order in which a database
happens to give its rows does not matter and nothing is sorted, while a row that is there twice
counts twice. XOR would not do: two equal rows cancel each other out. Somebody free to write
millions of chosen rows could forge a sum; this is meant to show mistakes.
"""

from __future__ import annotations

import datetime as dt
import decimal
import hashlib
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnClause, Connection, Engine, create_engine, event, quoted_name, select
from sqlalchemy import column as column_of
from sqlalchemy import table as table_of
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from golive.compare.fingerprint.catalogue import Table, read_catalogue
from golive.compare.fingerprint.prints import DatabasePrint, TableDigest
from golive.errors import GoliveError, Problem, SetupError, SpecError
from golive.record.canonical import canonical

__all__ = ["fingerprint_database"]

_BATCH = 2000
_MODULUS = 1 << 256
#: Types whose ``repr`` tells value and type exactly, and the same in every process.
_EXACT = frozenset(
    {type(None), bool, int, float, str, bytes, decimal.Decimal, uuid.UUID}
    | {dt.datetime, dt.date, dt.time, dt.timedelta}
)


def fingerprint_database(
    dsn: str, *, name: str, exclude_tables: Mapping[str, str] | None = None
) -> DatabasePrint:
    """Read every table the DSN's account can see, in one read transaction; write nothing.

    ``exclude_tables`` maps a table to the reason why its content may differ; its definition is
    read all the same. Raise SetupError when the database cannot be read, SpecError when a table is
    excluded without a reason.
    """
    excluded = dict(exclude_tables or {})
    if unexplained := [table for table, reason in excluded.items() if not reason.strip()]:
        raise SpecError(*(_unexplained(name, table) for table in unexplained))
    try:
        with _reading(dsn, name) as connection:
            catalogue = read_catalogue(connection)
            tables = {
                table.shown: _digest(connection, table)
                for table in catalogue.tables
                if table.shown not in excluded
            }
    except (SQLAlchemyError, TypeError) as error:
        first = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise _broken(name, f"cannot be read: {first}") from error
    schema = dict(sorted(catalogue.definitions.items()))
    return DatabasePrint(name=name, tables=tables, schema=schema, excluded=excluded)


@contextmanager
def _reading(dsn: str, name: str) -> Iterator[Connection]:
    """Open one transaction that sees one moment of the database."""
    engine = _engine(dsn, name)
    try:
        with engine.connect() as connection, connection.begin():
            yield connection
    finally:
        engine.dispose()


def _engine(dsn: str, name: str) -> Engine:
    try:
        url = make_url(dsn)
        if url.get_backend_name() == "sqlite":
            _refuse_absent(url, name)
            engine = create_engine(url, poolclass=NullPool)
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
            return engine
        return create_engine(url, poolclass=NullPool, isolation_level="REPEATABLE READ")
    except ArgumentError as error:  # its own words may repeat the address, and a password in it
        raise _broken(name, "has no usable address (DSN)") from error
    except ImportError as error:
        raise _broken(name, f"needs a driver that is not installed: {error.name}") from error


def _refuse_absent(url: URL, name: str) -> None:
    """SQLite would make an empty database of a name mistyped."""
    if not url.database or not Path(url.database).is_file():
        raise _broken(name, f"has no file '{url.database or ''}'")


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver would not begin before a mere SELECT
    connection.execute("PRAGMA query_only=ON")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _digest(connection: Connection, table: Table) -> TableDigest:
    """Read a table; memory holds a batch of its rows.

    Text that is no UTF-8 differs from all that is. Only a table that has some is read again, so
    that every other one is decoded by SQLite's own driver: twice as fast.
    """
    try:
        return _read_once(connection, table)
    except OperationalError as error:
        if connection.dialect.name != "sqlite" or "decode" not in str(error.orig):
            raise
    driver: Any = connection.connection.dbapi_connection
    before, driver.text_factory = driver.text_factory, _text
    try:
        return _read_once(connection, table)
    finally:
        driver.text_factory = before


def _read_once(connection: Connection, table: Table) -> TableDigest:
    columns: list[ColumnClause[Any]] = [
        column_of(quoted_name(name, quote=True)) for name in table.columns
    ]
    query = select(*columns).select_from(
        table_of(quoted_name(table.name, quote=True), schema=table.schema)
    )
    total = rows = 0
    result = connection.execution_options(yield_per=_BATCH).execute(query)
    for batch in result.partitions():
        rows += len(batch)
        total += sum(_row_hash(tuple(row), table) for row in batch)
    content = canonical([list(table.columns), rows, f"{total % _MODULUS:064x}"])
    return TableDigest(rows=rows, sha256=hashlib.sha256(content).hexdigest())


def _row_hash(row: tuple[Any, ...], table: Table) -> int:
    if not _EXACT.issuperset(map(type, row)):
        row = tuple(_exact(value, table) for value in row)
    written = repr(row).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.sha256(written).digest())


def _exact(value: Any, table: Table) -> Any:
    """Return a value whose ``repr`` tells it exactly. Raise TypeError when there is none."""
    if type(value) in _EXACT:
        return value
    if isinstance(value, memoryview | bytearray):
        return bytes(value)
    if isinstance(value, list | tuple):
        return [_exact(item, table) for item in value]
    if isinstance(value, Mapping):
        return sorted((str(key), _exact(item, table)) for key, item in value.items())
    raise TypeError(f"table '{table.shown}' holds a value of type {type(value).__name__}")


def _unexplained(name: str, table: str) -> Problem:
    return Problem(
        subject=f"table '{table}' of database '{name}'",
        message="is excluded from the fingerprint without a reason",
        hint="say why its content may differ",
    )


def _broken(name: str, message: str) -> GoliveError:
    return SetupError.of(
        f"database '{name}'", message, hint="start it, or correct its address in the environment"
    )
