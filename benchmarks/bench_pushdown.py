"""Both sides in one PostgreSQL database: compared there, beside the same comparison by DuckDB.

``python benchmarks/bench_pushdown.py [ROWS ...]``; without words 1,000,000 rows a side. Client and
server are counted; what each found is held against the truth.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

import compare_tables as tables
from bench_compare import PROGRAMS, apart, figures, on_server, shares
from measuring import write
from postgres_server import Server, server

_DATABASE = "golive_bench"


def main(words: list[str]) -> None:
    """Measure what is asked for and write the figures."""
    cases: dict[str, Any] = {}
    for rows in [int(word) for word in words] or [1_000_000]:
        apart(tables.generate, rows)
        with server() as running:
            load(running, rows)
            for case, new in (("0.1 % changed", "new"), ("identical", "same")):
                cases[f"{rows:,} x 2 x 8 in one PostgreSQL, {case}"] = compared(running, rows, new)
    write("pushdown", {"cases": cases}, packages=["duckdb", "ibis-framework"])


def load(running: Server, rows: int) -> None:
    """Fill one database with a table for each file."""
    with tempfile.TemporaryDirectory(prefix="golive-bench-") as place:
        for name in tables.NAMES:
            csv = Path(place) / "rows.csv"
            apart(tables.write_csv, tables.folder(rows) / f"{name}.parquet", csv)
            running.load(_DATABASE, tables.TABLE, csv, name=name)


def compared(running: Server, rows: int, new: str) -> dict[str, Any]:
    """Return what both engines took and found, and the push-down's share of the other."""
    dsn = running.dsn(_DATABASE)
    program = [sys.executable, PROGRAMS / "golive_compare.py", "1GB", f"{dsn}#old", f"{dsn}#{new}"]
    took = {name: on_server(running, [*program, name]) for name in ("duckdb", "pushdown")}
    truth = tables.truth(rows) if new == "new" else dict.fromkeys(tables.truth(1), 0)
    return {
        "truth": truth,
        **{name: figures(usage) for name, usage in took.items()},
        "pushdown to duckdb": shares(took["pushdown"], took["duckdb"]),
    }


if __name__ == "__main__":
    main(sys.argv[1:])
