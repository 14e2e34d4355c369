"""A comparison of two Parquet files beside a bare read of both, datacompy and reladiff.

``python benchmarks/bench_compare.py [ROWS ...]``; without numbers 1,000,000 and 10,000,000 rows a
side. Eight columns, a composite key; 0.1 % of the rows changed in one of six ways, 0.05 % missing
on either side, 0.05 % added. Each program says what it found, and that is held against the truth.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import duckdb
from measuring import ROOT, Usage, measure, peer, ratio, write

PROGRAMS = Path(__file__).with_name("peers")
DATA = ROOT / ".bench" / "compare"
#: datacompy holds both sides in memory; beyond this it is not asked to.
MOST_IN_MEMORY = 2_000_000
SIZES = (1_000_000, 10_000_000)
COLUMNS = "amount, rate, name, doc_date, posted_at, note"


def generate(rows: int) -> tuple[Path, Path, dict[str, int]]:
    """Write both sides and return them with the truth; old in key order, new shuffled."""
    folder = DATA / str(rows)
    old, new = folder / "old.parquet", folder / "new.parquet"
    truth = {"changed": rows // 1000, "only_old": rows // 2000, "only_new": rows // 1000}
    if new.exists():
        return old, new, truth
    folder.mkdir(parents=True, exist_ok=True)
    base = """SELECT i // 5 AS id, (i % 5)::INT AS line_no,
        ((i * 7919) % 10000000 / 100)::DECIMAL(18,2) AS amount, (i % 1000) / 7 AS rate,
        'Müller 客户 ' || (i % 5000) AS name, DATE '2024-01-01' + (i % 700)::INT AS doc_date,
        TIMESTAMP '2024-01-01' + to_seconds(i % 8640000) AS posted_at,
        CASE WHEN i % 5 > 0 THEN 'note ' || (i % 100000) END AS note, i FROM range({}) r(i)"""
    # Of each thousand row 7 changes, rows 11 of 2,000 are missing in either side; more are added.
    one = "i % 1000 = 7 AND (i // 1000) % 6 = {}"
    duckdb.execute(
        f"COPY (SELECT * EXCLUDE i FROM ({base.format(rows)}) WHERE i % 2000 <> 1011) "
        f"TO '{old}' (COMPRESSION zstd)"
    )
    changed = f"""SELECT id, line_no,
        (CASE WHEN {one.format(0)} THEN amount + 0.01 ELSE amount END)::DECIMAL(19,2) AS amount,
        CASE WHEN {one.format(1)} THEN rate * 1.001 + 1 ELSE rate END AS rate,
        CASE WHEN {one.format(2)} THEN name || ' ' ELSE name END AS name,
        CASE WHEN {one.format(3)} THEN doc_date + 1 ELSE doc_date END AS doc_date,
        CASE WHEN {one.format(4)} THEN posted_at + INTERVAL 1 HOUR ELSE posted_at END AS posted_at,
        CASE WHEN {one.format(5)} THEN coalesce(note, '') || '!' ELSE note END AS note
        FROM ({base.format(rows + rows // 2000)}) WHERE i % 2000 <> 11 OR i >= {rows}
        ORDER BY hash(id, line_no)"""
    duckdb.execute(f"COPY ({changed}) TO '{new}' (COMPRESSION zstd)")
    return old, new, truth


def told(usage: Usage) -> dict[str, Any]:
    """Return what a program took; what it found is the last line it printed."""
    if usage.code:
        return {"failed": usage.code}
    return {
        "cpu_s": round(usage.cpu, 2), "wall_s": round(usage.wall, 2),
        "peak_mb": round(usage.peak / 2**20), "found": json.loads(usage.said.splitlines()[-1]),
    }  # fmt: skip


def programs(rows: int) -> dict[str, list[str | Path]]:
    """Return what is measured: name -> its command line, without the files."""
    found: dict[str, list[str | Path]] = {
        "bare read": [sys.executable, PROGRAMS / "bare_read.py"],
        "golive": [sys.executable, PROGRAMS / "golive_compare.py", "16GB"],
        "golive 1 GB": [sys.executable, PROGRAMS / "golive_compare.py", "1GB"],
    }
    if rows <= MOST_IN_MEMORY:
        datacompy = peer("datacompy", "datacompy==1.1.0", "polars", "pyarrow")
        reladiff = peer("reladiff", "reladiff==0.6.0", "duckdb>=1.5,<2", "pytz")
        found["datacompy"] = [datacompy, PROGRAMS / "datacompy_polars.py"]
        found["reladiff"] = [reladiff, PROGRAMS / "reladiff_duckdb.py"]
    return found


def main() -> None:
    """Measure every size and write the figures."""
    results: dict[str, Any] = {}
    for rows in [int(word) for word in sys.argv[1:]] or SIZES:
        old, new, truth = generate(rows)
        took = {name: measure([*argv, old, new]) for name, argv in programs(rows).items()}
        ours, bare = took["golive"], took["bare read"]
        results[f"{rows:,} x 2 x 8 Parquet"] = {
            "truth": truth,
            **{name: told(usage) for name, usage in took.items()},
            "golive_cpu_to": {
                name: ratio(ours.cpu, usage.cpu)
                for name, usage in took.items()
                if usage is not ours
            },
            "golive_peak_to": {
                name: ratio(ours.peak, usage.peak)
                for name, usage in took.items()
                if usage is not ours
            },
            "golive_1_gb_cpu_to_bare_read": ratio(took["golive 1 GB"].cpu, bare.cpu),
        }
    write("compare", {"sizes": results}, packages=["duckdb"])


if __name__ == "__main__":
    main()
