"""The new system at work: its database, its settings, and one transaction for each action."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from sqlalchemy import Connection, func, select, update

from demo import effects
from demo.days import business_day
from demo.new.schema import app_user, connect, sales_order, setting, writing
from demo.web.accounts import Account

__all__ = ["Office"]


class Office:
    """Reads and writes the new system's database; ``today`` is the business day."""

    def __init__(self, folder: Path, dsn: str) -> None:
        self.folder = folder
        self._engine = connect(dsn)
        self._writing = writing(self._engine)

    @property
    def today(self) -> date:
        """The day orders, invoices and payments are dated."""
        return business_day(self.folder)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees one consistent state."""
        with self._engine.begin() as db:
            yield db

    @contextmanager
    def changing(self) -> Iterator[Connection]:
        """Give a connection in a transaction: all of it happens, or nothing of it."""
        with self._writing.begin() as db:
            yield db

    def account(self, name: str) -> Account | None:
        """Return an active user, or None."""
        u = app_user.c
        with self.reading() as db:
            query = select(app_user).where(u.username == name, u.active == 1)
            row = db.execute(query).mappings().first()
        if row is None:
            return None
        return Account(
            name=row["username"],
            role=row["role"],
            full_name=row["full_name"],
            password_hash=row["password_hash"],
        )

    def is_open(self) -> bool:
        """Tell whether users are let in."""
        with self.reading() as db:
            return _is_open(db)

    def let_in(self, attempt: str) -> bool:
        """Open the system for users, note the effect, and tell whether it was a change."""
        return self._set_open(attempt, wanted=True)

    def keep_out(self, attempt: str) -> bool:
        """Close the system for users, note the effect, and tell whether it was a change."""
        return self._set_open(attempt, wanted=False)

    def _set_open(self, attempt: str, *, wanted: bool) -> bool:
        with self.changing() as db:
            changed = _is_open(db) != wanted
            value = "yes" if wanted else "no"
            db.execute(update(setting).where(setting.c.name == "open").values(value=value))
        effect = "open" if wanted else "close"
        effects.record(self.folder, "new", effect if changed else f"{effect}-again", attempt)
        return changed

    def pending(self) -> int:
        """Return how many orders await approval."""
        with self.reading() as db:
            query = select(func.count()).where(sales_order.c.status == "awaiting_approval")
            return db.scalar(query) or 0

    def check(self) -> None:
        """Read the database for real; whatever is wrong with it is raised."""
        with self.reading() as db:
            db.execute(select(sales_order.c.id).limit(1)).all()
            if db.scalar(select(setting.c.value).where(setting.c.name == "open")) is None:
                raise LookupError("the setting 'open' is missing")


def _is_open(db: Connection) -> bool:
    return db.scalar(select(setting.c.value).where(setting.c.name == "open")) == "yes"
