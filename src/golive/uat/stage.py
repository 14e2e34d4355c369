"""What the scenarios of one process share: the site, the browser and the folder for pictures."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from golive.browser import BROWSER_SHOWN, Browser
from golive.contracts import Target
from golive.errors import GoliveError
from golive.uat.holding import HELD, Subject, hold, let_go, look_up
from golive.uat.judgements import Judgements, people_folder, settle
from golive.uat.logins import Logins
from golive.uat.person import Question
from golive.uat.session import Session
from golive.uat.site import Account, Site, ask_version, load_site
from golive.uat.traces import RESTRICTED
from golive.uat.wording import is_chinese, say

__all__ = ["FRESH_TAGS", "TRACES", "Stage", "short_id"]

#: A scenario with one of these signs in by the page every time.
FRESH_TAGS = frozenset({"fresh-login", "重新登录"})
#: ``off``: keep no browser traces.
TRACES = "GOLIVE_TRACES"


def short_id(scenario: str, attempt: int = 1) -> str:
    """Return a short folder name for a try at a scenario."""
    name = hashlib.sha256(scenario.encode()).hexdigest()[:12]
    return f"{name}-{attempt}" if attempt > 1 else name


class Stage:
    """Set up once for each process; what could not be set up is said again for every scenario."""

    def __init__(
        self,
        root: Path,
        out: Path,
        *,
        target: str = "new",
        shown: bool = False,
        wait: float = 0.0,
    ) -> None:
        self.root = root
        self.out = out
        self.target = target or "new"
        #: Whether a person wants to see the browser's window.
        self.shown = shown
        #: Seconds to wait for each judgement of a person.
        self.wait = wait
        #: What each target used answered to ``/version``.
        self.versions: dict[str, Mapping[str, str]] = {}
        self._addresses: dict[str, str] = {}
        self._browser: Browser | None = None
        self._site: Site | None = None
        #: Log-ins scenarios of this process may go on with.
        self.logins = Logins()
        #: Whether browser traces are kept of what does not pass.
        self.tracing = os.environ.get(TRACES, "") != "off"
        self._failures: dict[str, GoliveError] = {}
        self._people = people_folder(root)
        #: Whether some scenario waits since an earlier run; None: nobody has looked.
        self._any_held: bool | None = None

    def browser(self) -> Browser:
        """Return the process's browser, started on first use. Raise SetupError without one."""
        self._raise_again("browser")
        if self._browser is not None and not self._browser.is_alive:
            # It crashed under the scenario before; that one is broken, the next need not be.
            self.close()
        if self._browser is None:
            try:
                shown = {BROWSER_SHOWN: "1"} if self.shown else {}
                self._browser = Browser.start(variables={**os.environ, **shown})
            except GoliveError as error:
                self._failures["browser"] = error
                raise
        return self._browser

    def facts(self) -> dict[str, dict[str, Any]]:
        """Return what a record says about environment, targets and browser used."""
        facts: dict[str, dict[str, Any]] = {}
        if self._browser is not None:
            program = self._browser.path.name
            facts["browser"] = {"program": program, "version": self._browser.version}
        if self._site is not None:
            facts["environment"] = {"name": self._site.environment.name}
        facts["targets"] = {
            name: {**version, "url": self._addresses[name]}
            for name, version in self.versions.items()
        }
        return facts

    def site(self, tags: Iterable[str]) -> Site:
        """Return the site a scenario runs on; the tag ``@old`` or ``@new`` chooses the target.

        Raise SpecError or SetupError when it cannot be told or nobody answers there.
        """
        self._raise_again("site")
        if self._site is None:
            try:
                self._site = load_site(self.root, target=self.target)
            except GoliveError as error:
                self._failures["site"] = error
                raise
        chosen = [tag for tag in tags if tag in self._site.environment.targets]
        site = self._site.on(chosen[-1]) if chosen else self._site
        return self._there(site)

    def _there(self, site: Site) -> Site:
        """Return the site with its target's build, once it has answered."""
        self._reach(site.target)
        return replace(site, build=self.versions[site.target.name].get("build", ""))

    def _reach(self, target: Target) -> None:
        key = f"target {target.name} {target.url}"
        self._raise_again(key)
        if target.name not in self.versions:
            try:
                self.versions[target.name] = ask_version(target)
                self._addresses[target.name] = target.url
            except GoliveError as error:
                self._failures[key] = error
                raise

    def _raise_again(self, key: str) -> None:
        if key in self._failures:
            raise self._failures[key]

    def session(
        self,
        scenario: str,
        tags: Iterable[str],
        language: str,
        *,
        attempt: int = 1,
        words: Iterable[str] = (),
        target: Target | None = None,
        accounts: Mapping[str, Account] | None = None,
        data: Mapping[str, str] | None = None,
    ) -> Session:
        """Return a new session for a scenario; the workspace's fixtures may replace its parts."""
        kept = tuple(tags)

        def find_site() -> Site:
            site = self.site(kept)
            if target is not None and not set(kept) & set(site.environment.targets):
                site = self._there(replace(site, target=target))
            return replace(
                site,
                accounts=site.accounts if accounts is None else accounts,
                data=site.data if data is None else data,
            )

        session = Session(
            find_site=find_site,
            browser=self.browser,
            language="zh" if is_chinese(language) else "en",
            pictures=self.out / "screenshots" / short_id(scenario, attempt),
            scenario=scenario,
            words=tuple(words),
            logins=None if FRESH_TAGS & set(kept) else self.logins,
            restricted=self.out / RESTRICTED if self.tracing else None,
        )
        session.witness = Judgements(self._people, lambda: session.site.build, wait=self.wait)
        return session

    def take_up(self, session: Session, digest_now: Callable[[], str]) -> str:
        """Let a session go on from where an earlier run began to wait for a person.

        Return why it begins anew though it had waited; empty when it did not, or goes on.
        """
        folder = self._people
        if self._any_held is None:
            self._any_held = (folder / HELD).is_dir()
        found = look_up(folder, session.scenario) if self._any_held else None
        if found is None:
            return ""
        held, subject = found
        digest = digest_now()
        if subject == Subject(digest=digest, build=session.site.build):
            session.held = held
            session.resumed = held.at
            session.remembered.update(held.remembered)
            session.judged += held.judged
            return ""
        let_go(folder, session.scenario)
        settle(folder, held.question.key)
        return say(
            session.language,
            f"; what was asked before, “{held.question.statement}”, no longer counts:"
            f" {'the scenario' if subject.digest != digest else 'the build'} has changed since",
            f"；此前的确认“{held.question.statement}”已失效："
            f"{'场景内容' if subject.digest != digest else '系统版本'}已变更",
        )

    def hold(self, session: Session, digest: str) -> None:
        """Keep how a session stands that waits for a person, or forget how it stood."""
        folder = self._people
        if session.standing is None:
            let_go(folder, session.scenario)
        else:
            self._any_held = True
            hold(folder, session.standing, Subject(digest=digest, build=session.site.build))

    def settle(self, question: Question) -> None:
        """Put away a question whose answer a scenario has used."""
        settle(self._people, question.key)

    def close(self) -> None:
        """Stop the browser."""
        if self._browser is not None:
            self._browser.close()
            self._browser = None
