"""Reference fields: type a code key by key, wait for the proposals, pick the one that is meant."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic

from golive.browser import Locator
from golive.uat.naming import patterns, whole_word
from golive.uat.screen import CheckFailed, Unclear
from golive.uat.session import Session
from golive.uat.values import squeeze
from golive.uat.wording import say

__all__ = ["pick"]

#: Seconds a page without requests and without proposals is given to propose something.
_GRACE = 0.8
#: Seconds one try to press a proposal takes at most; then it is looked for anew.
_PRESS = 1.0


def pick(session: Session, field: Locator, name: str, value: str, must: bool) -> str:  # noqa: FBT001
    """Type a value, pick its proposal and return the proposal's text; empty when there was none.

    Raise CheckFailed when one must be picked and none fits, Unclear when several do.
    """
    field.click()
    session.page.keyboard.press("ControlOrMeta+a")
    session.page.keyboard.press("Delete")
    session.page.keyboard.type(value)
    if not value:
        field.blur()
        return ""
    found = _proposals(session, value)
    if len(found) > 1:
        listed = ", ".join(one.text for one in found[:5])
        raise Unclear(
            say(
                session.language,
                f"“{name}” proposes {len(found)} for “{value}”: {listed}",
                f"“{name}”对“{value}”给出了 {len(found)} 个候选：{listed}",
            )
        )
    if found:
        _press(session, found[0].text)
        session.screen.settle()
        return found[0].text
    if must:
        raise CheckFailed(_nothing(session, name, value))
    # What is proposed to nobody is left as typed; the system says what it thinks of it.
    field.blur()
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Proposal:
    text: str
    where: Locator


def _offered(session: Session) -> list[_Proposal]:
    """Return the proposals a person sees; a closed list's own entries are none."""
    offered = []
    for scope in session.screen.scopes():
        found = scope.get_by_role("option").filter(visible=True)
        # Read in one go: the page may put others in their place at any moment.
        texts = found.evaluate_all("all => all.map(e => e.tagName === 'OPTION' ? '' : e.innerText)")
        offered += [
            _Proposal(text=squeeze(text), where=found.nth(place))
            for place, text in enumerate(texts)
            if squeeze(text)
        ]
    return offered


def _press(session: Session, text: str) -> None:
    """Press the proposal of a text; the page may put another list in the place of this one.

    Raise CheckFailed when it cannot be pressed.
    """

    def pressed() -> bool | None:
        found = [one for one in _offered(session) if one.text == text]
        if not found:
            return None
        found[0].where.click(timeout=_PRESS * 1000)
        return True

    if session.screen.until(pressed) is None:
        raise CheckFailed(
            say(
                session.language,
                f"the proposal “{text}” cannot be pressed: something covers it or takes it away",
                f"候选“{text}”无法点击：被其他内容挡住，或一出现就消失",
            )
        )


def _proposals(session: Session, value: str) -> list[_Proposal]:
    """Wait for the proposals that are a value: called so exactly, else with it as a part."""
    quiet_since = monotonic()

    def look() -> list[_Proposal] | None:
        nonlocal quiet_since
        offered = _offered(session)
        for pattern in (*patterns(value), whole_word(value)):
            if fitting := [one for one in offered if pattern.search(one.text)]:
                return fitting
        if not session.screen.calm.is_still:
            quiet_since = monotonic()
        return [] if monotonic() - quiet_since >= _GRACE else None

    return session.screen.until(look) or []


def _nothing(session: Session, name: str, value: str) -> str:
    listed = ", ".join(one.text for one in _offered(session)[:8]) or "-"
    return say(
        session.language,
        f"“{name}” proposes nothing for “{value}”; it proposes: {listed}",
        f"“{name}”没有“{value}”的候选；候选有：{listed}",
    )
