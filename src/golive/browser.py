"""Find a browser and start it: the only importer of Playwright."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from playwright.sync_api import Browser as PlaywrightBrowser
from playwright.sync_api import (
    BrowserContext,
    Frame,
    Locator,
    Page,
    Playwright,
    Request,
    sync_playwright,
)
from playwright.sync_api import Error as BrowserError
from playwright.sync_api import StorageState as LoginState
from playwright.sync_api import TimeoutError as BrowserTimeout

from golive.errors import SetupError

__all__ = [
    "BROWSER_SHOWN",
    "BROWSER_URL",
    "Browser",
    "BrowserContext",
    "BrowserError",
    "BrowserTimeout",
    "Frame",
    "Locator",
    "LoginState",
    "Page",
    "Request",
    "find_browser",
    "is_crash",
    "is_unreachable",
]

#: In the order tried: the shell is nearly twice as fast for each scenario as the full browser.
PROGRAMS = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
)
_FLAGS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
)
#: Draws two Chinese characters and one that exists nowhere; true when all three differ.
_DRAWN = """() => {
  const drawn = ['\\u9a8c', '\\u6536', '\\u{10fffe}'].map(text => {
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = 64;
    const pen = canvas.getContext('2d');
    pen.font = '48px "Noto Sans CJK SC","WenQuanYi Micro Hei",sans-serif';
    pen.fillText(text, 4, 52);
    return canvas.toDataURL();
  });
  return new Set(drawn).size === 3;
}"""
_DOWNLOADED = ("chrome-headless-shell", "headless_shell", "chrome")
#: Where a browser runs that is not started here: ``ws://…`` (a Playwright server) or ``http://…``
#: (a Chromium with a debugging port).
BROWSER_URL = "GOLIVE_BROWSER_URL"
#: Show the browser's window.
BROWSER_SHOWN = "GOLIVE_BROWSER_SHOWN"
VIEWPORT = (1280, 800)


def find_browser(variables: Mapping[str, str] | None = None) -> Path | None:
    """Return the browser to use: GOLIVE_BROWSER, else one on PATH, else Playwright's download.

    None when there is none, also when GOLIVE_BROWSER names something that is no program.
    """
    env = os.environ if variables is None else variables
    if named := env.get("GOLIVE_BROWSER"):
        found = shutil.which(named, path=env.get("PATH"))
        return Path(found) if found else None
    # A shell has no window to show.
    programs = [p for p in PROGRAMS if "headless" not in p] if env.get(BROWSER_SHOWN) else PROGRAMS
    for program in programs:
        if found := shutil.which(program, path=env.get("PATH")):
            return Path(found)
    return next(_downloaded(env), None)


def _downloaded(env: Mapping[str, str]) -> Iterator[Path]:
    """Yield the programs of Playwright's own download, the shell first."""
    home = Path(env.get("HOME") or Path.home())
    store = Path(env.get("PLAYWRIGHT_BROWSERS_PATH") or home / ".cache" / "ms-playwright")
    for name in _DOWNLOADED:
        for path in sorted(store.glob(f"chromium*/*/{name}"), reverse=True):
            if os.access(path, os.X_OK) and path.is_file():
                yield path


