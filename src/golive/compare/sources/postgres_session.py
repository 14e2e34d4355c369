"""One state of a PostgreSQL server, held for as long as it is asked: psycopg below SQLAlchemy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy.engine import URL, Connection

__all__ = ["SETTINGS", "Session", "one_state"]

#: Texts of dates, instants and numbers are the same whatever the server's settings.
SETTINGS = {
    "DateStyle": "ISO",
    "TimeZone": "UTC",
    "IntervalStyle": "iso_8601",
    "extra_float_digits": "1",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A read-only transaction: every answer is of the state the server had at the first."""

    connection: Connection

    def ask(self, sql: str) -> Sequence[Sequence[Any]]:
        """Run one query and return its rows."""
        with self._driver.cursor() as cursor:
            rows: Sequence[Sequence[Any]] = cursor.execute(sql).fetchall()
            return rows

    def columns(self, select: str) -> list[str]:
        """Return the names of a query's columns."""
        none = f"SELECT * FROM ({select}\n) q LIMIT 0"  # noqa: S608 - the side's own query
        with self._driver.cursor() as cursor:
            # A prepared statement is a single one: none that writes can follow the SELECT.
            return [column.name for column in cursor.execute(none, prepare=True).description]

    @property
    def _driver(self) -> Any:
        # psycopg itself: SQLAlchemy would have it look for parameters behind every %.
        return self.connection.connection.driver_connection

    def copy(self, select: str, path: Path) -> None:
        """Write a query's rows as CSV with a header: every value quoted, no value unquoted."""
        wanted = f"COPY ({select}) TO STDOUT (FORMAT csv, HEADER true, FORCE_QUOTE *)"
        with self._driver.cursor() as cursor, cursor.copy(wanted) as copied, path.open("wb") as out:
            for block in copied:
                out.write(block)


@contextmanager
def one_state(url: URL) -> Iterator[Session]:
    """Open a session; its transaction ends with it."""
    engine = sqlalchemy.create_engine(url.set(drivername="postgresql+psycopg"))
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            for name, value in SETTINGS.items():
                connection.exec_driver_sql(f"SET LOCAL {name} = '{value}'")
            yield Session(connection=connection)
    finally:
        engine.dispose()
