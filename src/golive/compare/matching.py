"""Pair the rows of both sides in one exact pass, and prove by counting that none was left out.

Table ``pairs``: ``kind`` (``changed``, ``only_old``, ``only_new``, ``merged``, ``rejected``),
``old_row``, ``new_row``. Equal rows are only counted. Keys that occur twice or have no value would
match wrongly in a join; only their rows take the multiset path.
"""

# ruff: noqa: S608  (SQL is built here; every name and value in it is quoted)
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from golive.compare.buckets import bucket_of, within_memory
from golive.compare.database import Connection
from golive.compare.definition import Comparison
from golive.compare.rules import canonical

__all__ = ["Conservation", "differs", "expected", "has_special", "match_rows"]


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
    #: Rows read of each side, and rows read that the compared ones hold: more than there are
    #: compared where rows are added up by their keys.
    old_read: int = 0
    new_read: int = 0
    old_held: int = 0
    new_held: int = 0

    @property
    def holds(self) -> bool:
        """True when equal + changed + only here + set aside is all there was, on both sides.

        Where rows are added up, what was compared must hold every row that was read.
        """
        paired = self.equal + self.changed
        aside = self.only_old + self.merged + self.rejected
        counted = paired + aside == self.old_rows and paired + self.only_new == self.new_rows
        return counted and (self.old_held, self.new_held) == (self.old_read, self.new_read)


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
    connection: Connection,
    spec: Comparison,
    *,
    old_rows: int,
    new_rows: int,
    settled: int = 0,
    divided: Callable[[int], None] = lambda _: None,
) -> Conservation:
    """Fill ``pairs`` and count. ``old_rows`` and ``new_rows`` are what the sources delivered.

    ``settled`` of them are pairs of equal rows, counted where they lie; no other row has their key.
    ``divided`` is told into how many parts, where the memory asked for more than the comparison.
    """
    connection.execute(
        "CREATE TABLE pairs AS SELECT CASE fate WHEN 'unmapped' THEN 'only_old' ELSE fate END "
        "AS kind, row AS old_row, NULL::BIGINT AS new_row FROM old_side WHERE fate IS NOT NULL"
    )
    aside = _one(connection, "SELECT count(*) FROM pairs")
    special = 0
    counts = None
    if not _valueless(connection, spec):
        counts = _join(connection, spec, divided, special=False)
    # Every row of a shared key is paired once exactly when no shared key is there twice, because
    # a key with m old and n new rows gives m x n pairs: the sums show it without a look for copies.
    if (
        counts is None
        or counts["old"] + settled != old_rows - aside
        or counts["new"] + settled != new_rows
    ):
        special = _special_keys(connection, spec)
        counts = _join(connection, spec, divided, special=True)
    connection.execute(
        "INSERT INTO pairs SELECT kind, old_row, new_row FROM joined WHERE kind <> 'equal'"
    )
    equal = settled + counts["equal"] + (_multiset(connection, spec) if special else 0)
    kinds = dict(connection.execute("SELECT kind, count(*) FROM pairs GROUP BY kind").fetchall())
    return Conservation(
        old_rows=old_rows,
        new_rows=new_rows,
        equal=equal,
        special_keys=special,
        **{
            kind: int(kinds.get(kind, 0))
            for kind in ("changed", "only_old", "only_new", "merged", "rejected")
        },
    )


def _one(connection: Connection, query: str) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def _keys(spec: Comparison) -> list[str]:
    return [f"k{index}" for index in range(len(spec.key))]


def _valueless(connection: Connection, spec: Comparison) -> bool:
    """Return whether a key has a part without value on both sides: a join would not pair them."""
    missing = " OR ".join(f"{key} IS NULL" for key in _keys(spec))
    return all(
        _one(connection, f"SELECT count(*) FROM (SELECT 1 FROM {side} WHERE {missing} LIMIT 1)")
        for side in ("(SELECT * FROM old_side WHERE fate IS NULL)", "new_side")
    )


