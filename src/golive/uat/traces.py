"""A browser trace of a failure: for a few eyes only, and without the passwords golive knows.

A trace holds calls, requests and cookies, and the source of each page as it was at the end. It is
kept only when a scenario did not pass, readable by its owner, in the folder ``restricted``, and as
evidence under a name that begins so. Signing in is not traced.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from golive.browser import BrowserContext, BrowserError, Page
from golive.record.redaction import SHORTEST, Redactor

__all__ = ["RESTRICTED", "begin_trace", "end_trace"]

#: Folder and evidence name of what only a few may see.
RESTRICTED = "restricted"
#: Milliseconds a page gets to tell its source.
_LOOK = 2000


def begin_trace(context: BrowserContext) -> None:
    """Begin to trace a context; a browser that cannot is no error."""
    with suppress(BrowserError):
        context.tracing.start(snapshots=False, screenshots=False, sources=False)


def end_trace(context: BrowserContext, path: Path | None, secrets: Mapping[str, str]) -> bool:
    """End a trace; keep it at ``path``, without the secrets, or nowhere. False when not kept."""
    try:
        if path is None:
            context.tracing.stop()
            return False
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        raw = path.with_suffix(".raw")
        pages = [_source(page) for page in context.pages]
        context.tracing.stop(path=raw)
        try:
            _without(raw, path, pages, secrets)
        finally:
            raw.unlink(missing_ok=True)
    except (BrowserError, OSError, zipfile.BadZipFile):
        # A trace is a help to find the cause, never a cause itself.
        return False
    return True


def _source(page: Page) -> str:
    """Return what a page is made of now; of a page that is gone or hangs, why there is nothing."""
    try:
        # `content` would wait for ever for a page that hangs.
        return str(page.locator("html").evaluate("page => page.outerHTML", timeout=_LOOK))
    except BrowserError as error:
        return f"<!-- {str(error).splitlines()[0]} -->"


def _without(raw: Path, path: Path, pages: Sequence[str], secrets: Mapping[str, str]) -> None:
    """Write the trace and the pages without the secrets, for the owner alone."""
    redactor = Redactor({n: v for n, v in secrets.items() if len(v.strip()) >= SHORTEST})
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with (
        os.fdopen(descriptor, "wb") as file,
        zipfile.ZipFile(raw) as source,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as clean,
    ):
        for member in source.namelist():
            clean.writestr(redactor.text(member), redactor.data(source.read(member)))
        for number, page in enumerate(pages, 1):
            clean.writestr(f"page-{number}.html", redactor.text(page))
