"""Ask a system's database a plain question in SQL that every database understands.

SQLite is asked by Python's own driver: SQLAlchemy takes half a second to load, and what is asked
here is asked after every step of a cutover.
"""

# ruff: noqa: PLC0415 - SQLAlchemy waits for the first database that needs it

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from demo.site import DemoError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["BUSY_SECONDS", "ask"]

#: How long SQLite waits for somebody else's write.
BUSY_SECONDS = 30
_SQLITE = "sqlite:///"


def ask(dsn: str, *questions: str, alone: bool = False) -> list[Any]:
    """Return the first value of each question's first row (None without a row), all of one state.

    With `alone`, wait until nobody else writes, and let nobody write meanwhile. Nothing is
    changed. Raise DemoError when the database does not answer, or somebody writes for too long.
    """
    return (_ask_sqlite if dsn.startswith(_SQLITE) else _ask_other)(dsn, questions, alone=alone)


def _ask_sqlite(dsn: str, questions: Sequence[str], *, alone: bool) -> list[Any]:
    path = quote(dsn.removeprefix(_SQLITE))
    try:
        with closing(
            # Opened for writing, for only so can the write lock be taken; never made anew.
            sqlite3.connect(f"file:{path}?mode=rw", uri=True, timeout=BUSY_SECONDS)
        ) as db:
            db.isolation_level = None
            db.execute("BEGIN IMMEDIATE" if alone else "BEGIN")
            return [_first(db.execute(question).fetchone()) for question in questions]
    except sqlite3.Error as error:
        raise DemoError(str(error)) from error


def _ask_other(dsn: str, questions: Sequence[str], *, alone: bool) -> list[Any]:
    from sqlalchemy import text
    from sqlalchemy.exc import SQLAlchemyError

    from demo.database import connect, writing

    try:
        engine = writing(connect(dsn)) if alone else connect(dsn)
        with engine.connect() as db:
            return [_first(db.execute(text(question)).first()) for question in questions]
    except SQLAlchemyError as error:
        raise DemoError(str(getattr(error, "orig", None) or error)) from error


def _first(row: Any) -> Any:
    return None if row is None else row[0]
