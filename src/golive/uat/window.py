"""One role's browser window: its pages, the questions the browser asks, and what was downloaded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from golive.browser import BrowserContext, Page
from golive.uat.screen import Screen

__all__ = ["Entry", "Window"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What was entered into a field and must still stand there when something is pressed."""

    name: str
    value: str
    #: What a picked proposal was called, which a field may show instead.
    picked: str = ""


@dataclass(kw_only=True)
class Window:
    """One role's window, with cookies of its own."""

    # Without slots: Playwright keeps its own note on an object whose method it calls.

    context: BrowserContext
    language: str
    patience: float
    #: The pages in the order they opened, the one in front last looked at by ``front``.
    screens: list[Screen] = field(default_factory=list)
    front: int = 0
    #: How to answer the next question of the browser: True, False, or None when nobody said.
    answer: bool | None = None
    #: A question nobody had said an answer to; it was declined.
    unanswered: str = ""
    #: Entries since something was pressed.
    entries: dict[str, Entry] = field(default_factory=dict)

    def open(self) -> None:
        """Open the first page."""
        self.context.on("page", self._opened)
        self.context.new_page()

    def _opened(self, page: Page) -> None:
        page.set_default_timeout(self.patience * 1000)
        screen = Screen(page, language=self.language, patience=self.patience)
        self.screens.append(screen)
        page.on("dialog", lambda dialog: self._asked(screen, dialog))
        page.on("close", lambda _page: self._closed(screen))

    def _asked(self, screen: Screen, dialog: Any) -> None:
        """Answer a question of the browser as the scenario said it would."""
        match dialog.type, self.answer:
            case "beforeunload", _:
                dialog.accept()
            case "alert", _:
                # There is nothing to decide; what it tells counts as a message of the page.
                screen.told.append(str(dialog.message))
                dialog.accept()
            case _, True:
                screen.told.append(str(dialog.message))
                self.answer = None
                dialog.accept()
            case _, said:
                self.answer = None
                if said is None:
                    self.unanswered = str(dialog.message)
                dialog.dismiss()

    def _closed(self, screen: Screen) -> None:
        if screen in self.screens and len(self.screens) > 1:
            place = self.screens.index(screen)
            self.screens.remove(screen)
            if self.front >= place:
                self.front = max(0, self.front - 1)

    @property
    def screen(self) -> Screen:
        """The page in front."""
        return self.screens[min(self.front, len(self.screens) - 1)]

    @property
    def page(self) -> Page:
        """The page in front, as the browser has it."""
        return self.screen.page

    def newest(self) -> bool | None:
        """Bring the newest page to the front; None when it is there already."""
        if self.front >= len(self.screens) - 1:
            return None
        self.front = len(self.screens) - 1
        self.page.bring_to_front()
        self.entries.clear()
        return True

    def question(self) -> str:
        """Return the question nobody said an answer to, once; empty when there was none."""
        told, self.unanswered = self.unanswered, ""
        return told
