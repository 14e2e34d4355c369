"""What each phrase does that moves, acts or remembers: one function for each id."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches
from typing import Any, Protocol

from golive.browser import BrowserError, BrowserTimeout, Locator
from golive.uat.screen import FIELD_ROLES, CheckFailed, Unclear
from golive.uat.session import Session
from golive.uat.values import squeeze
from golive.uat.wording import say

__all__ = ["ACTIONS", "Action", "Table", "action", "pairs", "shown_value"]

_FIELD_HEADINGS = {("field", "value"), ("字段", "值"), ("字段", "内容")}


class Table(Protocol):
    """A step's table as behave gives it."""

    headings: Sequence[str]
    rows: Sequence[Any]


Action = Callable[..., None]
ACTIONS: dict[str, Action] = {}


def action(phrase: str) -> Callable[[Action], Action]:
    """Register what a phrase does."""

    def register(function: Action) -> Action:
        ACTIONS[phrase] = function
        return function

    return register


# -- who works


@action("sign-in")
def _sign_in(session: Session, _table: Table | None, role: str) -> None:
    session.sign_in(session.value(role))


@action("continue-as")
def _continue_as(session: Session, _table: Table | None, role: str) -> None:
    session.continue_as(session.value(role))


@action("sign-out")
def _sign_out(session: Session, _table: Table | None) -> None:
    session.sign_out()


# -- moving


@action("open")
def _open(session: Session, _table: Table | None, place: str) -> None:
    wanted = session.value(place)
    path = session.site.labels.path(session.site.target.name, wanted)
    if path.startswith("/"):
        session.goto(path)
    else:
        _press(session, session.screen.pressable(session.name(place), "link"), wanted)


@action("menu")
def _menu(session: Session, _table: Table | None, name: str) -> None:
    navigation = session.page.get_by_role("navigation")
    link = session.screen.pressable(session.name(name), within=navigation)
    _press(session, link, name)


@action("reload")
def _reload(session: Session, _table: Table | None) -> None:
    session.page.reload()
    session.screen.settle()


# -- acting


def _press(session: Session, thing: Locator, name: str) -> None:
    if not thing.is_enabled():
        raise CheckFailed(
            say(session.language, f"“{name}” cannot be pressed now", f"“{name}”现在不可点击")
        )
    thing.click()
    session.screen.settle()


@action("click")
def _click(session: Session, _table: Table | None, name: str) -> None:
    _press(session, session.screen.pressable(session.name(name)), name)


@action("click-kind")
def _click_kind(session: Session, _table: Table | None, name: str, kind: str) -> None:
    if kind == "field":
        session.screen.field(session.name(name)).click()
        return
    _press(session, session.screen.pressable(session.name(name), kind), name)


@action("click-row")
def _click_row(session: Session, _table: Table | None, name: str, text: str) -> None:
    row = session.screen.row(session.value(text))
    _press(session, session.screen.pressable(session.name(name), within=row), name)


@action("enter")
def _enter(session: Session, _table: Table | None, value: str, name: str) -> None:
    _put(session, session.name(name), session.value(value))


def _put(session: Session, name: str, value: str) -> None:
    field = session.screen.field(name)
    if not field.is_editable():
        raise CheckFailed(
            say(session.language, f"the field “{name}” is read-only", f"字段“{name}”是只读的")
        )
    if field.evaluate("e => e.tagName") == "SELECT":
        _choose(session, field, value, name)
        return
    try:
        field.fill(value)
    except BrowserTimeout:
        raise
    except BrowserError as error:
        if "Malformed value" not in str(error) and "Cannot type text" not in str(error):
            raise
        raise CheckFailed(
            say(
                session.language,
                f"the field “{name}” does not take “{value}”",
                f"字段“{name}”不接受“{value}”",
            )
        ) from error


@action("clear")
def _clear(session: Session, _table: Table | None, name: str) -> None:
    session.screen.field(session.name(name)).clear()


@action("select")
def _select(session: Session, _table: Table | None, value: str, name: str) -> None:
    shown = session.name(name)
    _choose(session, session.screen.field(shown), session.value(value), shown)


def _choose(session: Session, field: Locator, value: str, name: str) -> None:
    entries = [squeeze(text) for text in field.locator("option").all_inner_texts()]
    if entries.count(squeeze(value)) == 1:
        field.select_option(index=entries.index(squeeze(value)))
        session.screen.settle()
        return
    near = get_close_matches(value, entries, n=1)
    meant = (
        say(session.language, f" Did you mean “{near[0]}”?", f"您是不是指“{near[0]}”？")
        if near
        else ""
    )
    listed = ", ".join(entries[:12])
    raise CheckFailed(
        say(
            session.language,
            f"the list “{name}” has no entry “{value}”.{meant} It has: {listed}",
            f"列表“{name}”里没有“{value}”。{meant}可选：{listed}",
        )
    )


@action("tick")
def _tick(session: Session, _table: Table | None, name: str) -> None:
    session.screen.field(session.name(name)).check()


@action("fill-in")
def _fill_in(session: Session, table: Table | None) -> None:
    for name, value in pairs(session, table):
        _put(session, session.name(name), session.value(value))


def pairs(session: Session, table: Table | None) -> Iterator[tuple[str, str]]:
    """Yield a two-column table's rows; its first row too, unless it reads Field | Value."""
    if table is None or len(table.headings) != 2:  # noqa: PLR2004 - a field and its value
        raise Unclear(
            say(
                session.language,
                "the sentence needs a table of two columns below it: | field | value |",
                "这句话下面需要一个两列的表格：| 字段 | 值 |",
            )
        )
    head = (table.headings[0], table.headings[1])
    if tuple(word.strip().lower() for word in head) not in _FIELD_HEADINGS:
        yield head
    for row in table.rows:
        yield row.cells[0], row.cells[1]


# -- remembering


def shown_value(session: Session, name: str) -> str:
    """Return what a field shows. Raise CheckFailed when there is no such field."""
    found = session.screen.until(lambda: session.screen.shown_value(name))
    if found is None:
        what = say(session.language, "field", "字段")
        raise CheckFailed(session.screen.nothing_called(name, what, (*FIELD_ROLES, "term")))
    return found


@action("remember-field")
def _remember_field(session: Session, _table: Table | None, name: str, key: str) -> None:
    session.remembered[key] = shown_value(session, session.name(name))


@action("remember-like")
def _remember_like(session: Session, _table: Table | None, shape: str, key: str) -> None:
    pattern = re.escape(session.value(shape)).replace(r"\#", "#").replace("#", r"\d")
    whole = re.compile(rf"(?<![\w]){pattern}(?![\w])")
    found = session.screen.until(lambda: whole.search(session.screen.text()))
    if found is None:
        raise CheckFailed(
            say(
                session.language,
                f"the page shows no text like “{shape}”",
                f"页面上没有形如“{shape}”的文字",
            )
        )
    session.remembered[key] = found[0]
