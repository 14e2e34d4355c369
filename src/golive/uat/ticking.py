"""Tick boxes and choose options, and see that they stay so."""

from __future__ import annotations

from golive.browser import BrowserTimeout, Locator
from golive.uat.actions import Table, action
from golive.uat.pagescript import TICKED
from golive.uat.screen import CheckFailed
from golive.uat.session import Session
from golive.uat.shown import ask
from golive.uat.wording import say

__all__ = ["is_ticked"]

#: Seconds a box is given to take a click.
_DRAWN_OVER = 1.0


def is_ticked(session: Session, box: Locator, name: str) -> bool:
    """Return whether a box or option is ticked. Raise CheckFailed when it is none."""
    found = ask(box, TICKED)
    if found is None:
        raise CheckFailed(
            say(session.language, f"“{name}” is no box to tick", f"“{name}”不是勾选框或选项")
        )
    return bool(found)


@action("tick")
def _tick(session: Session, _table: Table | None, name: str) -> None:
    _set_tick(session, session.name(name), ticked=True)


@action("untick")
def _untick(session: Session, _table: Table | None, name: str) -> None:
    _set_tick(session, session.name(name), ticked=False)


@action("choose-option")
def _choose_option(session: Session, _table: Table | None, name: str) -> None:
    _set_tick(session, session.name(name), ticked=True)


def _set_tick(session: Session, name: str, *, ticked: bool) -> None:
    session.screen.rest()
    box = session.screen.tick_box(name)
    if is_ticked(session, box, name) != ticked:
        _press_box(session, box)
        session.screen.settle()
    if is_ticked(session, session.screen.tick_box(name), name) != ticked:
        raise CheckFailed(
            say(
                session.language,
                f"“{name}” does not stay {'ticked' if ticked else 'unticked'}",
                f"“{name}”没有保持{'勾选' if ticked else '未勾选'}状态",
            )
        )


def _press_box(session: Session, box: Locator) -> None:
    try:
        box.click(timeout=_DRAWN_OVER * 1000)
    except BrowserTimeout as error:
        if "intercepts pointer events" not in str(error):
            raise
        # A box drawn over its own label: the keyboard reaches it as well.
        box.evaluate("e => (e.control || e).focus()")
        session.page.keyboard.press("Space")
