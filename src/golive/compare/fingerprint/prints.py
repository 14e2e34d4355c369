"""What a fingerprint holds, and its form as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

__all__ = [
    "DatabasePrint",
    "FilePrint",
    "Fingerprint",
    "RoutePrint",
    "TableDigest",
    "fingerprint_from_json",
    "fingerprint_to_json",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableDigest:
    """One table: how many rows, and a digest of all their values whatever their order."""

    rows: int
    #: Lower-case hex SHA-256.
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabasePrint:
    """One database at one moment, read in one transaction."""

    name: str
    #: Table -> its content.
    tables: Mapping[str, TableDigest]
    #: Catalogue object (``table orders``, ``index orders_by_date``) -> digest of its definition.
    schema: Mapping[str, str]
    #: Table left out -> the reason.
    excluded: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePrint:
    """One name in a folder."""

    #: ``file``, ``folder``, ``link``, ``other`` (a pipe, a device) or ``missing``.
    kind: str
    #: Bytes; 0 but for files.
    size: int = 0
    #: Permissions in octal, e.g. ``0644``; empty for links and what is missing.
    mode: str = ""
    #: Lower-case hex SHA-256 of a file; empty for all else.
    sha256: str = ""
    #: Where a link points.
    target: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutePrint:
    """Where users are led, as the gateway itself says."""

    url: str
    #: Its answer in canonical JSON.
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """All that must be as before once a rollback is over."""

    #: Aware UTC.
    taken: datetime
    databases: Mapping[str, DatabasePrint] = field(default_factory=dict)
    #: Name relative to the workspace -> file.
    files: Mapping[str, FilePrint] = field(default_factory=dict)
    routes: Mapping[str, RoutePrint] = field(default_factory=dict)


def fingerprint_to_json(fingerprint: Fingerprint) -> dict[str, object]:
    """Return a fingerprint as plain JSON data."""
    return asdict(fingerprint) | {"taken": fingerprint.taken.isoformat()}


def fingerprint_from_json(data: Mapping[str, Any]) -> Fingerprint:
    """Rebuild a fingerprint. Raise KeyError, TypeError or ValueError when the data is none."""
    return Fingerprint(
        taken=datetime.fromisoformat(data["taken"]),
        databases={name: _database(item) for name, item in data["databases"].items()},
        files={name: FilePrint(**item) for name, item in data["files"].items()},
        routes={name: RoutePrint(**item) for name, item in data["routes"].items()},
    )


def _database(data: Mapping[str, Any]) -> DatabasePrint:
    tables = {name: TableDigest(**item) for name, item in data["tables"].items()}
    return DatabasePrint(**{**data, "tables": tables})
