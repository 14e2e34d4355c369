"""Group what is open into a few findings: one cause each, its count, its amount, where it sits."""

# ruff: noqa: S608  (SQL is built here; every name and value in it is quoted)
from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from golive.compare.codemaps import Stage
from golive.compare.database import literal
from golive.compare.whole import value_test

__all__ = ["Dimension", "Finding", "find_causes"]

#: Findings told one by one; what is left is in the last.
_MOST = 40
#: A value of another column dominates when this share of the finding's rows has it, and at most
#: this share of all rows; below this many rows it is chance.
_DOMINANT, _COMMON, _FEWEST = 0.8, 0.5, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """One value of another column that nearly all rows of a finding share."""

    column: str
    value: str
    #: Share of the finding's rows, and of all rows, that have it; 0 to 1.
    here: float
    everywhere: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Open differences with one cause."""

    #: ``changed``, ``only_old`` or ``only_new``.
    kind: str
    #: The compared column; empty for whole rows.
    column: str
    #: Name of the cause; empty when none was found.
    cause: str
    detail: str
    count: int
    #: Sum of new minus old in the column's unit; of the rows' amounts for whole rows.
    amount: Decimal | None
    #: Business keys of the largest.
    examples: tuple[str, ...]
    dimension: Dimension | None = None


def find_causes(stage: Stage) -> tuple[Finding, ...]:
    """Return the findings, those with the most rows first."""
    rows = stage.connection.execute(
        "SELECT kind, column_name, cause, detail, count(*) AS many, sum(amount), "
        # Of equal size by their key: the order rows were read in does not show.
        "min_by(business_key, (-coalesce(size, 0), business_key), 3) FROM (SELECT *, "
        "array_to_string(coalesce(new_key, old_key), ' / ') AS business_key FROM differences) "
        "WHERE class IN ('open', 'only_old', 'only_new') "
        "GROUP BY ALL ORDER BY many DESC, column_name, kind, cause, detail"
    ).fetchall()
    likely = [
        _likely(stage, row[0], row[1], row[2], row[3]) if row[4] >= _FEWEST else ()
        for row in rows[:_MOST]
    ]
    everywhere = _everywhere(stage, likely)
    found = [
        Finding(
            kind=row[0],
            column=row[1],
            cause=row[2],
            detail=row[3],
            count=int(row[4]),
            amount=row[5],
            examples=tuple(text or "" for text in row[6] or ()),
            dimension=_dimension(shared, everywhere),
        )
        for row, shared in zip(rows[:_MOST], likely, strict=True)
    ]
    rest = rows[_MOST:]
    if rest:
        found.append(
            Finding(
                kind="", column="", cause="rest", detail=str(len(rest)),
                count=sum(int(row[4]) for row in rest), amount=None, examples=(),
            )
        )  # fmt: skip
    return tuple(found)


def _candidates(stage: Stage, but: str) -> Iterator[tuple[str, str]]:
    """Yield (name, SQL of the typed table) of the columns a finding may be concentrated in."""
    for index, part in enumerate(stage.comparison.key):
        if len(stage.comparison.key) > 1 and not part.pii:
            yield part.new, f"k{index}"
    for index, column in enumerate(stage.comparison.columns):
        if column.new != but and not column.pii and column.declared.name in {
            "varchar", "bool", "int", "date",
        }:  # fmt: skip
            yield column.new, f"c{index}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shared:
    """A value that nearly all rows of a finding have; ``name`` is the column in typed tables."""

    side: str
    column: str
    name: str
    value: str
    here: float


def _likely(stage: Stage, kind: str, column: str, cause: str, detail: str) -> tuple[_Shared, ...]:
    """Return the values nearly all rows of a finding have."""
    side = "new" if kind == "only_new" else "old"
    candidates = list(_candidates(stage, column))
    if not candidates:
        return ()
    mine = (
        f"SELECT {side}_row FROM differences WHERE kind = {literal(kind)} "
        f"AND column_name = {literal(column)} AND cause = {literal(cause)} "
        f"AND detail = {literal(detail)} AND class IN ('open', 'only_old', 'only_new')"
    )
    modes = ", ".join(f"mode(CAST({name} AS VARCHAR))" for _, name in candidates)
    rows = f"FROM {side}_rows WHERE row IN ({mine})"
    values = stage.connection.execute(f"SELECT {modes} {rows}").fetchone() or ()
    tests = [
        value_test(name, str(value)) if value is not None else "false"
        for (_, name), value in zip(candidates, values, strict=True)
    ]
    shares = ", ".join(f"count(*) FILTER ({test}) / count(*)" for test in tests)
    here = stage.connection.execute(f"SELECT {shares} {rows}").fetchone() or ()
    return tuple(
        _Shared(side=side, column=column, name=name, value=str(value), here=share)
        for (column, name), value, share in zip(candidates, values, here, strict=True)
        if share >= _DOMINANT
    )


def _everywhere(
    stage: Stage, likely: Sequence[Sequence[_Shared]]
) -> Mapping[tuple[str, str, str], float]:
    """Return (side, column, value) -> its share of all rows; a side is asked once for all."""
    found: dict[tuple[str, str, str], float] = {}
    for side in ("old", "new"):
        asked = list(
            dict.fromkeys(
                (item.name, item.value) for each in likely for item in each if item.side == side
            )
        )
        if asked:
            shares = stage.whole.shares(side, asked)
            found |= {(side, *one): share for one, share in zip(asked, shares, strict=True)}
    return found


def _dimension(
    likely: Sequence[_Shared], everywhere: Mapping[tuple[str, str, str], float]
) -> Dimension | None:
    """Return the value that nearly all rows of a finding have, and few others."""
    found = [
        Dimension(
            column=item.column, value=item.value, here=item.here,
            everywhere=everywhere[item.side, item.name, item.value],
        )
        for item in likely
        if everywhere[item.side, item.name, item.value] <= _COMMON
    ]  # fmt: skip
    return max(found, key=lambda item: item.here - item.everywhere, default=None)
