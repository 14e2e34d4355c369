"""Know when a page has come to rest: no request in flight, nothing replaced under a look."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import TypeVar
from urllib.parse import urlsplit

from golive.browser import BrowserError, BrowserTimeout, Page, Request

__all__ = ["Calm"]

T = TypeVar("T")
#: Milliseconds between two looks at a page that may still change.
_LOOK_EVERY = 50
#: Milliseconds in which what was done to a page makes it ask for something.
_BREATH = 25
#: Seconds without a request after which a page counts as settled.
_QUIET = 0.05
#: What never ends, or matters to nobody who looks at the page.
_ENDLESS = frozenset({"eventsource", "websocket", "ping", "media"})
#: The page was replaced under the look; the next look sees the new one.
_REPLACED = ("context was destroyed", "navigat", "Frame was detached", "not attached", "detached")


class Calm:
    """Watches the requests of one page."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._open: set[Request] = set()
        #: Addresses that were still open when patience ended: a page waiting to be told something.
        self._endless: set[str] = set()
        self._changed = monotonic()
        #: When the page came to rest last.
        self._rested = 0.0
        page.on("request", self._begins)
        page.on("requestfinished", self._ends)
        page.on("requestfailed", self._ends)

    def _begins(self, request: Request) -> None:
        if request.resource_type in _ENDLESS or _address(request) in self._endless:
            return
        self._open.add(request)
        self._changed = monotonic()

    def _ends(self, request: Request) -> None:
        if request in self._open:
            self._open.discard(request)
            self._changed = monotonic()

    @property
    def is_still(self) -> bool:
        """Whether no request is in flight right now."""
        return not self._open

    def rest(self, patience: float) -> None:
        """Settle before something is done, unless the page asked for nothing since it settled.

        What is done to a page must be followed by :meth:`settle`, which always looks.
        """
        if self._open or self._changed >= self._rested:
            self.settle(patience)

    def rested_since(self, moment: float) -> bool:
        """Return whether the page asked for nothing since a moment, waiting what is left to wait.

        For who had something else to do meanwhile: true, it stands for :meth:`settle`.
        """
        now = monotonic()
        left = max(_BREATH / 1000 - (now - moment), _QUIET - (now - self._changed))
        if left > 0 and self.is_still and self._changed < moment:
            self._page.wait_for_timeout(left * 1000)
        if not self.is_still or self._changed >= moment:
            return False
        self._rested = monotonic()
        return True

    def settle(self, patience: float) -> None:
        """Wait until the page asks for nothing more, at most ``patience`` seconds."""
        deadline = monotonic() + patience
        self._page.wait_for_timeout(_BREATH)
        while self._open or monotonic() - self._changed < _QUIET:
            if monotonic() >= deadline:
                self._endless |= {_address(request) for request in self._open}
                self._open.clear()
                break
            self._page.wait_for_timeout(_BREATH)
        self._page.wait_for_load_state("domcontentloaded")
        self._rested = monotonic()

    def until(self, look: Callable[[], T | None], patience: float) -> T | None:
        """Look again until something is found; None when ``patience`` seconds have passed."""
        deadline = monotonic() + patience
        while True:
            try:
                if (found := look()) is not None:
                    return found
            except BrowserTimeout:
                # What was found a moment ago is gone: the next look finds what is there now.
                pass
            except BrowserError as error:
                if not any(words in str(error) for words in _REPLACED):
                    raise
            if monotonic() >= deadline:
                return None
            self._page.wait_for_timeout(_LOOK_EVERY)


def _address(request: Request) -> str:
    return urlsplit(request.url)._replace(query="", fragment="").geturl()
