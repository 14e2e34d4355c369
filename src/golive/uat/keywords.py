"""Gherkin's keywords in the languages golive reads, and the wrong words people type for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = [
    "KEYWORDS",
    "STEP_KINDS",
    "WRONG_STEPS",
    "WRONG_STRUCTURE",
    "Keywords",
    "language_code",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Keywords:
    """One language's keywords as behave knows them; a test compares the two."""

    feature: tuple[str, ...]
    rule: tuple[str, ...]
    background: tuple[str, ...]
    scenario: tuple[str, ...]
    outline: tuple[str, ...]
    examples: tuple[str, ...]
    given: tuple[str, ...]
    when: tuple[str, ...]
    then: tuple[str, ...]
    and_: tuple[str, ...]
    but: tuple[str, ...]

    def structure(self) -> Mapping[str, str]:
        """Return what each keyword that ends with a colon begins: ``{"场景": "scenario", ...}``."""
        return {
            word: kind
            for kind in ("feature", "rule", "background", "outline", "scenario", "examples")
            for word in getattr(self, kind)
        }

    def steps(self) -> Mapping[str, str]:
        """Return the kind of step each keyword begins: ``{"假如": "given", ...}``."""
        return {word: kind for kind in STEP_KINDS for word in getattr(self, kind)}


#: In the order behave tries them; ``and_`` and ``but`` take the kind of the step before.
STEP_KINDS = ("given", "when", "then", "and_", "but")

KEYWORDS: Mapping[str, Keywords] = {
    "en": Keywords(
        feature=("Feature", "Business Need", "Ability"),
        rule=("Rule",),
        background=("Background",),
        scenario=("Example", "Scenario"),
        outline=("Scenario Outline", "Scenario Template"),
        examples=("Examples", "Scenarios"),
        given=("Given ",),
        when=("When ",),
        then=("Then ",),
        and_=("And ",),
        but=("But ",),
    ),
    "zh-CN": Keywords(
        feature=("功能",),
        rule=("Rule", "规则"),
        background=("背景",),
        scenario=("场景", "剧本"),
        outline=("场景大纲", "剧本大纲"),
        examples=("例子",),
        given=("假如", "假设", "假定"),
        when=("当",),
        then=("那么",),
        and_=("而且", "并且", "同时"),
        but=("但是",),
    ),
    "zh-TW": Keywords(
        feature=("功能",),
        rule=("Rule",),
        background=("背景",),
        scenario=("場景", "劇本"),
        outline=("場景大綱", "劇本大綱"),
        examples=("例子",),
        given=("假如", "假設", "假定"),
        when=("當",),
        then=("那麼",),
        and_=("而且", "並且", "同時"),
        but=("但是",),
    ),
}

#: What people write for a word with a colon, and the word they mean.
WRONG_STRUCTURE: Mapping[str, Mapping[str, str]] = {
    "en": {"Test": "Scenario", "Test Case": "Scenario", "Case": "Scenario", "Story": "Feature"},
    "zh-CN": {
        **dict.fromkeys(("示例", "样例", "举例", "范例", "实例", "数据"), "例子"),
        **dict.fromkeys(("情景", "情境", "用例", "测试场景", "测试用例", "场境"), "场景"),
        **dict.fromkeys(("场景模板", "场景纲要", "场景轮廓", "场景概要"), "场景大纲"),
        **dict.fromkeys(("特性", "特征", "功能点", "功能模块"), "功能"),
        **dict.fromkeys(("前置条件", "前提条件"), "背景"),
    },
    "zh-TW": {"示例": "例子", "範例": "例子", "情境": "場景", "場景模板": "場景大綱"},
}

#: What people write to begin a step, and the word they mean.
WRONG_STEPS: Mapping[str, Mapping[str, str]] = {
    "en": {"If ": "Given", "Assume ": "Given", "Or ": "And", "Expect ": "Then"},
    "zh-CN": {
        **dict.fromkeys(("如果", "若是", "倘若", "给定", "已知", "前提", "若"), "假如"),
        **dict.fromkeys(("那末", "那就", "则", "然后", "结果", "预期", "期望"), "那么"),
        **dict.fromkeys(("以及", "且", "并", "另外", "还有"), "而且"),
        **dict.fromkeys(("可是", "不过", "但"), "但是"),
        **dict.fromkeys(("每当", "一旦"), "当"),
        "那麼": "那么",
    },
    "zh-TW": {"如果": "假如", "給定": "假如", "則": "那麼", "那么": "那麼", "且": "而且"},
}

_CODES = {
    "en": "en",
    "zh": "zh-CN",
    "cn": "zh-CN",
    "zh-cn": "zh-CN",
    "zh-hans": "zh-CN",
    "zh-hans-cn": "zh-CN",
    "zh-tw": "zh-TW",
    "zh-hant": "zh-TW",
    "zh-hk": "zh-TW",
}


def language_code(written: str) -> str:
    """Return golive's code for what stands after ``# language:``, or ``""`` when it reads none."""
    return _CODES.get(written.strip().lower().replace("_", "-"), "")
