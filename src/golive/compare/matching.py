"""Pair the rows of both sides in one exact pass, and prove by counting that none was left out.

Table ``pairs``: ``kind`` (``changed``, ``only_old``, ``only_new``, ``merged``, ``rejected``),
``old_row``, ``new_row``. Equal rows are only counted. Keys that occur twice or have no value would
match wrongly in a join; only their rows take the multiset path.
"""

# ruff: noqa: S608  (SQL is built here; every name and value in it is quoted)
from __future__ import annotations

from dataclasses import dataclass

from golive.compare.database import Connection
from golive.compare.definition import Comparison
from golive.compare.rules import canonical

__all__ = ["Conservation", "differs", "expected", "match_rows"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conservation:
    """Where every row went. ``holds``: the sums are the rows the sources delivered."""

    old_rows: int
    new_rows: int
    equal: int
    changed: int
    only_old: int
    only_new: int
    merged: int
    rejected: int
    #: Keys that occur more than once on a side, or have a part without value.
    special_keys: int

    @property
    def holds(self) -> bool:
        """True when equal + changed + only here + set aside is all there was, on both sides."""
        paired = self.equal + self.changed
        aside = self.only_old + self.merged + self.rejected
        return paired + aside == self.old_rows and paired + self.only_new == self.new_rows


def expected(spec: Comparison, index: int) -> str:
    """Return the old value of a column as the new system should have it."""
    return f"o.e{index}" if spec.columns[index].mapped else f"o.c{index}"


def differs(spec: Comparison, index: int) -> str:
    """Return the raw test of one column: different as declared, or not what the map says."""
    test = f"{expected(spec, index)} IS DISTINCT FROM n.c{index}"
    if not spec.columns[index].mapped:
        return test
    raw = f"o.c{index} IS DISTINCT FROM CAST(n.c{index} AS VARCHAR)"
    return f"({test} OR {raw} OR o.u{index})"


def match_rows(
    connection: Connection, spec: Comparison, *, old_rows: int, new_rows: int
) -> Conservation:
    """Fill ``pairs`` and count. ``old_rows`` and ``new_rows`` are what the sources delivered."""
    connection.execute("CREATE TABLE pairs (kind VARCHAR, old_row BIGINT, new_row BIGINT)")
    connection.execute(
        "INSERT INTO pairs SELECT CASE fate WHEN 'unmapped' THEN 'only_old' ELSE fate END, row, "
        "NULL FROM old_rows WHERE fate IS NOT NULL"
    )
    special = _special_keys(connection, spec)
    equal = _regular(connection, spec, special=special)
    if special:
        equal += _multiset(connection, spec)
    counts = dict(connection.execute("SELECT kind, count(*) FROM pairs GROUP BY kind").fetchall())
    return Conservation(
        old_rows=old_rows,
        new_rows=new_rows,
        equal=equal,
        special_keys=special,
        **{
            kind: int(counts.get(kind, 0))
            for kind in ("changed", "only_old", "only_new", "merged", "rejected")
        },
    )


def _keys(spec: Comparison) -> list[str]:
    return [f"k{index}" for index in range(len(spec.key))]


def _special_keys(connection: Connection, spec: Comparison) -> int:
    names = ", ".join(_keys(spec))
    valueless = " OR ".join(f"{key} IS NULL" for key in _keys(spec))
    side = "SELECT {0} FROM {1} GROUP BY {0} HAVING count(*) > 1 OR {2}"
    connection.execute(
        "CREATE TABLE special AS "
        + side.format(names, "(SELECT * FROM old_rows WHERE fate IS NULL)", valueless)
        + " UNION "
        + side.format(names, "new_rows", valueless)
    )
    row = connection.execute("SELECT count(*) FROM special").fetchone()
    return int(row[0]) if row else 0


def _in_special(spec: Comparison, alias: str) -> str:
    same = " AND ".join(f"s.{key} IS NOT DISTINCT FROM {alias}.{key}" for key in _keys(spec))
    return f"EXISTS (SELECT 1 FROM special s WHERE {same})"


def _regular(connection: Connection, spec: Comparison, *, special: int) -> int:
    """Join rows with a unique key; return how many pairs are equal."""
    aside = [f"AND NOT {_in_special(spec, alias)}" if special else "" for alias in "on"]
    on = " AND ".join(f"o.{key} = n.{key}" for key in _keys(spec))
    tests = [differs(spec, index) for index in range(len(spec.columns))]
    joined = (
        f"(SELECT o.* FROM old_rows o WHERE o.fate IS NULL {aside[0]}) o "
        f"FULL OUTER JOIN (SELECT n.* FROM new_rows n WHERE true {aside[1]}) n ON {on}"
    )
    kind = (
        "CASE WHEN n.row IS NULL THEN 'only_old' WHEN o.row IS NULL THEN 'only_new' "
        f"WHEN {' OR '.join(tests) or 'false'} THEN 'changed' ELSE 'equal' END"
    )
    connection.execute(
        f"INSERT INTO pairs SELECT * FROM (SELECT {kind} AS kind, o.row, n.row AS new_row "
        f"FROM {joined}) WHERE kind <> 'equal'"
    )
    # Counted by a join of its own, so that the sums are a proof and not a subtraction.
    row = connection.execute(f"SELECT count(*) FILTER ({kind} = 'equal') FROM {joined}").fetchone()
    return int(row[0]) if row else 0


def _multiset(connection: Connection, spec: Comparison) -> int:
    """Pair rows of special keys: exact copies first, then cleaned copies, then by value order."""
    for side, alias, fate in (("old", "o", "AND o.fate IS NULL"), ("new", "n", "")):
        values = _cleaned(spec, alias)
        raw = [f"{alias}.{_raw(spec, i, alias)}" for i in range(len(spec.columns))]
        columns = [f"{value} AS v{i}" for i, value in enumerate(values)]
        columns += [f"{value} AS x{i}" for i, value in enumerate(raw)]
        keys = ", ".join(f"{alias}.{key}" for key in _keys(spec))
        connection.execute(
            f"CREATE TABLE {side}_special AS SELECT {', '.join([f'{alias}.row', keys, *columns])} "
            f"FROM {side}_rows {alias} WHERE {_in_special(spec, alias)} {fate}"
        )
    for letters in ("xv", "v", ""):
        _cancel(connection, spec, letters)
    connection.execute(
        "INSERT INTO pairs SELECT 'only_old', row, NULL FROM old_special "
        "UNION ALL SELECT 'only_new', NULL, row FROM new_special"
    )
    return _settle_pairs(connection, spec)


def _raw(spec: Comparison, index: int, alias: str) -> str:
    mapped = spec.columns[index].mapped
    return f"e{index}" if mapped and alias == "o" else f"c{index}"


def _cleaned(spec: Comparison, alias: str) -> list[str]:
    return [
        canonical(f"{alias}.{_raw(spec, index, alias)}", column.rules)
        for index, column in enumerate(spec.columns)
    ]


def _cancel(connection: Connection, spec: Comparison, letters: str) -> None:
    """Move pairs that share key and these values into ``twins``; without letters, by order."""
    count = len(spec.columns)
    shared = [*_keys(spec), *(f"{letter}{i}" for letter in letters for i in range(count))]
    order = [f"{letter}{i}" for letter in "vx" for i in range(count)]
    number = "row_number() OVER (PARTITION BY {} ORDER BY {}) AS turn"
    numbered = f"(SELECT *, {number} FROM {{}}_special)"
    sides = [
        numbered.format(", ".join(shared), ", ".join([*order, "row"]), side)
        for side in ("old", "new")
    ]
    same = " AND ".join(f"o.{name} IS NOT DISTINCT FROM n.{name}" for name in [*shared, "turn"])
    connection.execute("CREATE TABLE IF NOT EXISTS twins (old_row BIGINT, new_row BIGINT)")
    connection.execute(
        f"INSERT INTO twins SELECT o.row, n.row FROM {sides[0]} o JOIN {sides[1]} n ON {same}"
    )
    for side in ("old", "new"):
        connection.execute(
            f"DELETE FROM {side}_special WHERE row IN (SELECT {side}_row FROM twins)"
        )


def _settle_pairs(connection: Connection, spec: Comparison) -> int:
    """Judge the twins by the same raw test as all other rows; return how many are equal."""
    tests = [differs(spec, index) for index in range(len(spec.columns))]
    joined = "twins t JOIN old_rows o ON o.row = t.old_row JOIN new_rows n ON n.row = t.new_row"
    any_differs = " OR ".join(tests) or "false"
    connection.execute(
        f"INSERT INTO pairs SELECT 'changed', o.row, n.row FROM {joined} WHERE {any_differs}"
    )
    row = connection.execute(f"SELECT count(*) FROM {joined} WHERE NOT ({any_differs})").fetchone()
    return int(row[0]) if row else 0
