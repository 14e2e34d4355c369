from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from golive.compare.fingerprint import fingerprint_routing
from golive.errors import ExitCode, SetupError


@pytest.fixture
def gateway() -> Iterator[Callable[[bytes, int], str]]:
    """Return a function that sets what a gateway on a free port answers, and tells its address."""
    answer = [b"", 200]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(answer[1])
            self.end_headers()
            self.wfile.write(answer[0])

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()

        def says(body: bytes, status: int = 200) -> str:
            answer[:] = [body, status]
            return f"http://127.0.0.1:{server.server_port}/route"

        yield says
        server.shutdown()
        thread.join()


def test_the_answer_is_kept_in_canonical_form(gateway: Callable[..., str]) -> None:
    url = gateway(b'{ "to": "old",\n "by": "\\u65e7" }')
    found = fingerprint_routing(url)
    assert (found.url, found.answer) == (url, '{"by":"旧","to":"old"}')
    assert fingerprint_routing(gateway('{"by":"旧","to":"old"}'.encode())) == found
    assert fingerprint_routing(gateway(b'{"by":"x","to":"new"}')) != found


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"<html>", 200, "does not answer in JSON"),
        (b"", 200, "does not answer in JSON"),
        (b"{}", 503, "answers with error 503"),
        (b"{}", 404, "answers with error 404"),
    ],
)
def test_an_answer_that_tells_no_route_is_broken(
    gateway: Callable[..., str], body: bytes, status: int, said: str
) -> None:
    with pytest.raises(SetupError, match=said):
        fingerprint_routing(gateway(body, status))
    assert SetupError.exit_code is ExitCode.BROKEN


def test_no_gateway_is_broken() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/route"
        with pytest.raises(SetupError, match=r"cannot be reached: .*refused"):
            fingerprint_routing(url)


def test_a_gateway_that_does_not_answer_in_time_is_broken() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/route"
        with pytest.raises(SetupError, match="cannot be reached: timed out"):
            fingerprint_routing(url, timeout=0.2)


@pytest.mark.parametrize("url", ["", "file:///etc/passwd", "/route"])
def test_only_the_web_is_asked(url: str) -> None:
    with pytest.raises(SetupError, match="is no web address"):
        fingerprint_routing(url)
