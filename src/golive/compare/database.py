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

from golive.compare.shapes import unquoted
from golive.contracts import Context
from golive.errors import SetupError

__all__ = [
    "Bounds",
    "Connection",
    "amount_of",
    "bounds_of",
    "connect",
    "identifier",
    "literal",
    "load_scanner",
]

Connection = duckdb.DuckDBPyConnection
#: DuckDB's errors that quote values.
_OF_VALUES = (
    duckdb.ConversionException, duckdb.OutOfRangeException, duckdb.InvalidInputException,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a comparison may use; beyond ``memory``, in bytes, it spills into its own folder."""

    memory: int = 2**30
    threads: int = 2


_AMOUNT = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(MB|GB|MiB|GiB)")
_UNITS = {"MB": 10**6, "GB": 10**9, "MiB": 2**20, "GiB": 2**30}


def amount_of(text: str) -> int | None:
    """Return the bytes of ``512MB`` or ``4GiB``; None when it is no amount of memory."""
    found = _AMOUNT.fullmatch(text)
    return int(float(found[1]) * _UNITS[found[2]]) if found else None


def bounds_of(context: Context) -> Bounds:
    """Return what this machine allows: the environment's facts say ``compare_memory``, e.g. 4GB.

    Raise SetupError when it is no amount of memory.
    """
    said = context.environment.facts.get("compare_memory")
    if said is None:
        return Bounds()
    memory = amount_of(said)
    if memory is None:
        raise SetupError.of(
            f"environment '{context.environment.name}'",
            f"its fact compare_memory '{said}' is no amount of memory",
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
                # An eighth is left for Python and for what DuckDB does not count.
                "memory_limit": f"{bounds.memory * 7 // 8}B",
                "temp_directory": str(spill),
                "threads": bounds.threads,
            },
        ) as connection:
            yield connection
    except duckdb.Error as error:
        first = str(error).strip().splitlines()[0]
        if isinstance(error, _OF_VALUES):
            first = unquoted(first)  # the value it cannot read may be personal
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
