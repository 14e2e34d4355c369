"""One server process of the demo: ``python -m demo.serving SYSTEM ...``, started by ``up``.

It forks at once: the first process prints the pid of the second and ends, the second serves for
as long as it is let. It listens on a socket it is given, so a port found free stays ours.
"""

from __future__ import annotations

import argparse
import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from demo.site import SYSTEMS

if TYPE_CHECKING:
    from starlette.applications import Starlette

__all__ = ["main"]

_GRACE_SECONDS = 2


def main() -> None:
    """Read the command line, detach, and serve one system."""
    parser = argparse.ArgumentParser(prog="python -m demo.serving")
    parser.add_argument("system", choices=SYSTEMS)
    parser.add_argument("--dir", type=Path, required=True)
    parser.add_argument("--listen-fd", type=int, required=True)
    parser.add_argument("--database", default="")
    parser.add_argument("--old-url", default="")
    parser.add_argument("--new-url", default="")
    arguments = parser.parse_args()
    _detach()
    _serve(_application(arguments), arguments.listen_fd)


def _detach() -> None:
    """Go on as nobody's child, in a session of our own; what is printed goes to the log."""
    pid = os.fork()
    if pid:
        print(pid, flush=True)
        os._exit(0)
    os.setsid()
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())


def _application(arguments: argparse.Namespace) -> Starlette:
    # Imported by need: the gateway starts quicker without a database layer.
    if arguments.system == "gateway":
        from demo.gateway import create_app as create_gateway  # noqa: PLC0415

        urls = {"old": arguments.old_url, "new": arguments.new_url}
        return create_gateway(arguments.dir, urls)
    if arguments.system == "old":
        from demo.old.app import create_app as create_old  # noqa: PLC0415

        return create_old(arguments.dir, arguments.database)
    from demo.new.app import create_app as create_new  # noqa: PLC0415

    return create_new(arguments.dir, arguments.database, arguments.system)


def _serve(application: Starlette, handle: int) -> None:
    import uvicorn  # noqa: PLC0415

    config = uvicorn.Config(
        application,
        access_log=False,
        log_level="info",
        lifespan="off",
        loop="asyncio",
        http="h11",
        ws="none",
        proxy_headers=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=handle)])


if __name__ == "__main__":
    main()
