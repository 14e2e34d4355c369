"""What a database's catalogue says: its tables with their columns, and every definition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Inspector, inspect, text

from golive.record.canonical import canonical, sha256_hex

__all__ = ["Catalogue", "Table", "read_catalogue"]

#: Schemas that belong to the database system itself.
_SYSTEM = frozenset({"information_schema", "sys", "guest"})
_SYSTEM_PREFIXES = ("pg_", "db_")
#: Where a schema is not just another database of the same server.
_WITH_SCHEMAS = frozenset({"postgresql", "mssql"})

_SQLITE_OBJECTS = """
    SELECT type, name, tbl_name, sql FROM sqlite_master
    WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' OR name = 'sqlite_sequence'
"""
_TRIGGERS = """
    SELECT trigger_schema, trigger_name, event_manipulation, event_object_table,
           action_timing, action_statement
    FROM information_schema.triggers
"""
_WITH_TRIGGERS = frozenset({"postgresql", "mysql", "mariadb"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table, and how it is shown: with its schema where that is not the usual one."""

    shown: str
    name: str
    schema: str | None
    #: Sorted by name.
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """All of a database but its rows."""

    tables: tuple[Table, ...]
    #: ``table orders``, ``index orders_by_date``, ``trigger ...`` -> SHA-256 of the definition.
    definitions: Mapping[str, str]


def read_catalogue(connection: Connection) -> Catalogue:
    """Read the catalogue inside the caller's transaction. Raise SQLAlchemyError."""
    if connection.dialect.name == "sqlite":
        return _sqlite(connection)
    return _any(connection)


def _sqlite(connection: Connection) -> Catalogue:
    """Read SQLite's own text of each definition; its counters are a table like any other."""
    objects = connection.execute(text(_SQLITE_OBJECTS)).all()
    tables = []
    for name in sorted(name for kind, name, _, _ in objects if kind == "table"):
        # table_xinfo lists generated columns too; 1 marks a virtual table's hidden ones.
        infos = connection.execute(
            text("SELECT name FROM pragma_table_xinfo(:name) WHERE hidden <> 1"), {"name": name}
        )
        columns = tuple(sorted(infos.scalars()))
        tables.append(Table(shown=name, name=name, schema=None, columns=columns))
    definitions = {f"{kind} {name}": _digest([table, sql]) for kind, name, table, sql in objects}
    return Catalogue(tables=tuple(tables), definitions=definitions)


def _any(connection: Connection) -> Catalogue:
    inspector = inspect(connection)
    tables, definitions = [], {}
    for schema in _schemas(connection, inspector):
        prefix = f"{schema}." if schema else ""
        for name in sorted(inspector.get_table_names(schema)):
            columns = tuple(sorted(item["name"] for item in inspector.get_columns(name, schema)))
            shown = f"{prefix}{name}"
            tables.append(Table(shown=shown, name=name, schema=schema, columns=columns))
            definitions[f"table {shown}"] = _digest(_definition(inspector, name, schema))
        for name in inspector.get_view_names(schema):
            definition = inspector.get_view_definition(name, schema)
            definitions[f"view {prefix}{name}"] = _digest(definition)
    if connection.dialect.name in _WITH_TRIGGERS:
        for row in connection.execute(text(_TRIGGERS)):
            definitions[f"trigger {row[0]}.{row[1]} {row[2]}"] = _digest([*map(str, row)])
    return Catalogue(tables=tuple(tables), definitions=definitions)


def _schemas(connection: Connection, inspector: Inspector) -> Iterator[str | None]:
    """Yield the user's schemas; None is the one that needs no name."""
    yield None
    if connection.dialect.name in _WITH_SCHEMAS:
        for name in inspector.get_schema_names():
            system = name.lower() in _SYSTEM or name.startswith(_SYSTEM_PREFIXES)
            if not system and name != inspector.default_schema_name:
                yield name


def _definition(inspector: Inspector, name: str, schema: str | None) -> list[Any]:
    """Return columns, keys and indexes as text, each list in an order of its own."""
    parts: list[Any] = [
        inspector.get_columns(name, schema),
        [inspector.get_pk_constraint(name, schema)],
        inspector.get_foreign_keys(name, schema),
        inspector.get_unique_constraints(name, schema),
        inspector.get_check_constraints(name, schema),
        inspector.get_indexes(name, schema),
    ]
    return [sorted(str(sorted(item.items(), key=str)) for item in part) for part in parts]


def _digest(definition: Any) -> str:
    return sha256_hex(canonical(definition))
