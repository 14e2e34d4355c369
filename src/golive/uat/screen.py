"""Find things on a page the way a person does: by label, role and visible text, never by id.

A name is taken exactly; then with the decoration labels carry (``*``, ``：``); never as part of a
longer name. Two things of one name are an error that names both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from difflib import get_close_matches
from time import monotonic
from typing import Any, TypeVar, cast

from golive.browser import BrowserError, Locator, Page, Request
from golive.uat.values import squeeze
from golive.uat.wording import say

__all__ = ["FIELD_ROLES", "CheckFailed", "Screen", "Unclear", "nearest_name", "patterns"]

T = TypeVar("T")
FIELD_ROLES = (
    "textbox",
    "combobox",
    "spinbutton",
    "searchbox",
    "checkbox",
    "radio",
    "listbox",
    "switch",
)
_PRESSED_ROLES = ("button", "link", "tab", "menuitem", "option")
_FIELD_TAGS = "input, select, textarea, [contenteditable=true]"
#: Whatever else may carry a label and show a value, but no region that holds other things.
_SHOWN_TAGS = "dd, td, span, output, strong, b, em, p, div:not(:has(*)), time, data, a"
_CHINESE = {"button": "按钮", "link": "链接", "tab": "页签"}
#: Milliseconds between two looks at a page that may still change.
_LOOK_EVERY = 50
#: Seconds without a request after which a page counts as settled, and the longest wait for it.
_QUIET, _SETTLE_AT_MOST = 0.05, 5.0
_OFFERED = re.compile(r'^\s*-\s*(\w+) "((?:[^"\\]|\\.)*)"', re.MULTILINE)

#: The text a person sees: no scripts, no entries of closed lists, nothing hidden.
_VISIBLE_TEXT = """body => {
  const out = [];
  let last = null;
  const walker = document.createTreeWalker(body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, parent = node.parentElement;
    if (!node.data.trim()) { if (out.length) out.push(' '); continue; }
    if (parent.closest('script,style,noscript,template,select,option')) continue;
    if (!parent.checkVisibility({visibilityProperty: true})) continue;
    let block = parent;
    while (block !== body && getComputedStyle(block).display.startsWith('inline'))
      block = block.parentElement;
    if (last && block !== last) out.push('\\n');
    out.push(node.data);
    last = block;
  }
  return out.join('');
}"""

_TABLE = """table => {
  const text = cell => (cell.innerText || '').trim();
  const rows = [...table.rows];
  const head = rows.find(row => row.cells.length && [...row.cells].every(c => c.tagName === 'TH'));
  const header = head ? [...head.cells].map(text) : [];
  const body = rows.filter(row => row !== head && row.closest('tfoot') === null
    && !(row.cells.length === 1 && row.cells[0].colSpan > 1));
  return {header: header, rows: body.map(row => [...row.cells].map(text))};
}"""


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
        self._open: set[Request] = set()
        self._changed = monotonic()
        page.on("request", self._request_begins)
        page.on("requestfinished", self._request_ends)
        page.on("requestfailed", self._request_ends)

    # -- waiting

    def _request_begins(self, request: Request) -> None:
        self._open.add(request)
        self._changed = monotonic()

    def _request_ends(self, request: Request) -> None:
        self._open.discard(request)
        self._changed = monotonic()

    def settle(self) -> None:
        """Wait until the page asks for nothing more, so that what is absent is truly absent."""
        deadline = monotonic() + _SETTLE_AT_MOST
        self.page.wait_for_timeout(_LOOK_EVERY)
        while monotonic() < deadline:
            if not self._open and monotonic() - self._changed >= _QUIET:
                break
            self.page.wait_for_timeout(_LOOK_EVERY)
        self.page.wait_for_load_state("domcontentloaded")

    def until(self, look: Callable[[], T | None]) -> T | None:
        """Look again until something is found; None when patience ends."""
        deadline = monotonic() + self.patience
        while True:
            try:
                if (found := look()) is not None:
                    return found
            except BrowserError as error:
                # The page was replaced under the look; the next look sees the new one.
                if "context was destroyed" not in str(error) and "navigat" not in str(error):
                    raise
            if monotonic() >= deadline:
                return None
            self.page.wait_for_timeout(_LOOK_EVERY)

    # -- finding

    def field(self, name: str) -> Locator:
        """Return the form field of a name. Raise CheckFailed when there is none."""
        return self._one(name, self._fields, say(self.language, "field", "字段"), FIELD_ROLES)

    def pressable(self, name: str, kind: str = "", within: Locator | None = None) -> Locator:
        """Return the button, link or tab of a name. Raise CheckFailed when there is none."""
        roles = (kind,) if kind else _PRESSED_ROLES
        scope = within or self.page

        def candidates(pattern: re.Pattern[str]) -> Locator:
            return _any_role(scope, roles, pattern)

        what = say(self.language, kind or "button or link", _CHINESE.get(kind, "按钮或链接"))
        return self._one(name, candidates, what, roles)

    def at_once(self, name: str, kind: str) -> Locator:
        """Return what is called so right now, without waiting; it may be nothing."""
        found = self.page.locator(":not(*)")
        for pattern in patterns(name):
            if kind == "field":
                found = self._fields(pattern).filter(visible=True)
            else:
                found = _any_role(self.page, (kind,), pattern).filter(visible=True)
            if found.count():
                break
        return found

    def _fields(self, pattern: re.Pattern[str]) -> Locator:
        found = self._plain_fields(pattern)
        # A label around a select is missed there, because its entries join the label's text; the
        # accessible name is right and slower to ask for.
        return found if found.count() else _any_role(self.page, FIELD_ROLES, pattern)

    def _plain_fields(self, pattern: re.Pattern[str]) -> Locator:
        labelled = self.page.get_by_label(pattern).and_(self.page.locator(_FIELD_TAGS))
        return labelled.or_(self.page.get_by_placeholder(pattern))

    def _one(
        self,
        name: str,
        candidates: Callable[[re.Pattern[str]], Locator],
        what: str,
        roles: Collection[str],
    ) -> Locator:
        def look() -> Locator | None:
            for pattern in patterns(name):
                found = candidates(pattern).filter(visible=True)
                if found.count():
                    return found
            return None

        found = self.until(look)
        if found is None:
            raise CheckFailed(self.nothing_called(name, what, roles))
        if (count := found.count()) > 1:
            raise Unclear(self._several(name, found, count))
        return found

    def _several(self, name: str, found: Locator, count: int) -> str:
        shown = ", ".join(_describe(found.nth(index)) for index in range(min(count, 4)))
        return say(
            self.language,
            f"{count} things are called “{name}” on this page: {shown}; say which one is meant, "
            f'e.g. the "{name}" button, or in the row with "…"',
            f"页面上有 {count} 个“{name}”：{shown}；"
            f"请写明是哪一个，例如 “{name}”按钮，或 在包含“…”的行中",
        )

    def nothing_called(self, name: str, what: str, roles: Collection[str]) -> str:
        """Return the sentence that nothing has this name, with what it may have been meant."""
        everything = list(self.offers())
        fitting = [offer for role, offer in everything if role in roles]
        offered = list(dict.fromkeys(fitting or [offer for _role, offer in everything]))
        near = nearest_name(name, offered)
        listed = ", ".join(offered[:12]) or "–"
        meant = ""
        if near:
            meant = say(self.language, f" Did you mean “{near}”?", f"您是不是指“{near}”？")
        return say(
            self.language,
            f"no {what} is called “{name}” on this page.{meant} The page offers: {listed}",
            f"页面上没有名为“{name}”的{what}。{meant}页面上有：{listed}",
        )

    def offers(self) -> Iterator[tuple[str, str]]:
        """Yield role and name of everything a person can use or read on the page."""
        try:
            tree = self.page.locator("body").aria_snapshot()
        except BrowserError:
            return
        yield from _OFFERED.findall(tree)
        labels = self.page.locator("dt, th[scope=row]").all_inner_texts()
        yield from (("term", squeeze(label)) for label in labels)

    # -- reading

    def shown_value(self, name: str) -> str | None:
        """Return what a field, or a label with its value, shows; None when there is no such."""
        for pattern in patterns(name):
            for found, read in (
                (self._plain_fields(pattern), _field_value),
                (self._labelled(pattern), _text_of),
                (self._headed(pattern), _text_of),
                (_any_role(self.page, FIELD_ROLES, pattern), _field_value),
            ):
                seen = found.filter(visible=True)
                if (count := seen.count()) == 1:
                    return read(seen)
                if count > 1:
                    raise Unclear(self._several(name, seen, count))
        return None

    def _labelled(self, pattern: re.Pattern[str]) -> Locator:
        """Find the value a label or a term of a definition list stands for."""
        terms = self.page.locator("dt").filter(has_text=pattern)
        labelled = self.page.get_by_label(pattern).and_(self.page.locator(_SHOWN_TAGS))
        return terms.locator("xpath=following-sibling::dd[1]").or_(labelled).filter(visible=True)

    def _headed(self, pattern: re.Pattern[str]) -> Locator:
        """Find the value beside a row's heading in a table."""
        heads = self.page.locator("th").filter(has_text=pattern)
        return heads.locator("xpath=following-sibling::td[1]").filter(visible=True)

    def text(self) -> str:
        """Return the text a person sees on the page."""
        return str(self.page.locator("body").evaluate(_VISIBLE_TEXT))

    def shows(self, text: str) -> bool:
        """Return whether the page shows a text; a number is not found inside a longer one."""
        wanted = squeeze(text)
        if not wanted:
            return False
        before = r"(?<![\d.,])" if wanted[0].isdigit() else ""
        after = r"(?![\d]|[.,]\d)" if wanted[-1].isdigit() else ""
        return bool(re.search(before + re.escape(wanted) + after, squeeze(self.text())))

    def alerts(self) -> tuple[str, ...]:
        """Return the error messages the page shows."""
        found = self.page.get_by_role("alert").filter(visible=True).all_inner_texts()
        return tuple(squeeze(text) for text in found if squeeze(text))

    def table(self, name: str) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
        """Return heading and rows of the table of a name. Raise CheckFailed when there is none."""

        def candidates(pattern: re.Pattern[str]) -> Locator:
            return self.page.get_by_role("table", name=pattern)

        found = self._one(name, candidates, say(self.language, "table", "表格"), ("table",))
        read = found.evaluate(_TABLE)
        return (
            tuple(squeeze(cell) for cell in read["header"]),
            tuple(tuple(squeeze(cell) for cell in row) for row in read["rows"]),
        )

    def row(self, text: str) -> Locator:
        """Return the table row with a cell of that text. Raise CheckFailed when there is none."""

        def candidates(pattern: re.Pattern[str]) -> Locator:
            cells = self.page.locator("td, th").filter(has_text=pattern)
            return self.page.locator("tr").filter(has=cells)

        return self._one(text, candidates, say(self.language, "table row", "表格行"), ("cell",))


