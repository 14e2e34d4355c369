"""The two systems' databases: their tables, how they are opened, how rows go in.

Apart from `job`: a script that opens no database need not load SQLAlchemy, half a second each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import job  # makes the demo importable
from demo.database import connect, insert_rows
from demo.new import schema as new
from demo.old import schema as old

if TYPE_CHECKING:
    from sqlalchemy import Engine

__all__ = ["insert_rows", "new", "new_system", "old", "old_system"]


def old_system(given: job.Job) -> Engine:
    """Open the old database."""
    return connect(given.old_dsn)


def new_system(given: job.Job) -> Engine:
    """Open the new database."""
    return connect(given.new_dsn)
