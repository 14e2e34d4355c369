"""Freeze rows as zstd Parquet and say what was frozen: digest, rows, watermark, clock, reader."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from golive.compare.database import Connection, literal
from golive.contracts import Snapshot

__all__ = ["file_digest", "write_parquet", "write_snapshot"]


def file_digest(path: Path) -> str:
    """Return the lower-case hex SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_parquet(connection: Connection, select: str, path: Path) -> int:
    """Write a query's rows to a Parquet file and return how many there were."""
    row = connection.execute(
        f"COPY ({select}) TO {literal(str(path))} "
        "(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)"
    ).fetchone()
    return int(row[0]) if row else 0


def write_snapshot(
    connection: Connection,
    select: str,
    path: Path,
    *,
    watermark: str,
    reader: str,
    clock: datetime | None = None,
    totals: Mapping[str, str] | None = None,
) -> Snapshot:
    """Freeze a query's rows. ``totals`` are what the source itself counted and added up."""
    rows = write_parquet(connection, select, path)
    return Snapshot(
        path=path,
        sha256=file_digest(path),
        rows=rows,
        watermark=watermark,
        clock=clock or datetime.now(UTC),
        reader=reader,
        totals=totals or {},
    )
