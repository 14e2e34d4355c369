"""Finding and starting a browser: which one, with which flags, and what is said without one."""

from __future__ import annotations

import os
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
