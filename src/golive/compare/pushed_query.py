"""One Ibis expression that compares two sides where they lie; only this module imports Ibis.

Both sides are tables of one shape: ``here`` (1), ``sure`` (every value is of its declared type),
``k0..``, ``c0..`` (as compared) and ``s0..`` (columns as they are read). A key pairs rows only
when all its parts have a value, as in any join; rows without a pair are read and matched here.
"""

# ruff: noqa: S608  (both sides are golive's own SELECTs, and the rest is compiled by Ibis)
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ibis
from ibis.backends.sql.compilers import PostgresCompiler

__all__ = ["VERSION", "PushedQuery"]

VERSION = str(ibis.__version__)


@dataclass(frozen=True, slots=True, kw_only=True)
class PushedQuery:
    """What a server is asked about two sides; every method returns SQL of PostgreSQL."""

    #: The SELECT of each side, in the shape above.
    old: str
    new: str
    #: Ibis' types of the key's parts and the compared columns.
    keys: tuple[str, ...]
    columns: tuple[str, ...]
    #: How many columns each side is read with.
    read: Mapping[str, int]
    #: A shared key is there twice: rows whose key is not alone on its side have no pair.
    copies: bool = False

    def counts(self, summed: Sequence[int]) -> str:
        """Ask for kind, number of pairs, and the sum of each of these columns (by position)."""
        joined = self._joined()
        sums = {f"sum{number}": joined[f"c{index}_n"].sum() for number, index in enumerate(summed)}
        return self._sql(joined.group_by("kind").agg(pairs=joined.count(), **sums))

    def differing(self) -> str:
        """Ask for rows that are not settled: ``here_o``, ``here_n``, ``s0_o``.., ``s0_n``.."""
        joined = self._joined()
        names = [f"s{index}_o" for index in range(self.read["old"])]
        names += [f"s{index}_n" for index in range(self.read["new"])]
        return self._sql(joined.filter(joined.kind != "equal").select("here_o", "here_n", *names))

    def holding(self, side: str, asked: Sequence[tuple[str, Any]]) -> str:
        """Ask for the number of rows, and of those with each (column, value); days as text."""
        table = self._table(side)
        found = {}
        for number, (column, value) in enumerate(asked):
            # The server reads a day itself: it knows 'infinity', and Python does not.
            day = table[column].type().is_date()
            wanted = ibis.literal(value).cast("date") if day else value
            found[f"n{number}"] = table.count(where=table[column] == wanted)
        return self._sql(table.agg(rows=table.count(), **found))

    def last_day(self, side: str, column: str) -> str:
        """Ask for the last day of a date or timestamp, as ISO text."""
        table = self._table(side)
        return self._sql(table.agg(day=table[column].max().cast("date").cast("string")))

    def since(self, side: str, column: str, day: str) -> str:
        """Ask for the number of rows at or after the start of a day, and of all."""
        table = self._table(side)
        start = ibis.literal(day).cast("date")
        found = table.count(where=table[column] >= start)
        return self._sql(table.agg(late=found, rows=table.count()))

    def groups(self, side: str, by: Sequence[int], value: int) -> str:
        """Ask for the sum of a column by the values of others."""
        table = self._table(side)
        total = table[f"c{value}"].sum()
        names = [f"c{index}" for index in by]
        return self._sql(table.group_by(names).agg(t=total) if by else table.agg(t=total))

    def _table(self, side: str) -> Any:
        kinds = {"here": "int64", "sure": "boolean"}
        kinds |= {f"k{index}": kind for index, kind in enumerate(self.keys)}
        kinds |= {f"c{index}": kind for index, kind in enumerate(self.columns)}
        kinds |= {f"s{index}": "string" for index in range(self.read[side])}
        return ibis.table(kinds, name=f"golive_{side}")

    def _joined(self) -> Any:
        """Return both sides joined, with ``kind``; ``equal`` ones are settled."""
        old, new = self._table("old"), self._table("new")
        names = [f"k{index}" for index in range(len(self.keys))]
        if self.copies:
            old, new = _alone(old, names), _alone(new, names)
            names.append("alone")
        pairs = old.join(
            new, [old[name] == new[name] for name in names], how="outer",
            lname="{name}_o", rname="{name}_n",
        )  # fmt: skip
        settled = pairs.sure_o & pairs.sure_n
        for index in range(len(self.columns)):
            settled &= pairs[f"c{index}_o"].identical_to(pairs[f"c{index}_n"])
        kind = ibis.cases(
            (pairs.here_n.isnull(), "only_old"), (pairs.here_o.isnull(), "only_new"),
            (settled, "equal"), else_="changed",
        )  # fmt: skip
        return pairs.mutate(kind=kind)

    def _sql(self, expression: Any) -> str:
        compiled = PostgresCompiler().to_sqlglot(expression).sql("postgres")
        return (
            f"WITH golive_old AS NOT MATERIALIZED ({self.old}), "
            f"golive_new AS NOT MATERIALIZED ({self.new}) SELECT * FROM ({compiled}) answer"
        )


def _alone(table: Any, names: Sequence[str]) -> Any:
    """Add ``alone``: 1 where no other row of the side has the key, else nothing to pair by."""
    copies = table.count().over(group_by=list(names))
    return table.mutate(alone=ibis.cases((copies == 1, 1)))
