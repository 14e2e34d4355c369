"""The types a comparison may declare, and how what a source holds becomes one of them losslessly.

A value that is not of its declared type becomes NULL, and the comparison stops naming it: nothing
is rounded, cut or guessed on the way.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from golive.compare.database import literal

__all__ = ["DeclaredType", "Written", "parse_type"]

_DECIMAL = re.compile(r"decimal\(\s*([0-9]{1,2})\s*,\s*([0-9]{1,2})\s*\)")
_STORED_DECIMAL = re.compile(r"DECIMAL\(([0-9]+),([0-9]+)\)")
_SIMPLE = {
    "bool": "BOOLEAN",
    "date": "DATE",
    "double": "DOUBLE",
    "int": "BIGINT",
    "timestamp": "TIMESTAMP",
    "varchar": "VARCHAR",
}
_WIDEST_DECIMAL = 38
_WHOLE = {
    "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT",
    "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT",
}  # fmt: skip
#: Units of the last decimal place below which a double and a decimal name each other uniquely.
_EXACT_UNITS = "1e15"
_FULL_WIDTH = "".join(chr(code) for code in range(0xFF01, 0xFF5F)) + "\u3000"
_HALF_WIDTH = "".join(chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)) + " "


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """How one side writes and stores a column."""

    #: DuckDB's type of the snapshot's column; VARCHAR for text.
    stored: str = "VARCHAR"
    #: strptime form of dates and timestamps; empty is ISO 8601.
    form: str = ""
    #: ``plain``; ``grouped``: ``1,234.50``, ``（12.00）``, ``12-``, full-width digits;
    #: ``european``: ``1.234,50``.
    numbers: str = "plain"
    #: The zone a timestamp without one is in; empty: compared as written.
    zone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredType:
    """A type both sides are read as. ``name`` is the family: ``decimal``, ``date`` ..."""

    name: str
    #: Its spelling in DuckDB: ``DECIMAL(18,2)``.
    sql: str
    scale: int = 0

    def cast(self, value: str, written: Written | None = None) -> str:
        """Return SQL that turns the SQL expression ``value`` into this type, NULL when it is none.

        ``10.013`` is no ``decimal(18,2)``.
        """
        how = written or Written()
        found = self._text(value, how) if how.stored == "VARCHAR" else self._stored(value, how)
        if self.name == "timestamp" and how.zone and "TIME ZONE" not in how.stored:
            found = f"timezone('UTC', timezone({literal(how.zone)}, {found}))"
        return found

    def certain(self, written: Written) -> bool:
        """Return whether every stored value is of this type, so that none need be checked."""
        stored = written.stored
        found = _STORED_DECIMAL.fullmatch(stored)
        match self.name:
            case "varchar":
                return True
            case "int":
                return stored in _WHOLE - {"HUGEINT", "UHUGEINT", "UBIGINT"}
            case "decimal" if found:
                whole = int(found[1]) - int(found[2])
                return int(found[2]) <= self.scale and whole <= self.whole_digits
            case "double":
                return stored in {"DOUBLE", "FLOAT"}
            case "timestamp":
                # Of a thousandth of a microsecond there is no timestamp.
                return stored == "DATE" or (
                    stored.startswith("TIMESTAMP") and stored != "TIMESTAMP_NS"
                )
            case _:
                return stored == self.sql

    @property
    def whole_digits(self) -> int:
        """Digits before the point; of decimals only."""
        return int(self.sql[len("DECIMAL(") :].partition(",")[0]) - self.scale

    def _stored(self, value: str, how: Written) -> str:
        """Cast from a column that already has a type."""
        stored = how.stored
        if stored == self.sql:
            return value
        text = f"CAST({value} AS VARCHAR)"
        match self.name:
            case "varchar":
                return text
            case "int" | "double" if stored in _WHOLE or (
                self.name == "double" and stored == "FLOAT"
            ):
                return f"TRY_CAST({value} AS {self.sql})"
            case "decimal" if stored in _WHOLE or self.certain(how):
                return f"TRY_CAST({value} AS {self.sql})"
            case "decimal" if found := _STORED_DECIMAL.fullmatch(stored):
                typed = f"TRY_CAST({value} AS {self.sql})"
                # Fewer places than stored: a cast would round, so it must give the value back.
                fits = f"CASE WHEN {typed} = {value} THEN {typed} END"
                return typed if int(found[2]) <= self.scale else fits
            case "decimal" if stored == "DOUBLE":
                exact = f"TRY_CAST({value} AS {self.sql})"
                near = f"abs({value}) * {10**self.scale} < {_EXACT_UNITS}"
                return (
                    f"CASE WHEN {near} AND {exact}::DOUBLE = {value} THEN {exact} "
                    f"ELSE {self._decimal(text)} END"
                )
            case "date" if stored.startswith("TIMESTAMP"):
                return f"CASE WHEN date_trunc('day', {value}) = {value} THEN {value}::DATE END"
            case "timestamp" if "TIME ZONE" in stored:
                return f"timezone('UTC', {value})"
            case "timestamp" if stored == "DATE" or stored.startswith("TIMESTAMP_"):
                # Of nanoseconds a cast would cut, so it must give the value back.
                typed = f"CAST({value} AS TIMESTAMP)"
                return f"CASE WHEN CAST({typed} AS {stored}) = {value} THEN {typed} END"
            case _:
                return self._text(text, Written(form=how.form))

    def _text(self, text: str, how: Written) -> str:
        match self.name:
            case "varchar":
                return text
            case "int":
                plain = _plain_number(text, how.numbers)
                whole = f"regexp_replace({plain}, '\\.0*$', '')"
                return _when(plain, r"[+-]?[0-9]+(\.0*)?", whole, self)
            case "decimal":
                return self._decimal(_plain_number(text, how.numbers))
            case "double":
                return f"TRY_CAST({_plain_number(text, how.numbers)} AS DOUBLE)"
            case "bool":
                return _when(text, r"(?i)0|1|true|false", text, self)
        if how.numbers != "plain":
            text = _half_width(text)
        if how.form:
            return f"CAST(try_strptime({text}, {literal(how.form)}) AS {self.sql})"
        if self.name == "date":
            return _when(text, r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text, self)
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


def _half_width(text: str) -> str:
    return f"trim(translate({text}, {literal(_FULL_WIDTH)}, {literal(_HALF_WIDTH)}))"


def _plain_number(text: str, numbers: str) -> str:
    """Return SQL of the number as programs write it; a text of another form stays as it is."""
    if numbers == "plain":
        return text
    point, comma = (".", ",") if numbers == "grouped" else (",", ".")
    clean = _half_width(text)
    digits = rf"([0-9]+|[0-9]{{1,3}}(\{comma}[0-9]{{3}})+)?(\{point}[0-9]*)?"
    # Accountants put a minus in front, behind, or write parentheses.
    negative = rf"\(\s*{digits}\s*\)|-\s*{digits}|{digits}\s*-"
    bare = f"regexp_replace({clean}, '[()\\-\\s{comma}]', '', 'g')"
    bare = f"replace({bare}, ',', '.')" if point == "," else bare
    positive = f"replace({clean}, '{comma}', '')"
    positive = f"replace({positive}, ',', '.')" if point == "," else positive
    return (
        f"CASE WHEN regexp_full_match({clean}, {literal(negative)}) THEN '-' || {bare} "
        f"WHEN regexp_full_match({clean}, {literal(rf'[+]?{digits}')}) THEN {positive} "
        f"ELSE {clean} END"
    )


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
