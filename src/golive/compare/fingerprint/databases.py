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
import uuid
from collections.abc import Mapping

from sqlalchemy.exc import SQLAlchemyError

from golive.compare.fingerprint.prints import DatabasePrint
from golive.errors import SpecError

__all__ = ["fingerprint_database"]

_BATCH = 5000
_MODULUS = 1 << 256
#: Types whose ``repr`` tells value and type exactly and is the same in every process.
_EXACT = frozenset(
    {type(None), bool, int, float, str, bytes, decimal.Decimal, uuid.UUID}
    | {dt.datetime, dt.date, dt.time, dt.timedelta}
)
#: Schemas that belong to the database system itself.
_SYSTEM = frozenset({"information_schema", "INFORMATION_SCHEMA", "sys", "guest"})
_SYSTEM_PREFIXES = ("pg_", "db_")


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
            catalogue = _Sqlite(connection) if _is_sqlite(connection) else _Other(connection)
            return DatabasePrint(
                name=name,
                tables={
                    shown: _digest(connection, schema, table, columns)
                    for shown, schema, table, columns in catalogue.tables()
                    if shown not in excluded
                },
                schema=dict(sorted(catalogue.definitions())),
                excluded=excluded,
            )
    except (SQLAlchemyError, _Unknown) as error:
        first = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise _broken(name, f"cannot be read: {first}") from error
