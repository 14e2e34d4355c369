"""Log-ins of one process, kept in memory only, so that the next scenario need not sign in anew."""

from __future__ import annotations

from dataclasses import dataclass

from golive.browser import BrowserContext, BrowserError, LoginState

__all__ = ["Login", "Logins", "Who"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Whose log-in: a user of a system, in the language of the pages."""

    system: str
    user: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """What a browser holds after signing in (cookies are secrets), and the page it led to."""

    state: LoginState
    landing: str


class Logins:
    """Never written to a file: a session cookie is as good as a password."""

    def __init__(self) -> None:
        self._known: dict[Who, Login] = {}

    def known(self, who: Who) -> Login | None:
        """Return a log-in; whether the system still takes it is to be seen."""
        return self._known.get(who)

    def keep(self, who: Who, context: BrowserContext, landing: str) -> None:
        """Remember that ``who`` is signed in in a context."""
        try:
            self._known[who] = Login(state=context.storage_state(), landing=landing)
        except BrowserError:
            self._known.pop(who, None)

    def forget(self, who: Who) -> None:
        """Forget a log-in that was ended or is no longer taken."""
        self._known.pop(who, None)
