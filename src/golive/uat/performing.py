"""Do what a phrase says, and sort what went wrong: the system, the sentence or the surroundings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from golive.browser import BrowserError, BrowserTimeout, is_crash, is_unreachable
from golive.errors import SetupError
from golive.uat import (  # each registers what its phrases do
    checks,
    entering,
    files,
    pressing,
    rows,
    table_checks,
    ticking,
)
from golive.uat.actions import ACTIONS, Table
from golive.uat.screen import CheckFailed
from golive.uat.session import Session
from golive.uat.wording import say

__all__ = [
    "ACTIONS", "checks", "entering", "files", "perform", "pressing", "rows", "table_checks",
    "ticking",
]  # fmt: skip


def perform(session: Session, phrase: str, values: Sequence[Any], table: Table | None) -> None:
    """Do what a phrase says.

    Raise CheckFailed when the system is wrong, Unclear when the sentence can be meant in two ways,
    SetupError when the target is gone.
    """
    try:
        ACTIONS[phrase](session, table, *values)
    except BrowserTimeout as error:
        _unless_gone(session)
        raise CheckFailed(_too_slow(session, error)) from error
    except BrowserError as error:
        if is_unreachable(error):
            raise session.gone() from error
        if is_crash(error):
            raise _crashed(session) from error
        raise
    except CheckFailed:
        _unless_gone(session)
        raise
    if session.is_lost:
        raise session.gone()


def _unless_gone(session: Session) -> None:
    """Raise SetupError when the check could not hold because the system is not there any more."""
    if session.is_lost or not session.answers():
        raise session.gone()


def _crashed(session: Session) -> SetupError:
    return SetupError.of(
        "browser",
        say(session.language, "it crashed during this step", "浏览器在这一步崩溃了"),
        hint=say(session.language, "run the scenario again", "请重新执行该场景"),
    )


def _too_slow(session: Session, error: BrowserTimeout) -> str:
    seconds = f"{session.patience:g}"
    covered = "intercepts pointer events" in str(error)
    if covered:
        return say(session.language, "something covers it on the page", "页面上有其他内容挡住了它")
    return say(
        session.language,
        f"the page did not react within {seconds} seconds",
        f"页面在 {seconds} 秒内没有反应",
    )
