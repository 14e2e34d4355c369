"""A whole comparison beside a bare read of both sides, datacompy, reladiff and Google's DVT.

``python benchmarks/bench_compare.py [ROWS ...] [parquet] [postgres]``; without words 1,000,000 and
10,000,000 rows a side, as Parquet files and in two databases of one PostgreSQL server of its own.
Each program says what it found, and that is held against the truth. Client and server are counted.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import compare_tables as tables
from measuring import ROOT, Usage, measure, peer, ratio, write
from postgres_server import Server, server

SIZES = (1_000_000, 10_000_000)
PROGRAMS = Path(__file__).with_name("peers")
#: What a peer is not asked to do, and why; each name begins with that of the peer.
MOST_ROWS = {
    "reladiff": (2_000_000, "minutes: it was 20 times and more behind at 1,000,000 rows"),
    "data-validation": (2_000_000, "its memory: see 1,000,000 rows, and it grows with them"),
}
Took = Mapping[str, Usage | str]


def main(words: list[str]) -> None:
    """Measure what is asked for and write the figures beside those already there."""
    sizes = [int(word) for word in words if word.isdigit()] or SIZES
    kinds = [word for word in words if not word.isdigit()] or ["parquet", "postgres"]
    proof = ROOT / "docs" / "proof" / "bench-compare.json"
    cases = json.loads(proof.read_text())["cases"] if proof.exists() else {}
    for rows in sizes:
        apart(tables.generate, rows)
        for kind in kinds:
            cases |= {"parquet": in_files, "postgres": in_databases}[kind](rows)
            write("compare", {"cases": dict(sorted(cases.items()))}, packages=["duckdb"])


def apart(made: Callable[..., None], *args: object) -> None:
    """Run a function in a process of its own.

    A program's peak memory begins with that of the process that starts it, so this one stays small.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        pool.submit(made, *args).result()


def in_files(rows: int) -> dict[str, Any]:
    """Measure Parquet files, changed and identical."""
    cases = {}
    for case, new in (("0.1 % changed", "new"), ("identical", "same")):
        files = [tables.folder(rows) / f"{name}.parquet" for name in ("old", new)]
        took = {
            name: asked(name, rows) or measure([*argv, *files])
            for name, argv in file_programs().items()
        }
        cases[f"{rows:,} x 2 x 8 Parquet, {case}"] = told(case, rows, took)
    return cases


def file_programs() -> dict[str, list[str | Path]]:
    """Return what compares files: name -> command line without them."""
    datacompy = peer("datacompy", "datacompy==1.1.0", "polars", "pyarrow")
    golive: list[str | Path] = [sys.executable, PROGRAMS / "golive_compare.py"]
    return {
        "bare read": [sys.executable, PROGRAMS / "bare_read.py"],
        "golive": [*golive, "16GB"],
        "golive 1 GiB": [*golive, "1GiB"],
        "datacompy": [datacompy, PROGRAMS / "datacompy_polars.py"],
        "reladiff": [reladiff(), PROGRAMS / "reladiff_duckdb.py"],
    }


def in_databases(rows: int) -> dict[str, Any]:
    """Measure two databases of one server, changed and identical."""
    cases = {}
    with server() as running:
        for name in tables.NAMES:
            load(running, name, tables.folder(rows) / f"{name}.parquet")
        for case, new in (("0.1 % changed", "new"), ("identical", "same")):
            sides = [running.dsn(name) for name in ("old", new)]
            took = {
                name: asked(name, rows, database=True) or on_server(running, [*argv, *sides])
                for name, argv in database_programs().items()
            }
            cases[f"{rows:,} x 2 x 8 PostgreSQL, {case}"] = told(case, rows, took)
    return cases


def load(running: Server, name: str, parquet: Path) -> None:
    """Fill a database named as the file from it."""
    with tempfile.TemporaryDirectory(prefix="golive-bench-") as place:
        csv = Path(place) / "rows.csv"
        apart(tables.write_csv, parquet, csv)
        running.load(name, tables.TABLE, csv)


def database_programs() -> dict[str, list[str | Path]]:
    """Return what compares databases: name -> command line without their DSNs."""
    validator = peer("data-validation", "google-pso-data-validator==8.10.1", "setuptools<81")
    return {
        "bare read": [sys.executable, PROGRAMS / "bare_read_postgres.py"],
        "golive": [sys.executable, PROGRAMS / "golive_compare.py", "1GiB"],
        "reladiff": [reladiff(), PROGRAMS / "reladiff_postgres.py"],
        "data-validation": [validator, PROGRAMS / "data_validation.py"],
    }


def reladiff() -> Path:
    """Return the Python of reladiff's environment."""
    return peer("reladiff", "reladiff==0.6.0", "duckdb>=1.5,<2", "pytz", "psycopg2-binary")


def asked(name: str, rows: int, *, database: bool = False) -> str:
    """Return why a program is not run; empty when it is."""
    most, why = MOST_ROWS.get(name, (rows, ""))
    # Between two databases of PostgreSQL reladiff is at home.
    return "" if rows <= most or (name == "reladiff" and database) else f"not run: {why}"


def on_server(running: Server, argv: list[str | Path]) -> Usage:
    """Measure a program with what the server did for it."""
    before = running.cpu()
    usage = measure(argv)
    return Usage(
        wall=usage.wall,
        cpu=usage.cpu + running.cpu() - before,
        peak=usage.peak,
        code=usage.code,
        said=usage.said,
    )


def told(case: str, rows: int, took: Took) -> dict[str, Any]:
    """Return what each program took and found, and golive's share of what the others took."""
    ran = {name: usage for name, usage in took.items() if isinstance(usage, Usage)}
    found: dict[str, Any] = {
        "date": datetime.now(UTC).date().isoformat(),
        "truth": tables.truth(rows) if case != "identical" else dict.fromkeys(tables.truth(1), 0),
        **{name: figures(usage) for name, usage in took.items()},
    }
    for name in ("golive", "golive 1 GiB"):
        if name in ran:
            found[f"{name} to"] = {
                other: shares(ran[name], usage)
                for other, usage in ran.items()
                if not other.startswith("golive") and not usage.code
            }
    return found


def shares(ours: Usage, theirs: Usage) -> dict[str, float]:
    """Return golive's CPU, time and memory as a share of another program's."""
    return {
        "cpu": ratio(ours.cpu, theirs.cpu),
        "wall": ratio(ours.wall, theirs.wall),
        "peak": ratio(ours.peak, theirs.peak),
    }


def figures(usage: Usage | str) -> dict[str, Any] | str:
    """Return what a program took; what it found is the last line it printed."""
    if isinstance(usage, str):
        return usage
    if usage.code:
        return {"failed": usage.code}
    return {
        "cpu_s": round(usage.cpu, 2), "wall_s": round(usage.wall, 2),
        "peak_mb": round(usage.peak / 2**20), "found": json.loads(usage.said.splitlines()[-1]),
    }  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1:])
