"""What may have gone wrong with one column's differing values: patterns, most telling first.

Each pattern is a SQL condition over ``o`` (the old row) and ``n`` (the new row). Detection works in
floating point where that is enough to recognise a pattern; it never decides whether values differ.
"""

from __future__ import annotations

from dataclasses import dataclass

from golive.compare.database import literal
from golive.compare.definition import Comparison
from golive.compare.matching import expected
from golive.compare.rules import canonical

__all__ = ["Pattern", "date_patterns", "number_patterns", "patterns_of", "text_patterns"]

_FACTORS = ("100", "0.01", "10", "0.1", "1000", "0.001", "10000", "0.0001")
_NON_ASCII = "'[^\\x01-\\x7F]'"
#: Zones are whole quarters of an hour and at most this many seconds apart.
_ZONE_STEP, _ZONE_MOST = 900, 14 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """One possible cause."""

    #: Its name in results: ``factor``, ``truncated`` ...
    cause: str
    #: SQL that is true for a row it explains.
    test: str
    #: SQL of what is particular about it (the factor, the length), as text.
    detail: str = "''"


def patterns_of(spec: Comparison, index: int) -> tuple[Pattern, ...]:
    """Return what each row shows by itself, in the order in which it is to be believed."""
    column = spec.columns[index]
    one, two = expected(spec, index), f"n.c{index}"
    missing = (
        Pattern(cause="lost", test=f"{two} IS NULL AND {one} IS NOT NULL"),
        Pattern(cause="appeared", test=f"{one} IS NULL AND {two} IS NOT NULL"),
    )
    unmapped = (Pattern(cause="unmapped", test=f"o.u{index}"),) if column.mapped else ()
    match column.declared.name:
        case "varchar":
            empty = Pattern(cause="null_empty", test=f"coalesce({one}, '') = coalesce({two}, '')")
            return (*unmapped, empty, *missing, *text_patterns(one, two))
        case "decimal" | "int" | "double":
            scale = column.declared.scale if column.declared.name == "decimal" else 0
            return (*unmapped, *missing, *number_patterns(one, two, scale))
        case "date" | "timestamp":
            return (*unmapped, *missing, *date_patterns(one, two, column.declared.name))
        case _:
            return (*unmapped, *missing, Pattern(cause="inverted", test=f"{one} <> {two}"))


def text_patterns(one: str, two: str) -> tuple[Pattern, ...]:
    """Return the patterns of text."""

    def same(*rules: str) -> str:
        return f"{canonical(one, rules)} = {canonical(two, rules)}"

    damaged = (
        f"(contains({two}, '\ufffd') OR (regexp_matches({one}, {_NON_ASCII}) "
        f"AND contains({two}, '?') AND regexp_replace({one}, {_NON_ASCII}, '', 'g') "
        f"= regexp_replace({two}, '[?\ufffd]', '', 'g')))"
    )
    return (
        Pattern(cause="blank", test=same("leading_blank", "trailing_blank")),
        Pattern(cause="blank", test=same("leading_blank", "trailing_blank", "inner_blanks")),
        Pattern(cause="case", test=same("case")),
        Pattern(cause="width", test=same("full_width")),
        Pattern(cause="unicode", test=same("nfc")),
        Pattern(cause="encoding", test=damaged),
        Pattern(cause="truncated", test=f"starts_with({one}, {two}) AND {two} <> ''"),
        Pattern(cause="emptied", test=f"{two} = ''"),
        Pattern(cause="longer", test=f"starts_with({two}, {one}) AND {one} <> ''"),
        Pattern(cause="leading_zeros", test=same("leading_zeros")),
        Pattern(
            cause="number_form",
            test=f"TRY_CAST({one} AS DOUBLE) = TRY_CAST({two} AS DOUBLE)",
        ),
        Pattern(
            cause="blank_and_case",
            test=same("leading_blank", "trailing_blank", "full_width", "nfc", "case"),
        ),
    )


def number_patterns(one: str, two: str, scale: int) -> tuple[Pattern, ...]:
    """Return the patterns of numbers with ``scale`` decimal places."""
    old, new = f"({one})::DOUBLE", f"({two})::DOUBLE"
    near = f"1e-9 * abs({new})"
    found = [
        Pattern(cause="sign", test=f"{old} = -{new} AND {old} <> 0"),
        *(
            Pattern(
                cause="factor",
                test=f"{old} <> 0 AND {new} <> 0 AND abs({new} - {old} * {factor}) <= {near}",
                detail=literal(factor),
            )
            for factor in _FACTORS
        ),
        Pattern(cause="zeroed", test=f"{new} = 0 AND {old} <> 0"),
    ]
    if scale:
        unit = f"1.5e-{scale}"
        found.append(
            Pattern(cause="rounding", test=f"abs({new} - {old}) < {unit}", detail=f"'{scale}'")
        )
    for places in range(scale - 1, -1, -1):
        found += [
            Pattern(
                cause="rounded",
                test=f"{new} = round({old}, {places})",
                detail=f"'{places}'",
            ),
            Pattern(
                cause="cut",
                test=f"abs({new} - trunc({old} * 1e{places} + sign({old}) * 1e-6) / 1e{places}) "
                "< 1e-9",
                detail=f"'{places}'",
            ),
        ]
    return tuple(found)


def date_patterns(one: str, two: str, name: str) -> tuple[Pattern, ...]:
    """Return the patterns of dates and timestamps."""
    swapped = (
        f"year({one}) = year({two}) AND month({one}) = day({two}) AND day({one}) = month({two}) "
        f"AND day({one}) <> day({two})"
    )
    placeholder = f"strftime({two}, '%Y-%m-%d') IN ('1900-01-01', '1970-01-01', '9999-12-31')"
    found = [
        Pattern(cause="date_swap", test=swapped),
        Pattern(cause="placeholder", test=placeholder, detail=f"strftime({two}, '%Y-%m-%d')"),
    ]
    if name == "date":
        return tuple(found)
    seconds = f"date_diff('second', {one}, {two})"
    found += [
        Pattern(cause="time_lost", test=f"date_trunc('day', {one}) = {two}"),
        Pattern(
            cause="precision",
            test=f"date_trunc('second', {one}) = date_trunc('second', {two}) "
            f"OR date_trunc('second', {one}) = {two} OR date_trunc('minute', {one}) = {two}",
        ),
        Pattern(
            cause="zone",
            test=f"{seconds} % {_ZONE_STEP} = 0 AND abs({seconds}) BETWEEN 1 AND {_ZONE_MOST} "
            f"AND date_diff('microsecond', {one}, {two}) = {seconds} * 1000000",
            detail=f"printf('%+.4g', {seconds} / 3600.0)",
        ),
    ]
    return tuple(found)
