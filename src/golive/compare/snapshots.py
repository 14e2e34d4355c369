"""Freeze rows as zstd Parquet and say what was frozen: digest, rows, watermark, clock, reader."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from golive.compare.database import Connection, literal
from golive.contracts import Snapshot
from golive.errors import SetupError

__all__ = [
    "file_digest",
    "file_state",
    "unchanging",
    "write_parquet",
    "write_snapshot",
    "written_whole",
]


def file_digest(path: Path) -> str:
    """Return the lower-case hex SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def file_state(path: Path) -> str:
    """Return the digest of a file as watermarks write it; empty when there is no file."""
    return f"sha256:{file_digest(path)}" if path.is_file() else ""


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Yield where to write; the file gets its name once it is whole, or never."""
    part = path.with_name(f"{path.name}.part")
    yield part
    part.replace(path)


@contextmanager
def unchanging(paths: Sequence[Path], shown: str) -> Iterator[tuple[str, ...]]:
    """Yield the digests of files.

    Raise SetupError when one cannot be read, or is another one after it was read.
    """
    try:
        before = tuple(map(file_digest, paths))
    except OSError as error:
        raise SetupError.of(
            f"file '{shown}'", f"cannot be read: {error.strerror}", hint="is it delivered yet?"
        ) from error
    yield before
    for path, digest in zip(paths, before, strict=True):
        if not path.is_file() or file_digest(path) != digest:
            raise SetupError.of(
                f"file '{shown}'",
                f"'{path.name}' changed while it was read",
                hint="compare again when nothing writes to it",
            )


def write_parquet(connection: Connection, select: str, path: Path) -> int:
    """Write a query's rows to a Parquet file and return how many there were."""
    with written_whole(path) as part:
        row = connection.execute(
            f"COPY ({select}) TO {literal(str(part))} "
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
    state: str = "",
) -> Snapshot:
    """Freeze a query's rows. ``totals`` are what the source itself counted and added up.

    ``state`` is what it says of itself until a row changes, where the watermark is not that.
    """
    rows = write_parquet(connection, select, path)
    return Snapshot(
        path=path,
        sha256=file_digest(path),
        rows=rows,
        watermark=watermark,
        clock=clock or datetime.now(UTC),
        reader=reader,
        totals=totals or {},
        state=state,
    )
