"""Fill a package's templates; the style all pages share stands here."""

from __future__ import annotations

import base64
import hashlib

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

__all__ = ["Pages", "policy_for"]


class Pages:
    """The templates of one package, and the shared style ``page.css``."""

    def __init__(self, package: str) -> None:
        """Take the folder ``templates`` of a package."""
        self._templates = Environment(
            loader=ChoiceLoader([PackageLoader(package), PackageLoader("golive.htmlpage")]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )

    def render(self, name: str, **values: object) -> str:
        """Return a filled template; every value is escaped, a missing one is an error."""
        return self._templates.get_template(name).render(**values)

    def style_of(self, *names: str) -> str:
        """Return style sheets of ours, one after the other, to stand inside a page."""
        loader = self._templates.loader
        found = (loader.get_source(self._templates, name)[0] for name in names) if loader else ()
        return "".join(found)


def policy_for(style: str) -> str:
    """Return the content security policy of a page: this style, pictures beside it, no script."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src 'self' file:; "
        "base-uri 'none'; form-action 'none'"
    )
