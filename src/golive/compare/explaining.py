"""Find the cause of what is still open, so that thousands of rows become a few findings.

Columns ``cause`` and ``detail`` of ``differences`` are filled for open values and one-sided rows.
Patterns a row shows by itself come from ``causes``; here are those only many rows show together:
one amount added everywhere, one value instead of many, one word always become another.
"""

# ruff: noqa: S608  (SQL is built here; every name and value in it is quoted)
from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from golive.compare.causes import Pattern, patterns_of
from golive.compare.codemaps import Stage
from golive.compare.database import Connection, literal
from golive.compare.definition import Comparison
from golive.compare.matching import expected

__all__ = ["explain_open", "misread_as"]

#: A value must recur this often, and in this share of a column's open rows, to be a pattern.
_RECURS, _SHARE = 3, 0.2
#: Text pairs looked at for encodings read as others; one such pair names the damage.
_MOST_TEXTS = 5_000
_ENCODINGS = ("utf-8", "gb18030", "big5", "utf-16-le")
_MISREAD = ("latin-1", "cp1252", "gb18030", "cp437", "utf-8", "big5")


def explain_open(stage: Stage) -> None:
    """Fill ``cause`` and ``detail`` of everything open."""
    connection, spec = stage.connection, stage.comparison
    open_columns = {
        str(row[0])
        for row in connection.execute(
            "SELECT DISTINCT column_name FROM differences WHERE class = 'open'"
        ).fetchall()
    }
    for index, column in enumerate(spec.columns):
        if column.new in open_columns:
            _explain_column(connection, spec, index)


def _rows(spec: Comparison, index: int) -> str:
    return (
        "FROM differences d JOIN old_rows o ON o.row = d.old_row "
        "JOIN new_rows n ON n.row = d.new_row "
        f"WHERE d.class = 'open' AND d.column_name = {literal(spec.columns[index].new)}"
    )


def _explain_column(connection: Connection, spec: Comparison, index: int) -> None:
    rows = _rows(spec, index)
    patterns = list(patterns_of(spec, index))
    family = spec.columns[index].declared.name
    if family in {"decimal", "int", "double"}:
        patterns += _number_groups(connection, spec, index)
        patterns = _by_evidence(connection, rows, patterns)
    _assign(connection, rows, patterns)
    if family == "varchar":
        _explain_encodings(connection, spec, index)
    _assign(connection, f"{rows} AND d.cause = ''", _groups(connection, spec, index))
    if family == "varchar":
        _settle_lengths(connection, spec.columns[index].new)


def _assign(connection: Connection, rows: str, patterns: Sequence[Pattern]) -> None:
    """Give each of these rows the first pattern that holds."""
    if not patterns:
        return
    causes = " ".join(f"WHEN {item.test} THEN {literal(item.cause)}" for item in patterns)
    details = " ".join(f"WHEN {item.test} THEN {item.detail}" for item in patterns)
    connection.execute(
        "UPDATE differences SET cause = x.cause, detail = x.detail FROM ("
        f"SELECT d.rowid AS id, CASE {causes} ELSE '' END AS cause, "
        f"CASE {details} ELSE '' END AS detail {rows}) x WHERE differences.rowid = x.id"
    )


def _by_evidence(connection: Connection, rows: str, patterns: Sequence[Pattern]) -> list[Pattern]:
    """Sort patterns by how many rows they explain.

    A cut to whole numbers explains more than the few of its rows that are also off by a cent.
    """
    counts = connection.execute(
        f"SELECT {', '.join(f'count(*) FILTER ({item.test})' for item in patterns)} {rows}"
    ).fetchone()
    ranked = sorted(
        zip(patterns, counts or (), range(len(patterns)), strict=True),
        key=lambda item: (-item[1], item[2]),
    )
    return [pattern for pattern, count, _ in ranked if count]


def _mode(connection: Connection, value: str, rows: str) -> object:
    """Return the value most of these rows share, None when none recurs enough."""
    row = connection.execute(
        f"SELECT v, count(*) AS times, sum(count(*)) OVER () AS total FROM (SELECT {value} AS v "
        f"{rows}) WHERE v IS NOT NULL GROUP BY v ORDER BY times DESC, v LIMIT 1"
    ).fetchone()
    if row is None or row[1] < _RECURS or row[1] < _SHARE * row[2]:
        return None
    return row[0]


