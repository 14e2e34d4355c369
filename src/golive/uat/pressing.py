"""Press things: notices that cover them are waited for or put away, what was typed still stands."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from golive.browser import BrowserTimeout, Locator
from golive.uat.actions import Table, action, in_navigation
from golive.uat.candidates import any_role
from golive.uat.entering import still_there
from golive.uat.pagescript import COVERED_BY
from golive.uat.screen import CheckFailed, Unclear
from golive.uat.session import Session
from golive.uat.shown import ask
from golive.uat.wording import say

__all__ = ["press"]

#: Seconds a covered button is given before the notice over it is put away.
_COVERED = 1.5
_KEYS = {
    "回车": "Enter",
    "确认": "Enter",
    "换行": "Enter",
    "退出": "Escape",
    "取消": "Escape",
    "esc": "Escape",
    "制表": "Tab",
    "空格": "Space",
    "删除": "Delete",
    "退格": "Backspace",
    "上": "ArrowUp",
    "下": "ArrowDown",
    "左": "ArrowLeft",
    "右": "ArrowRight",
    "上翻页": "PageUp",
    "下翻页": "PageDown",
    "up": "ArrowUp",
    "down": "ArrowDown",
    "left": "ArrowLeft",
    "right": "ArrowRight",
    "return": "Enter",
    "ctrl": "Control",
}


def press(
    session: Session, thing: Locator, name: str, do: Callable[..., None] | None = None
) -> None:
    """Press a thing once what was entered still stands, and wait for what comes of it.

    Raise CheckFailed when it cannot be pressed, Unclear when the browser then asks a question
    nobody said an answer to.
    """
    still_there(session)
    session.screen.told.clear()
    if not thing.is_enabled():
        raise CheckFailed(
            say(session.language, f"“{name}” cannot be pressed now", f"“{name}”现在不可点击")
        )
    # Afterwards the page may be another and the thing gone.
    session.take_picture(session.line, acted=thing)
    uncovered(session, thing, name, do or thing.click)
    session.window.entries.clear()
    session.screen.settle()
    if question := session.window.question():
        raise Unclear(
            say(
                session.language,
                f"the page asked “{question}” and nobody said the answer;"
                " write before it: I will accept the next question",
                f"页面询问“{question}”，但没有写明如何回答；请在前面加一句：我将确认下一个提示框",
            )
        )


def uncovered(session: Session, thing: Locator, name: str, do: Callable[..., None]) -> None:
    """Do something with a thing; a notice over it is put away by its own button, else waited for.

    Raise CheckFailed when what covers it stays.
    """
    over = ask(thing, COVERED_BY)
    if over and not over["asks"]:
        _put_away(session, name)
    try:
        do(timeout=_COVERED * 1000)
    except BrowserTimeout as error:
        if "intercepts pointer events" not in str(error):
            do()
            return
    else:
        return
    over = ask(thing, COVERED_BY)
    if over and over["asks"]:
        raise _covered(session, name, over)
    if over:
        _put_away(session, name)
    try:
        do()
    except BrowserTimeout as error:
        over = ask(thing, COVERED_BY)
        if over or "intercepts pointer events" in str(error):
            raise _covered(session, name, over or {"text": ""}) from error
        raise


def _put_away(session: Session, name: str) -> None:
    """Press the closing button of what covers a thing, when it has one of a known name."""
    names = "|".join(map(re.escape, session.site.labels.close))
    wanted = re.compile(rf"^\s*(?:{names})\s*$", re.IGNORECASE)
    cover = session.page.locator("[data-golive-cover]")
    button = any_role(cover, ("button", "link"), wanted).filter(visible=True)
    if button.count():
        button.first.click()


def _covered(session: Session, name: str, over: dict[str, Any]) -> CheckFailed:
    text = str(over["text"]).replace("\n", " ")
    return CheckFailed(
        say(
            session.language,
            f"“{name}” is covered on the page by: {text or '-'}",
            f"“{name}”被页面上的其他内容挡住：{text or '-'}",
        )
    )


@action("open")
def _open(session: Session, _table: Table | None, place: str) -> None:
    site = session.site
    wanted = session.value(place)
    path = site.labels.path(site.target.name, wanted, site.build)
    if path.startswith("/"):
        session.window.entries.clear()
        session.goto(path)
        if session.settle_in_picture():
            session.touched = False
    else:
        name = session.name(place)
        press(session, session.screen.pressable(name, "link"), name)


@action("menu")
def _menu(session: Session, _table: Table | None, name: str) -> None:
    shown = session.name(name)
    press(session, session.screen.pressable(shown, within=in_navigation), shown)


@action("click")
def _click(session: Session, _table: Table | None, name: str) -> None:
    shown = session.name(name)
    press(session, session.screen.pressable(shown), shown)


@action("click-kind")
def _click_kind(session: Session, _table: Table | None, name: str, kind: str) -> None:
    shown = session.name(name)
    if kind == "field":
        session.screen.field(shown).click()
        return
    press(session, session.screen.pressable(shown, kind), shown)


@action("double-click")
def _double_click(session: Session, _table: Table | None, name: str) -> None:
    shown = session.name(name)
    thing = session.screen.pressable_or_cell(shown)
    press(session, thing, shown, thing.dblclick)


@action("click-row")
def _click_row(session: Session, _table: Table | None, name: str, text: str) -> None:
    row = session.screen.row(session.value(text))
    shown = session.name(name)
    press(session, session.screen.pressable(shown, within=lambda _scope: row), shown)


@action("press-key")
def _press_key(session: Session, _table: Table | None, keys: str) -> None:
    still_there(session)
    session.screen.told.clear()
    parts = [part.strip() for part in re.split(r"\s*\+\s*", session.value(keys))]
    named = [_KEYS.get(part.lower(), part) for part in parts]
    try:
        session.page.keyboard.press("+".join(named))
    except Exception as error:
        if "Unknown key" not in str(error):
            raise
        raise Unclear(
            say(session.language, f"there is no key “{keys}”", f"没有“{keys}”键")
        ) from error
    session.screen.settle()


@action("accept-next")
def _accept_next(session: Session, _table: Table | None) -> None:
    session.window.answer = True


@action("decline-next")
def _decline_next(session: Session, _table: Table | None) -> None:
    session.window.answer = False
