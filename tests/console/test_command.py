"""The command itself: a real process on a free port, ended by Ctrl-C."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys

import httpx

from golive.browser import Browser
from golive.outcome import Status


def test_it_prints_its_address_answers_there_and_ends_with_0(started):
    line = started.stdout.readline()
    found = re.search(r"http://127\.0\.0\.1:\d+/", line)
    assert found, line
    answer = httpx.get(f"{found[0]}runs/r1", timeout=30)
    assert answer.status_code == 200
    assert "演练" in answer.text
    started.send_signal(signal.SIGINT)
    _, errors = started.communicate(timeout=30)
    assert started.returncode == 0, errors
    assert errors == ""


def test_a_browser_shows_new_records_by_itself_and_says_when_golive_is_gone(started, runs, ended):
    address = re.search(r"http://\S+/", started.stdout.readline())[0]
    runs.write(runs.project.runs / "r1", *ended(Status.PASSED, "5 rows"))
    browser = Browser.start()
    try:
        page = browser.context().new_page()
        said, asked = [], []
        page.on("console", lambda message: said.append(message.text))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{address}runs/r1?lang=en")
        page.click("#attempts-LOAD summary")
        runs.write(runs.project.runs / "r1", ("run.noted", {"text": "just now", "severity": ""}))
        page.wait_for_selector("text=just now", timeout=20_000)
        assert page.evaluate("document.getElementById('attempts-LOAD').open")
        assert not page.is_visible("#lost")
        assert said == []
        assert {url for url in asked if not url.startswith(address)} == set()
        started.send_signal(signal.SIGINT)
        page.wait_for_selector("#lost", state="visible", timeout=20_000)
    finally:
        browser.close()


def test_a_port_that_is_taken_is_a_sentence(runs):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "golive", "console", "--port", str(port)],
            cwd=runs.root, capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip
    assert done.returncode == 3
    assert done.stderr.startswith(f"port {port}: cannot be used:")
    assert "Traceback" not in done.stderr
