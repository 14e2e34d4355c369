"""Rows divided by their keys: to compare part by part, and to say what is as it was.

A join that exceeds the memory, although what it holds is put on the disk, is made again of more
parts, until a part fits.

A checksum is no proof: it only names a side ``unchanged since`` an earlier comparison, beside the
full one. DuckDB promises its hash within one version only, so others are not held against it.
"""

# ruff: noqa: S608  (SQL is built here; every name and value in it is quoted)
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import duckdb

from golive.compare.database import Connection
from golive.compare.definition import Comparison, comparison_digest
from golive.contracts import Snapshot

__all__ = [
    "MOST",
    "Checksums",
    "basis",
    "bucket_of",
    "checksums",
    "held_against",
    "told_buckets",
    "within_memory",
]

#: Fewer parts than this are no division; more take longer than any memory is worth.
_FEWEST, MOST = 2, 1024
_STEP = 8


def bucket_of(spec: Comparison, alias: str) -> str:
    """Return SQL of the number of a row's bucket, from 0; equal keys share it."""
    keys = ", ".join(f"{alias}.k{index}" for index in range(len(spec.key)))
    return f"hash({keys}) % {spec.buckets}"


def within_memory(spec: Comparison, join: Callable[[Comparison], None]) -> int:
    """Call ``join`` with the comparison divided as little as memory allows; return the parts.

    Raise DuckDB's OutOfMemoryException when it exceeds the memory even in the most parts.
    """
    while True:
        try:
            join(spec)
        except duckdb.OutOfMemoryException:
            if spec.buckets >= MOST:
                raise
            spec = replace(spec, buckets=min(spec.buckets * _STEP, MOST))
        else:
            return spec.buckets


@dataclass(frozen=True, slots=True, kw_only=True)
class Checksums:
    """One side by buckets: of each, how many rows and the sum of their hashes."""

    sums: tuple[str, ...]
    clock: str
    #: When an earlier comparison read the same; empty when it read something else, or none did.
    unchanged_since: str = ""
    #: Buckets that are another since the earlier comparison; None without one.
    changed: int | None = None


def checksums(connection: Connection, spec: Comparison, side: str, snapshot: Snapshot) -> Checksums:
    """Add up the typed rows of ``old_side`` or ``new_side`` by bucket."""
    names = [f"s.k{i}" for i in range(len(spec.key))]
    names += [f"s.c{i}" for i in range(len(spec.columns))]
    rows = connection.execute(
        f"SELECT {bucket_of(spec, 's')}, count(*) || ':' || sum(hash({', '.join(names)})) "
        f"FROM {side}_side s GROUP BY 1"
    ).fetchall()
    found = {int(row[0]): str(row[1]) for row in rows}
    sums = tuple(found.get(bucket, "0") for bucket in range(spec.buckets))
    return Checksums(sums=sums, clock=snapshot.clock.isoformat())


def held_against(now: Checksums, earlier: Mapping[str, Any] | None) -> Checksums:
    """Return the checksums with what they say beside ``earlier``: a side of a summary's buckets."""
    if earlier is None or len(earlier["sums"]) != len(now.sums):
        return now
    changed = sum(one != two for one, two in zip(earlier["sums"], now.sums, strict=True))
    since = "" if changed else earlier["unchanged_since"] or earlier["clock"]
    return replace(now, unchanged_since=since, changed=changed)


def told_buckets(
    connection: Connection,
    spec: Comparison,
    old: Snapshot,
    new: Snapshot,
    earlier: Mapping[str, Any] | None,
) -> Mapping[str, Any] | None:
    """Return what a summary says of its buckets; None where rows are not divided, or are personal.

    ``earlier`` is the summary of the last comparison.
    """
    if spec.buckets < _FEWEST or spec.personal:
        return None
    before: Mapping[str, Any] = (earlier or {}).get("buckets") or {}
    same = before.get("basis") == basis(spec)
    sides = {
        side: held_against(
            checksums(connection, spec, side, snapshot), before[side] if same else None
        )
        for side, snapshot in (("old", old), ("new", new))
    }
    return {"basis": basis(spec), **{side: asdict(found) for side, found in sides.items()}}


def basis(spec: Comparison) -> Mapping[str, Any]:
    """Return what makes checksums comparable: the same file, the same DuckDB."""
    return {"duckdb": duckdb.__version__, "specification": comparison_digest(spec)}
