"""What a PostgreSQL server is asked for: types, totals, its clock, and values cast without loss."""

# ruff: noqa: S608  (SQL is built here; every name and value in it is quoted)
from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from golive.compare.database import identifier
from golive.compare.targets import plain_select
from golive.contracts import Args
from golive.errors import Problem, SetupError

__all__ = ["KINDS", "STATE", "Ask", "Plan", "column_types", "plan_read", "typed_again", "value_of"]

#: Types DuckDB reads as they are.
_SAME = {
    "smallint", "integer", "bigint", "boolean", "double precision", "text", "character varying",
    "date", "timestamp without time zone", "timestamp with time zone",
}  # fmt: skip
#: Types that hold no text, as DuckDB calls their like.
KINDS = {
    "smallint": "SMALLINT", "integer": "INTEGER", "bigint": "BIGINT", "numeric": "DECIMAL",
    "real": "FLOAT", "double precision": "DOUBLE", "boolean": "BOOLEAN", "date": "DATE",
    "timestamp without time zone": "TIMESTAMP",
    "timestamp with time zone": "TIMESTAMP WITH TIME ZONE",
}  # fmt: skip
#: Types whose text depends on the server's settings or is cut.
_LOSSY = {"money": "its text follows the server's locale"}
_LSN = (
    "coalesce(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() "
    "ELSE pg_current_wal_lsn() END::text, '')"
)
#: Which transactions the answer sees: while it is the same, on a server that was not started
#: again, so is every row. Checkpoints move the log, and not this.
STATE = "txid_current_snapshot()::text || ' since ' || pg_postmaster_start_time()::text"
_NOW = "to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US')"
#: Runs one query on the server and returns its rows.
Ask = Callable[[str], Sequence[Sequence[Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is read: the select list with its casts, and what the server said of itself."""

    select: str
    #: The server's type of each column.
    types: Sequence[str]
    watermark: str
    clock: datetime
    totals: Mapping[str, str]
    #: What the server says of itself until a row changes.
    state: str


def plan_read(ask: Ask, query: Args, columns: Sequence[str], exact: Collection[str] = ()) -> Plan:
    """Ask the server for types, totals, log position and clock.

    ``exact`` are the columns DuckDB reads as decimals without loss where none is ``NaN``.
    """
    rows = f"({plain_select(query)}\n) q"
    types = column_types(ask, query, columns)
    problems = [
        Problem(
            subject=f"{query.get('side', '')} column '{name}'",
            message=f"is {kind}, which cannot be read without loss: {_LOSSY[kind]}",
            hint="cast it in a query",
        )
        for name, kind in zip(columns, types, strict=True)
        if kind in _LOSSY
    ]
    if problems:
        raise SetupError(*problems)
    wanted: Mapping[str, Mapping[str, Any]] = query.get("totals", {})
    sums = [
        f"(coalesce(sum(q.{identifier(str(total['column']))}::numeric), 0) "
        f"* {10 ** int(total['scale'])})::numeric(38,0)::text"
        for total in wanted.values()
    ]
    bent = [f"coalesce(bool_or(q.{identifier(name)} = 'NaN'), false)::text" for name in exact]
    asked = [_LSN, STATE, _NOW, "count(*)::text", *sums, *bent]
    said = ask(f"SELECT {_named(asked)} FROM {rows}")[0]
    whole = {
        name
        for name, bad in zip(exact, said[len(asked) - len(bent) :], strict=True)
        if bad == "false"
    }
    casts = [
        f"q.{identifier(name)} AS {identifier(name)}" if name in whole else _cast(name, kind)
        for name, kind in zip(columns, types, strict=True)
    ]
    return Plan(
        select=f"SELECT {', '.join(casts)} FROM {rows}",
        types=types,
        watermark=f"lsn {said[0]}",
        clock=datetime.fromisoformat(str(said[2])).replace(tzinfo=UTC),
        totals=dict(
            zip(("rows", *wanted), map(str, said[3 : len(asked) - len(bent)]), strict=True)
        ),
        state=str(said[1]),
    )


def column_types(ask: Ask, query: Args, columns: Sequence[str]) -> Sequence[str]:
    """Ask the server for the type of each column; an empty table has types too."""
    rows = f"({plain_select(query)}\n) q"
    typed = _named(f"pg_typeof(q.{identifier(name)})::text" for name in columns)
    return ask(f"SELECT {typed} FROM (SELECT 1) one LEFT JOIN {rows} ON true LIMIT 1")[0]


def _named(expressions: Iterable[str]) -> str:
    """Return a select list whose columns have names of their own."""
    return ", ".join(f"{item} AS p{index}" for index, item in enumerate(expressions))


def _cast(name: str, kind: str) -> str:
    return f"{value_of(name, kind)} AS {identifier(name)}"


def value_of(name: str, kind: str) -> str:
    """Return SQL of a column of ``q`` as it is read: text where DuckDB has no like type."""
    column = f"q.{identifier(name)}"
    match kind:
        case _ if kind in _SAME:
            return column
        case "character":
            # A cast to text drops the padding; concat() writes the value as it is stored.
            return f"CASE WHEN {column} IS NOT NULL THEN concat({column}) END"
        case "bytea":
            return f"upper(encode({column}, 'hex'))"
        case _:
            return f"{column}::text"


def typed_again(column: str, kind: str) -> str:
    """Return DuckDB's SQL of a value that came as COPY writes it: ``t`` is a truth, and so on."""
    return f"CAST({column} AS {KINDS[kind]})" if kind in _SAME and kind in KINDS else column
