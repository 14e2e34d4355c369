"""Engines for the demo's databases: SQLite in WAL mode by default, PostgreSQL by its DSN."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event, insert

from demo.asking import BUSY_SECONDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, Engine, Table

#: Any number all writers of the demo share.
_LOCK = 20_261_205


def connect(dsn: str) -> Engine:
    """Open an engine on `dsn`: `sqlite:////abs/path/old.db`, `postgresql+psycopg://...`.

    A transaction begins when it says so, and a plain read is one consistent snapshot. On SQLite
    every connection has WAL, foreign keys on and a busy timeout. Nothing is created here.
    """
    if not dsn.startswith("sqlite"):
        engine = create_engine(dsn, isolation_level="REPEATABLE READ")
        event.listen(engine, "begin", _queue)
        return engine
    engine = create_engine(dsn, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def writing(engine: Engine) -> Engine:
    """Give the same engine for transactions that write.

    Use: `with writing(engine).begin() as db: ...`. One writes at a time, and waits for its turn
    at the beginning: a new number is the highest plus one. On SQLite a transaction that reads
    first and writes later would fail at once with "database is locked"; on PostgreSQL it must
    see what was written while it waited, so it reads what is committed.
    """
    if engine.dialect.name == "sqlite":
        return engine.execution_options(demo_writes=True)
    return engine.execution_options(demo_writes=True, isolation_level="READ COMMITTED")


def insert_rows(db: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all have the columns of the first.

    The statement is compiled once for all of them; SQLAlchemy would look at each row again, which
    takes longer than the database does.
    """
    if not rows:
        return
    names = tuple(rows[0])
    statement = insert(table).compile(dialect=db.dialect, column_keys=names)
    ready = {
        name: prepare
        for name in names
        if (prepare := table.c[name].type.dialect_impl(db.dialect).bind_processor(db.dialect))
    }
    if ready:
        rows = [
            {**row, **{name: prepare(row[name]) for name, prepare in ready.items()}} for row in rows
        ]
    order = getattr(statement, "positiontup", None)
    values: Any = [tuple(map(row.__getitem__, order)) for row in rows] if order else list(rows)
    db.exec_driver_sql(str(statement), values)


def _prepare(connection: Any, _record: object) -> None:
    # The driver must not begin or commit on its own: the "begin" event below does.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("demo_writes")
    connection.exec_driver_sql(f"BEGIN {'IMMEDIATE' if writes else 'DEFERRED'}")


def _queue(connection: Connection) -> None:
    if connection.get_execution_options().get("demo_writes"):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
