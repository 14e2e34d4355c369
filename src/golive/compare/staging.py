"""Turn two snapshots into two typed relations, or say why they cannot be compared.

``old_side`` and ``new_side``: ``row`` (number in the snapshot), ``k0..`` (key, both sides alike),
``c0..`` (columns as declared). ``old_side`` also has ``e0..`` (what is expected in the new
system), ``u0..`` (true: the code map has no word for it) and ``fate`` (``merged``, ``rejected``,
``unmapped`` or NULL: takes part). A side whose snapshot is typed already is a view: it costs no
memory, is read when it is joined, and also offers ``own`` (below).

``old_rows`` and ``new_rows`` hold the rows that differ, with ``own``: the key as this side writes
it. :func:`keep_rows` fills them once the pairs are known.
"""

# ruff: noqa: S608  (SQL is built here; every name and value in it is quoted)
from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from golive.compare.codemaps import Stage, stage_maps
from golive.compare.database import Connection, identifier, literal
from golive.compare.declared import Written
from golive.compare.definition import Column, Comparison, KeyPart
from golive.compare.rules import canonical
from golive.compare.shapes import shape
from golive.compare.summing import add_up
from golive.compare.translating import mapped_column, mistranslated, scan, text_of
from golive.contracts import Snapshot
from golive.errors import Problem, SetupError

__all__ = ["drift", "keep_rows", "stage_rows"]


def stage_rows(stage: Stage, old: Snapshot, new: Snapshot) -> None:
    """Build ``old_side`` and ``new_side``.

    Raise SetupError naming every undeclared or missing column and every value that is not of its
    declared type.
    """
    stored = {"old": _stored(stage.connection, old), "new": _stored(stage.connection, new)}
    problems = [
        problem
        for side in ("old", "new")
        for problem in drift(stage.comparison, side, stored[side])
    ]
    if problems:
        raise SetupError(*problems)
    stage_maps(stage)
    for side, snapshot, select in (("old", old, _old_side), ("new", new, _new_side)):
        sure = all(
            item.declared.certain(_written(stage.comparison, item, side, stored[side]))
            for item in stage.comparison.declared
        )
        text = side == "old" and _translated(stage.comparison)
        # What is expensive to read twice is kept; a typed snapshot is read where it is needed.
        kind = "TABLE" if text or _parsed(stage.comparison, side, stored[side]) else "VIEW"
        table = f"{side}_{'parts' if side in stage.comparison.summed else 'side'}"
        own = f"{_own(stage.comparison, side)} AS own" if kind == "VIEW" else ""
        query = select(stage.comparison, snapshot, stored[side], own)
        stage.connection.execute(f"CREATE {kind} {table} AS {query}")
        if not sure:
            problems += _uncastable(stage, side, table, snapshot, stored[side])
        if text:
            problems += mistranslated(stage, snapshot)
    if problems:
        raise SetupError(*problems)
    for side in stage.comparison.summed:
        add_up(stage, side)


def _parsed(spec: Comparison, side: str, stored: Mapping[str, str]) -> bool:
    """Return whether a value of this side is told from text, or a decimal from a double."""
    return any(
        item.declared.name != "varchar" and stored[getattr(item, side)] in {"VARCHAR", "DOUBLE"}
        for item in spec.declared
        if not (item.declared.name == "double" and stored[getattr(item, side)] == "DOUBLE")
    )


def _translated(spec: Comparison) -> bool:
    mapped = any(column.mapped for column in spec.columns)
    return mapped or spec.accounted is not None or any(part.key_map for part in spec.key)


def keep_rows(stage: Stage, old: Snapshot, new: Snapshot) -> None:
    """Build ``old_rows`` and ``new_rows`` from ``pairs``: only what differs is fetched.

    A view of the snapshot is read once, for its columns and its own key together; beside a table
    the snapshot is read for the key alone.
    """
    views = {
        str(row[0])
        for row in stage.connection.execute(
            "SELECT view_name FROM duckdb_views() WHERE NOT internal"
        ).fetchall()
    }
    for side, snapshot in (("old", old), ("new", new)):
        wanted = f"(SELECT DISTINCT {side}_row AS row FROM pairs WHERE {side}_row IS NOT NULL)"
        own, beside = "", ""
        if f"{side}_side" not in views:
            own = f", {_own(stage.comparison, side)} AS own"
            beside = f" JOIN {scan(snapshot)} ON s.file_row_number = t.row"
        stage.connection.execute(
            f"CREATE TABLE {side}_rows AS SELECT t.*{own} FROM {side}_side t "
            f"SEMI JOIN {wanted} w ON w.row = t.row{beside}"
        )


def _own(spec: Comparison, side: str) -> str:
    """Return SQL of the key as this side of the snapshot, named ``s``, writes it."""
    parts = (f"CAST(s.{identifier(getattr(part, side))} AS VARCHAR)" for part in spec.key)
    return f"[{', '.join(parts)}]"


def _stored(connection: Connection, snapshot: Snapshot) -> Mapping[str, str]:
    """Return the columns of a snapshot and their DuckDB types."""
    rows = connection.execute(
        f"DESCRIBE SELECT * FROM read_parquet({literal(str(snapshot.path))})"
    ).fetchall()
    return {str(row[0]): str(row[1]) for row in rows}


def drift(spec: Comparison, side: str, stored: Mapping[str, str]) -> Iterator[Problem]:
    """Yield each column the source delivers and the specification does not name, or reversed."""
    there = set(stored)
    declared = {getattr(item, side) for item in spec.declared}
    ignored = {getattr(item, side) for item in spec.ignore} - {""}
    for name in sorted((declared | ignored) - there):
        yield Problem(
            subject=f"{side} column '{name}'",
            message="is declared but the source does not deliver it",
            hint=f"it delivers {', '.join(sorted(there))}",
        )
    for name in sorted(there - declared - ignored):
        yield Problem(
            subject=f"{side} column '{name}'",
            message="is neither compared nor ignored",
            hint="add it to columns, or to ignore with a reason",
        )


