"""How a PostgreSQL server compares two columns so that equal there is equal as declared.

Texts are compared by their bytes (collation "C"), numbers as exact numbers, instants in UTC. A
number that is not of its declared type is never counted as equal: its row is read, and refused
here like any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from golive.compare.database import identifier
from golive.compare.declared import DeclaredType
from golive.compare.definition import Column, KeyPart
from golive.compare.sources.postgres_select import value_of
from golive.errors import Problem, SetupError

__all__ = ["Compared", "compared"]

_WHOLE = {"smallint", "integer", "bigint"}
_NUMBERS = {*_WHOLE, "numeric"}
_FLOATS = {"real", "double precision"}
_INSTANTS = {"timestamp without time zone", "timestamp with time zone"}
#: Declared type -> the server's types it is compared in.
_FIT = {
    "int": _NUMBERS, "decimal": _NUMBERS, "double": _FLOATS, "bool": {"boolean"}, "date": {"date"},
    "timestamp": {*_INSTANTS, "date"},
}  # fmt: skip
#: Every whole number of this many digits is a BIGINT.
_SURE_DIGITS = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A pair of columns as the server compares them: SQL over ``q``, and Ibis' name of the type."""

    old: str
    new: str
    type: str
    #: Conditions of every value being of the declared type, old and new; empty where all are.
    sure: tuple[str, str]

    def of(self, side: str) -> tuple[str, str]:
        """Return value and condition of one side."""
        return (self.old, self.sure[0]) if side == "old" else (self.new, self.sure[1])


def compared(
    items: Sequence[KeyPart | Column], kinds: Mapping[str, Mapping[str, str]]
) -> tuple[Compared, ...]:
    """Return how each pair is compared; ``kinds``: side -> column -> the server's type.

    Raise SetupError naming every column whose type is not compared in the server as declared.
    """
    problems = [
        problem
        for item in items
        for problem in _problems(item, kinds["old"][item.old], kinds["new"][item.new])
    ]
    if problems:
        raise SetupError(*problems)
    return tuple(_compared(item, kinds["old"][item.old], kinds["new"][item.new]) for item in items)


def _problems(item: KeyPart | Column, old: str, new: str) -> Iterator[Problem]:
    hint = "cast it in a query, or take engine: duckdb"
    for side, kind in (("old", old), ("new", new)):
        fit = _FIT.get(item.declared.name)
        if kind not in fit if fit is not None else kind in _FLOATS | _INSTANTS:
            yield Problem(
                subject=f"{side} column '{getattr(item, side)}'",
                message=f"is {kind} and declared {item.as_}, which the server does not compare",
                hint=hint,
            )
            return
    if item.declared.name == "double" and old != new:
        yield Problem(
            subject=f"new column '{item.new}'",
            message=f"is {new} and in the old system {old}, which the server would round",
            hint=hint,
        )


def _compared(item: KeyPart | Column, old: str, new: str) -> Compared:
    declared = item.declared
    whole = {old, new} <= _WHOLE
    values = [
        _value(declared, getattr(item, side), kind, whole=whole)
        for side, kind in (("old", old), ("new", new))
    ]
    kind = {
        "varchar": "string", "bool": "boolean", "date": "date", "timestamp": "timestamp(6)",
        "double": "float64",
    }.get(declared.name, "int64" if whole else "decimal")  # fmt: skip
    sure = (_sure(declared, item.old, old), _sure(declared, item.new, new))
    return Compared(old=values[0], new=values[1], type=kind, sure=sure)


def _value(declared: DeclaredType, name: str, kind: str, *, whole: bool) -> str:
    column = f"q.{identifier(name)}"
    match declared.name:
        case "varchar":
            return f'({value_of(name, kind)})::text COLLATE "C"'
        case "int" | "decimal":
            return f"{column}::bigint" if whole else f"{column}::numeric"
        case "timestamp" if kind == "timestamp with time zone":
            return f"timezone('UTC', {column})"
        case "timestamp":
            return f"{column}::timestamp"
        case _:
            return column


def _sure(declared: DeclaredType, name: str, kind: str) -> str:
    """Return SQL of a value being of the declared type; ``NaN`` is above every bound."""
    column = f"q.{identifier(name)}"
    if declared.name == "int" and kind == "numeric":
        return f"{column} = trunc({column}) AND abs({column}) < 1e{_SURE_DIGITS}"
    if declared.name != "decimal":
        return ""
    bound = f"abs({column}::numeric) < 1e{declared.whole_digits}"
    return (
        f"{column} = round({column}, {declared.scale}) AND {bound}" if kind == "numeric" else bound
    )
