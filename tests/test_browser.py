"""Finding and starting a browser: which one, with which flags, and what is said without one."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from golive.browser import Browser, find_browser
from golive.errors import ExitCode, SetupError


def program(path: Path, text: str = "#!/bin/sh\nexit 0\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def test_the_named_one_comes_first_then_the_shell_then_the_download(tmp_path):
    named = program(tmp_path / "mine")
    path = tmp_path / "bin"
    env = {"PATH": str(path), "HOME": str(tmp_path)}
    assert find_browser(env) is None
    store = tmp_path / ".cache/ms-playwright"
    downloaded = program(store / "chromium-1200/chrome-linux/chrome")
    assert find_browser(env) == downloaded
    shell = program(store / "chromium_headless_shell-1200/chrome-linux/headless_shell")
    assert find_browser(env) == shell
    full = program(path / "google-chrome")
    assert find_browser(env) == full
    assert find_browser(env | {"PLAYWRIGHT_BROWSERS_PATH": "/nowhere"}) == full
    quick = program(path / "chromium-headless-shell")
    assert find_browser(env) == quick
    assert find_browser(env | {"GOLIVE_BROWSER": str(named)}) == named


def test_a_named_one_that_is_not_there_is_not_replaced_by_another(tmp_path):
    program(tmp_path / "chromium")
    env = {"PATH": str(tmp_path), "GOLIVE_BROWSER": "/no/such/browser"}
    assert find_browser(env) is None
    with pytest.raises(SetupError, match="'/no/such/browser', which is no program") as caught:
        Browser.start(variables=env)
    assert caught.value.exit_code is ExitCode.BROKEN
    assert "make setup" in str(caught.value)


def test_without_any_the_next_action_is_said(tmp_path):
    with pytest.raises(SetupError, match=r"no Chromium or Chrome.*make setup"):
        Browser.start(variables={"PATH": str(tmp_path), "HOME": str(tmp_path)})


def test_one_that_does_not_start_is_said(tmp_path):
    bad = program(tmp_path / "bad", "#!/bin/sh\nexit 7\n")
    with pytest.raises(SetupError, match="does not start"):
        Browser.start(variables={**os.environ, "GOLIVE_BROWSER": str(bad)})


def test_a_real_one_starts_quietly_and_without_a_sandbox_only_as_root(tmp_path):
    found = find_browser()
    assert found is not None, "no browser: run 'make setup'"
    log = tmp_path / "arguments"
    spy = program(tmp_path / "spy", f'#!/bin/sh\nprintf "%s\\n" "$@" > {log}\nexec {found} "$@"\n')
    browser = Browser.start(variables={**os.environ, "GOLIVE_BROWSER": str(spy)})
    try:
        context = browser.context(locale="zh-CN", timezone="Asia/Shanghai")
        page = context.new_page()
        seen = page.evaluate(
            "[navigator.language, Intl.DateTimeFormat().resolvedOptions().timeZone]"
        )
        assert seen == ["zh-CN", "Asia/Shanghai"]
        assert browser.version
    finally:
        browser.close()
    arguments = log.read_text().splitlines()
    for flag in (
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        "--disable-quic",
    ):
        assert flag in arguments
    assert ("--no-sandbox" in arguments) == (os.geteuid() == 0)


def test_a_second_driver_in_one_thread_is_refused_in_one_sentence():
    browser = Browser.start()
    try:
        with pytest.raises(SetupError, match="cannot be driven from here"):
            Browser.start()
    finally:
        browser.close()


def test_a_browser_that_runs_elsewhere_is_connected_to(tmp_path):
    """A Chromium with a debugging port, as a container or another machine offers it."""
    found = find_browser()
    assert found is not None, "no browser: run 'make setup'"
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    server = subprocess.Popen(
        [found, "--remote-debugging-port=0", "--headless", f"--user-data-dir={tmp_path}", *root],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # a packaged browser is a shell script around the program
    )
    try:
        line = next(text for text in server.stderr if "DevTools listening on" in text)
        port = re.search(r"ws://127\.0\.0\.1:(\d+)/", line)[1]
        env = {"GOLIVE_BROWSER_URL": f"http://127.0.0.1:{port}", "PATH": "", "HOME": str(tmp_path)}
        browser = Browser.start(variables=env)
        page = browser.context().new_page()
        assert page.evaluate("1 + 1") == 2
        assert (browser.path.name, bool(browser.version)) == ("remote", True)
        browser.close()
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.communicate(timeout=30)


def test_a_playwright_server_is_connected_to(tmp_path):
    found = find_browser()
    config = tmp_path / "server.json"
    config.write_text(json.dumps({"executablePath": str(found), "host": "127.0.0.1"}))
    command = [sys.executable, "-m", "playwright", "launch-server", "--browser=chromium"]
    server = subprocess.Popen(
        [*command, f"--config={config}"], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        address = server.stdout.readline().strip()
        assert address.startswith("ws://127.0.0.1:")
        browser = Browser.start(variables={"GOLIVE_BROWSER_URL": address})
        assert browser.context().new_page().evaluate("2 + 2") == 4
        browser.close()
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.communicate(timeout=30)


def test_a_browser_elsewhere_that_does_not_answer_is_said():
    with pytest.raises(
        SetupError, match=r"nobody answers at GOLIVE_BROWSER_URL 'ws://127.0.0.1:9/'"
    ):
        Browser.start(variables={"GOLIVE_BROWSER_URL": "ws://127.0.0.1:9/"})


def test_a_shell_is_not_taken_when_its_window_is_to_be_seen(tmp_path):
    program(tmp_path / "chromium-headless-shell")
    env = {"PATH": str(tmp_path), "HOME": str(tmp_path), "GOLIVE_BROWSER_SHOWN": "1"}
    assert find_browser(env) is None
    full = program(tmp_path / "chromium")
    assert find_browser(env) == full


@pytest.fixture
def page():
    browser = Browser.start()
    yield browser.context().new_page()
    browser.close()
