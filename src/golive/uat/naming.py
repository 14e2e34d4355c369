"""Names in sentences and on pages: paths, decoration, what was probably meant. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches

from golive.uat.values import squeeze

__all__ = ["join_path", "nearest_name", "patterns", "split_path", "whole_word"]

_ARROW = re.compile(r"(?<!\\)(?:\s+>\s+|\s*＞\s*)")
#: What stands between the parts of a proposal such as ``C00012 · 华东贸易 (上海)``.
_BETWEEN = r"\s·•|,，;；:：/()（）\-–—"


def split_path(text: str) -> tuple[str, ...]:
    r"""Return the parts of ``A > B``: B inside A. ``\>`` is a sign like any other."""
    return tuple(part.strip().replace("\\>", ">") for part in _ARROW.split(text))


def join_path(parts: Sequence[str]) -> str:
    """Return parts as one path that :func:`split_path` takes apart again."""
    return " > ".join(part.replace(">", "\\>").replace("＞", "\\>") for part in parts)


def patterns(name: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return how a name may stand on a page: exactly, or with a label's decoration."""
    words = r"\s+".join(re.escape(word) for word in squeeze(name).split(" "))
    return (
        re.compile(rf"^\s*{words}\s*$"),
        re.compile(rf"^\s*[*＊]?\s*{words}\s*[*＊:：]*\s*$"),
    )


def whole_word(text: str) -> re.Pattern[str]:
    """Return a pattern for a proposal that is a text, or has it as a part of its own."""
    words = r"\s+".join(re.escape(word) for word in squeeze(text).split(" "))
    return re.compile(rf"(?:^|[{_BETWEEN}])\s*{words}\s*(?:$|[{_BETWEEN}])", re.IGNORECASE)


def nearest_name(name: str, offered: Sequence[str]) -> str:
    """Return the offered name that was probably meant; empty when none is near."""
    lower = name.lower()
    inside = [o for o in offered if lower and (lower in o.lower() or o.lower() in lower) and o]
    near = get_close_matches(name, offered, n=1, cutoff=0.6) or inside
    return near[0] if near else ""
