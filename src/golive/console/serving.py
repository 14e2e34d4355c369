"""Serve the console on this machine alone until it is interrupted."""

from __future__ import annotations

import socket

import uvicorn
from starlette.applications import Starlette

from golive.errors import SetupError

__all__ = ["listen", "serve"]

#: The console is for this machine: who else is to see it comes over ssh.
ADDRESS = "127.0.0.1"


def listen(port: int) -> socket.socket:
    """Return a listening socket; port 0 takes a free one. Raise SetupError when it is taken."""
    found = socket.socket()
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((ADDRESS, port))
        found.listen(64)
    except (OSError, OverflowError) as error:
        found.close()
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise SetupError.of(
            f"port {port}", f"cannot be used: {reason}", hint="name another, or none for a free one"
        ) from error
    return found


def serve(application: Starlette, listening: socket.socket) -> None:
    """Answer until Ctrl-C, which is how a console ends, not an error."""
    config = uvicorn.Config(
        application, log_level="warning", access_log=False, server_header=False,
        lifespan="off", ws="none", timeout_graceful_shutdown=2,
    )  # fmt: skip
    try:
        uvicorn.Server(config).run(sockets=[listening])
    except KeyboardInterrupt:
        return
    finally:
        listening.close()
