"""The front of a demo web application: turns a request into a visit and a handler into a route.

Handlers are plain functions ``handler(visit) -> Response`` and run in a thread of the pool; what
they refuse (:class:`demo.web.refusal.Refusal`) becomes a page or a JSON answer here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from demo.effects import BY_HAND
from demo.web import language
from demo.web.accounts import Account, Accounts
from demo.web.fields import money
from demo.web.refusal import FORBIDDEN, INVALID, NOT_FOUND, Problem, Refusal, refuse
from demo.web.session import Session, Sessions
from demo.wording import say

__all__ = ["Front", "Handler", "Visit", "refused_json", "sentences", "with_query"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request as a handler sees it."""

    request: Request
    #: ``en`` or ``zh``
    language: str
    #: The fields of a posted form or of a JSON object, as texts; empty for a GET.
    form: Mapping[str, str] = field(default_factory=dict)
    account: Account | None = None
    session: Session | None = None

    @property
    def user(self) -> Account:
        """The signed-in account; only for handlers that need one."""
        if self.account is None:
            raise refuse(401, "sign_in_first")
        return self.account

    @property
    def attempt(self) -> str:
        """The attempt of golive that asks, from the header ``X-Golive-Attempt``."""
        return self.request.headers.get("x-golive-attempt", "") or BY_HAND

    def path(self, name: str) -> str:
        """Return a parameter of the path."""
        return str(self.request.path_params[name])


Handler = Callable[[Visit], Response]
Endpoint = Callable[[Request], Awaitable[Response]]


