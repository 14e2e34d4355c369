"""Find things on a page the way a person does: by label, role and visible text, never by id.

A name is taken exactly; then with the decoration labels carry (``*``, ``：``); never as part of a
longer name. Two things of one name are an error that names both; ``A > B`` is the B inside A.
Frames and open shadow roots are part of the page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, TypeVar

from golive.browser import BrowserError, Frame, Locator, Page
from golive.uat.calm import Calm
from golive.uat.camera import Camera
from golive.uat.candidates import (
    FIELD_ROLES,
    FIELDS,
    GROUP_ROLES,
    GROUPS,
    PRESSED_ROLES,
    TABLE_ROLES,
    TABLES,
    TICKS,
    Candidates,
    Scope,
    any_role,
    cells,
    of_role,
    rows,
)
from golive.uat.naming import nearest_name, patterns, split_path
from golive.uat.pagescript import DESCRIBE, TABLE, VISIBLE_TEXT
from golive.uat.shown import SHOWING, TableShown, asked, read_table, things
from golive.uat.values import squeeze
from golive.uat.wording import say

__all__ = ["CheckFailed", "Screen", "Unclear"]

T = TypeVar("T")
#: Signs a heading may have and still be a name.
_HEADING = 60
_CHINESE = {"button": "按钮", "link": "链接", "tab": "页签", "menuitem": "菜单项", "option": "选项"}
_OFFERED = re.compile(r'^\s*-\s*(\w+) "((?:[^"\\]|\\.)*)"', re.MULTILINE)


class CheckFailed(AssertionError):
    """The page is not as the scenario says it must be: the system is wrong."""


class Unclear(RuntimeError):
    """The sentence can be meant in more than one way on this page: we cannot tell."""


class Screen:
    """What one page offers, in the reader's language."""

    def __init__(self, page: Page, *, language: str = "en", patience: float = 10.0) -> None:
        self.page = page
        self.language = language
        #: Seconds to wait for something that is not there yet.
        self.patience = patience
        self.calm = Calm(page)
        self.camera = Camera(page)
        #: What was found last in this step, to be marked in its picture.
        self.found: Locator | None = None
        #: What the browser told in boxes of its own since something was pressed.
        self.told: list[str] = []

    # -- waiting

    def settle(self) -> None:
        """Wait until the page asks for nothing more, so that what is absent is truly absent."""
        self.calm.settle(self.patience)

    def rest(self) -> None:
        """Wait as :meth:`settle` does, but not when nothing was asked for since it did."""
        self.calm.rest(self.patience)

    def until(self, look: Callable[[], T | None], *, patience: float | None = None) -> T | None:
        """Look again until something is found; None when patience ends."""
        return self.calm.until(look, self.patience if patience is None else patience)

    # -- finding

    def scopes(self) -> Sequence[Frame]:
        """Return the page's own frame and every frame a person sees inside it."""
        frames = self.page.frames
        if len(frames) == 1:
            return frames
        return [frame for frame in frames if not frame.parent_frame or _is_shown(frame)]

    def field(self, name: str) -> Locator:
        """Return the form field of a name. Raise CheckFailed when there is none."""
        return self.one(name, FIELDS, say(self.language, "field", "字段"), FIELD_ROLES)

    def asked_field(self, name: str, question: str) -> tuple[Locator, Any] | None:
        """Return the one field of a name right now, and what a page's script says of it.

        None when there is none, or more than one.
        """
        *outer, last = split_path(name)
        scopes: Sequence[Scope] = self.scopes()
        for part in outer:
            scopes = self._now(scopes, part, GROUPS)
        return asked(scopes, FIELDS, patterns(last)[0], question)

    def pressable(
        self, name: str, kind: str = "", within: Callable[[Scope], Locator] | None = None
    ) -> Locator:
        """Return the button, link or tab of a name. Raise CheckFailed when there is none."""
        roles = (kind,) if kind else PRESSED_ROLES

        def finder(scope: Scope, pattern: re.Pattern[str]) -> Locator:
            return any_role(within(scope) if within else scope, roles, pattern)

        what = say(self.language, kind or "button or link", _CHINESE.get(kind, "按钮或链接"))
        return self.one(name, (finder,), what, roles)

    def pressable_or_cell(self, name: str) -> Locator:
        """Return the button, link, row or cell of a name, for a double click."""
        what = say(self.language, "button, link or cell", "按钮、链接或单元格")
        ways = (of_role(*PRESSED_ROLES), cells)
        return self.one(name, ways, what, (*PRESSED_ROLES, "cell", "gridcell"))

    def tick_box(self, name: str) -> Locator:
        """Return the box or option of a name, or its label when only that can be seen.

        Raise CheckFailed when there is none.
        """
        what = say(self.language, "box or option to tick", "勾选框或选项")
        return self.one(name, TICKS, what, ("checkbox", "radio", "switch"))

    def at_once(self, name: str, kind: str) -> list[Locator]:
        """Return what is called so right now, without waiting; it may be nothing."""
        *outer, last = split_path(name)
        scopes: Sequence[Scope] = self.scopes()
        for part in outer:
            scopes = self._now(scopes, part, GROUPS)
        candidates = FIELDS if kind == "field" else (of_role(kind),)
        return self._now(scopes, last, candidates)

    def one(self, name: str, candidates: Candidates, what: str, roles: Collection[str]) -> Locator:
        """Return the one thing of a name, waiting for it.

        Raise CheckFailed when there is none and Unclear when there are several.
        """
        *outer, last = split_path(name)

        def look() -> list[Locator] | None:
            scopes: Sequence[Scope] = self.scopes()
            for part in outer:
                scopes = self._now(scopes, part, GROUPS)
            return self._now(scopes, last, candidates) or None

        found = self.until(look)
        if found is None:
            raise CheckFailed(self._nothing(outer, last, what, roles))
        if len(found) > 1:
            raise Unclear(self.several(name, found))
        self.found = found[0]
        return found[0]

    def _now(self, scopes: Sequence[Scope], name: str, candidates: Candidates) -> list[Locator]:
        """Return what a name means in the scopes: what it is exactly, else with decoration."""
        for pattern in patterns(name):
            if found := things(scopes, candidates, pattern):
                return found
        return []

    # -- what else the page has

    def _nothing(self, outer: Sequence[str], name: str, what: str, roles: Collection[str]) -> str:
        for depth in range(1, len(outer) + 1):
            scopes: Sequence[Scope] = self.scopes()
            for part in outer[:depth]:
                scopes = self._now(scopes, part, GROUPS)
            if not scopes:
                group = say(self.language, "group, dialog or row", "分组、对话框或行")
                return self.nothing_called(outer[depth - 1], group, (*GROUP_ROLES, "heading"))
        return self.nothing_called(name, what, roles)

    def several(self, name: str, found: Sequence[Locator]) -> str:
        """Say that several things have a name, and which."""
        named = [str(thing.evaluate(DESCRIBE)) for thing in found[:5]]
        listed = ", ".join(named)
        return say(
            self.language,
            f"{len(found)} things are called “{name}”: {listed}"
            f" (say which one with “… > {name}”, or change the label)",
            f"有 {len(found)} 个“{name}”：{listed}（请写成“… > {name}”以说明是哪一个，或修改标签）",
        )

    def nothing_called(self, name: str, what: str, roles: Collection[str]) -> str:
        """Say that a name is not there, what was probably meant, and what there is."""
        fitting = list(dict.fromkeys(text for role, text in self.offers() if role in roles))
        offered = fitting or list(dict.fromkeys(text for _role, text in self.offers()))
        near = nearest_name(name, offered)
        meant = (
            say(self.language, f" Did you mean “{near}”?", f"您是不是指“{near}”？") if near else ""
        )
        listed = ", ".join(offered[:12]) or "-"
        return say(
            self.language,
            f"no {what} is called “{name}” on this page.{meant} The page offers: {listed}",
            f"页面上没有名为“{name}”的{what}。{meant}页面上有：{listed}",
        )

    def offers(self) -> Iterator[tuple[str, str]]:
        """Yield role and name of everything a person can use or read on the page."""
        for scope in self.scopes():
            try:
                tree = scope.locator("body").aria_snapshot()
                labels = scope.locator("dt, th[scope=row]").all_inner_texts()
            except BrowserError:
                continue
            yield from _OFFERED.findall(tree)
            yield from (("term", squeeze(label)) for label in labels)

    # -- reading

    def shown_value(self, name: str) -> str | None:
        """Return what a field, or a label with its value, shows; None when there is no such.

        Raise Unclear when there are several.
        """
        *outer, last = split_path(name)
        scopes: Sequence[Scope] = self.scopes()
        for part in outer:
            scopes = self._now(scopes, part, GROUPS)
        for pattern in patterns(last):
            for finder, read in SHOWING:
                seen = things(scopes, (finder,), pattern)
                if len(seen) == 1:
                    self.found = seen[0]
                    return read(seen[0])
                if seen:
                    raise Unclear(self.several(name, seen))
        return self._in_column(scopes, last) if outer else None

    def _in_column(self, scopes: Sequence[Scope], column: str) -> str | None:
        """Return the cell of a row below a heading, for ``row > column``."""
        for row in scopes:
            if not isinstance(row, Locator) or not row.evaluate("e => e.tagName === 'TR'"):
                continue
            header, lines = read_table(row.locator("xpath=ancestor::table[1]"))
            text = row.evaluate("e => [...e.closest('table').rows].indexOf(e)")
            places = row.locator("xpath=ancestor::table[1]").evaluate(TABLE)["places"]
            if column in header and text in places:
                self.found = row
                return str(lines[places.index(text)][header.index(column)])
        return None

    def heading(self) -> str:
        """Return the page's own heading; empty when it has none or more than a line."""
        heads = self.page.get_by_role("heading", level=1).filter(visible=True)
        text = squeeze(heads.first.inner_text()) if heads.count() else ""
        return text if len(text) <= _HEADING else ""

    def text(self) -> str:
        """Return the text a person sees on the page, frames included."""
        return "\n".join(
            # Asked of the frame itself: a locator's first look at a page takes ten times as long.
            str(frame.evaluate(f"() => document.body ? ({VISIBLE_TEXT})(document.body) : ''"))
            for frame in self.scopes()
        )

    def shows(self, text: str) -> bool:
        """Return whether the page shows a text; a number is not found inside a longer one."""
        wanted = squeeze(text)
        if not wanted:
            return False
        before = r"(?<![\d.,])" if wanted[0].isdigit() else ""
        after = r"(?![\d]|[.,]\d)" if wanted[-1].isdigit() else ""
        shown = squeeze("\n".join([self.text(), *self.told]))
        return bool(re.search(before + re.escape(wanted) + after, shown))

    def alerts(self) -> tuple[str, ...]:
        """Return the error messages the page shows, and what the browser told in boxes."""
        found = [
            text
            for scope in self.scopes()
            for text in scope.get_by_role("alert").filter(visible=True).all_inner_texts()
        ]
        return tuple(squeeze(text) for text in (*found, *self.told) if squeeze(text))

    def table_called(self, name: str) -> Locator:
        """Return the table of a name, or the only one below a heading of that name.

        Raise CheckFailed when there is none.
        """
        return self.one(name, TABLES, say(self.language, "table", "表格"), TABLE_ROLES)

    def table(self, name: str) -> TableShown:
        """Return heading and rows of the table of a name. Raise CheckFailed when there is none."""
        return read_table(self.table_called(name))

    def row(self, text: str) -> Locator:
        """Return the table row with a cell of that text. Raise CheckFailed when there is none."""
        what = say(self.language, "table row", "表格行")
        return self.one(text, (rows,), what, ("cell", "gridcell"))


def _is_shown(frame: Frame) -> bool:
    try:
        return frame.frame_element().is_visible()
    except BrowserError:
        return False
