"""What one scenario works with: a browser window for each role, remembered values, the target."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from urllib.parse import urljoin

from golive.browser import Browser, BrowserError, Locator, Page, is_unreachable
from golive.errors import GoliveError, SetupError
from golive.uat.accounts import Leases
from golive.uat.labels import in_language
from golive.uat.logins import Login, Logins, Who
from golive.uat.naming import join_path, split_path
from golive.uat.person import NOBODY_THERE, Held, Judgement, Question, Witness
from golive.uat.screen import CheckFailed, Screen
from golive.uat.site import Account, Site, ask_version
from golive.uat.sitevalues import value_of
from golive.uat.traces import begin_trace, end_trace
from golive.uat.window import Window
from golive.uat.wording import is_chinese, say

__all__ = ["Session"]

#: Role of the window a scenario uses before anybody signs in.
NOBODY = ""
_SERVER_ERROR = 500
_TIMEZONES = {"zh": "Asia/Shanghai", "en": "UTC"}


@dataclass(slots=True, kw_only=True)
class Session:
    """One scenario's work at the target; opened lazily, closed when the scenario ends."""

    #: Finds the site on first use, so that a scenario without a page needs none.
    find_site: Callable[[], Site]
    #: Starts the process's browser on first use.
    browser: Callable[[], Browser]
    language: str = "en"
    #: Where this scenario's pictures go.
    pictures: Path
    role: str = NOBODY
    remembered: dict[str, str] = field(default_factory=dict)
    #: Values of the concept whose steps are being run, by their names; they are remembered too.
    given: dict[str, str] = field(default_factory=dict)
    #: The scenario's id and the line of the step being run, for questions to people.
    scenario: str = ""
    line: int = 0
    #: Answers what only a person can tell.
    witness: Witness = NOBODY_THERE
    #: What people judged in this scenario.
    judged: list[tuple[Question, Judgement]] = field(default_factory=list)
    #: Which step is being run: the place of the scenario's own, then of one inside it, from 1.
    place: tuple[int, ...] = ()
    #: How it stood when an earlier run began to wait for a person; None once it goes on from there.
    held: Held | None = None
    #: The question it goes on from; its statement is not worked out anew.
    asked: Question | None = None
    #: When the steps before were done, if an earlier run did them.
    resumed: str = ""
    #: How it stands now that it waits, when the next run can take it up there.
    standing: Held | None = None
    #: Whether the next run could; not when others go on from what this one left.
    may_be_held: Callable[[], bool] = lambda: False
    #: Name in sentences -> file a scenario downloaded.
    downloads: dict[str, Path] = field(default_factory=dict)
    patience: float = field(default_factory=lambda: float(os.environ.get("GOLIVE_PATIENCE", "10")))
    #: Pictures taken and not yet handed to a report.
    fresh_pictures: list[Path] = field(default_factory=list)
    all_pictures: list[Path] = field(default_factory=list)
    #: Browser traces kept because the scenario did not pass.
    traces: list[Path] = field(default_factory=list)
    #: Log-ins of this process; None: sign in anew every time.
    logins: Logins | None = None
    #: Where a browser trace goes when the scenario does not pass; None: nothing is traced.
    restricted: Path | None = None
    #: Quoted words of the scenario's sentences: roles among them are leased together.
    words: tuple[str, ...] = ()
    #: Whether the page was looked at since the last picture.
    touched: bool = False
    _leases: Leases | None = None
    _windows: dict[str, Window] = field(default_factory=dict)
    _site: Site | None = None

    @property
    def site(self) -> Site:
        """Where the scenario runs. Raise SetupError when that cannot be told or nobody answers."""
        if self._site is None:
            self._site = self.find_site()
        return self._site

    # -- the window in front

    @property
    def window(self) -> Window:
        """The window of the current role, opened when there is none."""
        self.touched = True
        if self.role not in self._windows:
            self._open()
            self._trace()
        return self._windows[self.role]

    def _open(self, login: Login | None = None) -> Window:
        """Open a window for the current role, signed in already when a log-in is given."""
        chinese = is_chinese(self.language)
        context = self.browser().context(
            locale="zh-CN" if chinese else "en-US",
            timezone=_TIMEZONES["zh" if chinese else "en"],
            login=login.state if login else None,
        )
        window = Window(context=context, language=self.language, patience=self.patience)
        self._windows[self.role] = window
        window.open()
        return window

    def _trace(self) -> None:
        if self.restricted is not None:
            begin_trace(self._windows[self.role].context)

    @property
    def page(self) -> Page:
        """The current page, for a workspace's own phrases."""
        return self.window.page

    @property
    def screen(self) -> Screen:
        """The current page as a person sees it."""
        return self.window.screen

    @property
    def target_used(self) -> str:
        """The name of the target this session worked on; empty when it needed none."""
        return self._site.target.name if self._site else ""

    @property
    def windows(self) -> Mapping[str, Window]:
        """The windows that are open, by role."""
        return self._windows

    @property
    def is_lost(self) -> bool:
        """Whether the browser shows its own error page instead of the target."""
        window = self._windows.get(self.role)
        return window is not None and window.page.url.startswith("chrome-error:")

    # -- values

    def value(self, text: str) -> str:
        """Work out a quoted value. Raise Unclear for an unknown name, or a day there is not."""
        return value_of(text, self.site, self.remembered, self.language)

    def name(self, text: str) -> str:
        """Work out a quoted name, or path ``A > B``: what it is called on the target's pages."""
        site = self.site
        parts = [self.value(part) for part in split_path(text)]
        return join_path([site.labels.on_page(site.target.name, p, site.build) for p in parts])

    # -- moving

    def goto(self, path: str) -> None:
        """Open a path of the target. Raise SetupError when nobody answers."""
        address = urljoin(self.site.target.url + "/", path.lstrip("/"))
        try:
            answer = self.page.goto(address, wait_until="load")
        except BrowserError as error:
            if not is_unreachable(error):
                raise
            raise self.gone() from error
        if answer is not None and answer.status >= _SERVER_ERROR:
            raise CheckFailed(
                say(
                    self.language,
                    f"the system answered “{path}” with error {answer.status}",
                    f"系统打开“{path}”时出错（{answer.status}）",
                )
            )

    def answers(self) -> bool:
        """Return whether somebody still answers at the target's address."""
        try:
            ask_version(self.site.target)
        except GoliveError:
            return False
        return True

    def gone(self) -> GoliveError:
        """Return the error that the target does not answer."""
        target = self.site.target
        return SetupError.of(
            f"target '{target.name}'",
            say(self.language, f"nobody answers at {target.url}", f"{target.url} 没有响应"),
            hint=say(
                self.language, "start the target system, then run again", "请启动目标系统后重试"
            ),
        )

    # -- who works

    def account(self, role: str) -> Account:
        """Return a role's account, the leased one of several.

        Raise SetupError when the workspace has none.
        """
        pool = self.site.pools.get(role, ())
        user = self.leases.held(role) or (pool[0] if pool else role)
        if user not in self.site.accounts:
            known = ", ".join(self.site.accounts) or "none"
            raise SetupError.of(
                f"account '{user}'",
                say(self.language, "the workspace has no password for it", "工作区没有它的密码"),
                hint=f"add the secret '{user}_password' to the environment; known: {known}",
            )
        return self.site.accounts[user]

    @property
    def leases(self) -> Leases:
        """The accounts this scenario holds."""
        if self._leases is None:
            site = self.site
            self._leases = Leases(site.target.url, site.pools, language=self.language)
        return self._leases

    def continue_as(self, role: str) -> None:
        """Bring a role's window to the front, signing in when it has none yet."""
        if role in self._windows:
            self.role = role
        else:
            self.sign_in(role)

    def sign_in(self, role: str) -> None:
        """Sign in as a role in a window of its own. Raise CheckFailed when the system refuses."""
        self.leases.take(role, self.words)
        account = self.account(role)
        self._close_window(role)
        self.role = role
        who = Who(system=self.site.target.url, user=account.user, language=self.language)
        login = self.logins.known(who) if self.logins else None
        if login is not None and not self._resume(login):
            self._close_window(role)
            login = None
        if login is None:
            self._open()
            self._enter_password(role, account)
            if self.logins is not None:
                self.logins.keep(who, self.window.context, self.page.url)
        # From here on: what is typed to sign in is in no trace.
        self._trace()

    def _resume(self, login: Login) -> bool:
        """Open a window with an earlier log-in; False when the system no longer takes it."""
        self._open(login)
        self.goto(login.landing)
        if self.page.url != login.landing:
            return False
        # Asked of the page itself: a locator's first look at a page takes ten times as long.
        if not self.page.evaluate("() => !!document.querySelector('input[type=password]')"):
            return True
        return not self.page.locator("input[type=password]").filter(visible=True).count()

    def _enter_password(self, role: str, account: Account) -> None:
        names = self.site.labels.sign_in
        self.goto(names.paths.get(self.site.target.name, "/login"))
        self.screen.field(in_language(names.user, self.language)).fill(account.user)
        secret = self.screen.field(in_language(names.password, self.language))
        secret.fill(account.password)
        self.screen.pressable(in_language(names.button, self.language), "button").click()
        self.screen.settle()
        if secret.is_visible():
            told = " ".join(self.screen.alerts())
            raise CheckFailed(
                say(
                    self.language,
                    f"the system did not let “{role}” sign in: {told or 'no reason shown'}",
                    f"系统不允许“{role}”登录：{told or '没有显示原因'}",
                )
            )

    def sign_out(self) -> None:
        """End the current role's session by the page's own control."""
        name = in_language(self.site.labels.sign_in.sign_out, self.language)
        if self.logins is not None and self.role != NOBODY:
            user = self.account(self.role).user
            self.logins.forget(Who(system=self.site.target.url, user=user, language=self.language))
        self.screen.pressable(name).click()
        self.screen.settle()

    # -- evidence and the end

    def take_picture(
        self, line: int, *, name: str = "", acted: Locator | None = None
    ) -> Path | None:
        """Picture the current page for the step on a line; None when no page is open.

        ``acted`` is what the step acts on, else what it looked for last.
        """
        self.touched = False
        window = self._windows.get(self.role)
        if window is None:
            return None
        called = f"-{safe}" if (safe := re.sub(r"[^\w\-]+", "_", name)[:40]) else ""
        path = self.pictures / f"{len(self.all_pictures) + 1:02d}-line-{line}{called}.jpg"
        if not window.screen.camera.take(path, acted=acted or window.screen.found):
            return None
        self.all_pictures.append(path)
        self.fresh_pictures.append(path)
        return path

    def settle_in_picture(self, acted: Locator | None = None) -> bool:
        """Wait as the screen's ``settle`` does, while the step's picture is taken.

        False when the page asked for something meanwhile, or no picture came: it has settled all
        the same, and what was taken is given up, for the page is another now.
        """
        began = monotonic()
        path = self.take_picture(self.line, acted=acted)
        if path is not None and self.screen.calm.rested_since(began):
            return True
        if path is not None:
            self.all_pictures.remove(path)
            self.fresh_pictures.remove(path)
            path.unlink()
        self.screen.settle()
        return False

    def begin_step(self, line: int) -> None:
        """Note that the step on a line begins."""
        self.line = line
        if (window := self._windows.get(self.role)) is not None:
            window.screen.found = None

    def close(self, *, passed: bool = True) -> None:
        """Close every window, keep traces of what did not pass, give accounts back."""
        for role in list(self._windows):
            self._close_window(role, passed=passed)
        if self._leases is not None:
            self._leases.give_back()

    def _close_window(self, role: str, *, passed: bool = True) -> None:
        """Close a role's window; a browser that is gone already is fine."""
        window = self._windows.pop(role, None)
        if window is None:
            return
        if self.restricted is not None:
            number = len(self.traces) + 1
            path = None if passed else self.restricted / f"{self.pictures.name}-{number}.zip"
            secrets = {one.user: one.password for one in self.site.accounts.values()}
            if end_trace(window.context, path, secrets) and path is not None:
                self.traces.append(path)
        with suppress(BrowserError):
            window.context.close()