class Front:
    """What the pages, the JSON API and the admin API of one system share."""

    def __init__(
        self,
        *,
        system: str,
        folder: Path,
        accounts: Accounts,
        sign_in_path: str,
        home_path: str,
        version: Mapping[str, Any],
        closed: Callable[[Request], bool] = lambda _: False,
    ) -> None:
        self.system = system
        self.folder = folder
        self.accounts = accounts
        self.sign_in_path = sign_in_path
        self.home_path = home_path
        self.version = version
        #: Tells whether users who came this way are kept out for now.
        self.closed = closed
        key_file = folder / "secrets" / f"{system}_session_key"
        self.sessions = Sessions(key_file, f"demo_{system}_session")
        templates = Path(__file__).parent.parent / system / "templates"
        self._templates = Environment(
            loader=FileSystemLoader([templates, Path(__file__).parent / "templates"]),
            autoescape=True,
            auto_reload=False,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters["money"] = money
        self._templates.globals["with_query"] = with_query

    def page(self, handler: Handler, *, public: bool = False) -> Endpoint:
        """Return the route of an HTML page; who is not signed in goes to the sign-in page."""

        def answer(request: Request, form: Mapping[str, str]) -> Response:
            visit = self._visit(request, form)
            if self.closed(request):
                return self.maintenance(visit)
            if not public and visit.account is None:
                wanted = request.url.path if request.method == "GET" else self.home_path
                query = f"?{request.url.query}" if request.url.query else ""
                target = f"{self.sign_in_path}?next={quote(wanted + query, safe='/')}"
                return RedirectResponse(target, status_code=303)
            try:
                return handler(visit)
            except Refusal as refusal:
                return self.refused(visit, refusal)

        async def endpoint(request: Request) -> Response:
            form = await _form(request)
            response = await run_in_threadpool(answer, request, form)
            language.remember(request, response)
            return response

        return endpoint

    def api(self, handler: Handler, *, role: str = "") -> Endpoint:
        """Return the route of a JSON answer, by Basic auth; ``role`` limits it to one role."""

        def answer(request: Request, form: Mapping[str, str] | None) -> Response:
            visit = Visit(request=request, language=language.choose(request), form=form or {})
            try:
                if not role and self.closed(request):
                    return _retry_later(visit)
                account = self.accounts.basic(request.headers.get("authorization", ""))
                if account is None:
                    raise refuse(401, "sign_in_first")
                if role and account.role != role:
                    values = {"role": f"key:role_{account.role}", "what": "key:may_administer"}
                    raise refuse(FORBIDDEN, "role_refused", **values)
                if form is None:
                    raise refuse(INVALID, "json_invalid")
                return handler(
                    Visit(
                        request=request, language=visit.language, form=visit.form, account=account
                    )
                )
            except Refusal as refusal:
                return refused_json(visit, refusal)

        async def endpoint(request: Request) -> Response:
            return await run_in_threadpool(answer, request, await _json_fields(request))

        return endpoint

    def render(
        self, visit: Visit, template: str, context: Mapping[str, Any], status: int = 200
    ) -> HTMLResponse:
        """Return a page: a template with the texts of the visitor's language in ``t``."""

        def text(key: str, **values: object) -> str:
            return say(visit.language, key, **values)

        values: dict[str, Any] = {"problems": (), "done": "", **context}
        html = self._templates.get_template(template).render(
            t=text,
            lang=visit.language,
            account=visit.account,
            version=self.version,
            here=visit.request.url.path,
            url=_relative(visit.request),
            **values,
        )
        return HTMLResponse(html, status_code=status, headers={"Cache-Control": "no-store"})

    def refused(self, visit: Visit, refusal: Refusal) -> Response:
        """Return the page that says why not, with a way back."""
        if refusal.status == 401:  # noqa: PLR2004
            return RedirectResponse(self.sign_in_path, status_code=303)
        titles = {FORBIDDEN: "not_allowed", NOT_FOUND: "not_found", 500: "failed"}
        context = {
            "title_key": titles.get(refusal.status, "not_possible"),
            "problems": sentences(visit, refusal.problems),
        }
        return self.render(visit, "message.html", context, refusal.status)

    def maintenance(self, visit: Visit) -> Response:
        """Return the page for users while the system is not open: 503, come again."""
        context = {
            "title_key": "maintenance",
            "problems": [{"field": "", "text": say(visit.language, "closed_for_users")}],
            "other": say("en" if visit.language == "zh" else "zh", "closed_for_users"),
        }
        response = self.render(visit, "maintenance.html", context, 503)
        response.headers["Retry-After"] = "300"
        return response

    def _visit(self, request: Request, form: Mapping[str, str]) -> Visit:
        session = self.sessions.open(request.cookies.get(self.sessions.cookie, ""))
        account = self.accounts.find(session.user) if session else None
        return Visit(
            request=request,
            language=language.choose(request),
            form=form,
            account=account,
            session=session,
        )


def sentences(visit: Visit, problems: tuple[Problem, ...]) -> list[dict[str, str]]:
    """Return problems as the visitor reads them: ``field`` (may be empty) and ``text``."""
    return [
        {"field": problem.field, "text": say(visit.language, problem.key, **problem.values)}
        for problem in problems
    ]


def with_query(url: str, **changes: object) -> str:
    """Return a relative URL with parameters of its query set."""
    path, _, query = url.partition("?")
    pairs = [pair.partition("=") for pair in query.split("&") if pair]
    kept = [f"{name}={value}" for name, _, value in pairs if name not in changes]
    return f"{path}?{'&'.join([*kept, urlencode(changes)])}"


def _relative(request: Request) -> str:
    """Return path and query as asked, without what only spoke once (``done``, ``lang``)."""
    pairs = [
        pair
        for pair in request.url.query.split("&")
        if pair and pair.partition("=")[0] not in {"done", "lang"}
    ]
    return request.url.path + ("?" + "&".join(pairs) if pairs else "")


def refused_json(visit: Visit, refusal: Refusal) -> Response:
    """Return the JSON that says why not: ``{"problems": [{"code", "field", "text"}]}``."""
    problems = [
        {"code": problem.key, **shown}
        for problem, shown in zip(refusal.problems, sentences(visit, refusal.problems), strict=True)
    ]
    headers = {"WWW-Authenticate": 'Basic realm="demo"'} if refusal.status == 401 else {}  # noqa: PLR2004
    return JSONResponse({"problems": problems}, status_code=refusal.status, headers=headers)


def _retry_later(visit: Visit) -> Response:
    problem = {
        "code": "closed_for_users",
        "field": "",
        "text": say(visit.language, "closed_for_users"),
    }
    return JSONResponse({"problems": [problem]}, status_code=503, headers={"Retry-After": "300"})


async def _form(request: Request) -> Mapping[str, str]:
    if request.method != "POST":
        return {}
    async with request.form(max_files=0) as form:
        return {key: value for key, value in form.items() if not isinstance(value, UploadFile)}


async def _json_fields(request: Request) -> Mapping[str, str] | None:
    """Return the members of a posted JSON object as texts, or None when it is none."""
    if request.method != "POST":
        return {}
    if not await request.body():
        return {}
    try:
        content = await request.json()
    except ValueError:
        return None
    if not isinstance(content, dict):
        return None
    return {str(key): "" if value is None else str(value) for key, value in content.items()}
