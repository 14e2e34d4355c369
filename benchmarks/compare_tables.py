"""The tables the comparison's benchmark measures: both sides as Parquet files and in PostgreSQL.

Eight columns, a composite key. ``old.parquet`` is in key order, ``new.parquet`` shuffled with 0.1 %
of its rows changed in one of six ways, 0.05 % missing on either side and 0.05 % added;
``same.parquet`` is ``old.parquet`` shuffled.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
from measuring import ROOT

__all__ = ["NAMES", "TABLE", "folder", "generate", "truth", "write_csv"]

DATA = ROOT / ".bench" / "compare"
NAMES = ("old", "new", "same")
#: The same columns in PostgreSQL.
TABLE = """CREATE TABLE t (id bigint NOT NULL, line_no int NOT NULL, amount numeric(19,2),
 rate double precision, name text, doc_date date, posted_at timestamp, note text)"""
_BASE = """SELECT i // 5 AS id, (i % 5)::INT AS line_no,
 ((i * 7919) % 10000000 / 100)::DECIMAL(18,2) AS amount, (i % 1000) / 7 AS rate,
 'Müller 客户 ' || (i % 5000) AS name, DATE '2024-01-01' + (i % 700)::INT AS doc_date,
 TIMESTAMP '2024-01-01' + to_seconds(i % 8640000) AS posted_at,
 CASE WHEN i % 5 > 0 THEN 'note ' || (i % 100000) END AS note, i FROM range({}) r(i)"""
_SHUFFLED = "ORDER BY hash(id, line_no)"


def truth(rows: int) -> dict[str, int]:
    """Return what differs between ``old`` and ``new``."""
    return {"changed": rows // 1000, "only_old": rows // 2000, "only_new": rows // 1000}


def folder(rows: int) -> Path:
    """Return where the files of this size are."""
    return DATA / str(rows)


def generate(rows: int) -> None:
    """Write the Parquet files of this size that are not there yet."""
    folder(rows).mkdir(parents=True, exist_ok=True)
    old = f"SELECT * EXCLUDE i FROM ({_BASE.format(rows)}) WHERE i % 2000 <> 1011"
    for name, select in (
        ("old", old),
        ("new", _changed(rows)),
        ("same", f"{old} {_SHUFFLED}"),
    ):
        path = folder(rows) / f"{name}.parquet"
        if not path.exists():
            partial = path.with_suffix(".partial")
            duckdb.execute(f"COPY ({select}) TO '{partial}' (FORMAT parquet, COMPRESSION zstd)")
            partial.rename(path)


def write_csv(parquet: Path, csv: Path) -> None:
    """Write the rows of a Parquet file as PostgreSQL's COPY reads them."""
    duckdb.execute(f"COPY (FROM read_parquet('{parquet}')) TO '{csv}' (HEADER)")


def _changed(rows: int) -> str:
    """Of each thousand row 7 changes, row 11 of 2,000 is missing; more are added at the end."""
    one = "i % 1000 = 7 AND (i // 1000) % 6 = {}"
    return f"""SELECT id, line_no,
 (CASE WHEN {one.format(0)} THEN amount + 0.01 ELSE amount END)::DECIMAL(19,2) AS amount,
 CASE WHEN {one.format(1)} THEN rate * 1.001 + 1 ELSE rate END AS rate,
 CASE WHEN {one.format(2)} THEN name || ' ' ELSE name END AS name,
 CASE WHEN {one.format(3)} THEN doc_date + 1 ELSE doc_date END AS doc_date,
 CASE WHEN {one.format(4)} THEN posted_at + INTERVAL 1 HOUR ELSE posted_at END AS posted_at,
 CASE WHEN {one.format(5)} THEN coalesce(note, '') || '!' ELSE note END AS note
 FROM ({_BASE.format(rows + rows // 2000)}) WHERE i % 2000 <> 11 OR i >= {rows} {_SHUFFLED}"""
