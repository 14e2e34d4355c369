"""Loads a batch in one transaction, once; purges a batch, whatever is there of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from databases import insert_rows, new, new_system
from job import faults, refuse, say
from sqlalchemy import delete, func, insert, select
from sqlalchemy.exc import IntegrityError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from job import Job
    from sqlalchemy import Connection, Table


def load(job: Job, batch: str, parts: Sequence[tuple[Table, Callable[..., Any]]]) -> None:
    """Insert each table's rows, all or none, and record one effect per table.

    `parts` are (table, function of the connection giving the rows) in the order of insertion.
    The same attempt again changes nothing; another attempt is refused while rows are there.
    """
    counts: dict[str, int] = {}
    with new.writing(new_system(job)).begin() as db:
        if _already_mine(db, job, batch):
            say(load=batch, already="loaded by this attempt")
            return
        _refuse_rows(db, batch, [table for table, _ in parts])
        try:
            for table, make in parts:
                rows = make(db)
                counts[table.name] = len(rows)
                insert_rows(db, table, rows)
        except IntegrityError as error:
            refuse(f"{batch}: the new system does not take the data: {error.orig}")
        row = {"name": batch, "attempt": job.attempt, "rows": sum(counts.values())}
        db.execute(insert(new.migration_batch), [row])
    for name in counts:
        job.done("new", f"load-{name}")
    say(load=batch, rows=counts)


def _already_mine(db: Connection, job: Job, batch: str) -> bool:
    table = new.migration_batch.c
    attempt = db.execute(select(table.attempt).where(table.name == batch)).scalar()
    if attempt is not None and not job.is_mine(attempt):
        refuse(f"{batch} was already loaded by '{attempt}' (purge it first)")
    return attempt is not None


def _refuse_rows(db: Connection, batch: str, tables: Sequence[Table]) -> None:
    for table in tables:
        count = db.execute(select(func.count()).select_from(table)).scalar_one()
        if count:
            refuse(f"{batch}: table '{table.name}' already has {count} rows (purge it first)")


def purge(job: Job, batch: str, tables: Sequence[Table]) -> None:
    """Delete everything in the tables, children first, in one transaction.

    Tolerates nothing or part of it being there; records an effect per table that had rows.
    Before the opening all rows came from the migration or from tests; once the new system is
    open they are users' work, and purging is refused.
    """
    counts: dict[str, int] = {}
    with new.writing(new_system(job)).begin() as db:
        setting = new.setting.c
        state = db.execute(select(setting.value).where(setting.name == "open")).scalar()
        if state == "yes":
            refuse(f"{batch}: the new system is open, its rows may be users' work (close it first)")
        try:
            for table in tables:
                if job.fault == "bad-rollback" and table.name == faults.FORGOTTEN_TABLE:
                    continue
                counts[table.name] = db.execute(delete(table)).rowcount
        except IntegrityError:
            refuse(f"{batch}: other rows still refer to '{table.name}' (purge those first)")
        db.execute(delete(new.migration_batch).where(new.migration_batch.c.name == batch))
    for name, count in counts.items():
        if count:
            job.done("new", f"purge-{name}")
    say(purge=batch, rows=counts)


def ids(db: Connection, table: Table, key: str) -> dict[str, int]:
    """Give business key -> id of a table."""
    return {found[0]: found[1] for found in db.execute(select(table.c[key], table.c.id))}
