"""The one page to sign: exactly one A4 page from the document, printed by the browser.

Text copied out of a Chinese PDF that Chromium printed may hold compatibility code points
(radicals in place of characters): normalise it (NFKC) before comparing or searching.
"""

from __future__ import annotations

import re
from importlib.metadata import version
from pathlib import Path

from golive.browser import Browser
from golive.errors import SetupError
from golive.report.document import Document
from golive.report.html import policy_for, render_template, style_of
from golive.report.viewing import values_of

__all__ = ["FILES", "print_page", "signing_page"]

#: Language -> the page's file.
FILES = {"en": "page.en.pdf", "zh": "page.zh.pdf"}
#: How many lines of each list are shown, most first; fewer are tried until all fits one page.
_LIMITS = (8, 5, 3, 2, 1)
_CHINESE = re.compile("[\u3400-\u9fff\uf900-\ufaff]")


def signing_page(document: Document, language: str, *, limit: int) -> str:
    """Return the page as HTML; each list shows at most ``limit`` lines and counts the rest.

    It names the instant of the standing, not of the printing: two prints of one standing are one.
    """
    style = style_of("onepage.css")
    return render_template(
        "onepage.html",
        **values_of(document, language),
        version=version("golive"),
        style=style,
        policy=policy_for(style),
        limit=limit,
    )


def print_page(browser: Browser, document: Document, language: str, path: Path) -> None:
    """Print the page to ``path``.

    Raise SetupError when the text is Chinese and no font can draw it (the boxes would be signed),
    or when the page cannot hold even one line of each list.
    """
    for limit in _LIMITS:
        html = signing_page(document, language, limit=limit)
        if _CHINESE.search(html) and not browser.draws_chinese():
            raise SetupError.of(
                "one-page PDF",
                "no font on this machine draws Chinese, so the text would be empty boxes",
                hint="apt-get install fonts-wqy-microhei (5 MB) or fonts-noto-cjk (91 MB)",
            )
        if browser.print_sheet(html, path, fits="main", above=".sign"):
            return
    raise SetupError.of(
        "one-page PDF",
        f"'{document.title}' does not fit one page",
        hint="shorten the title, the waivers' reasons or the names of the criteria",
    )
