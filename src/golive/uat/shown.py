"""What a page has of a name right now: the things themselves, and what one of them shows."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from golive.browser import Locator
from golive.uat.candidates import (
    Candidates,
    Finder,
    Scope,
    by_role,
    headed,
    labelled,
    plain_fields,
)
from golive.uat.pagescript import FIELD_VALUE, SEEN, TABLE
from golive.uat.values import squeeze

__all__ = ["SHOWING", "TableShown", "ask", "asked", "field_value", "read_table", "things"]

#: Milliseconds a single look at one thing may take before one looks again.
_READ = 1500
#: A table's heading and rows.
TableShown = tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]


def things(
    scopes: Sequence[Scope], candidates: Candidates, pattern: re.Pattern[str]
) -> list[Locator]:
    """Return each thing of a name in the scopes; of several, those a person can see and use."""
    every = [found for scope in scopes if (found := _visible(scope, candidates, pattern))]
    found_now = [found for found, _ in every]
    # A single one is not pinned to a place: the page may replace it by another of that name.
    return found_now if sum(count for _, count in every) <= 1 else _usable(found_now)


def asked(
    scopes: Sequence[Scope], candidates: Candidates, pattern: re.Pattern[str], question: str
) -> tuple[Locator, Any] | None:
    """Return the one thing of a name, and what a page's script says of it.

    In one message; None when there is none or more than one, which :func:`things` tells apart.
    """
    single: tuple[Locator, Any] | None = None
    for scope in scopes:
        for finder in candidates:
            found = finder(scope, pattern).filter(visible=True)
            answers = found.evaluate_all(f"all => all.map({question})")
            if len(answers) > 1 or (answers and single is not None):
                return None
            if answers:
                single = found, answers[0]
                break
    return single


def _visible(
    scope: Scope, candidates: Candidates, pattern: re.Pattern[str]
) -> tuple[Locator, int] | None:
    """Return what the first way finds that finds something visible, and how much; else None."""
    for finder in candidates:
        found = finder(scope, pattern).filter(visible=True)
        if count := found.count():
            return found, count
    return None


def _usable(every: Sequence[Locator]) -> list[Locator]:
    """Return each thing found; where there are several, those a person can see and use."""
    single: list[tuple[Locator, bool]] = []
    for found in every:
        # Asked in one go: the page may replace one of them at any moment.
        seen = found.evaluate_all(f"all => all.map({SEEN})")
        single += [
            (found if len(seen) == 1 else found.nth(place), bool(usable))
            for place, usable in enumerate(seen)
        ]
    if len(single) == 1:
        return [single[0][0]]
    return [thing for thing, usable in single if usable] or [thing for thing, _ in single]


def read_table(found: Locator) -> TableShown:
    """Return heading and rows of a table that was found."""
    read = found.evaluate(TABLE, timeout=_READ)
    return (
        tuple(squeeze(cell) for cell in read["header"]),
        tuple(tuple(squeeze(cell) for cell in row) for row in read["rows"]),
    )


def _text_of(thing: Locator) -> str:
    return squeeze(thing.inner_text(timeout=_READ))


def ask(thing: Locator, question: str) -> Any:
    """Return what a page's script says of one thing.

    In one message where it is there once, as what was just found is; ``evaluate`` would find it,
    hold it, ask and let it go.
    """
    answers = thing.evaluate_all(f"all => all.map({question})")
    return answers[0] if len(answers) == 1 else thing.evaluate(question)


def field_value(field: Locator) -> str:
    """Return what a field shows; ``☑`` and ``☐`` for what is ticked or not."""
    return squeeze(str(field.evaluate(FIELD_VALUE, timeout=_READ)))


#: Where a value is looked for, and how it is read.
SHOWING: tuple[tuple[Finder, Callable[[Locator], str]], ...] = (
    (plain_fields, field_value),
    (labelled, _text_of),
    (headed, _text_of),
    (by_role, field_value),
)
