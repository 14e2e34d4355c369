"""What a comparison asks of all rows of a side, answered by the server they lie in."""

# ruff: noqa: S608  (SQL is built here; every name and value in it is quoted)
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy.engine import URL

from golive.compare.database import Bounds, connect
from golive.compare.definition import Column, Comparison, ControlTotal, KeyPart
from golive.compare.pushed_query import PushedQuery
from golive.compare.sources.postgres_session import Session
from golive.compare.targets import unspoken
from golive.compare.whole import Group, Settled, as_told

__all__ = ["ServerRows"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerRows:
    """All rows are in the server, in the state they were compared in."""

    session: Session
    query: PushedQuery
    comparison: Comparison
    settled: Settled
    #: Where values become text as DuckDB writes it.
    folder: Path
    #: Only so that an error never shows its password.
    url: URL

    def shares(self, side: str, asked: Sequence[tuple[str, str]]) -> Sequence[float]:
        """As in :class:`~golive.compare.whole.Whole`."""
        typed = [(name, _typed(self._item(name), text)) for name, text in asked]
        row = self._ask(self.query.holding(side, typed))[0]
        return [int(count) / int(row[0]) for count in row[1:]]

    def last_day(self, side: str, index: int) -> str | None:
        """As in :class:`~golive.compare.whole.Whole`."""
        day = self._ask(self.query.last_day(side, f"c{index}"))[0][0]
        return None if day is None else str(day)

    def since(self, side: str, index: int, day: str) -> tuple[int, int]:
        """As in :class:`~golive.compare.whole.Whole`."""
        late, rows = self._ask(self.query.since(side, f"c{index}", day))[0]
        return int(late), int(rows)

    def groups(self, total: ControlTotal) -> Mapping[Group, tuple[Decimal, Decimal]]:
        """As in :class:`~golive.compare.whole.Whole`; a group's name is DuckDB's text of it."""
        spec = self.comparison
        by = [spec.columns.index(spec.column(name)) for name in total.by]
        value = spec.columns.index(spec.column(total.column))
        columns = [f"g{i} {spec.columns[item].declared.sql}" for i, item in enumerate(by)]
        wide = f"DECIMAL(38,{spec.columns[value].declared.scale})"
        names = "".join(f"{as_told(f'g{i}')}, " for i in range(len(by)))
        with connect(self.folder, Bounds()) as here:
            here.execute(
                f"CREATE TABLE found ({', '.join([*columns, f'old {wide}', f'new {wide}'])})"
            )
            for side in ("old", "new"):
                rows = self._ask(self.query.groups(side, by, value))
                both = [
                    (*row[:-1], *((row[-1], None) if side == "old" else (None, row[-1])))
                    for row in rows
                ]
                marks = ", ".join("?" for _ in range(len(by) + 2))
                if both:
                    here.executemany(f"INSERT INTO found VALUES ({marks})", both)
            told = here.execute(f"SELECT {names}sum(old), sum(new) FROM found GROUP BY ALL")
            return {
                tuple(row[:-2]): (Decimal(row[-2] or 0), Decimal(row[-1] or 0))
                for row in told.fetchall()
            }

    def _item(self, name: str) -> KeyPart | Column:
        items: Sequence[KeyPart | Column] = (
            self.comparison.key if name.startswith("k") else self.comparison.columns
        )
        return items[int(name[1:])]

    def _ask(self, sql: str) -> Sequence[Sequence[Any]]:
        with unspoken(self.url, "old"):
            return self.session.ask(sql)


def _typed(item: KeyPart | Column, text: str) -> object:
    """Return a value as Ibis takes it, from DuckDB's text of it."""
    match item.declared.name:
        case "int":
            return int(text)
        case "bool":
            return text == "true"
        case _:
            return text
