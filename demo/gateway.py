"""The gateway: the one address users know. It passes each request to the old or the new system.

Which one is kept in ``route.json`` and survives a restart. Operators ask ``GET /route`` and
``POST /admin/switch``; a system's own admin API is not reachable through here.
"""

from __future__ import annotations

import html
import http.client
import json
import logging
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from demo import effects
from demo.site import write_atomically
from demo.web.basic import basic_credentials, secret_matches
from demo.web.gateway_mark import MARK
from demo.web.language import choose
from demo.web.version import build_of, site_name
from demo.wording import say

__all__ = ["Router", "create_app", "forward"]

_LOG = logging.getLogger("uvicorn.error")
_SYSTEMS = ("old", "new")
_TIMEOUT_SECONDS = 60
_MOST_BYTES = 1_048_576
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
#: Headers that belong to one connection, not to the message (RFC 9110 §7.6.1), and ours.
_HOP = {
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
}
_OURS = {"content-length", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", MARK}


class Router:
    """Knows which system users reach; a switch is on disk before it counts."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / "route.json"
        self._lock = threading.Lock()
        self.to = self._read()

    def _read(self) -> str:
        try:
            to = json.loads(self._path.read_text(encoding="utf-8"))["to"]
        except FileNotFoundError:
            return "old"
        if to not in _SYSTEMS:
            message = f"'{self._path}' names no system: {to!r}"
            raise ValueError(message)
        return str(to)

    def switch(self, to: str, attempt: str) -> bool:
        """Send users to the other system, note the effect, and tell whether it was a change."""
        with self._lock:
            changed = to != self.to
            write_atomically(self._path, json.dumps({"to": to}) + "\n")
            self.to = to
        effect = f"switch-{to}" if changed else f"switch-{to}-again"
        effects.record(self._folder, "gateway", effect, attempt)
        return changed


def create_app(folder: Path, urls: Mapping[str, str]) -> Starlette:
    """Return the gateway before two systems at these base addresses (``old``, ``new``)."""
    router = Router(folder)
    version = {
        "system": "gateway",
        "build": build_of("gateway.py", "web"),
        "site": site_name(),
    }

    async def tell_version(request: Request) -> Response:
        del request
        return JSONResponse(version)

    async def tell_health(request: Request) -> Response:
        del request
        return JSONResponse({"status": "ok"})

    async def tell_route(request: Request) -> Response:
        del request
        return JSONResponse({"to": router.to})

    async def switch(request: Request) -> Response:
        if not await run_in_threadpool(_is_admin, folder, request):
            headers = {"WWW-Authenticate": 'Basic realm="demo"'}
            return _problem(request, 401, "sign_in_first", headers)
        to = await _wanted(request)
        if to not in _SYSTEMS:
            return JSONResponse({"problems": [{"text": "'to' must be old or new"}]}, 422)
        attempt = request.headers.get("x-golive-attempt", "") or effects.BY_HAND
        changed = await run_in_threadpool(router.switch, to, attempt)
        return JSONResponse({"to": to, "changed": changed})

    async def nowhere(request: Request) -> Response:
        return _problem(request, 404, "page_unknown")

    async def users(request: Request) -> Response:
        body = await request.body()
        to = router.to
        return await run_in_threadpool(forward, urls[to], to, request, body)

    routes = [
        Route("/version", tell_version, methods=["GET"]),
        Route("/health", tell_health, methods=["GET"]),
        Route("/route", tell_route, methods=["GET"]),
        Route("/admin/switch", switch, methods=["POST"]),
        Route("/admin/{rest:path}", nowhere, methods=_METHODS),
        Route("/{rest:path}", users, methods=_METHODS),
    ]
    return Starlette(routes=routes, max_body_size=_MOST_BYTES)


def forward(base: str, name: str, request: Request, body: bytes) -> Response:
    """Pass one request on to a system and return its answer, or a 502 page when there is none.

    Every request has a connection of its own: a form is never sent twice because a kept
    connection had gone stale.
    """
    address = urlsplit(base)
    connection = http.client.HTTPConnection(
        address.hostname or "", address.port, timeout=_TIMEOUT_SECONDS
    )
    target = request.scope["raw_path"].decode("ascii")
    if request.scope["query_string"]:
        target += "?" + request.scope["query_string"].decode("ascii")
    try:
        connection.putrequest(request.method, target, skip_host=True, skip_accept_encoding=True)
        for header, value in _outgoing(request, body):
            connection.putheader(header, value)
        connection.endheaders(body or None)
        answer = connection.getresponse()
        content = answer.read()
    except (OSError, http.client.HTTPException) as error:
        _LOG.warning("%s %s: the %s system did not answer: %r", request.method, target, name, error)
        return _problem(request, 502, "unreachable", {"Retry-After": "30"})
    finally:
        connection.close()
    return _incoming(answer, content, base, name, head=request.method == "HEAD")


def _outgoing(request: Request, body: bytes) -> Iterable[tuple[str, str]]:
    named = {n.strip() for n in request.headers.get("connection", "").lower().split(",")}
    for raw_name, raw_value in request.headers.raw:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        if name not in _HOP | _OURS | named:
            yield name, value
    yield "connection", "close"
    yield MARK, "1"
    yield "x-forwarded-for", request.client.host if request.client else "unknown"
    yield "x-forwarded-host", request.headers.get("host", "")
    yield "x-forwarded-proto", request.url.scheme
    if body or "content-length" in request.headers:
        yield "content-length", str(len(body))


def _incoming(
    answer: http.client.HTTPResponse, content: bytes, base: str, name: str, *, head: bool
) -> Response:
    headers: list[tuple[bytes, bytes]] = []
    for key, value in answer.getheaders():
        lower = key.lower()
        if lower in _HOP or (lower == "content-length" and not head):
            continue
        shown = value.removeprefix(base) or "/" if lower == "location" else value
        headers.append((lower.encode("latin-1"), shown.encode("latin-1")))
    bare = answer.status in {204, 304} or head
    if not bare:
        headers.append((b"content-length", str(len(content)).encode()))
    headers.append((b"x-demo-route", name.encode()))
    response = Response(content, status_code=answer.status)
    # As they came, in order: several Set-Cookie stay several.
    response.raw_headers = headers
    return response


def _is_admin(folder: Path, request: Request) -> bool:
    user, password = basic_credentials(request.headers.get("authorization", ""))
    return user == "admin" and secret_matches(folder, "admin_password", password)


async def _wanted(request: Request) -> str:
    try:
        content = await request.json()
    except ValueError:
        return ""
    return str(content.get("to", "")) if isinstance(content, dict) else ""


def _problem(
    request: Request, status: int, key: str, headers: Mapping[str, str] | None = None
) -> Response:
    language = choose(request)
    text = say(language, key)
    if request.url.path.startswith(("/api/", "/admin/")):
        problem = {"code": key, "field": "", "text": text}
        return JSONResponse({"problems": [problem]}, status_code=status, headers=headers)
    other = say("en" if language == "zh" else "zh", key)
    code = "zh-CN" if language == "zh" else "en"
    page = (
        f'<!doctype html><html lang="{code}"><head><meta charset="utf-8">'
        f"<title>{html.escape(text)}</title></head>"
        '<body style="font-family:sans-serif;max-width:36em;margin:4em auto">'
        f'<main role="alert"><h1>{html.escape(text)}</h1><p>{html.escape(other)}</p></main>'
        "</body></html>"
    )
    return HTMLResponse(page, status_code=status, headers=headers)
