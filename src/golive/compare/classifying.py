"""Name every difference: what explains it, or that nothing does (``open``).

Table ``differences``: ``kind`` of its row, ``old_row``, ``new_row`` (numbers in the snapshots),
``old_key``, ``new_key`` (as each side writes them), ``column_name`` (empty for whole rows),
``old_value``, ``new_value`` (as declared types show them), ``class``, ``amount`` (new minus old;
of whole rows the amount they hold), ``size`` (how large it is for the business), ``cause`` and
``detail`` (filled later for what is open), ``content`` (of a row on one side: a digest of all it
holds), ``reading`` (0, or the later reading a row that was changing is told from).
"""

# ruff: noqa: S608  (SQL is built here; every name and value in it is quoted)
from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from golive.compare.codemaps import Stage
from golive.compare.database import identifier, literal
from golive.compare.definition import Column, Comparison
from golive.compare.exact import plain
from golive.compare.matching import differs, expected
from golive.compare.rules import rule_classes

__all__ = [
    "UNRESOLVED",
    "ClassCount",
    "Difference",
    "class_counts",
    "classify",
    "open_amount",
    "open_rows",
    "top_differences",
]

#: The condition of a difference that nothing explains, a row of one side only among them.
UNRESOLVED = "class IN ('open', 'only_old', 'only_new')"
_ROW_KINDS = "'only_old', 'only_new', 'merged', 'rejected'"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassCount:
    """How many differences of one column have one class."""

    column: str
    name: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One difference as people are shown it."""

    kind: str
    key: str
    column: str
    old: str | None
    new: str | None
    #: Its class: ``open``, ``only_old``, ``only_new``.
    name: str
    cause: str = ""
    #: New minus old, or the amount of a row on one side; plain decimal text.
    amount: str | None = None


def classify(stage: Stage) -> None:
    """Fill ``differences`` from ``pairs``: rules and tolerances see differing values only."""
    spec = stage.comparison
    whole_rows = (
        "SELECT p.kind, p.old_row, p.new_row, o.own AS old_key, n.own AS new_key, "
        "'' AS column_name, NULL::VARCHAR AS old_value, NULL::VARCHAR AS new_value, "
        f"p.kind AS class, {_row_amount(spec)} AS amount, abs(amount) AS size, "
        f"'' AS cause, '' AS detail, {_content(stage)} AS content, 0 AS reading FROM pairs p "
        "LEFT JOIN old_rows o ON o.row = p.old_row "
        f"LEFT JOIN new_rows n ON n.row = p.new_row WHERE p.kind IN ({_ROW_KINDS})"
    )
    selects = [whole_rows, *(_column(spec, index) for index in range(len(spec.columns)))]
    stage.connection.execute(f"CREATE TABLE differences AS {' UNION ALL '.join(selects)}")
    if spec.repairs is not None:
        _explain_repairs(stage)


def _column(spec: Comparison, index: int) -> str:
    column = spec.columns[index]
    return (
        f"SELECT p.kind, p.old_row, p.new_row, o.own, n.own, {literal(column.new)}, "
        f"CAST(o.c{index} AS VARCHAR), CAST(n.c{index} AS VARCHAR), {_class(spec, index)}, "
        f"{_amount(spec, index)} AS amount, {_size(spec, index)}, '', '', '', 0 "
        "FROM pairs p JOIN old_rows o ON o.row = p.old_row JOIN new_rows n ON n.row = p.new_row "
        f"WHERE p.kind = 'changed' AND {differs(spec, index)}"
    )


def _content(stage: Stage) -> str:
    """Return SQL of the digest of a row that one side has, over its key and all its values."""
    spec, digests = stage.comparison, []
    for side, table in (("only_old", "o"), ("only_new", "n")):
        values = [f"{table}.own[{number}]" for number in range(1, len(spec.key) + 1)]
        values += [f"CAST({table}.c{index} AS VARCHAR)" for index in range(len(spec.columns))]
        # With its length before each, no two rows read alike.
        text = " || ".join(f"coalesce(length({one}) || ':' || {one}, '-')" for one in values)
        salt = f"{literal(stage.marks.key)} || " if spec.personal else ""
        digests.append(f"WHEN '{side}' THEN sha256({salt}{text})")
    return f"CASE p.kind {' '.join(digests)} ELSE '' END"


#: Wide enough for any sum of money; what does not fit has no amount.
_AMOUNT = "DECIMAL(38,6)"


def _row_amount(spec: Comparison) -> str:
    """Return SQL of the amount a row on one side holds."""
    index = spec.amount_column
    if index is None:
        return f"NULL::{_AMOUNT}"
    return f"TRY_CAST(coalesce(n.c{index}, {expected(spec, index)}) AS {_AMOUNT})"


def _amount(spec: Comparison, index: int) -> str:
    """Return SQL of how much a value changed; NULL for what is no number."""
    if spec.columns[index].declared.name not in {"decimal", "int", "double"}:
        return f"NULL::{_AMOUNT}"
    one, two = (
        # No value is nothing; a value too large to be told is not.
        f"CASE WHEN {value} IS NULL THEN 0 ELSE TRY_CAST({value} AS {_AMOUNT}) END"
        for value in (expected(spec, index), f"n.c{index}")
    )
    return f"TRY_CAST({two} - {one} AS {_AMOUNT})"


def _size(spec: Comparison, index: int) -> str:
    """Return SQL of what a difference weighs: its own amount, else that of its row."""
    if spec.columns[index].declared.name in {"decimal", "int", "double"}:
        return f"abs({_amount(spec, index)})"
    return f"abs({_row_amount(spec)})"


def _class(spec: Comparison, index: int) -> str:
    column = spec.columns[index]
    one, two = expected(spec, index), f"n.c{index}"
    cases = []
    if column.mapped:
        cases = [("open", f"o.u{index}"), ("mapping", f"{one} IS NOT DISTINCT FROM {two}")]
    cases += rule_classes(one, two, column.rules)
    if Decimal(str(column.tolerance)) > 0:
        cases.append(("tolerance", _within(column, one, two)))
    if Decimal(str(column.tolerance_percent)) > 0:
        share = Decimal(str(column.tolerance_percent)) / 100
        least = f"{share:f}::DOUBLE * greatest(abs({one}::DOUBLE), abs({two}::DOUBLE))"
        cases.append(("tolerance", f"abs({one}::DOUBLE - {two}::DOUBLE) <= {least}"))
    whens = " ".join(f"WHEN {test} THEN {literal(name)}" for name, test in cases)
    return f"CASE {whens} ELSE 'open' END" if whens else "'open'"


def _within(column: Column, one: str, two: str) -> str:
    allowed = f"{Decimal(str(column.tolerance)):f}"
    match column.declared.name:
        case "decimal" | "int":
            # Wide enough that the difference itself cannot overflow or be rounded.
            wide = f"DECIMAL(38,{column.declared.scale})"
            return f"abs({one}::{wide} - {two}::{wide}) <= {allowed}"
        case "double":
            return f"abs({one} - {two}) <= {allowed}"
        case "date":
            return f"abs(date_diff('day', {one}, {two})) <= {allowed}"
        case _:
            return f"abs(date_diff('microsecond', {one}, {two})) <= {allowed} * 1000000"


def _explain_repairs(stage: Stage) -> None:
    """Name open differences that the migration listed as changed on purpose, value by value."""
    spec, block = stage.comparison, stage.comparison.repairs
    if block is None:
        return
    file = stage.csv(block.path, block.encoding)
    file.require(block.column, block.new, block.rule, *block.key.values(), *block.where)
    key = ", ".join(identifier(block.key[part.old]) for part in spec.key)
    field = identifier(block.column)
    names = "".join(f"WHEN {literal(a)} THEN {literal(b)} " for a, b in block.names.items())
    stage.connection.execute(
        f"CREATE TABLE repairs AS SELECT [{key}] AS old_key, "
        f"{f'CASE {field} {names}ELSE {field} END' if names else field} AS column_name, "
        f"{identifier(block.new)} AS new_value, min({identifier(block.rule)}) AS rule "
        f"FROM {file.filtered(block.where)} GROUP BY ALL"
    )
    typed = "".join(
        f"WHEN {literal(column.new)} THEN CAST({column.declared.cast('r.new_value')} AS VARCHAR) "
        for column in spec.columns
    )
    stage.connection.execute(
        "UPDATE differences d SET class = 'repair:' || r.rule FROM repairs r "
        "WHERE d.class = 'open' AND d.kind = 'changed' AND d.old_key = r.old_key "
        f"AND d.column_name = r.column_name AND d.new_value = CASE d.column_name {typed}END"
    )


def class_counts(stage: Stage) -> tuple[ClassCount, ...]:
    """Return how many differences each column has in each class."""
    rows = stage.connection.execute(
        "SELECT column_name, class, count(*) FROM differences GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    return tuple(ClassCount(column=row[0], name=row[1], count=int(row[2])) for row in rows)


def open_rows(stage: Stage) -> int:
    """Return how many pairs of rows have at least one open difference."""
    row = stage.connection.execute(
        "SELECT count(DISTINCT (old_row, new_row)) FROM differences WHERE class = 'open'"
    ).fetchone()
    return int(row[0]) if row else 0


def open_amount(stage: Stage) -> Decimal | None:
    """Return the sum of what differs in the amount column and of the rows on one side.

    Signs do not count: errors that offset each other are two errors. None where no column says how
    large a row is, or it is personal.
    """
    spec = stage.comparison
    if spec.amount_column is None or spec.columns[spec.amount_column].pii:
        return None
    name = spec.columns[spec.amount_column].new
    row = stage.connection.execute(
        f"SELECT coalesce(sum(size), 0) FROM differences WHERE {UNRESOLVED} "
        f"AND column_name IN ('', {literal(name)})"
    ).fetchone()
    return Decimal(row[0]) if row else None


def top_differences(stage: Stage, most: int) -> tuple[Difference, ...]:
    """Return the largest open differences and one-sided rows by amount."""
    rows = stage.connection.execute(
        "SELECT kind, array_to_string(coalesce(new_key, old_key), ' / '), column_name, old_value, "
        "new_value, class, cause, amount FROM differences "
        f"WHERE {UNRESOLVED} "
        "ORDER BY coalesce(size, 0) DESC, class = 'open' DESC, 2, class, column_name, old_value, "
        "new_value, cause, amount LIMIT ?",
        [most],
    ).fetchall()
    return tuple(
        Difference(
            kind=r[0], key=r[1] or "", column=r[2], old=r[3], new=r[4], name=r[5], cause=r[6],
            amount=None if r[7] is None else plain(r[7]),
        )
        for r in rows
    )  # fmt: skip
