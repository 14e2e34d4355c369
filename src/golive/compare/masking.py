"""Hide personal data: equal values stay equal marks, and no difference of them can be read."""

# ruff: noqa: S608  (SQL is built here; every name and value in it is quoted)
from __future__ import annotations

import secrets
from collections.abc import Mapping

from golive.compare.codemaps import Stage
from golive.compare.database import literal

__all__ = ["mask_personal"]

#: A secret of this name keeps the marks of one value alike from day to day.
_KEY = "pii_key"


def mask_personal(stage: Stage, known: Mapping[str, str]) -> None:
    """Replace values, amounts and details of personal columns in ``differences``.

    The largest difference of a masked salary would tell it, so numbers go altogether.
    """
    columns = [column.new for column in stage.comparison.columns if column.pii]
    if not columns:
        return
    key = literal(known.get(_KEY) or secrets.token_hex(32))
    marks = ", ".join(
        f"{side} = CASE WHEN {side} IS NOT NULL THEN "
        f"'masked:' || substr(sha256({key} || column_name || {side}), 1, 12) END"
        for side in ("old_value", "new_value")
    )
    listed = ", ".join(map(literal, columns))
    stage.connection.execute(
        f"UPDATE differences SET {marks}, amount = NULL, size = NULL, detail = '' "
        f"WHERE column_name IN ({listed})"
    )
    index = stage.comparison.amount_column
    if index is not None and stage.comparison.columns[index].pii:
        stage.connection.execute("UPDATE differences SET amount = NULL, size = NULL")
