"""Differences of every class and type, planted at random: all found and none invented, anywhere."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
import sqlalchemy
from tests.compare.conftest import _write_csv
from tests.demo.postgres import two_databases

from golive.compare.comparing import compare
from golive.contracts import Environment, Target
from golive.sheets import write_table

#: column -> DuckDB's and PostgreSQL's type, the old value of an unspoiled row, its new one.
TYPES = {
    "id": ("VARCHAR", "text", "", ""),
    "t": ("VARCHAR", "text", "值 value", "值 value"),
    "i": ("BIGINT", "bigint", "7", "7"),
    "d": ("DECIMAL(18,2)", "numeric", "10.00", "10.00"),
    "f": ("DOUBLE", "float8", "0.3", "0.3"),
    "day": ("DATE", "date", "2026-02-28", "2026-02-28"),
    "at": ("TIMESTAMP", "timestamp", "2026-02-28 10:00:00", "2026-02-28 10:00:00"),
    "b": ("BOOLEAN", "boolean", "true", "true"),
    "code": ("VARCHAR", "text", "A", "open"),
}
COLUMNS = [
    {"old": "t", "new": "t", "as": "varchar", "rules": ["case"]},
    {"old": "i", "new": "i", "as": "int"},
    {"old": "d", "new": "d", "as": "decimal(18,2)", "tolerance": "0.05"},
    {"old": "f", "new": "f", "as": "double"},
    {"old": "day", "new": "day", "as": "date"},
    {"old": "at", "new": "at", "as": "timestamp"},
    {"old": "b", "new": "b", "as": "bool"},
    {"old": "code", "new": "code", "as": "varchar", "map": {"A": "open", "B": "closed"}},
]
#: What is planted: the column, its class, the old value and the new.
PLANS = [
    ("t", "open", "值 value", "值 valuf"), ("t", "rule:case", "值 value", "值 VALUE"),
    ("t", "open", None, "x"), ("i", "open", "7", "8"), ("i", "open", "7", None),
    ("d", "tolerance", "10.00", "10.05"), ("d", "open", "10.00", "10.06"),
    ("d", "open", "0.00", None), ("f", "open", "0.3", "0.30000000000000004"),
    ("day", "open", "2026-02-28", "2026-03-01"),
    ("at", "open", "2026-02-28 10:00:00", "2026-02-28 10:00:00.000001"),
    ("b", "open", "true", "false"), ("code", "open", "A", "closed"), ("code", "open", "C", "C"),
    ("", "only_old", None, None), ("", "only_new", None, None),
]  # fmt: skip
PAIRS = [
    ("csv", "parquet"), ("excel", "sqlite"), ("duckdb", "csv"), ("sqlite", "postgres"),
    ("postgres", "duckdb"), ("parquet", "excel"),
]  # fmt: skip


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, str]]:
    with two_databases() as found:
        yield found


def planted(seed: int):
    """Return both sides' rows and what must be found: (key, column, class)."""
    draw = random.Random(seed)
    old, new, expected = [], [], []
    for number in range(60):
        key = f"K{number:03d}"
        left = {name: kind[2] for name, kind in TYPES.items()} | {"id": key}
        right = {name: kind[3] for name, kind in TYPES.items()} | {"id": key}
        plan = draw.choice([*PLANS, *([None] * len(PLANS))])
        if plan:
            column, name, was, becomes = plan
            expected.append((key, column, name))
            if column:
                left[column], right[column] = was, becomes
        if not plan or plan[1] != "only_new":
            old.append(tuple(left.values()))
        if not plan or plan[1] != "only_old":
            new.append(tuple(right.values()))
    draw.shuffle(new)
    return old, new, sorted(expected)


def _typed(rows, which: int) -> str:
    """Return SQL of the rows with the types of DuckDB (0) or PostgreSQL (1)."""
    kinds = [kind[which] for kind in TYPES.values()]
    lines = [
        ", ".join(
            "NULL" if value is None else "'" + value.replace("'", "''") + "'" for value in row
        )
        for row in rows
    ]
    names = [f"c{index}" for index in range(len(TYPES))]
    casts = ", ".join(
        f'CAST({name} AS {kind}) AS "{column}"'
        for name, kind, column in zip(names, kinds, TYPES, strict=True)
    )
    values = ", ".join(f"({line})" for line in lines)
    return f"SELECT {casts} FROM (VALUES {values}) v({', '.join(names)})"


def put(kind: str, side: str, rows, folder: Path, dsn: str) -> tuple[dict[str, str], str]:
    """Write the rows where a source of this kind reads them; return its side and its DSN."""
    match kind:
        case "csv":
            _write_csv(folder / f"{side}.csv", list(TYPES), rows)
            return {"source": kind, "path": f"{side}.csv"}, ""
        case "excel":
            cells = [tuple(TYPES), *([value or "" for value in row] for row in rows)]
            write_table(folder / f"{side}.xlsx", cells)
            return {"source": kind, "path": f"{side}.xlsx"}, ""
        case "parquet":
            duckdb.sql(f"COPY ({_typed(rows, 0)}) TO '{folder}/{side}.parquet'")
            return {"source": kind, "path": f"{side}.parquet"}, ""
        case "duckdb":
            with duckdb.connect(f"{folder}/{side}.duck") as made:
                made.execute(f"CREATE TABLE rows AS {_typed(rows, 0)}")
            return {"source": "database", "table": "rows"}, f"duckdb:///{folder}/{side}.duck"
        case "sqlite":
            with sqlite3.connect(folder / f"{side}.db") as made:
                made.execute(f"CREATE TABLE rows ({', '.join(f'{n} TEXT' for n in TYPES)})")
                made.executemany(f"INSERT INTO rows VALUES ({','.join('?' * len(TYPES))})", rows)
            made.close()
            return {"source": "database", "table": "rows"}, f"sqlite:///{folder}/{side}.db"
        case _:
            engine = sqlalchemy.create_engine(dsn)
            with engine.begin() as made:
                made.exec_driver_sql("DROP TABLE IF EXISTS rows")
                made.exec_driver_sql(f"CREATE TABLE rows AS {_typed(rows, 1)}")
            engine.dispose()
            return {"source": "database", "table": "rows"}, dsn


@pytest.mark.parametrize(("old_kind", "new_kind"), PAIRS)
def test_what_is_planted_is_found_and_nothing_else(bench, servers, old_kind, new_kind):
    for seed in range(3):
        old, new, expected = planted(seed)
        targets, sides = {}, {}
        for side, kind, rows in (("old", old_kind, old), ("new", new_kind, new)):
            found, dsn = put(kind, side, rows, bench.folder, servers[side])
            sides[side] = found | ({"target": side} if dsn else {})
            targets[side] = Target(name=side, database=dsn)
        context = bench.context()
        context.environment = Environment(name="t", kind="test", targets=targets, facts={})
        result = compare(bench.spec(bench.body(COLUMNS, **sides)), context)
        told = [row for row in bench.differences(result) if row[-1] != "mapping"]
        assert sorted((key, column, name) for _, key, column, _, _, name in told) == expected
        for left in bench.folder.glob("*.d*"):
            left.unlink()
