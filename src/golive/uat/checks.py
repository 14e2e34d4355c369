"""What each phrase checks: a fact on the page, waited for, and said in plain words when wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from difflib import get_close_matches

from golive.browser import Locator
from golive.uat.actions import Table, action, pairs, shown_value
from golive.uat.screen import CheckFailed, Unclear
from golive.uat.session import Session
from golive.uat.shown import field_value
from golive.uat.ticking import is_ticked
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
        raise CheckFailed(_wrong(session, name, wanted, shown))


def _wrong(session: Session, name: str, wanted: str, shown: str) -> str:
    """Say in the business's words what a field should show and what it shows."""
    heading = session.screen.heading()
    # A heading with a number names the document: "Order SO-000123".
    whose = f"{heading} " if any(sign.isdigit() for sign in heading) else ""
    return say(
        session.language,
        f"{whose}“{name}” should be “{wanted}”, it is “{shown}”",
        f"{whose}{name} 应为“{wanted}”，实际为“{shown}”",
    )


@action("see")
def _see(session: Session, _table: Table | None, text: str) -> None:
    wanted = session.value(text)
    if session.screen.until(lambda: session.screen.shows(wanted) or None) is None:
        raise CheckFailed(_not_shown(session, wanted))


@action("see-within")
def _see_within(session: Session, _table: Table | None, text: str, seconds: int) -> None:
    wanted = session.value(text)
    shows = session.screen.shows
    if session.screen.until(lambda: shows(wanted) or None, patience=seconds) is None:
        late = say(session.language, f"after {seconds} seconds ", f"等待 {seconds} 秒后，")
        raise CheckFailed(late + _not_shown(session, wanted))


@action("gone")
def _gone(session: Session, _table: Table | None, text: str) -> None:
    wanted = session.value(text)
    # Long work has its own time: ten times that of a single look.
    patience = 10 * session.patience
    shows = session.screen.shows
    if session.screen.until(lambda: None if shows(wanted) else True, patience=patience) is None:
        raise CheckFailed(
            say(
                session.language,
                f"“{wanted}” is still on the page after {patience:g} seconds",
                f"等待 {patience:g} 秒后，页面上仍有“{wanted}”",
            )
        )
    session.screen.settle()


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


@action("field-empty")
def _field_empty(session: Session, _table: Table | None, name: str) -> None:
    empty = say(session.language, "empty", "空")
    _expect(session, session.name(name), empty, lambda shown: shown in _NOTHING)


#: How pages show that there is nothing.
_NOTHING = frozenset({"", "-", "–", "—", "--", "N/A", "n/a", "无", "（空）"})


@action("form-shows")
def _form_shows(session: Session, table: Table | None) -> None:
    _all_of(session, table, lambda name, value: _field_is(session, None, name, value))


@action("form-has")
def _form_has(session: Session, table: Table | None) -> None:
    def check(name: str, value: str) -> None:
        wanted, shown = session.value(value), session.name(name)
        field = session.screen.field(shown)

        def look() -> bool | None:
            return same_text(wanted, field_value(field)) or None

        if session.screen.until(look) is None:
            raise CheckFailed(_wrong(session, shown, wanted, field_value(field)))

    _all_of(session, table, check)


def _all_of(session: Session, table: Table | None, check: Callable[[str, str], None]) -> None:
    """Check every row and tell all that is wrong, not only the first; one at most is waited for."""
    wrong: list[str] = []
    patience = session.screen.patience
    try:
        for name, value in list(pairs(session, table)):
            try:
                check(name, value)
            except CheckFailed as error:
                wrong.append(str(error))
                session.screen.patience = 0
    finally:
        session.screen.patience = patience
    if wrong:
        raise CheckFailed("; ".join(wrong) if len(wrong) > 1 else wrong[0])


@action("ticked")
def _ticked(session: Session, _table: Table | None, name: str) -> None:
    _expect_tick(session, session.name(name), ticked=True)


@action("not-ticked")
def _not_ticked(session: Session, _table: Table | None, name: str) -> None:
    _expect_tick(session, session.name(name), ticked=False)


def _expect_tick(session: Session, name: str, *, ticked: bool) -> None:
    box = session.screen.tick_box(name)
    if session.screen.until(lambda: is_ticked(session, box, name) == ticked or None) is None:
        raise CheckFailed(
            say(
                session.language,
                f"“{name}” should {'' if ticked else 'not '}be ticked",
                f"“{name}”应{'已' if ticked else '未'}勾选，实际{'未' if ticked else '已'}勾选",
            )
        )


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


@action("control-state")
def _control_state(
    session: Session, _table: Table | None, name: str, kind: str, state: str
) -> None:
    session.screen.settle()
    shown = session.name(name)
    holds = _STATES[state]
    if session.screen.until(lambda: holds(session.screen.at_once(shown, kind)) or None) is None:
        english, chinese = _STATE_WORDS[state]
        there = bool(session.screen.at_once(shown, kind))
        raise CheckFailed(
            say(
                session.language,
                f"the {kind} “{shown}” should be {english}, it is not{'' if there else ' there'}",
                f"“{shown}”应{chinese}，实际{'并非如此' if there else '页面上没有'}",
            )
        )


_STATE_WORDS = {
    "enabled": ("enabled", "可用"),
    "disabled": ("disabled", "不可用"),
    "offered": ("offered", "出现"),
    "absent": ("absent", "不出现"),
    "read-only": ("read-only", "只读"),
    "editable": ("editable", "可编辑"),
}
_STATES: Mapping[str, Callable[[Sequence[Locator]], bool]] = {
    "offered": bool,
    "absent": lambda found: not found,
    "enabled": lambda found: len(found) == 1 and found[0].is_enabled(),
    "disabled": lambda found: len(found) == 1 and not found[0].is_enabled(),
    "read-only": lambda found: len(found) == 1 and not found[0].is_editable(),
    "editable": lambda found: len(found) == 1 and found[0].is_editable(),
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
