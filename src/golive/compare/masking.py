"""Hide personal data: equal values stay equal marks, and no difference of them can be read."""

# ruff: noqa: S608  (SQL is built here; every name and value in it is quoted)
from __future__ import annotations

from golive.compare.codemaps import Stage
from golive.compare.database import literal
from golive.compare.marks import HIDDEN

__all__ = ["mask_amounts", "mask_values"]


def mask_values(stage: Stage) -> None:
    """Replace values, keys and what is particular about a cause by marks in ``differences``."""
    _mask_keys(stage)
    columns = _personal(stage)
    if columns:
        sides = ("old_value", "new_value")
        marks = ", ".join(f"{side} = {stage.marks.sql('column_name', side)}" for side in sides)
        stage.connection.execute(
            f"UPDATE differences SET {marks}, "
            f"detail = CASE WHEN detail = '' THEN '' ELSE {literal(HIDDEN)} END "
            f"WHERE column_name IN ({columns})"
        )


def mask_amounts(stage: Stage) -> None:
    """Remove what personal columns add up to: the difference of a masked salary would tell it."""
    columns = _personal(stage)
    if columns:
        stage.connection.execute(
            f"UPDATE differences SET amount = NULL, size = NULL WHERE column_name IN ({columns})"
        )
    index = stage.comparison.amount_column
    if index is not None and stage.comparison.columns[index].pii:
        stage.connection.execute("UPDATE differences SET amount = NULL, size = NULL")


def _personal(stage: Stage) -> str:
    """Return the compared columns that are personal, as SQL lists them."""
    return ", ".join(literal(column.new) for column in stage.comparison.columns if column.pii)


def _mask_keys(stage: Stage) -> None:
    parts = stage.comparison.key
    if not any(part.pii for part in parts):
        return
    for side in ("old_key", "new_key"):
        shown = ", ".join(
            stage.marks.sql(literal(part.new), f"{side}[{number}]")
            if part.pii
            else f"{side}[{number}]"
            for number, part in enumerate(parts, 1)
        )
        stage.connection.execute(
            f"UPDATE differences SET {side} = [{shown}] WHERE {side} IS NOT NULL"
        )
