"""Read a comparison file and refuse, with its line, what the types alone cannot."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from golive.compare.buckets import MOST
from golive.compare.definition import Column, Comparison, KeyPart, Side
from golive.compare.pushable import unpushable
from golive.compare.rules import RULES
from golive.errors import Problem, SpecError
from golive.runbook.times import parse_duration
from golive.specfile import Place, SpecDocument, build, read_yaml

__all__ = ["placed", "read_comparison"]

#: What each built-in source reads from.
_NEEDED = {
    "csv": ("path",),
    "database": ("table", "query"),
    "duckdb": ("table", "query"),
    "excel": ("path",),
    "mysql": ("table", "query"),
    "parquet": ("path",),
    "postgres": ("table", "query"),
    "sql": ("table", "query"),
    "sqlite": ("table", "query"),
}
#: More rules than this on one column would make "which rule absorbed it" a guess.
_MOST_RULES = 5


def read_comparison(path: Path, *, shown_as: str = "") -> Comparison:
    """Read one comparison file. Raise SpecError with everything wrong in it, each with its line."""
    document = read_yaml(path, shown_as=shown_as)
    try:
        comparison = build(Comparison, document)
    except SpecError as error:
        raise SpecError(*(_as_written(problem) for problem in error.problems)) from error
    problems = tuple(_Lint(document=document, comparison=comparison).problems())
    if problems:
        raise SpecError(*problems)
    return comparison


#: Of whom a problem of the data speaks: ``old column 'wrbtr'``.
_COLUMN = re.compile(r"(old|new) column '(.+)'")


def placed(path: Path, shown_as: str, problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Give problems with a column of the data the line of the file that names it.

    A column the file does not name gets the line where it should stand.
    """
    document = read_yaml(path, shown_as=shown_as)
    return tuple(_placed(document, problem) for problem in problems)


def _placed(document: SpecDocument, problem: Problem) -> Problem:
    if problem.subject == "engine" and not problem.line:
        return replace(problem, path=document.path, line=document.line(("engine",)))
    found = _COLUMN.fullmatch(problem.subject)
    if found is None or problem.line:
        return problem
    side, name = found.groups()
    place: Place = ("columns",)
    for block in ("key", "columns", "ignore"):
        for index, item in enumerate(document.data.get(block) or ()):
            if isinstance(item, dict) and item.get(side) == name:
                place = (block, index, side)
    return replace(problem, path=document.path, line=document.line(place))