def nearest_name(name: str, offered: Sequence[str]) -> str:
    """Return the offered name that was probably meant; empty when none is near."""
    lower = name.lower()
    inside = [o for o in offered if lower and (lower in o.lower() or o.lower() in lower) and o]
    near = get_close_matches(name, offered, n=1, cutoff=0.6) or inside
    return near[0] if near else ""


def patterns(name: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return how a name may stand on a page: exactly, or with a label's decoration."""
    words = r"\s+".join(re.escape(word) for word in squeeze(name).split(" "))
    return (
        re.compile(rf"^\s*{words}\s*$"),
        re.compile(rf"^\s*[*＊]?\s*{words}\s*[*＊:：]*\s*$"),
    )


def _any_role(scope: Page | Locator, roles: tuple[str, ...], pattern: re.Pattern[str]) -> Locator:
    named: Any = scope  # its roles are a closed type, ours a tuple of texts
    first, *others = (named.get_by_role(role, name=pattern) for role in roles)
    for other in others:
        first = first.or_(other)
    return cast("Locator", first)


def _text_of(thing: Locator) -> str:
    return squeeze(thing.inner_text())


def _field_value(field: Locator) -> str:
    value = field.evaluate(
        """e => e.tagName === 'SELECT' ? (e.selectedOptions[0]?.innerText ?? '')
          : e.type === 'checkbox' || e.type === 'radio' ? (e.checked ? '☑' : '☐')
          : 'value' in e ? e.value : e.innerText"""
    )
    return squeeze(str(value))


def _describe(thing: Locator) -> str:
    return str(
        thing.evaluate(
            """e => {
              const kind = e.getAttribute('role') || {A: 'link', BUTTON: 'button', SELECT: 'list',
                INPUT: 'field', TEXTAREA: 'field', TR: 'row', DD: 'value', TD: 'value'}[e.tagName]
                || e.tagName.toLowerCase();
              const near = e.closest('form,section,fieldset,dialog,[role=group],nav,main');
              const head = near && near.querySelector('legend,h1,h2,h3');
              const text = (e.innerText || e.value || e.name || '').trim().slice(0, 30);
              return kind + ' “' + text + '”' + (head ? ' in “' + head.innerText.trim() + '”' : '');
            }"""
        )
    )
