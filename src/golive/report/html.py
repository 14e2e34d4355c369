"""The report as static pages, English and Chinese, that ask nothing of any network."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial
from importlib.metadata import version

from golive.htmlpage import Pages, policy_for
from golive.report.compared import compared_pages, page_file
from golive.report.document import Document
from golive.report.viewing import built_at, values_of

__all__ = ["PAGES", "policy_for", "render_page", "render_template", "style_of"]

#: Language -> the page's file.
PAGES = {"en": "index.html", "zh": "index.zh.html"}
#: From ``rendered/<id>/`` to the evidence store.
_STORE = "../../evidence/sha256"

_TEMPLATES = Pages("golive.report")


def render_page(
    document: Document, language: str, *, built: datetime, views: Sequence[tuple[str, str]] = ()
) -> str:
    """Return the whole page; ``views`` are (kind, file) of the other renderings beside it."""
    style = style_of("report.css")
    return render_template(
        "report.html",
        **values_of(document, language),
        built=built_at(built),
        version=version("golive"),
        style=style,
        policy=policy_for(style),
        views=tuple(views),
        other_page=PAGES["en" if language == "zh" else "zh"],
        stored=partial(_place, compared_pages(document)),
    )


def _place(pages: Collection[str], digest: str) -> str:
    """Return where a piece of evidence is read: a page beside the report, all else in the store."""
    return page_file(digest) if digest in pages else f"{_STORE}/{digest[:2]}/{digest[2:]}"


def render_template(name: str, **values: object) -> str:
    """As :meth:`golive.htmlpage.Pages.render`, of the report's templates."""
    return _TEMPLATES.render(name, **values)


def style_of(*names: str) -> str:
    """As :meth:`golive.htmlpage.Pages.style_of`, of the report's templates."""
    return _TEMPLATES.style_of(*names)
