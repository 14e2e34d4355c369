"""A source of whatever database the target is: the same specification for every environment.

Its query must be SQL that all of them understand.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from golive.compare.targets import target_url
from golive.contracts import Args, Context, Described, Snapshot, Source, Stateful
from golive.errors import SetupError
from golive.plugins import load_source

__all__ = ["DatabaseSource"]

#: Kind of DSN -> the source that reads it best; any other is read by its SQLAlchemy driver.
_BEST = {
    "sqlite": "sqlite", "postgresql": "postgres", "mysql": "mysql", "mariadb": "mysql",
    "duckdb": "duckdb",
}  # fmt: skip


class DatabaseSource:
    """Reads a ``table`` or one SELECT (``query``) of a ``target`` by the kind of its DSN."""

    def snapshot(self, query: Args, folder: Path, context: Context) -> Snapshot:
        """Write the rows to one Parquet file in ``folder``; SetupError as the kind's own source."""
        return _best(query, context).snapshot(query, folder, context)

    def state(self, query: Args, context: Context) -> str:
        """Return what the kind's own source tells."""
        source = _best(query, context)
        return source.state(query, context) if isinstance(source, Stateful) else ""

    def columns(self, query: Args, context: Context) -> Mapping[str, str]:
        """Return what the kind's own source tells."""
        source = _best(query, context)
        if not isinstance(source, Described):
            raise SetupError.of(f"target '{query['target']}'", "its source cannot tell its columns")
        return source.columns(query, context)


def _best(query: Args, context: Context) -> Source:
    kind = target_url(query, context).get_backend_name()
    return load_source(_BEST.get(kind, "sql"))
