"""The only door to DuckDB: a bounded, offline connection and safe quoting."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import duckdb

from golive.contracts import Context
from golive.errors import SetupError

__all__ = ["Bounds", "Connection", "bounds_of", "connect", "identifier", "literal", "load_scanner"]

Connection = duckdb.DuckDBPyConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a comparison may use; beyond ``memory`` it spills into its own folder."""

    memory: str = "1GB"
    threads: int = 2


_AMOUNT = re.compile(r"[0-9]+(\.[0-9]+)?\s*(MB|GB|MiB|GiB)")


def bounds_of(context: Context) -> Bounds:
    """Return what this machine allows: the environment's facts say ``compare_memory``, e.g. 4GB.

    Raise SetupError when it is no amount of memory.
    """
    memory = context.environment.facts.get("compare_memory", Bounds().memory)
    if not _AMOUNT.fullmatch(memory):
        raise SetupError.of(
            f"environment '{context.environment.name}'",
            f"its fact compare_memory '{memory}' is no amount of memory",
            hint="write it as 512MB or 4GB",
        )
    return Bounds(memory=memory)


@contextmanager
def connect(folder: Path, bounds: Bounds) -> Iterator[Connection]:
    """Open a database that fetches nothing, stays within ``bounds`` and spills into ``folder``.

    DuckDB's errors leave as SetupError with the first line of their message.
    """
    spill = folder / "spill"
    spill.mkdir(parents=True, exist_ok=True)
    try:
        with duckdb.connect(
            ":memory:",
            config={
                # A home's stored secrets must not reach a comparison.
                "secret_directory": str(folder / "no-secrets"),
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "memory_limit": bounds.memory,
                "temp_directory": str(spill),
                "threads": bounds.threads,
            },
        ) as connection:
            yield connection
    except duckdb.Error as error:
        first = str(error).strip().splitlines()[0]
        raise SetupError.of("comparison", f"DuckDB cannot go on: {first}") from error


def identifier(name: str) -> str:
    """Quote a column or table name."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Quote a text value."""
    return "'" + text.replace("'", "''") + "'"


def load_scanner(connection: Connection, name: str) -> str:
    """Load a database reader (``sqlite_scanner``) from its Python package, offline.

    Return its name, version and digest; an empty text when the package is not installed or is
    made for another DuckDB. DuckDB itself verifies the binary's signature.
    """
    spec = find_spec(f"duckdb_extension_{name}")
    if spec is None or spec.origin is None:
        return ""
    version = duckdb.__version__
    binary = Path(spec.origin).parent / "extensions" / f"v{version}" / f"{name}.duckdb_extension"
    if not binary.is_file():
        return ""
    connection.execute(f"LOAD {literal(str(binary))}")
    return f"{name} {version} sha256:{_digest(binary)[:16]}"


@cache
def _digest(binary: Path) -> str:
    with binary.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
