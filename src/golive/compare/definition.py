"""What a comparison file says: two sides, a key, columns, and how much may differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Literal

from golive.compare.declared import DeclaredType, parse_type
from golive.compare.rules import RULES
from golive.errors import Problem, SpecError
from golive.specfile import Place, SpecDocument, build, read_yaml

__all__ = [
    "Accounted",
    "CodeMap",
    "Column",
    "Comparison",
    "ControlTotal",
    "Formats",
    "Ignored",
    "KeyPart",
    "Limits",
    "Reconcile",
    "Repairs",
    "Side",
    "read_comparison",
]

#: More rules than this on one column would make "which rule absorbed it" a guess.
_MOST_RULES = 5


def _yaml_key(name: str) -> str:
    """Return how a field is written in YAML: ``as_`` stands as ``as``, a word Python keeps."""
    return name.rstrip("_")


#: Read by the validator of the specification: unknown keys are errors, ``as_`` is ``as``.
_STRICT: Mapping[str, Any] = {"alias_generator": _yaml_key, "extra": "forbid"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """Where one side's rows come from. ``path`` may name a fact of the environment: ``{site}``."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT
    #: Name of a registered source: ``sqlite``, ``csv`` or a plugin's.
    source: str
    #: Which target of the environment holds the database.
    target: str = ""
    table: str = ""
    #: One SELECT in the source's own SQL.
    query: str = ""
    path: str = ""
    encoding: str = "utf-8"
    delimiter: str = ","
    #: The unquoted text that means "no value" in a CSV file.
    null_text: str = ""
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeMap:
    """A CSV file that says which new code an old one became; its columns by name."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT
    path: str
    old: str
    new: str
    encoding: str = "utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Formats:
    """How each side writes dates, in strptime letters; empty is ISO 8601."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT
    old: str = ""
    new: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPart:
    """One column of the key. Its rules are applied to both sides before rows are matched."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT
    old: str
    new: str
    as_: str
    rules: tuple[str, ...] = ()
    key_map: CodeMap | None = None
    format: Formats = Formats()

    @property
    def declared(self) -> DeclaredType:
        """The type both sides are read as."""
        return parse_type(self.as_)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One pair of columns that must agree."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT
    old: str
    new: str
    as_: str
    #: Largest difference that is not one, in the column's unit (seconds for timestamps).
    tolerance: str | int | float = 0
    rules: tuple[str, ...] = ()
    map: Mapping[str, str] = field(default_factory=dict)
    map_file: CodeMap | None = None
    #: An old value the map does not list: a difference, or expected unchanged.
    unmapped: Literal["error", "same"] = "error"
    format: Formats = Formats()

    @property
    def declared(self) -> DeclaredType:
        """The type both sides are read as."""
        return parse_type(self.as_)

    @property
    def mapped(self) -> bool:
        """True when old values are translated before they are compared."""
        return bool(self.map) or self.map_file is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """A column nobody compares, and why."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT
    reason: str
    old: str = ""
    new: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlTotal:
    """A sum both sides must share, computed at the source as well as on the snapshot."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT
    name: str
    #: A compared column, by its new name; ``decimal`` or ``int``.
    column: str
    tolerance: str | int | float = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounted:
    """A CSV list of what became of old rows; merged and rejected ones need no row in the new.

    A row listed so that is in the new system all the same counts as only new.
    """

    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT
    path: str
    #: Old key column -> column of the list.
    key: Mapping[str, str]
    #: The list's column that says what became of the row, and its two words.
    outcome: str
    merged: str = "merged"
    rejected: str = "rejected"
    #: Only rows of the list with these values: ``{entity: orders}``.
    where: Mapping[str, str] = field(default_factory=dict)
    encoding: str = "utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Repairs:
    """A CSV list of values the migration changed on purpose, one line for each, with its rule.

    A difference is explained when the list names its key, its field and exactly the new value.
    """

    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT
    path: str
    #: Old key column -> column of the list.
    key: Mapping[str, str]
    #: The list's columns for the field changed, the value it became, and the rule.
    column: str
    new: str
    rule: str
    #: The list's word for a field -> the compared column's new name, where they differ.
    names: Mapping[str, str] = field(default_factory=dict)
    where: Mapping[str, str] = field(default_factory=dict)
    encoding: str = "utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconcile:
    """The migration's own counts: a JSON file and where each stands in it: ``orders.loaded``."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT
    control: str
    source: str
    loaded: str
    rejected: str = ""
    merged: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many may remain; ``null`` is any number (and still told)."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT
    #: Values that differ and that nothing explains.
    open: int = 0
    only_old: int = 0
    only_new: int = 0
    #: Old rows the migration refused to load.
    rejected: int | None = 0
    merged: int | None = None
    #: Values that differ because the migration changed them on purpose.
    repaired: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One file of ``cutover_playbooks/comparisons/``."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT
    schema: Literal["golive/comparison/v1"]
    id: str
    #: What the rows are called in sentences: ``orders``.
    title: str
    title_zh: str = ""
    owner: str = ""
    old: Side
    new: Side
    key: tuple[KeyPart, ...]
    columns: tuple[Column, ...]
    ignore: tuple[Ignored, ...] = ()
    control_totals: tuple[ControlTotal, ...] = ()
    accounted: Accounted | None = None
    repairs: Repairs | None = None
    reconcile: Reconcile | None = None
    limits: Limits = Limits()

    @property
    def declared(self) -> tuple[KeyPart | Column, ...]:
        """The key and the compared columns together."""
        return (*self.key, *self.columns)

    def column(self, new_name: str) -> Column:
        """Return a compared column by its new name. Raise KeyError when there is none."""
        return next(item for item in self.columns if item.new == new_name)


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
        if not spec.key:
            yield self._problem(("key",), "key", "names no column", "add the business key")
        for index, part in enumerate(spec.key):
            yield from self._typed(("key", index), f"key '{part.new}'", part)
        for index, column in enumerate(spec.columns):
            yield from self._typed(("columns", index), f"column '{column.new}'", column)
            yield from self._column(index, column)
        yield from self._ignored()
        yield from self._twice()
        yield from self._totals()
        yield from self._lists()

    def _side(self, name: str, side: Side) -> Iterator[Problem]:
        given = [key for key in ("table", "query", "path") if getattr(side, key)]
        wanted = {"sqlite": ("table", "query"), "csv": ("path",)}.get(side.source)
        if wanted is None:
            return
        if len(given) != 1 or given[0] not in wanted:
            yield self._problem(
                (name,),
                f"side '{name}'",
                f"source '{side.source}' needs {' or '.join(wanted)}, and nothing else of the kind",
                f"it has {', '.join(given) or 'none'}",
            )
        if side.source == "sqlite" and not side.target:
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
        if len(item.rules) > _MOST_RULES:
            yield self._problem(
                (*place, "rules"), subject, "has too many rules", f"at most {_MOST_RULES}"
            )

    def _column(self, index: int, column: Column) -> Iterator[Problem]:
        place: Place = ("columns", index)
        subject = f"column '{column.new}'"
        try:
            allowance = float(column.tolerance)
        except ValueError:
            allowance = -1.0
        if not 0 <= allowance < float("inf"):
            yield self._problem(
                (*place, "tolerance"),
                subject,
                "tolerance is not a number of 0 or more",
                "e.g. 0.01",
            )
        if allowance > 0 and column.as_.startswith(("varchar", "bool")):
            yield self._problem(
                (*place, "tolerance"), subject, f"'{column.as_}' has no tolerance", "use rules"
            )
        if column.map and column.map_file is not None:
            yield self._problem(place, subject, "has both map and map_file", "keep one of them")

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
