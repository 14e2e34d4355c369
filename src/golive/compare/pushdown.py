"""Both sides in one PostgreSQL server: pairs of equal rows are counted there, the rest is read.

All of it is asked in one read-only transaction, so both sides are of the same moment. Rows whose
key pairs them alone and whose every column is equal are *settled*; every other row is read, and
what follows is the same as for sides that are read whole.
"""

# ruff: noqa: S608  (SQL is built here; every name and value in it is quoted)
from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any

from sqlalchemy.engine import URL

from golive.compare.csvfile import CsvFile
from golive.compare.database import bounds_of, connect, identifier
from golive.compare.definition import Comparison
from golive.compare.freezing import asking
from golive.compare.progress import pushed_words
from golive.compare.pushed_columns import Compared, compared
from golive.compare.pushed_query import VERSION, PushedQuery
from golive.compare.server import ServerRows
from golive.compare.snapshots import write_snapshot
from golive.compare.sources.postgres_select import Plan, plan_read, typed_again, value_of
from golive.compare.sources.postgres_session import Session, one_state
from golive.compare.staging import drift
from golive.compare.targets import plain_select, target_url, unspoken
from golive.compare.whole import Settled
from golive.contracts import Context, Snapshot
from golive.errors import SetupError

__all__ = ["Pushed", "pushed_down"]

_SIDES = ("old", "new")
#: Digits a sum may have before it would be rounded on its way here.
_DIGITS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """What came over: of each side the rows that are not settled, and where the rest is."""

    #: ``rows`` are all of the side; the file holds those that are not settled.
    old: Snapshot
    new: Snapshot
    server: ServerRows


@contextmanager
def pushed_down(
    spec: Comparison, context: Context, locate: Callable[[str], Path], folder: Path
) -> Iterator[Pushed]:
    """Compare both sides in their server; the transaction stays open until the end.

    Raise SetupError when they are not in one database, a column is not compared there as it is
    declared, or the database cannot be read.
    """
    queries = {side: asking(spec, side, locate) for side in _SIDES}
    url = _one_database(queries, context)
    started = time.monotonic()
    with ExitStack() as stack:
        with unspoken(url, "old"):
            session = stack.enter_context(one_state(url))
            work = _Work(spec=spec, context=context, folder=folder, session=session, url=url)
            pushed = work.done(queries)
        seconds = time.monotonic() - started
        context.say(
            pushed_words(pushed.old, pushed.new, pushed.server.settled.rows, seconds,
                         context.language)
        )  # fmt: skip
        yield pushed


def _one_database(queries: Mapping[str, Mapping[str, Any]], context: Context) -> URL:
    """Return the DSN both sides share; the old side's account reads both."""
    old, new = (target_url(queries[side], context, "postgresql") for side in _SIDES)
    if _place(old) != _place(new):
        raise SetupError.of(
            "engine",
            f"'pushdown' needs both sides in one database; old is '{old.database}' and new "
            f"'{new.database}'" + ("" if old.database != new.database else " of another server"),
            hint="take engine: duckdb",
        )
    return old


