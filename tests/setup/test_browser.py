"""The browser: what is there first, then Playwright's download, then the system's package."""

from __future__ import annotations

import pytest

CHROMIUM = 'echo "Chromium 156.0"'
#: An apt-get whose install puts a browser on PATH.
APT = """
case "$1" in install)
  printf '#!/bin/sh\\necho "Chromium 155.0"\\n' > $BIN/chromium-headless-shell
  chmod +x $BIN/chromium-headless-shell
esac
"""


@pytest.fixture
def browser():
    from provision import browser  # noqa: PLC0415

    return browser


def test_the_browser_on_path_is_used_and_nothing_is_installed(fake, browser):
    fake.program("chromium", CHROMIUM)
    fake.program("apt-get")
    part = browser.provide(fake.machine())
    assert part.ready
    assert part.path == str(fake.path / "chromium")
    assert "Chromium 156.0" in part.detail
    assert fake.calls() == ["chromium --version"]


def test_the_headless_shell_comes_before_the_whole_browser(fake, browser):
    fake.program("chromium", CHROMIUM)
    fake.program("chromium-headless-shell", CHROMIUM)
    assert browser.find(fake.machine()).path.endswith("chromium-headless-shell")


def test_a_stub_that_does_not_run_is_passed_over(fake, browser):
    fake.program("chromium-browser", "echo 'install the snap first' >&2; exit 1")
    fake.program("google-chrome", CHROMIUM)
    assert browser.find(fake.machine()).path.endswith("google-chrome")


def test_the_one_named_by_the_user_is_used(fake, browser):
    fake.program("chromium", CHROMIUM)
    named = fake.program("my-chrome", CHROMIUM, where=fake.folder / "elsewhere")
    assert browser.find(fake.machine(GOLIVE_BROWSER=str(named))).path == str(named)


def test_a_wrong_name_given_by_the_user_is_said_and_not_worked_around(fake, browser):
    fake.program("chromium", CHROMIUM)
    fake.program("apt-get", APT)
    fake.is_root = True
    part = browser.provide(fake.machine(GOLIVE_BROWSER="/nowhere/chrome"))
    assert not part.ready
    assert "'/nowhere/chrome'" in part.detail
    assert "GOLIVE_BROWSER" in part.hint
    assert fake.calls() == []


def test_playwrights_own_download_is_found(fake, browser):
    where = fake.folder / "home/.cache/ms-playwright/chromium_headless_shell-1200/chrome-linux"
    fake.program("headless_shell", CHROMIUM, where=where)
    assert browser.find(fake.machine()).path == str(where / "headless_shell")


def test_without_a_browser_playwright_is_asked_to_download_one(fake, browser):
    where = fake.folder / "home/.cache/ms-playwright/chromium_headless_shell-1200/chrome-linux"
    download = f"""
mkdir -p {where}
printf '#!/bin/sh\\necho "Chromium 157.0"\\n' > {where}/headless_shell
chmod +x {where}/headless_shell
"""
    fake.program("python", download, where=fake.root / ".venv/bin")
    part = browser.provide(fake.machine())
    assert part.ready
    assert part.path == str(where / "headless_shell")
    assert fake.calls() == ["python -m playwright install --only-shell chromium"]


def test_a_download_that_hangs_is_stopped_and_root_gets_the_system_package(
    fake, browser, monkeypatch
):
    monkeypatch.setattr(browser, "DOWNLOAD_SECONDS", 0.3)
    fake.program("python", "sleep 600", where=fake.root / ".venv/bin")
    fake.program("apt-get", APT)
    fake.is_root = True
    part = browser.provide(fake.machine())
    assert part.ready
    assert part.path == str(fake.path / "chromium-headless-shell")
    update, install = fake.calls()[1:]
    assert update.startswith("apt-get update")
    assert install.startswith("apt-get install -y")


def test_the_other_package_is_tried_when_the_shell_is_unknown(fake, browser):
    fake.program("python", "exit 1", where=fake.root / ".venv/bin")
    fake.program(
        "apt-get",
        "case \"$*\" in *chromium-headless-shell) echo 'Unable to locate package'; exit 100;;"
        ' install*) printf "#!/bin/sh\\necho Chromium 155\\n" > $BIN/chromium;'
        " chmod +x $BIN/chromium;; esac",
    )
    fake.is_root = True
    assert browser.provide(fake.machine()).path == str(fake.path / "chromium")


def test_when_nothing_can_be_had_every_reason_and_the_next_action_are_said(fake, browser):
    fake.program("python", "echo 'no route to the download'; exit 1", where=fake.root / ".venv/bin")
    fake.program("apt-get", APT)
    part = browser.provide(fake.machine())
    assert not part.ready
    assert "no route to the download" in part.detail
    assert "not root" in part.detail
    assert "chromium" in part.hint
    assert "GOLIVE_BROWSER" in part.hint
    assert not [call for call in fake.calls() if call.startswith("apt-get")]


def test_set_up_and_golive_look_for_the_same_programs(browser):
    from golive.browser import PROGRAMS  # noqa: PLC0415

    assert browser.NAMES == PROGRAMS
