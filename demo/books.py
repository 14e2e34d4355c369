"""The old system's rows on their way into its database: written in batches, counted, forgotten."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from demo.database import insert_rows

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table

__all__ = ["Books", "Row"]

Row = dict[str, Any]
#: Rows of one table kept in memory at most.
_BATCH = 5000


class Books:
    """Takes rows for tables of one database; ``flush`` at the end.

    What later rows or files need is kept: the customers, the open items, what is reserved.
    """

    def __init__(self, db: Connection) -> None:
        self._db = db
        self._waiting: dict[Table, list[Row]] = {}
        #: Rows by table name.
        self.counts: Counter[str] = Counter()
        self.vouchers = 0
        #: Pieces allocated to approved orders, by item.
        self.allocated: Counter[str] = Counter()
        self.customers: list[Row] = []
        #: Number, customer, due date and open cents of every open invoice.
        self.dues: list[tuple[str, str, str, int]] = []

    def add(self, table: Table, *rows: Row) -> None:
        """Take rows of a table; they are written when enough have come together."""
        waiting = self._waiting.setdefault(table, [])
        waiting.extend(rows)
        self.counts[table.name] += len(rows)
        if len(waiting) >= _BATCH:
            self._write(table)

    def flush(self) -> None:
        """Write what waits."""
        for table in self._waiting:
            self._write(table)

    def _write(self, table: Table) -> None:
        rows = self._waiting[table]
        for start in range(0, len(rows), _BATCH):
            insert_rows(self._db, table, rows[start : start + _BATCH])
        rows.clear()
