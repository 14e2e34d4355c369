"""Take pictures of a page: what a step acted on is marked, what is private is masked.

The plain page, one document with nothing private and nothing in motion, is asked for its picture
directly; every other one through Playwright, which masks, pierces shadow roots and stops motion.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

from golive.browser import BrowserError, Locator, Page

__all__ = ["Camera"]

#: How the element a step acted on is known while its picture is taken.
_ACTED = "data-golive-acted"
_OUTLINE = {"outline": "3px solid #d4380d", "outline-offset": "2px"}
#: Counts what is private in a document, -1 when a shadow root may hide some.
_PRIVATE_HERE = """secret => [...document.querySelectorAll('*')].some(e => e.shadowRoot) ? -1
  : document.querySelectorAll(secret).length"""
#: Marks one element, outlined by its own style when the page is plain, and remembers it; tells what
#: is private in its document and whether something moves there.
_MARK = f"""(all, [name, secret, outline]) => {{
  const marked = all.length === 1;
  const hidden = ({_PRIVATE_HERE})(secret);
  const moves = document.getAnimations().some(one => one.playState === 'running');
  if (marked) {{
    const one = all[0];
    window[name] = [one, one.getAttribute('style'), one.style && one.style.cssText];
    one.setAttribute(name, '');
    // Set so, and not as an attribute: a page's content policy may forbid that.
    if (!hidden && !moves && one.style)
      for (const key in outline) one.style.setProperty(key, outline[key], 'important');
  }}
  return [marked, hidden, moves];
}}"""
_UNMARK = """name => {
  const [one, had, text] = window[name] || [];
  delete window[name];
  if (!one) return;
  one.removeAttribute(name);
  if (!one.style || one.style.cssText === text) return;
  one.style.cssText = text;
  // Read first: Chromium writes the attribute late, and would write it again after the removal.
  if (had === null && one.getAttribute('style') !== null) one.removeAttribute('style');
}"""
_STYLE = f"[{_ACTED}] {{ {' '.join(f'{k}: {v} !important;' for k, v in _OUTLINE.items())} }}"
#: Never shown in a picture: secrets, and what a page itself calls private.
PRIVATE = "input[type=password], [autocomplete=one-time-code], [autocomplete^=cc-], [data-private]"
#: JPEG, in percent: a page of text stays readable at a tenth of a PNG's size.
PICTURE_QUALITY = 60
#: Milliseconds a picture may take.
_PATIENCE = 5000


class Camera:
    """Takes the pictures of one page."""

    def __init__(self, page: Page) -> None:
        self._page = page
        #: The browser's own line to the page; None until it is needed, False where there is none.
        self._line: Any = None

    def take(self, path: Path, *, acted: Locator | None = None) -> bool:
        """Save what the page shows as JPEG; False when that was not possible.

        ``acted``, what the step acted on, is outlined where it is there exactly once. A picture is
        evidence about a step, never a reason for it to fail.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            marked, private, still = self._look(acted)
            picture = self._direct() if not private and still else None
            if picture is not None:
                path.write_bytes(picture)
            else:
                self._page.screenshot(
                    path=path,
                    type="jpeg",
                    quality=PICTURE_QUALITY,
                    mask=private,
                    style=_STYLE if marked else None,
                    animations="disabled",
                    timeout=_PATIENCE,
                )
            if marked and acted is not None:
                self._unmark(acted)
        except (BrowserError, OSError):
            return False
        return True

    def _direct(self) -> bytes | None:
        """Return the picture the browser itself gives; None where it has no line to the page.

        A page behind another of its window might not be drawn, and would never answer.
        """
        page = self._page
        if self._line is False or len(page.frames) > 1 or len(page.context.pages) > 1:
            return None
        if self._line is None:
            try:
                self._line = page.context.new_cdp_session(page)
            except BrowserError:  # no Chromium
                self._line = False
                return None
        asked = {"format": "jpeg", "quality": PICTURE_QUALITY}
        return base64.b64decode(self._line.send("Page.captureScreenshot", asked)["data"])

    def _look(self, acted: Locator | None) -> tuple[bool, list[Locator], bool]:
        """Mark what a step acted on; return that, what is private, and whether nothing moves.

        Only what is there exactly once is marked, without waiting for it. Every frame is searched
        for what is private; nothing to mask halves a picture's time.
        """
        page, marked = self._page, False
        whole = len(page.frames) == 1
        given = [_ACTED, PRIVATE, _OUTLINE]
        try:
            if acted is not None:
                marked, private, moves = acted.evaluate_all(_MARK, given)
                whole = whole and acted.page == page
            elif whole:
                marked, private, moves = page.evaluate(f"given => ({_MARK})([], given)", given)
            # Of the document it is in; a page without frames has no other. Open shadow roots are
            # searched by locators alone.
            if whole and private == 0:
                return marked, [], not moves
        except BrowserError:
            pass
        fields = (frame.locator(PRIVATE) for frame in page.frames)
        return marked, [field for field in fields if field.count()], False

    def _unmark(self, acted: Locator) -> None:
        """Leave the page as it was; without frames, not looking for the element again."""
        if acted.page == self._page and len(self._page.frames) == 1:
            self._page.evaluate(_UNMARK, _ACTED)
        else:
            acted.evaluate_all(f"(_all, name) => ({_UNMARK})(name)", _ACTED)
