"""Put values into fields so that they stay: as a person does who looks again at what was typed.

Business pages fill in defaults late, replace a field when it is entered, format numbers and
propose codes. So nothing is typed while a request is in flight, each field is read again after it
was filled, and once more before anything is pressed; a field that lost its value is filled a
second time key by key; after that the page is at fault and it is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from golive.browser import BrowserError, BrowserTimeout, Locator
from golive.uat.actions import Table, action, pairs
from golive.uat.naming import patterns
from golive.uat.pagescript import CONTROL, SHOWS
from golive.uat.picking import pick
from golive.uat.screen import CheckFailed, Unclear
from golive.uat.session import Session
from golive.uat.shown import ask, field_value
from golive.uat.values import kept, squeeze
from golive.uat.window import Entry
from golive.uat.wording import say
from golive.uat.writtendays import parse_date

__all__ = ["choose", "put", "put_into", "still_there"]

_TICKED = {"checkbox", "radio"}


def put(
    session: Session, name: str, value: str, *, must_pick: bool = False, alone: bool = False
) -> None:
    """Put a value into the field of a name and see that it stays.

    ``alone``: it is all its sentence does, so that the picture of it is the sentence's. Raise
    CheckFailed when the field is not there, is read-only, or does not keep the value.
    """
    session.screen.rest()
    try:
        found = session.screen.asked_field(name, CONTROL)
    except BrowserError:  # the page was replaced under the look
        found = None
    field, control = found or (session.screen.field(name), None)
    session.screen.found = field
    entry, pictured = _put_in(
        session, field, name, value, control, must_pick=must_pick, alone=alone
    )
    session.window.entries[name] = entry
    if pictured:
        session.touched = False


def put_into(
    session: Session, field: Locator, name: str, value: str, *, must_pick: bool = False
) -> Entry:
    """Put a value into a field that was found; raise as :func:`put`."""
    return _put_in(session, field, name, value, None, must_pick=must_pick)[0]


def _put_in(
    session: Session,
    field: Locator,
    name: str,
    value: str,
    control: Mapping[str, Any] | None,
    *,
    must_pick: bool = False,
    alone: bool = False,
) -> tuple[Entry, bool]:
    """Put a value into a field; return the entry, and whether its picture was taken."""
    control = control or ask(field, CONTROL)
    if control["tag"] == "SELECT":
        choose(session, field, value, name)
        return Entry(name=name, value=value), False
    if control["type"] in _TICKED:
        raise CheckFailed(
            say(
                session.language,
                f"“{name}” is a box to tick, nothing can be typed into it",
                f"“{name}”是勾选框，不能输入文字",
            )
        )
    if not control["editable"]:
        raise CheckFailed(
            say(session.language, f"the field “{name}” is read-only", f"字段“{name}”是只读的")
        )
    if control["picks"]:
        entry = Entry(name=name, value=value, picked=pick(session, field, name, value, must_pick))
    else:
        entry = Entry(name=name, value=_fill(session, field, name, value, control["type"]))
    if alone:
        pictured = session.settle_in_picture(field)
    else:
        pictured = False
        session.screen.settle()
    if not _stands(session, field, entry):
        _again(session, field, entry)
        pictured = False
    return entry, pictured


def _fill(session: Session, field: Locator, name: str, value: str, kind: str) -> str:
    """Fill a field at once, as pasting does; return what was put in."""
    if kind == "date" and (day := parse_date(value)) is not None:
        value = day.isoformat()
    try:
        field.fill(value)
        field.blur()
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
    return value


def _stands(session: Session, field: Locator, entry: Entry) -> bool:
    """Return whether a field still shows what was entered."""
    # Asked in one go, for it is asked after every entry.
    there = field.evaluate_all(f"all => all.map({SHOWS})")
    if not there:
        # It was replaced under another name or went away: then the next sentence will say so.
        return True
    if len(there) > 1:
        raise Unclear(session.screen.several(entry.name, field.all()))
    return _holds(there[0], entry)


def _holds(there: Mapping[str, Any], entry: Entry) -> bool:
    """Return whether what a field shows is what was entered, in a way a page may write it."""
    if there["type"] == "password":
        return bool(there["shown"] == entry.value)
    shown = squeeze(str(there["shown"]))
    if kept(entry.value, shown) or (not entry.value and not shown):
        return True
    return bool(entry.picked) and bool(shown) and shown in entry.picked


def _again(session: Session, field: Locator, entry: Entry) -> None:
    """Enter a lost value a second time, key by key. Raise CheckFailed when it is lost again."""
    if ask(field, "e => e.tagName") == "SELECT":
        choose(session, field, entry.value, entry.name)
    elif ask(field, CONTROL)["picks"]:
        pick(session, field, entry.name, entry.value, must=bool(entry.picked))
    else:
        type_into(session, field, entry.value)
        field.blur()
    session.screen.settle()
    if not _stands(session, field, entry):
        shown = field_value(field)
        raise CheckFailed(
            say(
                session.language,
                f"the field “{entry.name}” does not keep “{entry.value}”: it shows “{shown}”,"
                " also after entering it a second time",
                f"字段“{entry.name}”没有保留输入的“{entry.value}”：再次输入后仍显示“{shown}”",
            )
        )


def type_into(session: Session, field: Locator, value: str) -> None:
    """Type a value key by key in the place of what a field holds."""
    field.click()
    # The page may have put another element where the one was that was clicked.
    session.page.keyboard.press("ControlOrMeta+a")
    session.page.keyboard.press("Delete")
    session.page.keyboard.type(value)


def still_there(session: Session) -> None:
    """See before something is pressed that every entry still stands; enter once what was lost.

    Raise CheckFailed when the page loses it again.
    """
    window = session.window
    if not window.entries:
        return
    session.screen.rest()
    entries, window.entries = dict(window.entries), {}
    for name, entry in entries.items():
        single = session.screen.asked_field(name, SHOWS)
        if single is not None and _holds(single[1], entry):
            continue
        found = session.screen.at_once(name, "field")
        if len(found) == 1 and not _stands(session, found[0], entry):
            _again(session, found[0], entry)


def choose(session: Session, field: Locator, value: str, name: str) -> None:
    """Choose an entry of a list. Raise CheckFailed when it has no such entry."""

    def look() -> int | None:
        entries = [squeeze(text) for text in field.locator("option").all_inner_texts()]
        places = [
            [i for i, text in enumerate(entries) if pattern.match(text)]
            for pattern in patterns(value)
        ]
        return next((found[0] for found in places if len(found) == 1), None)

    # The entries may come late.
    place = session.screen.until(look, patience=min(session.patience, 3.0))
    if place is not None:
        field.select_option(index=place)
        session.screen.settle()
        return
    entries = [squeeze(text) for text in field.locator("option").all_inner_texts()]
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


# -- the phrases


@action("enter")
def _enter(session: Session, _table: Table | None, value: str, name: str) -> None:
    put(session, session.name(name), session.value(value), alone=True)


@action("fill-in")
def _fill_in(session: Session, table: Table | None) -> None:
    for name, value in pairs(session, table):
        put(session, session.name(name), session.value(value))


@action("lookup")
def _lookup(session: Session, _table: Table | None, value: str, name: str) -> None:
    put(session, session.name(name), session.value(value), must_pick=True, alone=True)


@action("clear")
def _clear(session: Session, _table: Table | None, name: str) -> None:
    shown = session.name(name)
    session.screen.rest()
    field = session.screen.field(shown)
    if not field.is_editable():
        raise CheckFailed(
            say(session.language, f"the field “{shown}” is read-only", f"字段“{shown}”是只读的")
        )
    field.clear()
    field.blur()
    entry = Entry(name=shown, value="")
    session.screen.settle()
    if not _stands(session, field, entry):
        _again(session, field, entry)
    session.window.entries[shown] = entry


@action("select")
def _select(session: Session, _table: Table | None, value: str, name: str) -> None:
    shown, wanted = session.name(name), session.value(value)
    session.screen.rest()
    field = session.screen.field(shown)
    if ask(field, "e => e.tagName") == "SELECT":
        choose(session, field, wanted, shown)
        session.window.entries[shown] = Entry(name=shown, value=wanted)
    else:
        put(session, shown, wanted, must_pick=True)