def _as_written(problem: Problem) -> Problem:
    return replace(
        problem,
        message=problem.message.replace("'as_'", "'as'"),
        hint=problem.hint.replace("'as_'", "'as'"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lint:
    """What the types alone cannot refuse."""

    document: SpecDocument
    comparison: Comparison

    def _problem(self, place: Place, subject: str, message: str, hint: str) -> Problem:
        return Problem(
            subject=subject,
            message=message,
            path=self.document.path,
            line=self.document.line(place),
            hint=hint,
        )

    def problems(self) -> Iterator[Problem]:
        """Yield every problem in the order of the file."""
        spec = self.comparison
        for name in ("old", "new"):
            yield from self._side(name, getattr(spec, name))
        if spec.engine == "pushdown":
            for found in unpushable(spec):
                yield self._problem(*found)
        if not 1 <= spec.buckets <= MOST:
            yield self._problem(
                ("buckets",), "buckets", f"{spec.buckets} is no number of parts",
                f"1 to {MOST:,}",
            )  # fmt: skip
        if not spec.key:
            yield self._problem(("key",), "key", "names no column", "add the business key")
        for index, part in enumerate(spec.key):
            yield from self._typed(("key", index), f"key '{part.new}'", part)
        for index, column in enumerate(spec.columns):
            yield from self._typed(("columns", index), f"column '{column.new}'", column)
            yield from self._column(index, column)
            yield from self._sum(("columns", index, "sum"), column)
        yield from self._ignored()
        yield from self._twice()
        yield from self._totals()
        yield from self._lists()
        yield from self._references()
        yield from self._cycles()

    def _side(self, name: str, side: Side) -> Iterator[Problem]:
        given = [key for key in ("table", "query", "path") if getattr(side, key)]
        wanted = _NEEDED.get(side.source)
        if wanted is None:
            return
        if len(given) != 1 or given[0] not in wanted:
            yield self._problem(
                (name,),
                f"side '{name}'",
                f"source '{side.source}' needs {' or '.join(wanted)}, and nothing else of the kind",
                f"it has {', '.join(given) or 'none'}",
            )
        if side.query and side.where:
            yield self._problem(
                (name, "where"),
                f"side '{name}'",
                "has both query and where",
                "write the condition into the query",
            )
        if wanted != ("path",) and not side.target:
            yield self._problem(
                (name,), f"side '{name}'", "names no target", "add target: old or target: new"
            )

    def _typed(self, place: Place, subject: str, item: KeyPart | Column) -> Iterator[Problem]:
        try:
            declared = item.declared
        except ValueError as error:
            yield self._problem(
                (*place, "as"), subject, str(error), "e.g. varchar, int, decimal(18,2), date"
            )
            return
        for rule in item.rules:
            if rule not in RULES:
                yield self._problem(
                    (*place, "rules"),
                    subject,
                    f"unknown rule '{rule}'",
                    f"known: {', '.join(RULES)}",
                )
            elif declared.name not in RULES[rule].types:
                yield self._problem(
                    (*place, "rules"),
                    subject,
                    f"rule '{rule}' is not for type '{declared.name}'",
                    f"it is for {', '.join(RULES[rule].types)}",
                )
            elif isinstance(item, KeyPart) and not RULES[rule].canonical:
                yield self._problem(
                    (*place, "rules"),
                    subject,
                    f"rule '{rule}' cannot be used on a key",
                    "remove it",
                )
        for side in ("old", "new"):
            zone = getattr(item.zone, side)
            if zone and (declared.name != "timestamp" or not _is_zone(zone)):
                yield self._problem(
                    (*place, "zone"),
                    subject,
                    f"'{zone}' is no time zone for a {declared.name}",
                    "e.g. Asia/Shanghai, on timestamps only",
                )
        if len(item.rules) > _MOST_RULES:
            yield self._problem(
                (*place, "rules"), subject, "has too many rules", f"at most {_MOST_RULES}"
            )

    def _column(self, index: int, column: Column) -> Iterator[Problem]:
        place: Place = ("columns", index)
        subject = f"column '{column.new}'"
        for key in ("tolerance", "tolerance_percent"):
            yield from self._allowance(place, subject, column, key)
        yield from self._share((*place, "share"), subject, column.share)
        if column.rules and column.share is None and self.comparison.limits.rule_share is None:
            yield self._problem(
                (*place, "rules"),
                subject,
                "its rules have no bound, so they could hide anything",
                "add share: 0.02 here, or rule_share: 0.02 to limits",
            )
        if column.map and column.map_file is not None:
            yield self._problem(place, subject, "has both map and map_file", "keep one of them")

    def _sum(self, place: Place, column: Column) -> Iterator[Problem]:
        """Yield why the rows of one key cannot be added up so."""
        sides = {item.sum for item in self.comparison.columns} - {""}
        wrong = ""
        if column.sum and not column.as_.startswith(("decimal", "int")):
            wrong = f"'{column.as_}' cannot be added up exactly"
        elif column.sum and column.mapped:
            wrong = "has a code map, so its values are words and no amounts"
        elif column.sum and len(sides) > 1:
            wrong = f"sum names other sides elsewhere: {', '.join(sorted(sides))}"
        if wrong:
            yield self._problem(
                place, f"column '{column.new}'", wrong, "sum: new, on decimal and int columns only"
            )

    def _allowance(self, place: Place, subject: str, column: Column, key: str) -> Iterator[Problem]:
        try:
            allowance = float(getattr(column, key))
        except ValueError:
            allowance = -1.0
        if not 0 <= allowance < float("inf"):
            yield self._problem(
                (*place, key), subject, f"{key} is not a number of 0 or more", "e.g. 0.01"
            )
        numeric = column.as_.startswith(("decimal", "int", "double"))
        if allowance > 0 and not (
            numeric or (key == "tolerance" and column.as_ in {"date", "timestamp"})
        ):
            yield self._problem((*place, key), subject, f"'{column.as_}' has no {key}", "use rules")

    def _share(self, place: Place, subject: str, share: float | None) -> Iterator[Problem]:
        if share is not None and not 0 <= share <= 1:
            yield self._problem(place, subject, "the share is not from 0 to 1", "e.g. 0.02")

    def _ignored(self) -> Iterator[Problem]:
        for index, item in enumerate(self.comparison.ignore):
            place: Place = ("ignore", index)
            if bool(item.old) == bool(item.new):
                yield self._problem(
                    place, "ignore", "needs one of old and new", "name the column of one side"
                )
            if not item.reason.strip():
                yield self._problem(
                    place,
                    f"ignore '{item.old or item.new}'",
                    "gives no reason",
                    "say why nobody needs to compare it",
                )

    def _twice(self) -> Iterator[Problem]:
        spec = self.comparison
        for side in ("old", "new"):
            seen: set[str] = set()
            places = [("key", i) for i in range(len(spec.key))]
            places += [("columns", i) for i in range(len(spec.columns))]
            for place, item in zip(places, spec.declared, strict=True):
                name = getattr(item, side)
                # One old column may feed several new ones; the other way round hides one.
                if name in seen and side == "new":
                    yield self._problem(
                        place, f"column '{name}'", "is compared twice", "remove one"
                    )
                seen.add(name)

    def _totals(self) -> Iterator[Problem]:
        compared = {column.new: column for column in self.comparison.columns}
        for index, total in enumerate(self.comparison.control_totals):
            column = compared.get(total.column)
            if column is None or not column.as_.startswith(("decimal", "int")):
                yield self._problem(
                    ("control_totals", index),
                    f"control total '{total.name}'",
                    f"'{total.column}' is not a compared decimal or int column",
                    "use the new name of one in columns",
                )
            wanted = total.external.by if total.external else {}
            for name in {*total.by, *wanted}:
                if name not in compared or name not in total.by:
                    yield self._problem(
                        ("control_totals", index),
                        f"control total '{total.name}'",
                        f"'{name}' is not a compared column of its by",
                        "use the new names of columns",
                    )

    def _references(self) -> Iterator[Problem]:
        spec = self.comparison
        compared = {column.new: column for column in spec.columns}
        yield from self._share(("limits", "rule_share"), "limits", spec.limits.rule_share)
        if spec.amount and (
            spec.amount not in compared
            or not compared[spec.amount].as_.startswith(("decimal", "int"))
        ):
            yield self._problem(
                ("amount",),
                "amount",
                f"'{spec.amount}' is not a compared decimal or int column",
                "use the new name of one in columns",
            )
        block = spec.in_flight
        if block is None:
            return
        if block.column not in compared or compared[block.column].as_ != "timestamp":
            yield self._problem(
                ("in_flight", "column"),
                "in_flight",
                f"'{block.column}' is not a compared timestamp column",
                "use the new name of one in columns",
            )
        for key in ("grace", "recheck_after"):
            try:
                parse_duration(getattr(block, key))
            except ValueError:
                yield self._problem(
                    ("in_flight", key),
                    "in_flight",
                    f"'{getattr(block, key)}' is no duration",
                    "e.g. PT30M",
                )

    def _lists(self) -> Iterator[Problem]:
        wanted = {part.old for part in self.comparison.key}
        for name in ("accounted", "repairs"):
            block = getattr(self.comparison, name)
            if block is not None and set(block.key) != wanted:
                yield self._problem(
                    (name, "key"),
                    name,
                    f"key does not name the old key {', '.join(sorted(wanted))}",
                    "write {old key column: column of the list}",
                )

    def _cycles(self) -> Iterator[Problem]:
        cycles = self.comparison.cycles
        if cycles.consecutive < 1:
            yield self._problem(
                ("cycles", "consecutive"), "cycles", "consecutive is below 1", "e.g. 3"
            )
        for name in ("holidays", "workdays", "special_days"):
            for index, text in enumerate(getattr(cycles, name)):
                if not _is_day(text):
                    yield self._problem(
                        ("cycles", name, index), name, f"'{text}' is not a day", "e.g. 2026-11-30"
                    )


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return False
    return True


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