class Browser:
    """One browser for a whole process; each scenario gets a context of its own."""

    def __init__(self, driver: Playwright, browser: PlaywrightBrowser, path: Path) -> None:
        self._driver = driver
        self._browser = browser
        self.path = path

    @classmethod
    def start(cls, *, variables: Mapping[str, str] | None = None) -> Browser:
        """Start the browser, or connect to the one GOLIVE_BROWSER_URL names.

        Raise SetupError when there is none, it does not start or nobody answers there.
        """
        env = os.environ if variables is None else variables
        address = env.get(BROWSER_URL, "")
        path = Path("remote") if address else _program(env)
        try:
            driver = sync_playwright().start()
        except BrowserError as error:
            raise SetupError.of(
                "browser",
                f"cannot be driven from here: {str(error).splitlines()[0]}",
                hint="run golive without another tool that holds Playwright in the same process",
            ) from error
        try:
            browser = _connect(driver, address) if address else _launch(driver, path, env)
        except BrowserError as error:
            driver.stop()
            reason = str(error).splitlines()[0]
            if address:
                raise SetupError.of(
                    "browser",
                    f"nobody answers at {BROWSER_URL} '{address}': {reason}",
                    hint="start the browser server there, or leave the variable out",
                ) from error
            raise SetupError.of(
                "browser",
                f"'{path}' does not start: {reason}",
                hint="run 'make setup', or set GOLIVE_BROWSER to another browser",
            ) from error
        return cls(driver, browser, path)

    @property
    def version(self) -> str:
        """The browser's own version, e.g. ``156.0.1``."""
        return self._browser.version

    @property
    def is_alive(self) -> bool:
        """Whether the browser still runs."""
        return self._browser.is_connected()

    def context(
        self, *, locale: str = "en-US", timezone: str = "UTC", login: LoginState | None = None
    ) -> BrowserContext:
        """Open a context with cookies of its own; pages in it speak ``locale``.

        ``login`` is what another context was signed in with: ``context.storage_state()``.
        """
        return self._browser.new_context(
            storage_state=login,
            locale=locale,
            timezone_id=timezone,
            viewport={"width": VIEWPORT[0], "height": VIEWPORT[1]},
            accept_downloads=True,
        )

    def draws_chinese(self) -> bool:
        """Whether a font of this machine has Chinese characters.

        ``document.fonts.check`` says yes without one; two different characters that look the same
        as one that does not exist are boxes.
        """
        with self.context() as context:
            page = context.new_page()
            return bool(page.evaluate(_DRAWN))

    def print_sheet(self, html: str, path: Path, *, fits: str, above: str) -> bool:
        """Print a page as one sheet of A4; False, and nothing written, when it does not fit.

        It fits when the element ``fits`` ends above the element ``above``. Scripts are off and
        nothing is fetched: the page must hold all it shows.
        """
        with self.context() as context:
            context.route("**/*", lambda route: route.abort())
            page = context.new_page()
            page.emulate_media(media="print")
            page.set_content(html, wait_until="load")
            low = page.locator(fits).bounding_box()
            high = page.locator(above).bounding_box()
            if low is None or high is None or low["y"] + low["height"] > high["y"]:
                return False
            page.pdf(path=path, format="A4", print_background=True, prefer_css_page_size=True)
        return True

    def close(self) -> None:
        """Stop the browser; one that is gone already is fine."""
        try:
            self._browser.close()
        except BrowserError:
            pass
        finally:
            self._driver.stop()


def _program(env: Mapping[str, str]) -> Path:
    path = find_browser(env)
    if path is None:
        named = env.get("GOLIVE_BROWSER", "")
        raise SetupError.of(
            "browser",
            f"GOLIVE_BROWSER names '{named}', which is no program"
            if named
            else "there is no Chromium or Chrome on this machine",
            hint="run 'make setup', or set GOLIVE_BROWSER to a browser",
        )
    return path


def _launch(driver: Playwright, path: Path, env: Mapping[str, str]) -> PlaywrightBrowser:
    # Chromium refuses to start its sandbox as root, and only then may it be left out.
    flags = [*_FLAGS, "--no-sandbox"] if os.geteuid() == 0 else [*_FLAGS]
    return driver.chromium.launch(
        executable_path=path, args=flags, headless=not env.get(BROWSER_SHOWN)
    )


def _connect(driver: Playwright, address: str) -> PlaywrightBrowser:
    if address.startswith(("ws://", "wss://")) and "/devtools/" not in address:
        return driver.chromium.connect(address)
    return driver.chromium.connect_over_cdp(address)


def is_unreachable(error: BaseException) -> bool:
    """Return whether an error says that nobody answers at the address."""
    text = str(error)
    aborted = "net::ERR_ABORTED" in text or "net::ERR_BLOCKED" in text
    return isinstance(error, BrowserError) and "net::ERR_" in text and not aborted


def is_crash(error: BaseException) -> bool:
    """Return whether an error says that the page or the whole browser is gone."""
    text = str(error)
    gone = ("Page crashed", "Target crashed", "has been closed", "Connection closed")
    return isinstance(error, BrowserError) and any(words in text for words in gone)
