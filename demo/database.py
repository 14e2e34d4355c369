"""Engines for the demo's databases: SQLite in WAL mode by default, any SQLAlchemy DSN else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

BUSY_SECONDS = 30


def connect(dsn: str) -> Engine:
    """Open an engine on `dsn` (an SQLAlchemy address, `sqlite:////abs/path/old.db`).

    On SQLite every connection has WAL, foreign keys on and a busy timeout, and a transaction
    begins when it says so (a plain read is one consistent snapshot). Nothing is created here.
    """
    if not dsn.startswith("sqlite"):
        return create_engine(dsn)
    engine = create_engine(dsn, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def writing(engine: Engine) -> Engine:
    """Give the same engine for transactions that write.

    Use: `with writing(engine).begin() as db: ...`. SQLite then takes its write lock at the
    beginning. A transaction that reads first and writes later cannot wait for the lock: it would
    fail at once with "database is locked".
    """
    return engine.execution_options(sqlite_begin="IMMEDIATE")


def _prepare(connection: Any, _record: object) -> None:
    # The driver must not begin or commit on its own: the "begin" event below does.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    how = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {how}")
