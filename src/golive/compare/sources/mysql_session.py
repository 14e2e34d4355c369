"""One state of a MySQL or MariaDB server, held while it is asked: its driver below SQLAlchemy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy
from sqlalchemy.engine import URL, Connection

__all__ = ["Session", "one_state"]

_START = (
    # Instants are stored in UTC and shown in the session's zone.
    "SET time_zone = '+00:00'",
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
)
_BATCH = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A read-only transaction: every answer is of the state the server had when it began."""

    connection: Connection

    def ask(self, sql: str) -> Sequence[Sequence[Any]]:
        """Run one query and return its rows."""
        return self.connection.exec_driver_sql(sql).all()

    def codes(self, select: str) -> Mapping[str, int]:
        """Return the columns of a query and the protocol's code of their types."""
        none = f"SELECT * FROM ({select}\n) q LIMIT 0"  # noqa: S608 - the side's own query
        described = self.connection.exec_driver_sql(none).cursor.description
        # A number in every driver, which the type of DB-API does not promise.
        return {str(column[0]): int(str(column[1])) for column in described}

    def rows(self, select: str) -> Iterator[Sequence[Any]]:
        """Yield a query's rows; they stay at the server until they are asked for."""
        streaming = self.connection.execution_options(stream_results=True)
        for rows in streaming.exec_driver_sql(select).partitions(_BATCH):
            yield from rows


@contextmanager
def one_state(url: URL) -> Iterator[Session]:
    """Open a session; its transaction ends with it, and nothing is ever committed."""
    # Whatever the DSN says: no character of a text may be lost on its way.
    engine = sqlalchemy.create_engine(url.update_query_dict({"charset": "utf8mb4"}))
    try:
        with engine.connect() as connection:
            # No parameters: a % in a query is a %.
            plain = connection.execution_options(no_parameters=True)
            for setting in _START:
                plain.exec_driver_sql(setting)
            yield Session(connection=plain)
    finally:
        engine.dispose()
