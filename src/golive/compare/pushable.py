"""Which comparisons one server can make; what it cannot is named before anything runs; pure."""

from __future__ import annotations

from collections.abc import Iterator

from golive.compare.definition import Column, Comparison, Formats, KeyPart
from golive.specfile import Place

__all__ = ["unpushable"]

#: Sources whose rows a server holds that both sides can share.
_SERVERS = ("postgres", "database")
_WORD = {"key": "key", "columns": "column"}
_HINT = "convert it in the query, or take engine: duckdb"


def unpushable(spec: Comparison) -> Iterator[tuple[Place, str, str, str]]:
    """Yield place, subject, message and hint of all that ``engine: pushdown`` cannot compare."""
    for name in ("old", "new"):
        source = getattr(spec, name).source
        if source not in _SERVERS:
            yield (
                (name, "source"), f"side '{name}'",
                f"engine 'pushdown' compares in one PostgreSQL server, and '{source}' is none",
                "use source: postgres on both sides, or engine: duckdb",
            )  # fmt: skip
    for block in ("key", "columns"):
        for index, item in enumerate(getattr(spec, block)):
            for what in _unknown(item):
                yield (
                    (block, index, what), f"{_WORD[block]} '{item.new}'",
                    f"engine 'pushdown' does not know '{what}'", _HINT,
                )  # fmt: skip
    if spec.accounted is not None:
        yield (
            ("accounted",), "accounted", "engine 'pushdown' does not know it",
            "leave the listed rows out by the query, or take engine: duckdb",
        )  # fmt: skip
    if spec.buckets > 1:
        yield (
            ("buckets",), "buckets", "rows that stay in their server are not divided",
            "remove it, or take engine: duckdb",
        )  # fmt: skip


def _unknown(item: KeyPart | Column) -> Iterator[str]:
    """Yield each thing a side says that a server would have to do to every row."""
    for what in ("format", "zone"):
        form: Formats = getattr(item, what)
        if form.old or form.new:
            yield what
    # The rules of a column see only what differs, and that is read.
    names = ("rules", "key_map") if isinstance(item, KeyPart) else ("map", "map_file")
    yield from (name for name in names if getattr(item, name))