def _written(
    spec: Comparison, item: KeyPart | Column, side: str, stored: Mapping[str, str]
) -> Written:
    return Written(
        stored=stored[getattr(item, side)],
        form=getattr(item.format, side),
        numbers=getattr(spec, side).numbers,
        zone=getattr(item.zone, side),
    )


def _uncastable(
    stage: Stage, side: str, table: str, snapshot: Snapshot, stored: Mapping[str, str]
) -> Iterator[Problem]:
    """Tell of values that became NULL by the cast: more values there than typed ones here."""
    spec = stage.comparison
    named: list[tuple[str, KeyPart | Column]] = [
        *((f"k{index}", part) for index, part in enumerate(spec.key)),
        *((f"c{index}", column) for index, column in enumerate(spec.columns)),
    ]
    checked = [
        (name, item)
        for name, item in named
        if not item.declared.certain(_written(spec, item, side, stored))
        and not _text_first(item, side)
    ]
    if not checked:
        return
    typed = ", ".join(f"count({name})" for name, _ in checked)
    raw = ", ".join(f"count({identifier(getattr(item, side))})" for _, item in checked)
    here = stage.connection.execute(f"SELECT {typed} FROM {table}").fetchone() or ()
    there = stage.connection.execute(f"SELECT {raw} FROM {scan(snapshot)}").fetchone() or ()
    for (_, item), found, wanted in zip(checked, here, there, strict=True):
        if found != wanted:
            yield _not_of_type(stage, side, snapshot, stored, item)


def _not_of_type(
    stage: Stage,
    side: str,
    snapshot: Snapshot,
    stored: Mapping[str, str],
    item: KeyPart | Column,
) -> Problem:
    raw = f"s.{identifier(getattr(item, side))}"
    typed = item.declared.cast(raw, _written(stage.comparison, item, side, stored))
    row = stage.connection.execute(
        f"SELECT count(*), min(CAST({raw} AS VARCHAR)), "
        f"arg_min(s.file_row_number, CAST({raw} AS VARCHAR)) FROM {scan(snapshot)} "
        f"WHERE {raw} IS NOT NULL AND {typed} IS NULL"
    ).fetchone()
    count, example, number = row or (0, "", 0)
    told = f"'{shape(example)}' in row {number + 1}" if item.pii else f"'{example}'"
    return Problem(
        subject=f"{side} column '{getattr(item, side)}'",
        message=f"{count} values are not {item.as_}, e.g. {told}",
        hint="declare what it is, or convert it in the query",
    )


def _text_first(item: KeyPart | Column, side: str) -> bool:
    """Return whether a value is translated before it is of the declared type."""
    if side == "new":
        return False
    return item.key_map is not None if isinstance(item, KeyPart) else item.mapped


def _typed(spec: Comparison, item: KeyPart | Column, side: str, stored: Mapping[str, str]) -> str:
    """Return the typed expression of one column of the snapshot, named ``s``."""
    raw = f"s.{identifier(getattr(item, side))}"
    return item.declared.cast(raw, _written(spec, item, side, stored))


def _new_side(spec: Comparison, snapshot: Snapshot, stored: Mapping[str, str], own: str) -> str:
    parts = ["s.file_row_number AS row"]
    parts += [
        f"{canonical(_typed(spec, part, 'new', stored), part.rules)} AS k{i}"
        for i, part in enumerate(spec.key)
    ]
    parts += [f"{_typed(spec, item, 'new', stored)} AS c{i}" for i, item in enumerate(spec.columns)]
    return f"SELECT {', '.join(filter(None, [*parts, own]))} FROM {scan(snapshot)}"


def _old_side(spec: Comparison, snapshot: Snapshot, stored: Mapping[str, str], own: str) -> str:
    parts, joins, unmapped = ["s.file_row_number AS row"], "", []
    for i, part in enumerate(spec.key):
        value = _typed(spec, part, "old", stored)
        if part.key_map is not None:
            raw = text_of(part.old)
            joins += f" LEFT JOIN key_map_{i} km{i} ON km{i}.old = {raw}"
            value = part.declared.cast(f"km{i}.new")
            unmapped.append(f"{raw} IS NOT NULL AND km{i}.new IS NULL")
        parts.append(f"{canonical(value, part.rules)} AS k{i}")
    for i, column in enumerate(spec.columns):
        if column.mapped:
            columns, join = mapped_column(i, column)
            parts += columns
            joins += join
        else:
            parts.append(f"{_typed(spec, column, 'old', stored)} AS c{i}")
    parts.append(_fate(spec, unmapped))
    if spec.accounted is not None:
        same = " AND ".join(f"f.a{i} = {text_of(part.old)}" for i, part in enumerate(spec.key))
        joins += f" LEFT JOIN fates f ON {same}"
    return f"SELECT {', '.join(filter(None, [*parts, own]))} FROM {scan(snapshot)}{joins}"


def _fate(spec: Comparison, unmapped: Sequence[str]) -> str:
    cases = f"WHEN {' OR '.join(unmapped)} THEN 'unmapped' " if unmapped else ""
    known = "WHEN f.fate IS NOT NULL THEN f.fate " if spec.accounted is not None else ""
    return (
        f"CASE {known}{cases}ELSE NULL END AS fate" if known or cases else "NULL::VARCHAR AS fate"
    )
