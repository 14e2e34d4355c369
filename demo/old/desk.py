"""The old system at work: its database, its freeze, and one transaction for each action."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from sqlalchemy import Connection, func, select, update

from demo import effects
from demo.days import business_day
from demo.old.codes import ROLES
from demo.old.schema import FROZEN_KEY, connect, ordh, sysctl, usr, writing
from demo.web.accounts import Account
from demo.web.refusal import RULE, refuse

__all__ = ["Desk"]


class Desk:
    """Reads and writes the old system's database; ``today`` is the business day."""

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
        """Give a connection for a business change; Refusal 409 while the system is frozen.

        The freeze is read inside the transaction: once `freeze` has answered, no change that
        began before it can still be written.
        """
        with self._writing.begin() as db:
            if _frozen(db):
                raise refuse(RULE, "frozen")
            yield db

    def account(self, name: str) -> Account | None:
        """Return an active user, or None."""
        with self.reading() as db:
            query = select(usr).where(usr.c.usid == name, usr.c.stat == "A")
            row = db.execute(query).mappings().first()
        if row is None:
            return None
        return Account(
            name=row["usid"],
            role=ROLES[row["role"]],
            full_name=row["unam"],
            password_hash=row["pwhs"],
        )

    def is_frozen(self) -> bool:
        """Tell whether business writes are refused."""
        with self.reading() as db:
            return _frozen(db)

    def freeze(self, attempt: str) -> bool:
        """Refuse business writes from now on, note the effect, and tell if it was a change."""
        return self._set_frozen(attempt, wanted=True)

    def unfreeze(self, attempt: str) -> bool:
        """Take business writes again, note the effect, and tell if it was a change."""
        return self._set_frozen(attempt, wanted=False)

    def _set_frozen(self, attempt: str, *, wanted: bool) -> bool:
        with self._writing.begin() as db:
            changed = _frozen(db) != wanted
            value = "Y" if wanted else "N"
            db.execute(update(sysctl).where(sysctl.c.skey == FROZEN_KEY).values(sval=value))
        effect = "freeze" if wanted else "unfreeze"
        effects.record(self.folder, "old", effect if changed else f"{effect}-again", attempt)
        return changed

    def pending(self) -> int:
        """Return how many orders await approval."""
        with self.reading() as db:
            return db.scalar(select(func.count()).where(ordh.c.stat == "W")) or 0

    def check(self) -> None:
        """Read the database for real; whatever is wrong with it is raised."""
        with self.reading() as db:
            db.execute(select(ordh.c.orno).limit(1)).all()
            if db.scalar(select(sysctl.c.sval).where(sysctl.c.skey == FROZEN_KEY)) is None:
                message = f"the setting '{FROZEN_KEY}' is missing"
                raise LookupError(message)


def _frozen(db: Connection) -> bool:
    return db.scalar(select(sysctl.c.sval).where(sysctl.c.skey == FROZEN_KEY)) == "Y"
