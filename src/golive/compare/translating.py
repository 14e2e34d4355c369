"""Say an old value in the new system's words by its code map, and name words of a wrong type.

A word that is not of the declared type would become NULL and then equal a value that is missing,
so it stops the comparison as a wrong value of a source does.
"""

# ruff: noqa: S608  (SQL is built here; every name and value in it is quoted)
from __future__ import annotations

from collections.abc import Iterator

from golive.compare.codemaps import Stage
from golive.compare.database import identifier, literal
from golive.compare.definition import Column, KeyPart
from golive.compare.rules import canonical
from golive.compare.shapes import shape
from golive.contracts import Snapshot
from golive.errors import Problem

__all__ = ["mapped_column", "mistranslated", "scan", "text_of"]


def scan(snapshot: Snapshot) -> str:
    """Return the SQL table expression of a snapshot, named ``s``."""
    return f"read_parquet({literal(str(snapshot.path))}, file_row_number = true) s"


def text_of(name: str) -> str:
    """Return a column of the snapshot as the text code maps and lists are written in."""
    return f"CAST(s.{identifier(name)} AS VARCHAR)"


def mapped_column(index: int, column: Column) -> tuple[list[str], str]:
    """Return the expressions of a translated old column, and the joins of its code map."""
    word, missing, join = _word(index, column)
    raw = text_of(column.old)
    return [
        f"{raw} AS c{index}",
        f"{column.declared.cast(_expected(raw, word, missing))} AS e{index}",
        f"{missing if column.unmapped == 'error' else 'false'} AS u{index}",
    ], join


def mistranslated(stage: Stage, old: Snapshot) -> Iterator[Problem]:
    """Tell of each code map whose words are not of the column's type.

    A word the map does not have is no such word where that alone is a difference already.
    """
    for index, part in enumerate(stage.comparison.key):
        if part.key_map is not None and part.declared.name != "varchar":
            word = f"km{index}.new"
            join = f" JOIN key_map_{index} km{index} ON km{index}.old = {text_of(part.old)}"
            yield from _wrong(stage, old, part, word, join)
    for index, column in enumerate(stage.comparison.columns):
        if column.mapped and column.declared.name != "varchar":
            word, missing, join = _word(index, column)
            if column.unmapped != "error":
                word = _expected(text_of(column.old), word, missing)
            yield from _wrong(stage, old, column, word, join)


def _wrong(
    stage: Stage, old: Snapshot, item: KeyPart | Column, word: str, join: str
) -> Iterator[Problem]:
    row = stage.connection.execute(
        f"SELECT count(*), min({word}) FROM {scan(old)}{join} "
        f"WHERE {word} IS NOT NULL AND {item.declared.cast(word)} IS NULL"
    ).fetchone()
    count, example = row or (0, "")
    if count:
        example = shape(example) if item.pii else example
        yield Problem(
            subject=f"old column '{item.old}'",
            message=f"{count} values become words that are not {item.as_}, e.g. '{example}'",
            hint="correct the code map, or map the values it leaves as they are",
        )


def _word(index: int, column: Column) -> tuple[str, str, str]:
    """Return SQL of the new word, of whether the map has none, and the joins that find it."""
    raw = text_of(column.old)
    join = f" LEFT JOIN map_{index} m{index} ON m{index}.old = {raw}"
    word = f"m{index}.new"
    if column.rules:
        # A word the map does not list as it is typed: 'cny ' is looked up as 'CNY'.
        clean = canonical(raw, column.rules)
        join += f" LEFT JOIN map_{index}_clean w{index} ON w{index}.old = {clean}"
        word = f"coalesce({word}, w{index}.new)"
    return word, f"({raw} IS NOT NULL AND {word} IS NULL)", join


def _expected(raw: str, word: str, missing: str) -> str:
    return f"CASE WHEN {missing} THEN {raw} ELSE {word} END"
