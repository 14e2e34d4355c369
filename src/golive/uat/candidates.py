"""What may be meant by a name on a page: by role, by label, by where it stands; none is chosen.

A finder knows one way. Several in a row are asked in turn, and the first that finds something a
person can see decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, cast

from golive.browser import Frame, Locator

__all__ = [
    "FIELDS",
    "FIELD_ROLES",
    "GROUPS",
    "GROUP_ROLES",
    "PRESSED_ROLES",
    "TABLES",
    "TABLE_ROLES",
    "TICKS",
    "Candidates",
    "Finder",
    "Scope",
    "any_role",
    "by_role",
    "cells",
    "headed",
    "labelled",
    "of_role",
    "plain_fields",
    "rows",
]

Scope = Frame | Locator
#: Finds what may be meant by a pattern inside a scope, in one way.
Finder = Callable[[Scope, re.Pattern[str]], Locator]
#: The ways, in the order they are tried.
Candidates = Sequence[Finder]

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
PRESSED_ROLES = ("button", "link", "tab", "menuitem", "option")
TABLE_ROLES = ("table", "grid", "treegrid")
GROUP_ROLES = (
    "group",
    "dialog",
    "alertdialog",
    "region",
    "form",
    "tabpanel",
    "navigation",
    "toolbar",
    "radiogroup",
    "table",
    "grid",
)
_FIELD_TAGS = ":is(input, select, textarea, [contenteditable=true]):not([aria-hidden=true] *)"
#: Whatever else may carry a label and show a value, but no region that holds other things.
_SHOWN_TAGS = "dd, td, span, output, strong, b, em, p, div:not(:has(*)), time, data, a"
#: What a heading stands at the head of.
_HEADED = (
    "xpath=ancestor::*[self::section or self::article or self::form or self::fieldset or"
    " self::dialog or self::details or self::aside or self::li or @role='group' or @role='region'"
    " or @role='dialog' or @role='tabpanel'][1]"
)


def any_role(scope: Scope, roles: Sequence[str], pattern: re.Pattern[str]) -> Locator:
    """Return what has one of the roles and the name."""
    named: Any = scope  # its roles are a closed type, ours a tuple of texts
    first, *others = (named.get_by_role(role, name=pattern) for role in roles)
    for other in others:
        first = first.or_(other)
    return cast("Locator", first)


def of_role(*roles: str) -> Finder:
    """Return the finder of what has one of the roles and the name."""
    return lambda scope, pattern: any_role(scope, roles, pattern)


def plain_fields(scope: Scope, pattern: re.Pattern[str]) -> Locator:
    """Find form fields by their label or placeholder."""
    labelled = scope.locator(_FIELD_TAGS).and_(scope.get_by_label(pattern))
    return labelled.or_(scope.get_by_placeholder(pattern))


#: Finds form fields by their accessible name.
by_role = of_role(*FIELD_ROLES)


def labelled(scope: Scope, pattern: re.Pattern[str]) -> Locator:
    """Find the value a label or a term of a definition list stands for."""
    terms = scope.locator("dt").filter(has_text=pattern)
    labelled = scope.locator(_SHOWN_TAGS).and_(scope.get_by_label(pattern))
    return terms.locator("xpath=following-sibling::dd[1]").or_(labelled)


def headed(scope: Scope, pattern: re.Pattern[str]) -> Locator:
    """Find the value beside a row's heading in a table."""
    heads = scope.locator("th").filter(has_text=pattern)
    return heads.locator("xpath=following-sibling::td[1]")


def _groups(scope: Scope, pattern: re.Pattern[str]) -> Locator:
    """Find a group, a dialog, what stands below a heading, or a table row with such a cell."""
    headings = scope.get_by_role("heading", name=pattern)
    below = headings.locator(_HEADED)
    return any_role(scope, GROUP_ROLES, pattern).or_(below).or_(rows(scope, pattern))


def cells(scope: Scope, pattern: re.Pattern[str]) -> Locator:
    """Find table cells of a text."""
    cells = "td, th, [role=cell], [role=gridcell], [role=rowheader]"
    return scope.locator(cells).filter(has_text=pattern)


def rows(scope: Scope, pattern: re.Pattern[str]) -> Locator:
    """Find table rows with a cell of a text."""
    up = "xpath=(ancestor::tr[td] | ancestor::*[@role='row'])[last()]"
    return cells(scope, pattern).locator(up)


def _labels(scope: Scope, pattern: re.Pattern[str]) -> Locator:
    return scope.locator("label").filter(has_text=pattern)


def _tables_below(scope: Scope, pattern: re.Pattern[str]) -> Locator:
    """Find tables below a heading of a name."""
    tags = "table, [role=grid], [role=table], [role=treegrid]"
    return scope.get_by_role("heading", name=pattern).locator(_HEADED).locator(tags)


#: A label around a select is missed by label, because its entries join the label's text; the
#: accessible name is right and slower to ask for.
FIELDS: Candidates = (plain_fields, by_role)
GROUPS: Candidates = (_groups,)
#: Where the box itself is drawn by the label, the label.
TICKS: Candidates = (of_role("checkbox", "radio", "switch"), _labels)
TABLES: Candidates = (of_role(*TABLE_ROLES), _tables_below)