def _place(url: URL) -> tuple[object, ...]:
    return (url.query.get("host") or url.host, url.port or 5432, url.database or url.username)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """One reading of both sides."""

    spec: Comparison
    context: Context
    folder: Path
    session: Session
    url: URL

    def done(self, queries: Mapping[str, Mapping[str, Any]]) -> Pushed:
        """Count what is settled and read what is not."""
        names = {s: self.session.columns(plain_select(queries[s])) for s in _SIDES}
        plans = {s: plan_read(self.session.ask, queries[s], names[s]) for s in _SIDES}
        kinds = {s: dict(zip(names[s], plans[s].types, strict=True)) for s in _SIDES}
        problems = [found for side in _SIDES for found in drift(self.spec, side, kinds[side])]
        if problems:
            raise SetupError(*problems)
        columns = compared(self.spec.declared, kinds)
        query = self._query(queries, kinds, columns)
        query, settled = self._settled(query, {s: int(plans[s].totals["rows"]) for s in _SIDES})
        old, new = self._read(query, kinds, plans)
        server = ServerRows(
            session=self.session, query=query, comparison=self.spec, settled=settled,
            folder=self.folder / "asking", url=self.url,
        )  # fmt: skip
        return Pushed(old=old, new=new, server=server)

    def _query(
        self,
        queries: Mapping[str, Mapping[str, Any]],
        kinds: Mapping[str, Mapping[str, str]],
        columns: Sequence[Compared],
    ) -> PushedQuery:
        keys = len(self.spec.key)
        return PushedQuery(
            old=_select(queries["old"], "old", kinds["old"], columns, keys),
            new=_select(queries["new"], "new", kinds["new"], columns, keys),
            keys=tuple(item.type for item in columns[:keys]),
            columns=tuple(item.type for item in columns[keys:]),
            read={side: len(kinds[side]) for side in _SIDES},
        )

    def _settled(self, query: PushedQuery, rows: Mapping[str, int]) -> tuple[PushedQuery, Settled]:
        """Count equal pairs; where a shared key is there twice, of keys that are alone only.

        A key with m old and n new rows gives m x n pairs, so the sums show it.
        """
        totals = self.spec.control_totals
        summed = [self.spec.columns.index(self.spec.column(total.column)) for total in totals]
        found = self._counts(query, summed)
        paired = sum(int(found[kind][0]) for kind in ("equal", "changed") if kind in found)
        once = all(
            paired + int(found.get(f"only_{side}", (0,))[0]) == rows[side] for side in _SIDES
        )
        if not once:
            query = replace(query, copies=True)
            found = self._counts(query, summed)
        # Without an equal pair there is nothing to add up.
        rows_equal, *sums = found.get("equal", (0,))
        with localcontext(prec=_DIGITS):
            scales = [self.spec.columns[index].declared.scale for index in summed]
            told = {
                total.name: Decimal(value).quantize(Decimal(1).scaleb(-scale))
                for total, value, scale in zip(totals, sums, scales, strict=False)
                if value is not None
            }
        return query, Settled(rows=int(rows_equal), sums=told)

    def _counts(self, query: PushedQuery, summed: Sequence[int]) -> dict[str, tuple[Any, ...]]:
        return {str(row[0]): tuple(row[1:]) for row in self.session.ask(query.counts(summed))}

    def _read(
        self,
        query: PushedQuery,
        kinds: Mapping[str, Mapping[str, str]],
        plans: Mapping[str, Plan],
    ) -> list[Snapshot]:
        """Freeze the rows of each side that are not settled."""
        passing = self.folder / "rows.csv"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.session.copy(query.differing(), passing)
        state = self.session.ask("SELECT pg_current_snapshot()::text")[0][0]
        header = ["here_o", "here_n"]
        header += [f"s{index}_{side[0]}" for side in _SIDES for index in range(len(kinds[side]))]
        file = CsvFile(path=passing, shown="rows.csv", columns=tuple(header))
        snapshots = []
        with connect(self.folder / "reading", bounds_of(self.context)) as connection:
            for side in _SIDES:
                typed = ", ".join(
                    f"{typed_again(f's{index}_{side[0]}', kind)} AS {identifier(name)}"
                    for index, (name, kind) in enumerate(kinds[side].items())
                )
                (self.folder / side).mkdir(parents=True, exist_ok=True)
                snapshot = write_snapshot(
                    connection,
                    f"SELECT {typed} FROM {file.scan()} WHERE here_{side[0]} IS NOT NULL",
                    self.folder / side / "differing.parquet",
                    watermark=f"{plans[side].watermark}, transaction snapshot {state}",
                    reader=f"compared in the server, ibis {VERSION}",
                    clock=plans[side].clock,
                    totals=plans[side].totals,
                )
                snapshots.append(replace(snapshot, rows=int(plans[side].totals["rows"])))
        passing.unlink()
        return snapshots


def _select(
    query: Mapping[str, Any],
    side: str,
    kinds: Mapping[str, str],
    columns: Sequence[Compared],
    keys: int,
) -> str:
    """Return a side in the shape the pushed query takes."""
    sure = [f"coalesce({test}, true)" for item in columns if (test := item.of(side)[1])]
    parts = ["1 AS here", f"{' AND '.join(sure) or 'true'} AS sure"]
    names = [f"k{i}" for i in range(keys)] + [f"c{i}" for i in range(len(columns) - keys)]
    parts += [f"{item.of(side)[0]} AS {name}" for name, item in zip(names, columns, strict=True)]
    parts += [f"{value_of(name, kind)} AS s{i}" for i, (name, kind) in enumerate(kinds.items())]
    return f"SELECT {', '.join(parts)} FROM ({plain_select(query)}\n) q"
