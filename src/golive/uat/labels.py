"""``steps/labels.yaml``: what the workspace's systems call things, and how one signs in.

A feature names things once; where two systems, or two versions of one, name them differently, the
difference stands here. ``new@2.*`` is the target ``new`` at a build of that shape; it goes before
plain ``new``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path

from golive.specfile import build, read_yaml
from golive.uat.dates import WorkingDays
from golive.uat.wording import is_chinese
from golive.uat.workdays import business_days

__all__ = ["Labels", "SignIn", "WorkingDaysOf", "in_language", "read_labels"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """Where the sign-in page is and what its parts are called, by language."""

    #: Target name -> path of its sign-in page.
    paths: Mapping[str, str] = field(default_factory=dict)
    user: Mapping[str, str] = field(default_factory=lambda: {"en": "Username", "zh": "用户名"})
    password: Mapping[str, str] = field(default_factory=lambda: {"en": "Password", "zh": "密码"})
    button: Mapping[str, str] = field(default_factory=lambda: {"en": "Sign in", "zh": "登录"})
    sign_out: Mapping[str, str] = field(default_factory=lambda: {"en": "Sign out", "zh": "退出"})


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingDaysOf:
    """Whose working days count in ``today+5 working days``."""

    #: Two letters, e.g. ``CN``; empty: Monday to Friday.
    country: str = ""
    #: The firm's own days off and on.
    off: tuple[date, ...] = ()
    on: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """The workspace's names."""

    #: Target name -> page name in any language -> path; ``{}`` in both stands for any text.
    pages: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    sign_in: SignIn = field(default_factory=SignIn)
    #: Target name -> name in a sentence -> name on that system's pages.
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    #: Target name -> how its fields want a date, e.g. ``DD.MM.YYYY``; ``YYYY-MM-DD`` otherwise.
    dates: Mapping[str, str] = field(default_factory=dict)
    working_days: WorkingDaysOf = field(default_factory=WorkingDaysOf)
    #: What the button that adds a row to a table is called.
    add_row: tuple[str, ...] = (
        "Add row",
        "Add line",
        "Add",
        "添加行",
        "新增行",
        "增行",
        "添加",
        "新增",
    )
    #: What the button that puts a notice away is called.
    close: tuple[str, ...] = (
        "Close",
        "Dismiss",
        "OK",
        "×",
        "✕",
        "关闭",
        "知道了",
        "我知道了",
        "忽略",
    )

    def on_page(self, target: str, name: str, build: str = "") -> str:
        """Return what a name is called on a target's pages; most are called the same."""
        for names in _of(self.names, target, build):
            if name in names:
                return names[name]
        return name

    def path(self, target: str, page: str, build: str = "") -> str:
        """Return the path of a page; what is no page's name is returned as it is."""
        for pages in _of(self.pages, target, build):
            if page in pages:
                return pages[page]
            for name, path in pages.items():
                match = re.fullmatch(re.escape(name).replace(r"\{\}", "(.+)"), page)
                if "{}" in name and match:
                    return path.replace("{}", match[1].strip())
        return page

    def date_pattern(self, target: str, build: str = "") -> str:
        """Return how a target's fields want a date."""
        plain = self.dates.get(target, "YYYY-MM-DD")
        return next((p for key, p in self.dates.items() if _fits(key, target, build)), plain)

    def calendar(self) -> WorkingDays:
        """Return the working days. Raise SpecError for a country nobody knows."""
        days = self.working_days
        return business_days(days.country, off=days.off, on=days.on)


def _fits(key: str, target: str, build: str) -> bool:
    name, _, shape = key.partition("@")
    return bool(shape) and name == target and fnmatchcase(build, shape)


def _of(
    tables: Mapping[str, Mapping[str, str]], target: str, build: str
) -> Iterator[Mapping[str, str]]:
    """Yield the tables that hold for a target, the one of its build first."""
    yield from (table for key, table in tables.items() if _fits(key, target, build))
    yield tables.get(target, {})


def read_labels(root: Path) -> Labels:
    """Read the workspace's labels; all defaults when it has no such file.

    Raise SpecError with every mistake in it.
    """
    path = root / "steps" / "labels.yaml"
    if not path.is_file():
        return Labels()
    document = read_yaml(path, shown_as="steps/labels.yaml")
    return build(Labels, document) if document.data else Labels()


def in_language(words: Mapping[str, str], language: str) -> str:
    """Return the word of a language, the English one when there is none."""
    return words.get("zh" if is_chinese(language) else "en", words.get("en", ""))
