"""What a MySQL or MariaDB server is asked for: types, totals, its clock, and values as text.

Its text of every value is exact but of a ``float``, which is cut to six digits, and of a ``bit``,
which are bytes: the one is widened first, the other written as a number.
"""

# ruff: noqa: S608  (SQL is built here; every name and value in it is quoted)
from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from golive.compare.database import identifier
from golive.compare.targets import plain_select
from golive.contracts import Args
from golive.errors import Problem, SetupError

__all__ = ["Ask", "Plan", "plan_read"]

#: Codes of types in the protocol.
_FLOAT, _DOUBLE, _BIT, _GEOMETRY = 4, 5, 16, 255
#: Text, or bytes where the character set is ``binary``.
_STRINGS = {15, 249, 250, 251, 252, 253, 254}
#: Numbers, days, times, instants, years, JSON, ENUM and SET: their text is all they are.
_EXACT = {0, 1, 2, 3, 6, 7, 8, 9, 10, 11, 12, 13, 14, 245, 246, 247, 248}
_CLOCK = "date_format(utc_timestamp(6), '%Y-%m-%dT%H:%i:%s.%f')"
#: Runs one query on the server and returns its rows.
Ask = Callable[[str], Sequence[Sequence[Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is read, and what the server said of itself."""

    #: The server's query: every value as text.
    select: str
    columns: Sequence[str]
    #: DuckDB's SQL of each column, from that text.
    reads: Sequence[str]
    watermark: str
    clock: datetime
    totals: Mapping[str, str]


def plan_read(ask: Ask, query: Args, codes: Mapping[str, int]) -> Plan:
    """Ask the server for totals, log position and clock. ``codes``: each column's type.

    Raise SetupError naming every column that no text keeps.
    """
    rows = f"({plain_select(query, '`')}\n) q"
    problems = tuple(_lossy(str(query.get("side", "")), codes))
    if problems:
        raise SetupError(*problems)
    wanted: Mapping[str, Mapping[str, Any]] = query.get("totals", {})
    sums = [
        f"CAST(CAST(coalesce(sum(CAST({_column(str(total['column']))} AS DECIMAL(65,20))), 0) "
        f"* {10 ** int(total['scale'])} AS DECIMAL(65,0)) AS CHAR)"
        for total in wanted.values()
    ]
    said = ask(f"SELECT {_named([_CLOCK, 'CAST(count(*) AS CHAR)', *sums])} FROM {rows}")[0]
    binary = _binary(ask, rows, [name for name, code in codes.items() if code in _STRINGS])
    casts = [
        f"{_value(name, code, binary=name in binary)} AS {_quoted(name)}"
        for name, code in codes.items()
    ]
    clock = str(said[0])
    return Plan(
        select=f"SELECT {', '.join(casts)} FROM {rows}",
        columns=tuple(codes),
        reads=tuple(_read(name, code) for name, code in codes.items()),
        watermark=_position(ask) or f"no log position, read at {clock}Z",
        clock=datetime.fromisoformat(clock).replace(tzinfo=UTC),
        totals=dict(zip(("rows", *wanted), map(str, said[1:]), strict=True)),
    )


def _lossy(side: str, codes: Mapping[str, int]) -> Iterator[Problem]:
    for name, code in codes.items():
        if code in _STRINGS | _EXACT | {_FLOAT, _DOUBLE, _BIT}:
            continue
        kind = "geometry" if code == _GEOMETRY else f"of the server's type {code}"
        yield Problem(
            subject=f"{side} column '{name}'",
            message=f"is {kind}, which cannot be read without loss: it has no text of its own",
            hint="cast it in a query",
        )


def _binary(ask: Ask, rows: str, names: Sequence[str]) -> frozenset[str]:
    """Return which of these columns hold bytes; no row is read for it."""
    if not names:
        return frozenset()
    sets = _named([f"charset(max({_column(name)}))" for name in names])
    said = ask(f"SELECT {sets} FROM {rows} WHERE 1 = 0")[0]
    return frozenset(name for name, found in zip(names, said, strict=True) if found == "binary")


def _position(ask: Ask) -> str:
    """Return where the server's log stands; empty when it keeps none."""
    server = str(ask("SELECT version() AS p0")[0][0])
    variable = "@@gtid_current_pos" if "MariaDB" in server else "@@global.gtid_executed"
    found = ask(f"SELECT CAST({variable} AS CHAR) AS p0")[0][0]
    return f"gtid {found}" if found else ""


def _named(expressions: Sequence[str]) -> str:
    return ", ".join(f"{item} AS p{index}" for index, item in enumerate(expressions))


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _column(name: str) -> str:
    return f"q.{_quoted(name)}"


def _value(name: str, code: int, *, binary: bool) -> str:
    column = _column(name)
    if code in _STRINGS and binary:
        return f"hex({column})"
    widened = {_FLOAT: f"({column} + 0e0)", _BIT: f"({column} + 0)"}.get(code, column)
    return f"CAST({widened} AS CHAR)"


def _read(name: str, code: int) -> str:
    """Return DuckDB's SQL of a column that came as text; a float is its shortest text again."""
    column = identifier(name)
    if code == _FLOAT:
        return f"CAST(CAST({column} AS FLOAT) AS VARCHAR) AS {column}"
    return f"CAST({column} AS DOUBLE) AS {column}" if code == _DOUBLE else column