def _special_keys(connection: Connection, spec: Comparison) -> int:
    """Fill ``special``: keys on both sides that occur twice on one, or have no value."""
    names = ", ".join(_keys(spec))
    valueless = " OR ".join(f"o.{key} IS NULL" for key in _keys(spec))
    counted = "(SELECT {0}, count(*) AS copies FROM {1} GROUP BY ALL)"
    same = " AND ".join(f"o.{key} IS NOT DISTINCT FROM n.{key}" for key in _keys(spec))
    connection.execute(
        f"CREATE TABLE special AS SELECT {', '.join(f'o.{key}' for key in _keys(spec))} FROM "
        + counted.format(names, "(SELECT * FROM old_side WHERE fate IS NULL)")
        + " o JOIN "
        + counted.format(names, "new_side")
        + f" n ON {same} WHERE o.copies > 1 OR n.copies > 1 OR {valueless}"
    )
    return _one(connection, "SELECT count(*) FROM special")


def has_special(connection: Connection) -> bool:
    """Return whether keys took the multiset path: then the table ``special`` holds them."""
    return bool(
        _one(connection, "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'special'")
    )


def _in_special(spec: Comparison, alias: str) -> str:
    same = " AND ".join(f"s.{key} IS NOT DISTINCT FROM {alias}.{key}" for key in _keys(spec))
    return f"EXISTS (SELECT 1 FROM special s WHERE {same})"


def _join(
    connection: Connection, spec: Comparison, divided: Callable[[int], None], *, special: bool
) -> dict[str, int]:
    """Fill ``joined``; return how many pairs are equal, and how many rows of each side it holds."""
    parts = within_memory(spec, lambda split: _passes(connection, split, special=special))
    if parts != spec.buckets:
        divided(parts)
    counts = {
        str(name): int(count)
        for name, count in connection.execute(
            "SELECT kind, sum(pairs) FROM joined GROUP BY kind"
        ).fetchall()
    }
    paired = counts.get("equal", 0) + counts.get("changed", 0)
    return {
        "equal": counts.get("equal", 0),
        "old": paired + counts.get("only_old", 0),
        "new": paired + counts.get("only_new", 0),
    }


def _passes(connection: Connection, spec: Comparison, *, special: bool) -> None:
    """Fill ``joined`` bucket by bucket: each row that differs, and how many pairs are equal."""
    aside = [f"AND NOT {_in_special(spec, alias)}" if special else "" for alias in "on"]
    on = " AND ".join(f"o.{key} = n.{key}" for key in _keys(spec))
    tests = [differs(spec, index) for index in range(len(spec.columns))]
    kind = (
        "CASE WHEN n.row IS NULL THEN 'only_old' WHEN o.row IS NULL THEN 'only_new' "
        f"WHEN {' OR '.join(tests) or 'false'} THEN 'changed' ELSE 'equal' END"
    )
    # Without rows: the types of the columns are the query's own.
    connection.execute(
        f"CREATE OR REPLACE TABLE joined AS {_pass(kind, on, aside, 'false', 'false')} LIMIT 0"
    )
    for part in range(spec.buckets):
        parts = ["true", "true"]
        if spec.buckets > 1:
            parts = [f"{bucket_of(spec, alias)} = {part}" for alias in "on"]
        connection.execute(f"INSERT INTO joined {_pass(kind, on, aside, *parts)}")


def _pass(kind: str, on: str, aside: Sequence[str], old_part: str, new_part: str) -> str:
    """Return the query of one pass over the rows of a bucket."""
    return (
        "SELECT kind, CASE WHEN kind <> 'equal' THEN old_row END AS old_row, "
        "CASE WHEN kind <> 'equal' THEN new_row END AS new_row, count(*) AS pairs "
        f"FROM (SELECT {kind} AS kind, o.row AS old_row, n.row AS new_row "
        f"FROM (SELECT o.* FROM old_side o WHERE o.fate IS NULL AND {old_part} {aside[0]}) o "
        "FULL OUTER JOIN "
        f"(SELECT n.* FROM new_side n WHERE {new_part} {aside[1]}) n ON {on}) GROUP BY ALL"
    )


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
            f"FROM {side}_side {alias} WHERE {_in_special(spec, alias)} {fate}"
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
    joined = "twins t JOIN old_side o ON o.row = t.old_row JOIN new_side n ON n.row = t.new_row"
    any_differs = " OR ".join(tests) or "false"
    connection.execute(
        f"INSERT INTO pairs SELECT 'changed', o.row, n.row FROM {joined} WHERE {any_differs}"
    )
    row = connection.execute(f"SELECT count(*) FROM {joined} WHERE NOT ({any_differs})").fetchone()
    return int(row[0]) if row else 0
