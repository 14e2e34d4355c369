"""How alike two sentences are, whatever their values: slips, other words, no quotes. Pure."""

from __future__ import annotations

import re
from collections import Counter
from difflib import SequenceMatcher
from functools import lru_cache

__all__ = ["likened", "likeness"]

_QUOTED = re.compile(r"[“”\"＂][^“”\"＂]*[“”\"＂]|「[^」]*」|\{\w+\}")
#: What people say for a word of the phrasebook.
_OTHER_WORDS = {
    "type": "enter",
    "write": "enter",
    "input": "enter",
    "fill": "enter",
    "put": "enter",
    "press": "click",
    "push": "click",
    "hit": "click",
    "tap": "click",
    "visit": "open",
    "go": "open",
    "navigate": "open",
    "choose": "select",
    "pick": "select",
    "check": "tick",
    "uncheck": "untick",
    "log": "sign",
    "logged": "signed",
    "login": "sign in",
    "view": "see",
    "find": "see",
    "equals": "equal",
    "contains": "contain",
    "includes": "contain",
    "shows": "show",
    "displays": "show",
    "is": "be",
    "store": "remember",
    "save": "remember",
    "screenshot": "picture",
    "录入": "输入",
    "填入": "输入",
    "键入": "输入",
    "填写": "输入",
    "单击": "点击",
    "按下": "点击",
    "点选": "点击",
    "进入": "打开",
    "访问": "打开",
    "看见": "看到",
    "显示": "看到",
    "选取": "选择",
    "登陆": "登录",
    "等于": "应为",
    "应该是": "应为",
    "应当为": "应为",
    "包括": "包含",
    "含有": "包含",
    "保存为": "记为",
    "拍照": "截图",
}
_WORDS = re.compile(
    "|".join(rf"\b{w}\b" if w.isascii() else w for w in sorted(_OTHER_WORDS, key=len, reverse=True))
)


@lru_cache(maxsize=2048)
def likened(sentence: str) -> str:
    """Return a sentence with its values masked and other people's words for ours."""
    masked = _QUOTED.sub("{}", sentence).lower().strip(" :：。.")
    return _WORDS.sub(lambda found: _OTHER_WORDS[found[0]], masked)


def likeness(first: str, second: str) -> float:
    """Return how alike two likened sentences are, from 0 to 1.

    The longest common runs (difflib) see typing slips, common pairs of signs (Dice) see words in
    another order; half of each.
    """
    runs = SequenceMatcher(None, first, second, autojunk=False)
    if runs.real_quick_ratio() < 0.3:  # noqa: PLR2004 - far below what is ever shown
        return 0.0
    a, b = _pairs(first), _pairs(second)
    total = sum(a.values()) + sum(b.values())
    dice = 2 * sum((a & b).values()) / total if total else 0.0
    return (runs.ratio() + dice) / 2


@lru_cache(maxsize=2048)
def _pairs(text: str) -> Counter[str]:
    return Counter(text[i : i + 2] for i in range(len(text) - 1))
