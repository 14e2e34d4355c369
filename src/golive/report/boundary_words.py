"""What is said of each boundary tried, and of all, in English and Chinese; pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from golive.report.words import say
from golive.run.boundary_coverage import Gap, coverage_of, gap_of
from golive.run.state import RunState
from golive.runbook.times import show_duration

__all__ = ["boundary_lines", "coverage_lines"]

_WHY: Mapping[Gap, tuple[str, str]] = {
    "wrong": ("the way back is wrong", "回退有误"),
    "by-hand": ("a person takes it back, which no copy can try", "由人工回退，无法在副本上验证"),
    "late": ("the task had ended before the abort", "中止前任务已结束"),
}


def boundary_lines(tried: Mapping[str, Any], language: str) -> list[str]:
    """Return what came of one boundary, from its ``boundary.tried`` record."""
    label = str(tried["label"])
    took = show_duration(timedelta(seconds=tried["seconds"]))
    planned = show_duration(timedelta(seconds=tried["planned"]))
    match gap_of(tried):
        case "":
            return [
                say(
                    language,
                    f"  way back  {label}: as before, {tried['steps']} steps in {took} "
                    f"(planned {planned})",
                    f"  回退验证  {label}：与之前一致，{tried['steps']} 步，用时 {took}"
                    f"（计划 {planned}）",
                )
            ]
        case "wrong":
            return [
                say(language, f"  WAY BACK WRONG  {label}: {text}", f"  回退有误  {label}：{text}")
                for text in tried["problems"]
            ]
        case gap:
            why = say(language, *_WHY[gap])
            return [say(language, f"  NOT COVERED  {label}: {why}", f"  未覆盖  {label}：{why}")]


def coverage_lines(state: RunState, language: str) -> list[str]:
    """Return how many boundaries are covered, and each that is not with why; nothing for none."""
    found = coverage_of(state)
    if not found.tried:
        return []
    head = say(
        language,
        f"  Way back shown at {found.covered} of {found.tried} boundaries ({found.percent}%).",
        f"  已验证可回退的边界：{found.covered}/{found.tried}（{found.percent}%）。",
    )
    gaps = [
        say(language, f"  - not covered: {label}: {why}", f"  - 未覆盖：{label}：{why}")
        for label, gap in found.gaps.items()
        for why in (say(language, *_WHY[gap]),)
    ]
    return [head, *gaps]
