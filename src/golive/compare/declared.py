"""The types a comparison may declare, and how text becomes one of them without losing anything."""

from __future__ import annotations

import re
from dataclasses import dataclass

from golive.compare.database import literal

__all__ = ["DeclaredType", "parse_type"]

_DECIMAL = re.compile(r"decimal\(\s*([0-9]{1,2})\s*,\s*([0-9]{1,2})\s*\)")
_SIMPLE = {
    "bool": "BOOLEAN",
    "date": "DATE",
    "double": "DOUBLE",
    "int": "BIGINT",
    "timestamp": "TIMESTAMP",
    "varchar": "VARCHAR",
}
_WIDEST_DECIMAL = 38


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredType:
    """A type both sides are read as. ``name`` is the family: ``decimal``, ``date`` ..."""

    name: str
    #: Its spelling in DuckDB: ``DECIMAL(18,2)``.
    sql: str
    scale: int = 0

    def cast(self, text: str, form: str = "") -> str:
        """Return SQL that turns the SQL expression ``text`` into this type, NULL when it is none.

        Nothing is rounded, cut or guessed: ``10.013`` is no ``decimal(18,2)``. ``form`` is the
        strptime form of a date or timestamp; empty is ISO 8601.
        """
        match self.name:
            case "varchar":
                return text
            case "int":
                return _when(
                    text, r"[+-]?[0-9]+(\.0*)?", f"regexp_replace({text}, '\\.0*$', '')", self
                )
            case "decimal":
                return self._decimal(text)
            case "double":
                return f"TRY_CAST({text} AS DOUBLE)"
            case "bool":
                return _when(text, r"(?i)0|1|true|false", text, self)
            case _ if form:
                return f"CAST(try_strptime({text}, {literal(form)}) AS {self.sql})"
            case "date":
                return _when(text, r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text, self)
            case _:
                iso = r"[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9:]{5,8}(\.[0-9]{1,6}0*)?Z?)?"
                return _when(text, iso, text, self)

    def _decimal(self, text: str) -> str:
        plain = _when(text, rf"[+-]?[0-9]*(\.[0-9]{{0,{self.scale}}}0*)?", text, self)
        # 1e+20 and 1e-07: how a floating-point source writes the very large and very small.
        power = (
            f"CASE WHEN regexp_full_match({text}, '[+-]?[0-9.]+[eE][+-]?[0-9]+') "
            f"AND TRY_CAST({text} AS {self.sql})::DOUBLE = TRY_CAST({text} AS DOUBLE) "
            f"THEN TRY_CAST({text} AS {self.sql}) END"
        )
        return f"coalesce({plain}, {power})"


def _when(text: str, pattern: str, value: str, kind: DeclaredType) -> str:
    return (
        f"CASE WHEN regexp_full_match({text}, {literal(pattern)}) "
        f"THEN TRY_CAST({value} AS {kind.sql}) END"
    )


def parse_type(text: str) -> DeclaredType:
    """Read a declared type, e.g. ``decimal(18,2)``. Raise ValueError when it is none."""
    wanted = text.strip().lower()
    if wanted in _SIMPLE:
        return DeclaredType(name=wanted, sql=_SIMPLE[wanted])
    found = _DECIMAL.fullmatch(wanted)
    if found and 0 < int(found[1]) <= _WIDEST_DECIMAL and int(found[2]) <= int(found[1]):
        return DeclaredType(
            name="decimal", sql=f"DECIMAL({int(found[1])},{int(found[2])})", scale=int(found[2])
        )
    raise ValueError(f"'{text}' is not a type a comparison knows")