def _number_groups(connection: Connection, spec: Comparison, index: int) -> list[Pattern]:
    """Return one amount added to many values, and one factor many were multiplied by."""
    old, new = f"({expected(spec, index)})::DOUBLE", f"(n.c{index})::DOUBLE"
    rows = _rows(spec, index)
    found = []
    step = f"round({new} - {old}, 6)"
    offset = _mode(connection, step, rows)
    if offset is not None:
        found.append(
            Pattern(
                cause="offset",
                test=f"{step} = {offset!r}::DOUBLE",
                detail=f"printf('%+.10g', {offset!r}::DOUBLE)",
            )
        )
    ratio = f"CASE WHEN {old} <> 0 AND {new} <> 0 THEN round({new} / {old}, 4) END"
    factor = _mode(connection, ratio, rows)
    if factor is not None:
        found.append(
            Pattern(cause="factor", test=f"{ratio} = {factor!r}::DOUBLE", detail=f"'{factor:.10g}'")
        )
    return found


def _groups(connection: Connection, spec: Comparison, index: int) -> list[Pattern]:
    """Return what many of the rows without a cause yet have in common."""
    one, two = expected(spec, index), f"n.c{index}"
    rows = f"{_rows(spec, index)} AND d.cause = ''"
    family = spec.columns[index].declared.name
    found = []
    if family in {"date", "timestamp"}:
        unit = "day" if family == "date" else "second"
        step = f"date_diff('{unit}', {one}, {two})"
        shift = _mode(connection, step, rows)
        if shift is not None:
            found.append(
                Pattern(cause="offset", test=f"{step} = {shift}", detail=f"'{shift:+} {unit}'")
            )
    constant = _mode(connection, f"CAST({two} AS VARCHAR)", rows)
    variety = connection.execute(f"SELECT count(DISTINCT {one}) {rows}").fetchone()
    if constant is not None and variety and variety[0] >= _RECURS:
        value = literal(str(constant))
        found.append(
            Pattern(cause="constant", test=f"CAST({two} AS VARCHAR) = {value}", detail=value)
        )
    pair = f"CAST({one} AS VARCHAR) || ' → ' || CAST({two} AS VARCHAR)"
    often = connection.execute(
        f"SELECT v FROM (SELECT {pair} AS v {rows}) WHERE v IS NOT NULL GROUP BY v "
        f"HAVING count(*) >= {_RECURS} ORDER BY count(*) DESC, v LIMIT 20"
    ).fetchall()
    if often:
        listed = ", ".join(literal(str(row[0])) for row in often)
        found.append(Pattern(cause="replaced", test=f"{pair} IN ({listed})", detail=pair))
    return found


def misread_as(old: str, new: str) -> str:
    """Return ``utf-8 as latin-1`` when ``new`` is ``old`` decoded so, else an empty text."""
    for written, read in product(_ENCODINGS, _MISREAD):
        try:
            data = old.encode(written)
        except UnicodeEncodeError:
            continue
        if written != read and new in {
            data.decode(read, "replace"),
            data.decode(read, "ignore"),
        }:
            return f"{written} as {read}"
    return ""


def _explain_encodings(connection: Connection, spec: Comparison, index: int) -> None:
    pairs = connection.execute(
        f"SELECT DISTINCT d.old_value, d.new_value {_rows(spec, index)} "
        "AND d.cause IN ('', 'encoding') AND d.old_value IS NOT NULL AND d.new_value IS NOT NULL "
        f"AND regexp_matches(d.old_value, '[^\\x01-\\x7F]') ORDER BY ALL LIMIT {_MOST_TEXTS}"
    ).fetchall()
    told = [(old, new, how) for old, new in pairs if (how := misread_as(old, new))]
    if not told:
        return
    connection.execute("CREATE OR REPLACE TEMP TABLE misread (o VARCHAR, n VARCHAR, how VARCHAR)")
    connection.executemany("INSERT INTO misread VALUES (?, ?, ?)", told)
    connection.execute(
        "UPDATE differences SET cause = 'encoding', detail = m.how FROM misread m "
        f"WHERE class = 'open' AND column_name = {literal(spec.columns[index].new)} "
        "AND cause IN ('', 'encoding') AND old_value = m.o AND new_value = m.n"
    )


def _settle_lengths(connection: Connection, column: str) -> None:
    """Say at which length values were cut, in characters where all agree, else in bytes."""
    mine = f"WHERE class = 'open' AND cause = 'truncated' AND column_name = {literal(column)}"
    row = connection.execute(
        "SELECT min(length(new_value)), max(length(new_value)), min(strlen(new_value)), "
        f"max(strlen(new_value)) FROM differences {mine}"
    ).fetchone()
    if row is None or row[0] is None:
        return
    detail = ""
    if row[0] == row[1]:
        detail = f"{row[0]}"
    elif row[3] - row[2] < _WIDEST_CHARACTER:
        detail = f"{row[3]} bytes"
    connection.execute(f"UPDATE differences SET detail = {literal(detail)} {mine}")


#: Bytes of the widest character in UTF-8: a cut by bytes leaves lengths this close together.
_WIDEST_CHARACTER = 4
