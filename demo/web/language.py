"""Which language a visitor reads: ``?lang=``, else a cookie, else Accept-Language, else English."""

from __future__ import annotations

from starlette.requests import HTTPConnection
from starlette.responses import Response

from demo.wording import LANGUAGES

__all__ = ["COOKIE", "choose", "remember"]

COOKIE = "demo_lang"
_YEAR_SECONDS = 365 * 24 * 3600


def choose(request: HTTPConnection) -> str:
    """Return ``en`` or ``zh``."""
    for wish in (request.query_params.get("lang", ""), request.cookies.get(COOKIE, "")):
        if wish in LANGUAGES:
            return wish
    return _accepted(request.headers.get("accept-language", ""))


def _accepted(header: str) -> str:
    best, best_weight = "en", 0.0
    for part in header.split(","):
        tag, _, parameter = part.strip().partition(";")
        language = tag.lower().split("-")[0]
        if language not in LANGUAGES:
            continue
        try:
            weight = float(parameter.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        if weight > best_weight:
            best, best_weight = language, weight
    return best


def remember(request: HTTPConnection, response: Response) -> None:
    """Keep a language asked for by ``?lang=`` in a cookie."""
    wish = request.query_params.get("lang", "")
    if wish in LANGUAGES:
        response.set_cookie(COOKIE, wish, max_age=_YEAR_SECONDS, samesite="lax")
