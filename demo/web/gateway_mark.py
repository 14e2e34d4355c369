"""How a system knows that a request came by the gateway: one header only the gateway sets."""

from __future__ import annotations

from starlette.requests import Request

__all__ = ["MARK", "came_by_gateway"]

#: The gateway removes what a client sends under this name and sets its own.
MARK = "x-demo-gateway"


def came_by_gateway(request: Request) -> bool:
    """Tell whether a user came by the gateway, not by the system's own address."""
    return MARK in request.headers
