"""A behave formatter that tells an observer what happens inside a scenario, while it happens."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from golive.uat.behave import compat
from golive.uat.session import Session
from golive.uat.values import filled
from golive.uat.wording import say

__all__ = ["Observer", "Witness"]


class Observer(Protocol):
    """Is told what happens inside a scenario; steps inside a step are told like steps."""

    def step_begins(self, text: str) -> None:
        """Tell that a step begins."""

    def step_ends(self, error: BaseException | None, pictures: Sequence[Path]) -> None:
        """Tell that the step begun last has ended, with the pictures taken for it."""

    def step_not_run(self, text: str) -> None:
        """Tell that a step was not reached."""


class Witness(compat.Formatter):  # type: ignore[misc]  # behave has no types
    """Passes a scenario's events on; also those behave sends nothing for."""

    observer: Observer | None = None
    session: Session | None = None

    def scenario(self, _scenario: Any) -> None:
        """Begin with no step announced."""
        self.ahead: list[Any] = []
        #: How many of the scenario's own steps have begun.
        self.count = 0
        #: How many steps are begun and not ended: more than one inside ``execute_steps``.
        self.depth = 0

    def step(self, step: Any) -> None:
        """Remember a step that is announced."""
        self.ahead.append(step)

    def match(self, _match: Any) -> None:
        """Take the next announced step as begun."""
        self.count += 1
        if self.ahead:
            self.begins(text_of(self.ahead[0]) + self._done_before())

    def _done_before(self) -> str:
        session = self.session
        if session is None or session.held is None or self.count >= session.held.place[0]:
            return ""
        return say(session.language, " (done in an earlier run)", "（已在先前的运行中完成）")

    def result(self, step: Any) -> None:
        """Take the step as ended."""
        if self.ahead:
            self.ahead.pop(0)
        if self.depth:
            self.ends(_error_of(step))
        elif self.observer is not None and compat.has_failed(step):
            # It never began: nobody knows the sentence.
            self.begins(text_of(step))
            self.ends(_error_of(step))

    # -- steps inside a step: behave tells only its hooks about them

    def inner_begins(self, step: Any) -> None:
        """Take a step inside another as begun."""
        given = self.session.given if self.session else {}
        self.begins(filled(text_of(step), given))

    def inner_ends(self, step: Any) -> None:
        """Take a step inside another as ended."""
        self.ends(_error_of(step))

    def begins(self, text: str) -> None:
        """Tell that a step, or a part of one, begins."""
        self.depth += 1
        if self.observer is not None:
            self.observer.step_begins(text)

    def ends(self, error: BaseException | None) -> None:
        """Tell that what began last has ended."""
        pictures = list(self.session.fresh_pictures) if self.session else []
        if self.session:
            self.session.fresh_pictures.clear()
        self.depth -= 1
        if self.observer is not None:
            self.observer.step_ends(error, pictures)

    def rest(self, error: BaseException | None) -> None:
        """Pass on what behave sends nothing for: steps left by a skip, and those never reached."""
        if self.depth and self.ahead:
            self.ahead.pop(0)
        while self.depth:
            self.ends(error)
        for step in self.ahead:
            if self.observer is not None:
                self.observer.step_not_run(text_of(step))
        self.ahead = []


def _error_of(step: Any) -> BaseException | None:
    if not compat.has_failed(step):
        return None
    return step.exception or AssertionError(step.status.name)


def text_of(step: Any) -> str:
    """Return a step as it is read: Chinese keywords need no blank."""
    glue = " " if step.keyword.isascii() else ""
    return f"{step.keyword}{glue}{step.name}"
