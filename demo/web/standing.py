"""What every demo system answers, whatever it does: who it is, whether it lives, what is wrong."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from demo.web.front import Front, Visit, refused_json
from demo.web.language import choose
from demo.web.refusal import NOT_FOUND, Problem, Refusal

__all__ = ["MOST_BYTES", "error_handlers", "standing_routes"]

#: The largest request body the demo takes.
MOST_BYTES = 1_048_576
_LOG = logging.getLogger("uvicorn.error")


def standing_routes(version: Mapping[str, Any], check: Callable[[], None]) -> list[Route]:
    """Return ``/version`` and ``/health``; ``check`` raises when the system is not well."""

    async def tell_version(request: Request) -> Response:
        del request
        return JSONResponse(dict(version))

    async def tell_health(request: Request) -> Response:
        del request
        try:
            await run_in_threadpool(check)
        except Exception as error:  # noqa: BLE001 - whatever it is, the answer is "not well"
            _LOG.warning("health check failed: %r", error)
            reason = {"status": "failed", "reason": type(error).__name__}
            return JSONResponse(reason, status_code=503)
        return JSONResponse({"status": "ok"})

    return [
        Route("/version", tell_version, methods=["GET"]),
        Route("/health", tell_health, methods=["GET"]),
    ]


def error_handlers(front: Front) -> dict[Any, Any]:
    """Return the answers to an unknown address and to an error of ours, as page or JSON."""

    def answer(request: Request, status: int, key: str) -> Response:
        visit = Visit(request=request, language=choose(request))
        refusal = Refusal(status, Problem(key=key))
        if request.url.path.startswith(("/api/", "/admin/")):
            return refused_json(visit, refusal)
        return front.refused(visit, refusal)

    async def unknown(request: Request, error: Exception) -> Response:
        del error
        return answer(request, NOT_FOUND, "page_unknown")

    async def failed(request: Request, error: Exception) -> Response:
        _LOG.error("%s %s failed: %r", request.method, request.url.path, error)
        return answer(request, 500, "unexpected")

    return {404: unknown, 500: failed}
