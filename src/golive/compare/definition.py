"""What a comparison file says: two sides, a key, columns, cycles, and how much may differ."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import Any, ClassVar, Literal

from golive.compare.declared import DeclaredType, parse_type

__all__ = [
    "Accounted",
    "CodeMap",
    "Column",
    "Comparison",
    "ControlTotal",
    "Cycles",
    "External",
    "Formats",
    "Ignored",
    "InFlight",
    "KeyPart",
    "Limits",
    "Reconcile",
    "Repairs",
    "Side",
    "comparison_digest",
]


Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
#: How numbers are written: ``grouped`` is ``1,234.50``, ``（12.00）``, full-width digits.
Numbers = Literal["plain", "grouped", "european"]


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
    #: Which rows of the table or file: a condition in the source's SQL (DuckDB's for files).
    where: str = ""
    path: str = ""
    encoding: str = "utf-8"
    delimiter: str = ","
    #: The unquoted text that means "no value" in a CSV file.
    null_text: str = ""
    numbers: Numbers = "plain"
    #: A sheet of a workbook; empty is the first.
    sheet: str = ""
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
    zone: Formats = Formats()
    #: Personal data: rows are named by marks, the same for the same key.
    pii: bool = False

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
    #: The same relative to the larger of both values, in percent.
    tolerance_percent: str | int | float = 0
    rules: tuple[str, ...] = ()
    #: The largest share of paired rows its rules may explain, 0 to 1; above it they hide something.
    share: float | None = None
    map: Mapping[str, str] = field(default_factory=dict)
    map_file: CodeMap | None = None
    #: An old value the map does not list: a difference, or expected unchanged.
    unmapped: Literal["error", "same"] = "error"
    format: Formats = Formats()
    #: The zones timestamps without one are in, e.g. ``{old: Asia/Shanghai, new: UTC}``.
    zone: Formats = Formats()
    #: Personal data: its values and differences are shown only as marks that keep equality.
    pii: bool = False
    #: The side whose rows of one key are added up before they are compared: ``new`` where one old
    #: row became several new ones, ``old`` where several became one, or ``both``.
    sum: Literal["", "old", "new", "both"] = ""

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
class External:
    """A third source of a control total: a CSV file with one value for each group."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT
    path: str
    #: The file's column with the value.
    value: str
    #: Column of ``by`` -> column of the file, where the names differ.
    by: Mapping[str, str] = field(default_factory=dict)
    encoding: str = "utf-8"
    delimiter: str = ","
    numbers: Numbers = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlTotal:
    """A sum both sides must share, computed at the source as well as on the snapshot."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT
    name: str
    #: A compared column, by its new name; ``decimal`` or ``int``.
    column: str
    tolerance: str | int | float = 0
    #: Also for each value of these columns, by their new names: ``[currency]``.
    by: tuple[str, ...] = ()
    external: External | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InFlight:
    """How rows that were changing while they were read are told from wrong ones.

    A difference in a row changed within ``grace`` before the reading is read again after
    ``recheck_after``; what is gone then was in flight. Durations are ISO 8601: ``PT30M``.
    """

    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT
    #: A compared timestamp column, by its new name.
    column: str
    grace: str = "PT30M"
    recheck_after: str = "PT15M"
    max_rechecks: int = 3


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
    #: Keys that occur more than once or have no value, and are on both sides.
    duplicate_keys: int | None = None
    #: The share of paired rows the rules of one column may explain, where it names none itself.
    rule_share: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycles:
    """When a dual run compares, and how often in a row it must be clean. Days are ISO dates."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT
    #: Business days in a row that must be clean.
    consecutive: int = 3
    weekend: tuple[Weekday, ...] = ("saturday", "sunday")
    holidays: tuple[str, ...] = ()
    #: Days worked although they fall on a weekend or holiday, as before a long Chinese holiday.
    workdays: tuple[str, ...] = ()
    #: Days that must be clean whatever the streak: a month end, a payroll run.
    special_days: tuple[str, ...] = ()


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
    #: ``none`` is for dry runs: no copy of the rows is kept, and so nothing is proven (``skipped``
    #: where all agrees).
    snapshot: Literal["kept", "none"] = "kept"
    #: ``pushdown``: both sides lie in one PostgreSQL database, and equal rows are counted there
    #: and never read; what is kept as evidence are the rows that differ.
    engine: Literal["duckdb", "pushdown"] = "duckdb"
    #: Into how many parts rows are divided by their keys. More than one: compared part by part,
    #: in the memory of a part, and each side's checksums are held against the last comparison's.
    #: With 1 they are divided only where all at once exceeds the memory.
    buckets: int = 1
    key: tuple[KeyPart, ...]
    columns: tuple[Column, ...]
    ignore: tuple[Ignored, ...] = ()
    control_totals: tuple[ControlTotal, ...] = ()
    accounted: Accounted | None = None
    repairs: Repairs | None = None
    reconcile: Reconcile | None = None
    #: The column, by its new name, whose amounts say how large a difference is; without it the
    #: first control total's, else the first decimal.
    amount: str = ""
    in_flight: InFlight | None = None
    limits: Limits = Limits()
    cycles: Cycles = Cycles()

    @property
    def declared(self) -> tuple[KeyPart | Column, ...]:
        """The key and the compared columns together."""
        return (*self.key, *self.columns)

    @property
    def summed(self) -> tuple[str, ...]:
        """The sides whose rows are added up by their keys."""
        named = {column.sum for column in self.columns} - {""}
        return tuple(side for side in ("old", "new") if named & {side, "both"})

    @property
    def personal(self) -> bool:
        """True when anything that is compared is personal data."""
        return any(item.pii for item in self.declared)

    @property
    def amount_column(self) -> int | None:
        """The position in ``columns`` of the one that says how large a row is."""
        totals = [total.column for total in self.control_totals]
        wanted = [self.amount] if self.amount else totals[:1]
        for index, column in enumerate(self.columns):
            if column.new in wanted or (not wanted and column.as_.startswith("decimal")):
                return index
        return None

    def column(self, new_name: str) -> Column:
        """Return a compared column by its new name. Raise KeyError when there is none."""
        return next(item for item in self.columns if item.new == new_name)


def comparison_digest(comparison: Comparison) -> str:
    """Return the SHA-256 over what is compared with what, as the file says it."""
    text = json.dumps(asdict(comparison), sort_keys=True, ensure_ascii=False)
    return sha256(text.encode()).hexdigest()
