"""A tiny server on a free port, and a workspace with a load profile for it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from golive.contracts import Environment, Target
from golive.testing import RecordedContext

USER_FILE = """\
import os

from locust import FastHttpUser, constant, task


class Clerk(FastHttpUser):
    wait_time = constant(0.05)

    @task
    def orders(self):
        auth = (os.environ["GOLIVE_LOAD_USER"], os.environ["GOLIVE_LOAD_PASSWORD"])
        self.client.get("/orders", auth=auth, name="/orders")
"""
CRASHING_FILE = USER_FILE.replace(
    '        self.client.get("/orders", auth=auth, name="/orders")',
    '        self.client.get("/orders", auth=auth, name="/orders")\n        {}["customer"]',
)
IDLE_FILE = """\
from locust import FastHttpUser, constant, task


class Idle(FastHttpUser):
    wait_time = constant(0.1)

    @task
    def nothing(self):
        pass
"""


@dataclass(kw_only=True)
class Site:
    """A server that can be slow, answer with an error, or (status 0) not answer at all."""

    url: str = ""
    delay: float = 0.0
    status: int = 200
    authorizations: set[str] = field(default_factory=set)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    site: Site


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        site = self.server.site  # type: ignore[attr-defined]
        site.authorizations.add(self.headers.get("Authorization", ""))
        if site.delay:
            time.sleep(site.delay)  # the slowness under test
        if not site.status:
            self.close_connection = True
            return
        self.send_response(site.status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def site() -> Iterator[Site]:
    server = _Server(("127.0.0.1", 0), _Handler)
    server.site = Site(url=f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server.site
    server.shutdown()
    thread.join()
    server.server_close()


def profile(**more: Any) -> dict[str, Any]:
    return {
        "locustfile": "load/user.py",
        "target": "new",
        "account": {"user": "clerk", "secret": "clerk_password"},
        "stages": [{"users": 3, "spawn_rate": 10, "duration": "3s"}],
        "objectives": [
            {"metric": "p95_ms", "op": "<=", "value": 2000, "name": "GET /orders"},
            {"metric": "error_ratio", "op": "<=", "value": 0.01},
            {"metric": "requests_per_second", "op": ">=", "value": 0.5},
        ],
        "generator": {"cpu": 1.0, "lag_ms": 2000},
        "peak": {"source": "test", "assumption": "none", "multiple": 1},
        **more,
    }


@dataclass(kw_only=True)
class Workspace:
    root: Path

    def context(
        self, url: str, more: Mapping[str, Any] | None = None, *, kind: str = "test", **facts: str
    ) -> RecordedContext:
        (self.root / "load").mkdir(exist_ok=True)
        (self.root / "load/user.py").write_text(USER_FILE)
        (self.root / "load/crashing.py").write_text(CRASHING_FILE)
        (self.root / "load/idle.py").write_text(IDLE_FILE)
        body = {"schema": "golive/load/v1", "profiles": {"smoke": profile(**(more or {}))}}
        (self.root / "load/profiles.yaml").write_text(json.dumps(body))
        workdir = self.root / "work"
        workdir.mkdir(exist_ok=True)
        return RecordedContext(
            workspace=self.root,
            workdir=workdir,
            environment=Environment(
                name="test",
                kind=kind,
                targets={"new": Target(name="new", url=url)},
                facts=facts,
            ),
            secrets={"clerk_password": "s3cret-canary"},
        )


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(root=tmp_path)
