"""A sentence in both languages, so that one assessment can be read in either; pure."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["NOTHING_SAID", "Text", "plain", "text"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """The same sentence in English and in Chinese."""

    en: str = ""
    zh: str = ""

    def __bool__(self) -> bool:
        """Tell whether anything is said."""
        return bool(self.en or self.zh)

    def into(self, language: str) -> str:
        """Return it in ``en`` or ``zh``."""
        return self.zh if language == "zh" else self.en


NOTHING_SAID = Text()


def text(en: str, zh: str) -> Text:
    """Make a sentence of its two forms."""
    return Text(en=en, zh=zh)


def plain(said: str) -> Text:
    """Return what a person or a system said: it stays in the language it was said in."""
    return Text(en=said, zh=said)
