"""Sentences in the two languages golive speaks."""

from __future__ import annotations

__all__ = ["is_chinese", "say"]


def is_chinese(language: str) -> bool:
    """Return whether a language code (``zh``, ``zh-CN``, ``en`` ...) is answered in Chinese."""
    return language.lower().startswith("zh")


def say(language: str, english: str, chinese: str) -> str:
    """Return the sentence in the reader's language."""
    return chinese if is_chinese(language) else english
