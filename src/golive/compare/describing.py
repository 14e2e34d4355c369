"""Hold a comparison against its sources before it is made: their columns, and what those can be.

Nothing is read but names and types. A source that is not reachable is told, not judged: an
export may not be delivered yet, a system not be up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from golive.compare.definition import Column, Comparison, KeyPart
from golive.compare.freezing import asking, for_cycle, locator
from golive.compare.staging import drift
from golive.contracts import Context, Described
from golive.errors import GoliveError, Problem
from golive.plugins import load_source

__all__ = ["Looked", "look_at_sources"]

#: First word of a stored type -> what it can hold; other types are read as text, value by value.
_FAMILIES = {
    "TINYINT": "number", "SMALLINT": "number", "INTEGER": "number", "BIGINT": "number",
    "HUGEINT": "number", "UTINYINT": "number", "USMALLINT": "number", "UINTEGER": "number",
    "UBIGINT": "number", "UHUGEINT": "number", "FLOAT": "number", "DOUBLE": "number",
    "DECIMAL": "number", "DATE": "time", "TIMESTAMP": "time", "BOOLEAN": "truth",
}  # fmt: skip
_DECLARED = {
    "int": "number", "decimal": "number", "double": "number", "date": "time", "timestamp": "time",
    "bool": "truth",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What came of one side: its problems, or why it could not be looked at."""

    side: str
    problems: tuple[Problem, ...] = ()
    unreachable: str = ""


def look_at_sources(comparison: Comparison, context: Context) -> tuple[Looked, ...]:
    """Look at both sides, as of today where they are asked by the day; nothing is raised."""
    day = datetime.now(UTC).date().isoformat()
    spec = for_cycle(comparison, day)
    locate = locator(context.workspace, context.environment, day)
    return tuple(_look(spec, side, context, locate) for side in ("old", "new"))


def _look(spec: Comparison, side: str, context: Context, locate: Callable[[str], Path]) -> Looked:
    try:
        source = load_source(getattr(spec, side).source)
        if not isinstance(source, Described):
            return Looked(side=side, unreachable="its source cannot tell its columns")
        stored = source.columns(asking(spec, side, locate), context)
    except GoliveError as error:
        return Looked(side=side, unreachable=str(error.problems[0]))
    found = [*drift(spec, side, stored), *_types(spec, side, stored)]
    return Looked(side=side, problems=tuple(found))


def _types(spec: Comparison, side: str, stored: Mapping[str, str]) -> Iterator[Problem]:
    for item in spec.declared:
        name = getattr(item, side)
        kind = stored.get(name, "").partition("(")[0].partition(" ")[0]
        if kind and not _fits(item, side, kind):
            yield Problem(
                subject=f"{side} column '{name}'",
                message=f"is {stored[name]} in the source and declared {item.as_}",
                hint="declare what it is, or convert it in the query",
            )


def _fits(item: KeyPart | Column, side: str, kind: str) -> bool:
    """Return whether a value of a stored kind can be of the declared type at all."""
    translated = item.key_map is not None if isinstance(item, KeyPart) else item.mapped
    family, wanted = _FAMILIES.get(kind), _DECLARED.get(item.declared.name)
    if family is None or wanted is None or (translated and side == "old"):
        return True
    # 20260228 may be a date and 0 or 1 a truth, written as numbers.
    by_form = wanted == "time" and bool(getattr(item.format, side))
    return family == wanted or (family == "number" and (by_form or wanted == "truth"))
