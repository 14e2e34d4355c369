"""What each phrase checks about tables: rows found, rows counted."""

from __future__ import annotations

from collections.abc import Sequence

from golive.uat.actions import Table, action, rows_of
from golive.uat.naming import patterns
from golive.uat.screen import CheckFailed
from golive.uat.session import Session
from golive.uat.values import same_text
from golive.uat.wording import say

__all__: list[str] = []


@action("table-contains")
def _table_contains(session: Session, table: Table | None, name: str) -> None:
    given = rows_of(session, table)
    wanted = [[session.value(cell) for cell in row.cells] for row in given.rows]
    missing: list[str] = []

    def look() -> bool | None:
        missing[:] = _missing_rows(session, name, list(given.headings), wanted)
        return None if missing else True

    if session.screen.until(look) is None:
        shown = "; ".join(missing)
        raise CheckFailed(
            say(
                session.language,
                f"the table “{name}” has no row {shown}",
                f"表格“{name}”里没有这一行：{shown}",
            )
        )


def _missing_rows(
    session: Session, name: str, headings: list[str], wanted: list[list[str]]
) -> list[str]:
    header, rows = session.screen.table(session.name(name))
    places = [_place(session.name(heading), header) for heading in headings]
    if None in places:
        return [_no_column(session, headings[places.index(None)], header)]
    left = list(rows)
    missing = []
    for row in wanted:
        found = next((r for r in left if _row_is(row, r, places)), None)
        if found is None:
            missing.append(" | ".join(row))
        else:
            # One row of the page answers for one row of the scenario.
            left.remove(found)
    return missing


def _place(heading: str, header: Sequence[str]) -> int | None:
    """Return where a column stands, called so exactly or with decoration; None when nowhere."""
    for pattern in patterns(heading):
        found = [place for place, text in enumerate(header) if pattern.match(text)]
        if found:
            return found[0]
    return None


def _row_is(wanted: Sequence[str], shown: Sequence[str], places: Sequence[int | None]) -> bool:
    return all(
        place is not None and place < len(shown) and same_text(cell, shown[place])
        for cell, place in zip(wanted, places, strict=True)
    )


def _no_column(session: Session, name: str, header: Sequence[str]) -> str:
    listed = ", ".join(header)
    return say(
        session.language,
        f"(no column “{name}”; it has: {listed})",
        f"（没有列“{name}”；现有：{listed}）",
    )


@action("table-rows")
def _table_rows(session: Session, _table: Table | None, name: str, count: int) -> None:
    seen: list[int] = [0]

    def look() -> bool | None:
        seen[0] = len(session.screen.table(session.name(name))[1])
        return True if seen[0] == count else None

    if session.screen.until(look) is None:
        raise CheckFailed(
            say(
                session.language,
                f"the table “{name}” should have {count} rows, it has {seen[0]}",
                f"表格“{name}”应有 {count} 行，实际 {seen[0]} 行",
            )
        )
