"""Coverage as text, as JSON data and as a page: requirements by process and level."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from golive.gate.coverage import LEVELS, Check, Coverage, CoverageState, RequirementCoverage
from golive.report.html import policy_for, render_template, style_of
from golive.report.words import say

__all__ = ["coverage_data", "coverage_lines", "coverage_page"]

_STATES: Mapping[CoverageState, tuple[str, str]] = {
    CoverageState.PASSED: ("proven", "已证明"),
    CoverageState.FAILED: ("failed", "未通过"),
    CoverageState.STALE: ("stale", "已过期"),
    CoverageState.NOT_RUN: ("not run", "未执行"),
    CoverageState.UNCOVERED: ("not covered", "未覆盖"),
}
#: A requirement is proven; one check of it passed.
_ENDED = {CoverageState.PASSED: ("passed", "通过")}
_LEVELS = {
    "unit": ("unit", "单元"), "integration": ("integration", "集成"), "load": ("load", "负载"),
    "uat": ("UAT", "验收"),
}  # fmt: skip
_TONES = {CoverageState.PASSED: "good", CoverageState.STALE: "warn", CoverageState.NOT_RUN: "warn"}


def coverage_lines(found: Coverage, language: str) -> Iterator[str]:
    """Yield the lines: each process by level, then each requirement that is not proven."""
    for process in found.processes:
        proven, total = found.proven(process)
        yield say(
            language,
            f"{process}: {proven} of {total} requirements proven",
            f"{process}：{total} 项需求中 {proven} 项已证明",
        )
        for level in LEVELS:
            yield f"  {_level_line(found, process, level, language)}"
        for one in found.requirements:
            if one.requirement.process == process:
                yield f"  {_requirement_line(one, language)}"
    if found.untraced:
        yield say(
            language,
            f"{len(found.untraced)} checks name no requirement",
            f"{len(found.untraced)} 项检查没有对应需求",
        )


def _level_line(found: Coverage, process: str, level: str, language: str) -> str:
    covered, total = found.covered(process, level)
    passed, checks = found.passed(process, level)
    name = say(language, *_LEVELS[level])
    return say(
        language,
        f"{name}: {covered} of {total} requirements checked, {passed} of {checks} checks passed",
        f"{name}：覆盖需求 {covered}/{total}，检查通过 {passed}/{checks}",
    )


def _requirement_line(one: RequirementCoverage, language: str) -> str:
    state = say(language, *_STATES[one.state()])
    counts = [(level, *one.count(level)) for level in LEVELS if one.count(level)[1]]
    shown = say(language, ", ", "，").join(
        f"{say(language, *_LEVELS[level])} {passed}/{total}" for level, passed, total in counts
    )
    bad = next((check for check in one.checks if check.state is not CoverageState.PASSED), None)
    why = f": {bad.name}: {bad.reason.into(language)}" if bad else ""
    title = one.requirement.title
    return f"[{state}] {one.requirement.id} {title}{f' ({shown})' if shown else ''}{why}"


def coverage_data(found: Coverage, language: str) -> dict[str, Any]:
    """Return it for machines; every share as its two counts."""
    return {
        "schema": "golive/coverage/v1",
        "processes": [
            {
                "process": process,
                "proven": list(found.proven(process)),
                "levels": {
                    level: {
                        "requirements": list(found.covered(process, level)),
                        "checks": list(found.passed(process, level)),
                    }
                    for level in LEVELS
                },
            }
            for process in found.processes
        ],
        "requirements": [
            {
                "id": one.requirement.id, "process": one.requirement.process,
                "title": one.requirement.title, "priority": one.requirement.priority,
                "state": one.state().value,
                "checks": [_check_data(check, language) for check in one.checks],
            }
            for one in found.requirements
        ],
        "untraced": [_check_data(check, language) for check in found.untraced],
    }  # fmt: skip


def _check_data(check: Check, language: str) -> dict[str, str]:
    return {
        "level": check.level, "name": check.name, "state": check.state.value,
        "reason": check.reason.into(language), "build": check.build, "source": check.source,
    }  # fmt: skip


def coverage_page(found: Mapping[str, Coverage], language: str, *, other: str) -> str:
    """Return the page; ``found`` is told in each language, ``other`` is the other page's file."""
    told = found[language]
    style = style_of("page.css", "acceptance.css")
    return render_template(
        "coverage.html",
        language=language, other=other, style=style, policy=policy_for(style),
        levels=[(level, say(language, *_LEVELS[level])) for level in LEVELS],
        coverage=told,
        state=lambda state: say(language, *_STATES[state]),
        ended=lambda check: say(language, *_ENDED.get(check.state, _STATES[check.state])),
        tone=lambda state: _TONES.get(state, "bad"),
        words=_words(language),
    )  # fmt: skip


def _words(language: str) -> Mapping[str, str]:
    pairs = {
        "title": ("Requirements and what proves them", "需求覆盖"),
        "other": ("中文", "English"),
        "process": ("Process", "业务流程"),
        "proven": ("Requirements proven", "已证明的需求"),
        "checked": ("requirements checked", "需求已覆盖"),
        "passed": ("checks passed", "检查通过"),
        "requirement": ("Requirement", "需求"),
        "state": ("State", "状态"),
        "checks": ("What checks it", "检查项"),
        "build": ("build", "版本"),
        "none": ("nothing checks it", "没有任何检查"),
        "untraced": ("Checks that name no requirement", "没有对应需求的检查"),
        "of": (" of ", " / "),
    }
    return {key: say(language, english, chinese) for key, (english, chinese) in pairs.items()}
