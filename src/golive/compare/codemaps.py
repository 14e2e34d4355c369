"""Load what a specification names besides its sides: code maps, and what became of rows.

Tables ``key_map_<i>`` and ``map_<i>`` (``old``, ``new``), ``map_<i>_clean`` (the same with the
column's rules applied), and ``fates`` (``a0..`` the old key as text, ``fate``).
"""

# ruff: noqa: S608  (SQL is built here; every name and value in it is quoted)
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from golive.compare.csvfile import CsvFile, open_csv
from golive.compare.database import Connection, identifier, literal
from golive.compare.definition import CodeMap, Column, Comparison, KeyPart
from golive.compare.marks import Marks
from golive.compare.rules import canonical
from golive.compare.shapes import shape
from golive.compare.whole import LocalRows, Whole
from golive.errors import SetupError

__all__ = ["Stage", "stage_maps"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What staging needs: the open database, the specification, and how to find its files."""

    connection: Connection
    comparison: Comparison
    folder: Path
    #: Path as written in the specification -> path on this machine.
    locate: Callable[[str], Path]
    #: Answers for rows that stayed in their server; without one all rows are here.
    server: Whole | None = None
    #: What personal data is shown as.
    marks: Marks

    @property
    def whole(self) -> Whole:
        """What answers for all rows of both sides."""
        return self.server or LocalRows(connection=self.connection, comparison=self.comparison)

    def csv(self, path: str, encoding: str) -> CsvFile:
        """Look at a list or map the specification names."""
        return open_csv(self.locate(path), folder=self.folder, shown=path, encoding=encoding)


def stage_maps(stage: Stage) -> None:
    """Load the lists and maps of the specification.

    Each code map becomes table ``key_map_<i>`` or ``map_<i>`` (``old``, ``new``; old unique).
    Raise SetupError when one is missing or ambiguous.
    """
    _stage_accounted(stage)
    for index, part in enumerate(stage.comparison.key):
        if part.key_map is not None:
            _stage_map(stage, f"key_map_{index}", _map_file(stage, part.key_map), part)
    for index, column in enumerate(stage.comparison.columns):
        if column.map_file is not None:
            _stage_map(stage, f"map_{index}", _map_file(stage, column.map_file), column)
        elif column.map:
            values = ", ".join(
                f"({literal(old)}, {literal(new)})" for old, new in column.map.items()
            )
            _stage_map(stage, f"map_{index}", f"(VALUES {values}) t(old, new)", column)
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


def _stage_map(stage: Stage, table: str, select: str, item: KeyPart | Column) -> None:
    stage.connection.execute(f"CREATE TABLE {table} AS SELECT DISTINCT old, new FROM {select}")
    twice = stage.connection.execute(
        f"SELECT old FROM {table} GROUP BY old HAVING count(*) > 1 ORDER BY old LIMIT 1"
    ).fetchone()
    if twice:
        raise SetupError.of(
            f"code map of '{item.new}'",
            f"gives old code '{shape(twice[0]) if item.pii else twice[0]}' more than one new code",
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
        key = " / ".join(
            shape(str(value)) if part.pii else str(value)
            for value, part in zip(twice, spec.key, strict=True)
        )
        raise SetupError.of(
            f"list '{block.path}'",
            f"says both merged and rejected of '{key}'",
            hint="a row has one outcome",
        )
