"""Find the database of a target: its DSN from the environment, its password from a secret."""

# ruff: noqa: PLC0415 - SQLAlchemy takes a third of a second, and a file's DSN needs none of it

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from golive.contracts import Args, Context
from golive.errors import SetupError

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

__all__ = ["plain_select", "target_file", "target_url", "unspoken"]


#: What a semicolon may stand in: quoted values and names, comments.
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|`[^`]*`|--[^\n]*|/\*.*?\*/", re.DOTALL)


def target_url(query: Args, context: Context, *kinds: str) -> URL:
    """Return the DSN of the side's target, with its password.

    The password is the secret named by the side's option ``password``, else the one named
    ``<target>_database_password`` where there is one. Raise SetupError when there is no such
    target, or its database is none of ``kinds`` (any when none is given).
    """
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    name = str(query["target"])
    try:
        url = make_url(_dsn(name, context))
    except ArgumentError as error:
        raise SetupError.of(f"target '{name}'", "its database is not a DSN") from error
    if kinds and url.get_backend_name() not in kinds:
        raise SetupError.of(
            f"target '{name}'",
            f"its database is {url.get_backend_name()}, not {kinds[0]}",
            hint="use a source of that kind",
        )
    wanted = str(query.get("options", {}).get("password", ""))
    if wanted and wanted not in context.secrets:
        raise SetupError.of(
            f"target '{name}'",
            f"its secret '{wanted}' is not there",
            hint="name it under secrets of the environment",
        )
    password = context.secrets.get(wanted or f"{name}_database_password")
    return url.set(password=password) if password else url


def target_file(query: Args, context: Context, kind: str) -> str:
    """Return the file a ``sqlite`` or ``duckdb`` DSN names, as it is written; may be empty.

    Raise SetupError as :func:`target_url` does.
    """
    plain = _dsn(str(query["target"]), context).partition(f"{kind}:///")
    if not plain[0] and plain[1] and "?" not in plain[2]:
        return plain[2]
    return target_url(query, context, kind).database or ""


def _dsn(name: str, context: Context) -> str:
    known = context.environment.targets
    if name not in known or not known[name].database:
        raise SetupError.of(
            f"target '{name}'",
            f"has no database in environment '{context.environment.name}'",
            hint=f"targets: {', '.join(known) or 'none'}",
        )
    return known[name].database


def plain_select(query: Args, quote: str = '"') -> str:
    """Return the side's SELECT: its query as written, or all of its table that ``where`` allows.

    Raise SetupError when it holds more than one statement: what is read must not be changed.
    """
    if query.get("query"):
        return _one_statement(query, str(query["query"]).strip().rstrip(";"))
    names = str(query["table"]).split(".")
    table = ".".join(quote + name.replace(quote, quote * 2) + quote for name in names)
    where = str(query.get("where", ""))
    filtered = f" WHERE ({where}\n)" if where else ""
    return _one_statement(query, f"SELECT * FROM {table}{filtered}")  # noqa: S608 - quoted


def _one_statement(query: Args, sql: str) -> str:
    if ";" in _QUOTED.sub("", sql):
        raise SetupError.of(
            f"side '{query.get('side') or query['target']}'",
            "its SQL holds more than one statement",
            hint="write one SELECT without ';'",
        )
    return sql


@contextmanager
def unspoken(url: URL, side: str) -> Iterator[None]:
    """Turn a driver's error into a SetupError that holds no password."""
    try:
        yield
    except SetupError:
        raise
    except Exception as error:  # noqa: BLE001 - each database's driver has errors of its own
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        password = url.password if isinstance(url.password, str) else ""
        told = first.replace(password, "***") if password else first
        raise SetupError.of(
            f"side '{side}'",
            f"its database cannot be read: {told}",
            hint="check address, account and query",
        ) from None
