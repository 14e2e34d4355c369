"""What each phrase checks: a fact on the page, waited for, and said in plain words when wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from difflib import get_close_matches

from golive.browser import Locator
from golive.uat.actions import Table, action, pairs, shown_value
from golive.uat.screen import CheckFailed, Unclear
from golive.uat.session import Session
from golive.uat.values import evaluate, parse_amount, same_text, squeeze
from golive.uat.wording import say

__all__: list[str] = []


def _expect(session: Session, name: str, wanted: str, holds: Callable[[str], bool]) -> None:
    """Wait until what a field shows holds; say what it shows instead otherwise."""
    shown_value(session, name)

    def look() -> bool | None:
        shown = session.screen.shown_value(name)
        return True if shown is not None and holds(shown) else None

    if session.screen.until(look) is None:
        shown = session.screen.shown_value(name) or ""
        raise CheckFailed(
            say(
                session.language,
                f"“{name}” should be “{wanted}”, it is “{shown}”",
                f"{name} 应为“{wanted}”，实际为“{shown}”",
            )
        )


@action("see")
def _see(session: Session, _table: Table | None, text: str) -> None:
    wanted = session.value(text)
    if session.screen.until(lambda: session.screen.shows(wanted) or None) is None:
        raise CheckFailed(_not_shown(session, wanted))


def _not_shown(session: Session, wanted: str) -> str:
    lines = [squeeze(line) for line in session.screen.text().splitlines() if line.strip()]
    near = get_close_matches(wanted, lines, n=1, cutoff=0.5)
    alerts = " ".join(session.screen.alerts())
    nearest = (
        say(session.language, f"; the nearest text is “{near[0]}”", f"；最接近的是“{near[0]}”")
        if near
        else ""
    )
    told = (
        say(session.language, f"; the page says: {alerts}", f"；页面提示：{alerts}")
        if alerts
        else ""
    )
    return say(
        session.language,
        f"the page does not show “{wanted}”{nearest}{told}",
        f"页面上没有“{wanted}”{nearest}{told}",
    )


@action("not-see")
def _not_see(session: Session, _table: Table | None, text: str) -> None:
    wanted = session.value(text)
    session.screen.settle()
    if session.screen.until(lambda: None if session.screen.shows(wanted) else True) is None:
        raise CheckFailed(
            say(
                session.language,
                f"the page shows “{wanted}”, which it should not",
                f"页面上出现了不应出现的“{wanted}”",
            )
        )


@action("field-is")
def _field_is(session: Session, _table: Table | None, name: str, value: str) -> None:
    wanted = session.value(value)
    _expect(session, session.name(name), wanted, lambda shown: same_text(wanted, shown))


@action("form-shows")
def _form_shows(session: Session, table: Table | None) -> None:
    for name, value in pairs(session, table):
        _field_is(session, None, name, value)


@action("amount-is")
def _amount_is(session: Session, _table: Table | None, name: str, value: str) -> None:
    text = session.value(value)
    wanted = evaluate(text)
    if wanted is None:
        raise Unclear(say(session.language, f"“{text}” is no amount", f"“{text}”不是金额"))

    def holds(shown: str) -> bool:
        return parse_amount(shown) == wanted

    _expect(session, session.name(name), _money(text, wanted), holds)


def _money(text: str, amount: Decimal) -> str:
    return text if parse_amount(text) is not None else f"{text} = {amount}"


@action("table-contains")
def _table_contains(session: Session, table: Table | None, name: str) -> None:
    if table is None or not table.rows:
        raise Unclear(
            say(
                session.language,
                "the sentence needs a table with headings and rows below it",
                "这句话下面需要一个带表头和数据行的表格",
            )
        )
    wanted = [[session.value(cell) for cell in row.cells] for row in table.rows]
    missing: list[str] = []

    def look() -> bool | None:
        missing[:] = _missing_rows(session, name, list(table.headings), wanted)
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
    absent = [heading for heading in headings if session.name(heading) not in header]
    if absent:
        return [_no_column(session, absent[0], header)]
    places = [header.index(session.name(heading)) for heading in headings]
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


def _row_is(wanted: Sequence[str], shown: Sequence[str], places: Sequence[int]) -> bool:
    return all(
        place < len(shown) and same_text(cell, shown[place])
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


@action("control-state")
def _control_state(
    session: Session, _table: Table | None, name: str, kind: str, state: str
) -> None:
    session.screen.settle()
    shown = session.name(name)
    holds = _STATES[state]
    if session.screen.until(lambda: holds(session, shown, kind) or None) is None:
        raise CheckFailed(
            say(
                session.language,
                f"the {kind} “{name}” should be {state}, it is not",
                f"“{name}”的状态不符合要求（{_CHINESE_STATES[state]}）",
            )
        )


_CHINESE_STATES = {"enabled": "可用", "disabled": "不可用", "offered": "出现", "absent": "不出现"}


def _there(session: Session, name: str, kind: str) -> Locator | None:
    found = session.screen.at_once(name, kind)
    return found if found.count() == 1 else None


_STATES: Mapping[str, Callable[[Session, str, str], bool]] = {
    "offered": lambda session, name, kind: session.screen.at_once(name, kind).count() > 0,
    "absent": lambda session, name, kind: session.screen.at_once(name, kind).count() == 0,
    "enabled": lambda session, name, kind: bool(
        (found := _there(session, name, kind)) and found.is_enabled()
    ),
    "disabled": lambda session, name, kind: bool(
        (found := _there(session, name, kind)) and not found.is_enabled()
    ),
}


@action("refused")
def _refused(session: Session, _table: Table | None, text: str) -> None:
    wanted = squeeze(session.value(text))

    def look() -> bool | None:
        return True if any(wanted in alert for alert in session.screen.alerts()) else None

    if wanted and session.screen.until(look) is not None:
        return
    told = " ".join(session.screen.alerts())
    shown = told or say(session.language, "no error message", "没有错误提示")
    raise CheckFailed(
        say(
            session.language,
            f"the system should refuse with “{wanted}”, the page shows: {shown}",
            f"系统应拒绝并提示“{wanted}”，页面显示：{shown}",
        )
    )


@action("no-errors")
def _no_errors(session: Session, _table: Table | None) -> None:
    session.screen.settle()
    if alerts := session.screen.alerts():
        shown = " ".join(alerts)
        raise CheckFailed(
            say(session.language, f"the page shows an error: {shown}", f"页面有错误提示：{shown}")
        )


@action("title")
def _title(session: Session, _table: Table | None, text: str) -> None:
    wanted = session.value(text)
    if session.screen.until(lambda: wanted in session.page.title() or None) is None:
        shown = session.page.title()
        raise CheckFailed(
            say(
                session.language,
                f"the page title should contain “{wanted}”, it is “{shown}”",
                f"页面标题应包含“{wanted}”，实际为“{shown}”",
            )
        )
