"""``steps/labels.yaml``: the workspace's names for pages, and how one signs in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from golive.specfile import build, read_yaml
from golive.uat.wording import is_chinese

__all__ = ["Labels", "SignIn", "in_language", "read_labels"]


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
class Labels:
    """The workspace's names."""

    #: Target name -> page name in any language -> path.
    pages: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    sign_in: SignIn = field(default_factory=SignIn)
    #: Target name -> name in a sentence -> name on that system's pages.
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def on_page(self, target: str, name: str) -> str:
        """Return what a name is called on a target's pages; most are called the same."""
        return self.names.get(target, {}).get(name, name)

    def path(self, target: str, page: str) -> str:
        """Return the path of a page; what is no page's name is returned as it is."""
        return self.pages.get(target, {}).get(page, page)


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
