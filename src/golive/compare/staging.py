"""Turn two snapshots of text into two typed tables, or say why they cannot be compared.

Tables ``old_rows`` and ``new_rows``: ``row`` (number in the snapshot), ``k0..`` (key, both sides
alike), ``own`` (the key as this side writes it), ``c0..`` (columns as declared). ``old_rows`` also
has ``e0..`` (what is expected in the new system), ``u0..`` (true: the code map has no word for it)
and ``fate`` (``merged``, ``rejected``, ``unmapped`` or NULL: takes part).
"""

# ruff: noqa: S608  (SQL is built here; every name and value in it is quoted)
from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from golive.compare.csvfile import CsvFile, open_csv
from golive.compare.database import Connection, identifier, literal
from golive.compare.definition import CodeMap, Column, Comparison, KeyPart
from golive.compare.rules import canonical
from golive.contracts import Snapshot
from golive.errors import Problem, SetupError

__all__ = ["Stage", "stage_rows"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What staging needs: the open database, the specification, and how to find its files."""

    connection: Connection
    comparison: Comparison
    folder: Path
    #: Path as written in the specification -> path on this machine.
    locate: Callable[[str], Path]

    def csv(self, path: str, encoding: str) -> CsvFile:
        """Look at a list or map the specification names."""
        return open_csv(self.locate(path), folder=self.folder, shown=path, encoding=encoding)


def stage_rows(stage: Stage, old: Snapshot, new: Snapshot) -> None:
    """Build ``old_rows`` and ``new_rows``.

    Raise SetupError naming every undeclared or missing column and every value that is not of its
    declared type.
    """
    problems = [*_drift(stage, "old", old), *_drift(stage, "new", new)]
    if problems:
        raise SetupError(*problems)
    problems = [*_uncastable(stage, "old", old), *_uncastable(stage, "new", new)]
    if problems:
        raise SetupError(*problems)
    _stage_maps(stage)
    _stage_accounted(stage)
    stage.connection.execute(_old_rows(stage, old))
    stage.connection.execute(_new_rows(stage, new))


def _columns_of(connection: Connection, snapshot: Snapshot) -> tuple[str, ...]:
    rows = connection.execute(
        f"DESCRIBE SELECT * FROM read_parquet({literal(str(snapshot.path))})"
    ).fetchall()
    return tuple(str(row[0]) for row in rows)


def _drift(stage: Stage, side: str, snapshot: Snapshot) -> Iterator[Problem]:
    spec = stage.comparison
    there = set(_columns_of(stage.connection, snapshot))
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


def _typed(item: KeyPart | Column, side: str) -> str:
    return item.declared.cast(identifier(getattr(item, side)), getattr(item.format, side))


def _uncastable(stage: Stage, side: str, snapshot: Snapshot) -> Iterator[Problem]:
    items = [
        item
        for item in stage.comparison.declared
        if item.declared.name != "varchar" and not _text_first(item, side)
    ]
    if not items:
        return
    checks = []
    for item in items:
        raw = identifier(getattr(item, side))
        wrong = f"{raw} IS NOT NULL AND {_typed(item, side)} IS NULL"
        checks += [f"count(*) FILTER ({wrong})", f"min({raw}) FILTER ({wrong})"]
    row = stage.connection.execute(
        f"SELECT {', '.join(checks)} FROM read_parquet({literal(str(snapshot.path))})"
    ).fetchone()
    for index, item in enumerate(items):
        count, example = (row or ())[2 * index : 2 * index + 2]
        if count:
            yield Problem(
                subject=f"{side} column '{getattr(item, side)}'",
                message=f"{count} values are not {item.as_}, e.g. '{example}'",
                hint="declare what it is, or convert it in the query",
            )


def _text_first(item: KeyPart | Column, side: str) -> bool:
    """Return whether a value is translated before it is of the declared type."""
    if side == "new":
        return False
    return item.key_map is not None if isinstance(item, KeyPart) else item.mapped


def _stage_maps(stage: Stage) -> None:
    """Load each code map as table ``key_map_<i>`` or ``map_<i>`` (``old``, ``new``), old unique."""
    for index, part in enumerate(stage.comparison.key):
        if part.key_map is not None:
            _stage_map(stage, f"key_map_{index}", _map_file(stage, part.key_map), part.new)
    for index, column in enumerate(stage.comparison.columns):
        if column.map_file is not None:
            _stage_map(stage, f"map_{index}", _map_file(stage, column.map_file), column.new)
        elif column.map:
            values = ", ".join(
                f"({literal(old)}, {literal(new)})" for old, new in column.map.items()
            )
            _stage_map(stage, f"map_{index}", f"(VALUES {values}) t(old, new)", column.new)
        if column.mapped and column.rules:
            # Two words that are one when cleaned explain nothing, unless they mean the same.
            clean = canonical("old", column.rules)
            stage.connection.execute(
                f"CREATE TABLE map_{index}_clean AS SELECT {clean} AS old, "
                f"min(new) AS new FROM map_{index} GROUP BY 1 HAVING count(DISTINCT new) = 1"
            )


def _map_file(stage: Stage, code_map: CodeMap) -> str:
    file = stage.csv(code_map.path, code_map.encoding)
    file.require(code_map.old, code_map.new)
    return (
        f"(SELECT {identifier(code_map.old)} AS old, {identifier(code_map.new)} AS new "
        f"FROM {file.scan()} WHERE {identifier(code_map.new)} IS NOT NULL)"
    )


def _stage_map(stage: Stage, table: str, select: str, column: str) -> None:
    stage.connection.execute(f"CREATE TABLE {table} AS SELECT DISTINCT old, new FROM {select}")
    twice = stage.connection.execute(
        f"SELECT old FROM {table} GROUP BY old HAVING count(*) > 1 ORDER BY old LIMIT 1"
    ).fetchone()
    if twice:
        raise SetupError.of(
            f"code map of '{column}'",
            f"gives old code '{twice[0]}' more than one new code",
            hint="an old code can become only one",
        )


def _stage_accounted(stage: Stage) -> None:
    """Load what became of old rows as table ``fates`` (``a0..`` the old key as text, ``fate``)."""
    spec, block = stage.comparison, stage.comparison.accounted
    if block is None:
        return
    file = stage.csv(block.path, block.encoding)
    file.require(block.outcome, *block.key.values(), *block.where)
    keys = ", ".join(
        f"{identifier(block.key[part.old])} AS a{index}" for index, part in enumerate(spec.key)
    )
    stage.connection.execute(
        f"CREATE TABLE fates AS SELECT DISTINCT {keys}, "
        f"CASE {identifier(block.outcome)} WHEN {literal(block.merged)} THEN 'merged' "
        f"ELSE 'rejected' END AS fate FROM {file.filtered(block.where)} "
        f"WHERE {identifier(block.outcome)} IN "
        f"({literal(block.merged)}, {literal(block.rejected)})"
    )
    names = ", ".join(f"a{index}" for index in range(len(spec.key)))
    twice = stage.connection.execute(
        f"SELECT {names} FROM fates GROUP BY ALL HAVING count(*) > 1 LIMIT 1"
    ).fetchone()
    if twice:
        raise SetupError.of(
            f"list '{block.path}'",
            f"says both merged and rejected of '{' / '.join(map(str, twice))}'",
            hint="a row has one outcome",
        )


def _own(items: Sequence[KeyPart], side: str) -> str:
    parts = ", ".join(f"s.{identifier(getattr(part, side))}" for part in items)
    return f"[{parts}] AS own"


def _scan(snapshot: Snapshot) -> str:
    return f"read_parquet({literal(str(snapshot.path))}, file_row_number = true) s"


def _qualified(item: KeyPart | Column, side: str) -> str:
    """Return the typed expression of one column of the snapshot, named ``s``."""
    raw = f"s.{identifier(getattr(item, side))}"
    return item.declared.cast(raw, getattr(item.format, side))


def _new_rows(stage: Stage, snapshot: Snapshot) -> str:
    spec = stage.comparison
    parts = ["s.file_row_number AS row", _own(spec.key, "new")]
    parts += [
        f"{canonical(_qualified(part, 'new'), part.rules)} AS k{i}"
        for i, part in enumerate(spec.key)
    ]
    parts += [f"{_qualified(item, 'new')} AS c{i}" for i, item in enumerate(spec.columns)]
    return f"CREATE TABLE new_rows AS SELECT {', '.join(parts)} FROM {_scan(snapshot)}"


def _old_rows(stage: Stage, snapshot: Snapshot) -> str:
    spec = stage.comparison
    parts, joins, unmapped = ["s.file_row_number AS row", _own(spec.key, "old")], "", []
    for i, part in enumerate(spec.key):
        value = _qualified(part, "old")
        if part.key_map is not None:
            raw = f"s.{identifier(part.old)}"
            joins += f" LEFT JOIN key_map_{i} km{i} ON km{i}.old = {raw}"
            value = part.declared.cast(f"km{i}.new")
            unmapped.append(f"{raw} IS NOT NULL AND km{i}.new IS NULL")
        parts.append(f"{canonical(value, part.rules)} AS k{i}")
    for i, column in enumerate(spec.columns):
        columns, join = _old_column(i, column)
        parts += columns
        joins += join
    parts.append(_fate(spec, unmapped))
    if spec.accounted is not None:
        same = " AND ".join(f"f.a{i} = s.{identifier(part.old)}" for i, part in enumerate(spec.key))
        joins += f" LEFT JOIN fates f ON {same}"
    return f"CREATE TABLE old_rows AS SELECT {', '.join(parts)} FROM {_scan(snapshot)}{joins}"


def _old_column(index: int, column: Column) -> tuple[list[str], str]:
    """Return the expressions of one old column, and the joins of its code map."""
    if not column.mapped:
        return [f"{_qualified(column, 'old')} AS c{index}"], ""
    raw = f"s.{identifier(column.old)}"
    join = f" LEFT JOIN map_{index} m{index} ON m{index}.old = {raw}"
    word = f"m{index}.new"
    if column.rules:
        # A word the map does not list as it is typed: 'cny ' is looked up as 'CNY'.
        clean = canonical(raw, column.rules)
        join += f" LEFT JOIN map_{index}_clean w{index} ON w{index}.old = {clean}"
        word = f"coalesce({word}, w{index}.new)"
    missing = f"({raw} IS NOT NULL AND {word} IS NULL)"
    expected = f"CASE WHEN {missing} THEN {raw} ELSE {word} END"
    return [
        f"{raw} AS c{index}",
        f"{column.declared.cast(expected)} AS e{index}",
        f"{missing if column.unmapped == 'error' else 'false'} AS u{index}",
    ], join


def _fate(spec: Comparison, unmapped: Sequence[str]) -> str:
    cases = f"WHEN {' OR '.join(unmapped)} THEN 'unmapped' " if unmapped else ""
    known = "WHEN f.fate IS NOT NULL THEN f.fate " if spec.accounted is not None else ""
    return (
        f"CASE {known}{cases}ELSE NULL END AS fate" if known or cases else "NULL::VARCHAR AS fate"
    )
