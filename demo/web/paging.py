"""One page of a long list, and which page a visitor asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Page", "Wish"]

_SIZE = 25
_MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a visitor wants to see of a list: a search text, a status, a page (from 1)."""

    text: str
    status: str
    page: int
    size: int

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Wish:
        """Read ``q``, ``status``, ``page``, ``size``; what cannot be read is the default."""
        return cls(
            text=query.get("q", "").strip()[:80],
            status=query.get("status", ""),
            page=_number(query.get("page", ""), 1, 1_000_000),
            size=_number(query.get("size", ""), _SIZE, _MOST),
        )

    @property
    def offset(self) -> int:
        """How many rows come before this page."""
        return (self.page - 1) * self.size

    @property
    def pattern(self) -> str:
        """The search text for SQL ``LIKE``, the backslash as the escape character."""
        escaped = self.text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return f"%{escaped}%"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The rows of one page, and how many rows there are in all."""

    items: tuple[Mapping[str, Any], ...]
    total: int
    wish: Wish

    @property
    def pages(self) -> int:
        """How many pages there are, at least 1."""
        return max(1, -(-self.total // self.wish.size))

    def as_json(self) -> dict[str, Any]:
        """Return the page as the JSON API gives it."""
        return {
            "items": [dict(item) for item in self.items],
            "total": self.total,
            "page": self.wish.page,
            "pages": self.pages,
        }


def _number(text: str, default: int, most: int) -> int:
    return min(int(text), most) or default if text.isascii() and text.isdigit() else default
