"""The web application: two pages, each with a tag that tells whether it changed, and one button."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from golive.console.acting import LARGEST, is_own, press, read_press
from golive.console.reading import Reader
from golive.console.rendering import HEADERS, page
from golive.console.views import view_run
from golive.console.words import LANGUAGES, word
from golive.errors import Damaged, GoliveError
from golive.project import Project

__all__ = ["application"]

#: A page of another site that made its name lead here is not answered.
_HOSTS = ["127.0.0.1", "localhost"]


def _utc_now() -> datetime:
    return datetime.now(UTC)


def application(project: Project, *, now: Callable[[], datetime] = _utc_now) -> Starlette:
    """Return the console of a workspace; pages are in its language unless ``?lang=`` says other."""
    console = _Console(project, now)
    return Starlette(
        routes=[
            Route("/", console.list_runs),
            Route("/runs/{name}", console.one_run),
            Route("/runs/{name}", console.press, methods=["POST"]),
            Route("/favicon.ico", lambda request: Response(status_code=204, headers=HEADERS)),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=_HOSTS, www_redirect=False)],
        exception_handlers={HTTPException: console.nowhere, Exception: console.bug},
    )


class _Console:
    def __init__(self, project: Project, now: Callable[[], datetime]) -> None:
        self._project = project
        self._reader = Reader(project.runs)
        self._language = project.language.value
        self._now = now
        #: Only the pages of this server, and only while it runs, carry it.
        self._token = secrets.token_urlsafe(32)

    def _lang(self, request: Request) -> str:
        asked = request.query_params.get("lang", "")
        return asked if asked in LANGUAGES else self._language

    def list_runs(self, request: Request) -> Response:
        language, runs = self._lang(request), self._reader.runs()
        tag = _tag(language, *(run.mark for run in runs))
        return _answer(request, tag, lambda: page("runs.html", language, tag=tag, runs=runs))

    def one_run(self, request: Request) -> Response:
        language, name = self._lang(request), request.path_params["name"]
        folder = self._reader.folder(name)
        if folder is None:
            return self._message(request, 404, "unknown", name=name)
        try:
            state = self._reader.state(folder)
        except GoliveError as error:
            return self._unreadable(request, name, error)
        view = view_run(state, self._now())
        # Between two records only the time left changes, and with it whether an abort is safe.
        moment = "" if state.closed else f"{view.now:%H:%M} {view.lsat and view.lsat.safe}"
        tag = _tag(language, state.head_hash, moment, self._token)
        return _answer(
            request, tag,
            lambda: page("run.html", language, tag=tag, view=view, token=self._token),
        )  # fmt: skip

    async def press(self, request: Request) -> Response:
        """Do what a person pressed, and show the run again; or say why it was not done."""
        body = await _body(request)
        return await run_in_threadpool(self._pressed, request, body)

    def _pressed(self, request: Request, body: bytes) -> Response:
        language, name = self._lang(request), request.path_params["name"]
        folder = self._reader.folder(name)
        if folder is None:
            return self._message(request, 404, "unknown", name=name)
        pressed = read_press(body)
        if not is_own(request.headers, pressed.token, self._token):
            return self._message(request, 403, "foreign")
        try:
            press(self._project, folder, pressed, datetime.now(UTC))
        except GoliveError as error:
            return self._refused(language, error)
        address = f"/runs/{quote(name)}?lang={language}"
        return RedirectResponse(address, status_code=303, headers=HEADERS)

    def _refused(self, language: str, error: GoliveError) -> Response:
        said = tuple(str(problem) for problem in error.problems)
        title = word(language, "refused")
        text = page("message.html", language, title=title, says="", problems=said)
        return HTMLResponse(text, status_code=409, headers=HEADERS)

    def _unreadable(self, request: Request, name: str, error: GoliveError) -> Response:
        language = self._lang(request)
        damaged = isinstance(error, Damaged)
        text = page(
            "message.html",
            language,
            title=word(language, "damaged.title" if damaged else "unread.title"),
            says=f"{name}. {word(language, 'damaged.says') if damaged else ''}",
            problems=tuple(str(problem) for problem in error.problems),
        )
        return HTMLResponse(text, status_code=500 if damaged else 503, headers=HEADERS)

    def _message(self, request: Request, status: int, key: str, *, name: str = "") -> Response:
        language = self._lang(request)
        says = word(language, f"{key}.says", name=name)
        text = page("message.html", language, title=word(language, key), says=says, problems=())
        return HTMLResponse(text, status_code=status, headers=HEADERS)

    def nowhere(self, request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 404
        return self._message(request, status, "nowhere", name=request.url.path)

    def bug(self, request: Request, error: Exception) -> Response:
        return self._message(request, 500, "bug")


async def _body(request: Request) -> bytes:
    """Return what was sent, read no further than any form of ours is long."""
    found = b""
    async for piece in request.stream():
        found += piece
        if len(found) > LARGEST:
            break
    return found


def _tag(*parts: str) -> str:
    return '"' + hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32] + '"'


def _answer(request: Request, tag: str, text: Callable[[], str]) -> Response:
    """Return the page, or 304 when the reader already has it."""
    headers = {**HEADERS, "ETag": tag}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return HTMLResponse(text(), headers=headers)
