"""Why a row is on one side only: no code for its key, loaded twice, its key's form, posted late."""

# ruff: noqa: S608  (SQL is built here; every name and value in it is quoted)
from __future__ import annotations

from golive.compare.codemaps import Stage
from golive.compare.database import literal
from golive.compare.definition import Comparison
from golive.compare.marks import HIDDEN
from golive.compare.matching import has_special
from golive.compare.rules import canonical

__all__ = ["explain_one_sided"]

_OTHER = {"old": "new", "new": "old"}
#: Late posting: this share of the lonely rows at or after the other side's end, and at most this
#: share of all rows, so that a column with few values explains nothing.
_LATE_SHARE, _MOST_ROWS = 0.8, 0.34
_KEY_FORM = ("leading_blank", "trailing_blank", "full_width", "nfc", "case", "leading_zeros")


def explain_one_sided(stage: Stage) -> None:
    """Fill ``cause`` and ``detail`` of rows that only one side has."""
    if any(part.key_map is not None for part in stage.comparison.key):
        _unmapped(stage)
    kinds = stage.connection.execute("SELECT DISTINCT kind FROM pairs").fetchall()
    lonely = [side for side in ("old", "new") if (f"only_{side}",) in kinds]
    if len(lonely) > 1:
        _key_forms(stage)
    for side in lonely:
        _repeated(stage, side)
        for index, column in enumerate(stage.comparison.columns):
            if column.declared.name in {"date", "timestamp"} and not column.mapped:
                _late(stage, side, index)


def _unmapped(stage: Stage) -> None:
    """Name rows whose key the code map does not have: they have no key in the new system at all."""
    stage.connection.execute(
        "UPDATE differences SET cause = 'unmapped' WHERE kind = 'only_old' "
        "AND old_row IN (SELECT row FROM old_side WHERE fate = 'unmapped')"
    )


def _same_key(spec: Comparison, one: str, two: str) -> str:
    return " AND ".join(
        f"{one}.k{index} IS NOT DISTINCT FROM {two}.k{index}" for index in range(len(spec.key))
    )


def _repeated(stage: Stage, side: str) -> None:
    """Name rows whose key another row of the same side has too: copies, or second rows of a key.

    A key that both sides have and one has twice is special: its rows are looked up. Of any other
    key a one-sided row has, all rows are one-sided and kept already: the side is not read again.
    """
    spec = stage.comparison
    others = f"{side}_rows"
    if has_special(stage.connection):
        same = _same_key(spec, "s", "x")
        fields = ", ".join(
            ["row", *(f"k{i}" for i in range(len(spec.key)))]
            + [f"c{i}" for i in range(len(spec.columns))]
        )
        others = (
            f"(SELECT {fields} FROM {side}_rows UNION "
            f"SELECT {fields} FROM {side}_side x SEMI JOIN special s ON {same})"
        )
    copies = " AND ".join(
        f"t.c{index} IS NOT DISTINCT FROM r.c{index}" for index in range(len(spec.columns))
    )
    stage.connection.execute(
        "UPDATE differences SET cause = x.cause FROM ("
        f"SELECT r.row, CASE WHEN bool_or({copies or 'true'}) THEN 'repeated' "
        f"ELSE 'second_row' END AS cause FROM {side}_rows r JOIN {others} t "
        f"ON {_same_key(spec, 'r', 't')} AND t.row <> r.row "
        f"WHERE r.row IN (SELECT {side}_row FROM differences WHERE kind = 'only_{side}') "
        f"GROUP BY r.row) x WHERE kind = 'only_{side}' AND {side}_row = x.row "
        "AND differences.cause = ''"
    )


def _key_forms(stage: Stage) -> None:
    """Name rows that would have met if their keys were written alike."""
    spec = stage.comparison
    if all(part.as_ != "varchar" for part in spec.key):
        return
    same = " AND ".join(
        f"{_alike(spec, index, 'o')} = {_alike(spec, index, 'n')}" for index in range(len(spec.key))
    )
    lonely = (
        "(SELECT r.* FROM {0}_rows r SEMI JOIN differences d "
        "ON d.{0}_row = r.row AND d.kind = 'only_{0}')"
    )
    stage.connection.execute(
        "CREATE OR REPLACE TEMP TABLE key_forms AS SELECT o.row AS old_row, n.row AS new_row FROM "
        f"{lonely.format('old')} o JOIN {lonely.format('new')} n ON {same}"
    )
    for side in ("old", "new"):
        stage.connection.execute(
            f"UPDATE differences SET cause = 'key_form' WHERE kind = 'only_{side}' "
            f"AND {side}_row IN (SELECT {side}_row FROM key_forms)"
        )


def _alike(spec: Comparison, index: int, table: str) -> str:
    """Return SQL of a key part without what people write in different ways."""
    value = f"{table}.k{index}"
    return canonical(value, _KEY_FORM) if spec.key[index].as_ == "varchar" else value


def _late(stage: Stage, side: str, index: int) -> None:
    """Name rows dated on or after the last day the other side has at all."""
    column, day = f"c{index}", stage.whole.last_day(_OTHER[side], index)
    if day is None:
        return
    after = f"{column} >= {literal(day)}::DATE"
    lonely = f"SELECT {side}_row FROM differences WHERE kind = 'only_{side}' AND cause = ''"
    row = stage.connection.execute(
        f"SELECT count(*) FILTER ({after}), count(*) FROM {side}_rows WHERE row IN ({lonely})"
    ).fetchone()
    if row is None or not row[0] or row[0] < _LATE_SHARE * row[1]:
        return
    late, rows = stage.whole.since(side, index, day)
    if late > _MOST_ROWS * rows:
        return
    dated = stage.comparison.columns[index]
    detail = literal(f"{dated.new} {HIDDEN if dated.pii else day}")
    stage.connection.execute(
        f"UPDATE differences SET cause = 'late', detail = {detail} WHERE kind = 'only_{side}' "
        f"AND {side}_row IN (SELECT row FROM {side}_rows WHERE {after}) AND cause = ''"
    )
