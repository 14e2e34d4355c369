"""The report as static pages, English and Chinese, that ask nothing of any network."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import version

from jinja2 import Environment, PackageLoader, StrictUndefined

from golive.report.document import Document
from golive.report.viewing import built_at, values_of

__all__ = ["PAGES", "policy_for", "render_page", "render_template"]

#: Language -> the page's file.
PAGES = {"en": "index.html", "zh": "index.zh.html"}
#: From ``rendered/<id>/`` to the evidence store.
_STORE = "../../evidence/sha256"

_TEMPLATES = Environment(
    loader=PackageLoader("golive.report"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


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
        stored=lambda digest: f"{_STORE}/{digest[:2]}/{digest[2:]}",
    )


def render_template(name: str, **values: object) -> str:
    """Return a filled template; every value is escaped, a missing one is an error."""
    return _TEMPLATES.get_template(name).render(**values)


def style_of(*names: str) -> str:
    """Return style sheets of ours, one after the other, to stand inside a page."""
    loader = _TEMPLATES.loader
    return "".join(loader.get_source(_TEMPLATES, name)[0] for name in names) if loader else ""


def policy_for(style: str) -> str:
    """Return the content security policy of a page: this style, pictures beside it, no script."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src 'self' file:; "
        "base-uri 'none'; form-action 'none'"
    )
