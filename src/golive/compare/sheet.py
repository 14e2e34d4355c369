"""The differences as a workbook or CSV for those who think in Excel: largest open ones first."""

from __future__ import annotations

from pathlib import Path

from golive.compare.lookup import Row, count_rows, find_rows
from golive.compare.words import cause_words
from golive.sheets import write_table

__all__ = ["MOST", "MOST_EXPLAINED", "write_sheet"]

#: Rows of a workbook that are open, and that are explained; all are in the Parquet file.
MOST, MOST_EXPLAINED = 5_000, 500
#: Characters of a cell; Excel takes 32,767.
_LONGEST = 30_000
_REST = {"en": "{:,} more differences are in {}", "zh": "另有 {:,} 处差异，见 {}"}
_HEADERS = {
    "en": ("key", "column", "old", "new", "new - old", "class", "cause"),
    "zh": ("键值", "字段", "旧系统", "新系统", "差额", "类别", "原因"),
}


def write_sheet(differences: Path, target: Path, language: str) -> int:
    """Write the largest differences; return how many. Text stays text, whatever it looks like.

    ``target`` is ``.xlsx`` or ``.csv``. A last row says how many more there are.
    """
    rows = (
        *find_rows(differences, {}, MOST, unresolved=True),
        *find_rows(differences, {}, MOST_EXPLAINED, unresolved=False),
    )
    tongue = "zh" if language == "zh" else "en"
    header = _HEADERS[tongue]
    more = count_rows(differences) - len(rows)
    rest = _REST[tongue].format(more, differences.name)
    table = [header, *(_cells(row, language) for row in rows)]
    if more:
        table.append((rest, *[""] * (len(header) - 1)))
    write_table(target, table, sheet="differences")
    return len(rows)


def _cells(row: Row, language: str) -> tuple[str, ...]:
    why = cause_words(row.cause, row.detail, language) if row.cause else ""
    return (
        row.key,
        row.column,
        _shown(row.old),
        _shown(row.new),
        row.amount or "",
        row.name,
        why,
    )


def _shown(value: str | None) -> str:
    """Return a value as a cell can hold it: without control characters, no value as a sign."""
    if value is None:
        return "∅"
    shown = value[:_LONGEST]
    return "".join(sign if sign.isprintable() or sign in "\n\t" else "\ufffd" for sign in shown)
