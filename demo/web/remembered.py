"""Remembers a costly sum over the ledger until the database changes; never gives a stale one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection

__all__ = ["remembered"]


def remembered(db: Connection, name: str, newest: object, make: Callable[[], Any]) -> Any:
    """Return ``make()``, or what it gave before on this database connection if nothing changed.

    SQLite's ``data_version`` tells what *other* connections changed since; ``newest`` must tell
    what this one may have changed (the highest entry number). Other databases: never remembered.
    """
    if db.dialect.name != "sqlite":
        return make()
    mark = (db.exec_driver_sql("PRAGMA data_version").scalar_one(), newest)
    kept = db.info.get(name)
    if kept is None or kept[0] != mark:
        kept = db.info[name] = (mark, make())
    return kept[1]
