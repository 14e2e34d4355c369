"""Fingerprint routing: ask the gateway where it leads users."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request

from golive.compare.fingerprint.prints import RoutePrint
from golive.errors import GoliveError, SetupError
from golive.record.canonical import canonical, parse

__all__ = ["fingerprint_routing"]

#: Bytes; a route is a few words.
_LIMIT = 1 << 20


def fingerprint_routing(url: str, *, timeout: float = 10.0) -> RoutePrint:
    """GET ``url`` and return its JSON answer in canonical form.

    ``timeout`` is in seconds. Raise SetupError when there is no answer, an error, or no JSON.
    """
    if not url.startswith(("http://", "https://")):
        raise _broken(url, "is no web address")
    try:
        with urllib.request.urlopen(url, timeout=timeout) as answer:  # noqa: S310 - checked above
            body = answer.read(_LIMIT)
        return RoutePrint(url=url, answer=canonical(parse(body)).decode())
    except urllib.error.HTTPError as error:
        error.close()
        raise _broken(url, f"answers with error {error.code}") from error
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise _broken(url, f"cannot be reached: {reason}") from error
    except ValueError as error:
        raise _broken(url, "does not answer in JSON") from error


def _broken(url: str, message: str) -> GoliveError:
    return SetupError.of(f"route '{url}'", message, hint="start the gateway, or correct its url")
