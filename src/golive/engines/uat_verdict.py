"""What a set of scenario results says as a whole, in one status and one sentence. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from golive.outcome import Status
from golive.uat.results import BLOCKED, FAILED, PASSED, Result, counted
from golive.uat.wording import say

__all__ = ["verdict"]


def verdict(closed: Sequence[Result], code: int, language: str) -> tuple[Status, str]:
    """Judge the scenarios that count, the quarantined ones are only named.

    ``code`` is what pytest ended with.
    """
    counting = counted(closed)
    beside = _beside(closed, language)
    bad = [result for result in counting if result.status != PASSED]
    if not counting:
        text = say(language, "no scenario that counts was run", "没有执行任何计入结果的场景")
        return Status.BROKEN, text + beside
    if not bad and code != 0:
        text = f"every scenario passed, but pytest ended with {code}"
        return Status.BROKEN, say(language, text, f"场景全部通过，但 pytest 退出码为 {code}")
    number = len(counting)
    if not bad:
        text = say(language, f"{number} of {number} scenarios passed", f"{number} 个场景全部通过")
        return Status.PASSED, text + beside
    failed = [result for result in bad if result.status == FAILED]
    first = (failed or bad)[0]
    step = f" ({first.step})" if first.step else ""
    passed = number - len(bad)
    summary = say(
        language,
        f"{passed} of {number} scenarios passed; '{first.name}' {_ENGLISH.get(first.status, '')}"
        f"{step}: {first.message}",
        f"{number} 个场景通过 {passed} 个；“{first.name}”{_CHINESE[first.status]}"
        f"{step}：{first.message}",
    )
    if failed:
        return Status.FAILED, summary + beside
    only_blocked = all(result.status == BLOCKED for result in bad)
    return (Status.SKIPPED if only_blocked else Status.BROKEN), summary + beside


def _beside(closed: Sequence[Result], language: str) -> str:
    """Return what stands beside the count: passes on retry, and what does not count."""
    retried = sum(1 for r in counted(closed) if r.status == PASSED and r.retries)
    aside = len(closed) - len(counted(closed))
    parts = []
    if retried:
        parts.append(say(language, f"{retried} on retry", f"其中 {retried} 个为重试后通过"))
    if aside:
        parts.append(
            say(language, f"{aside} quarantined, not counted", f"另有 {aside} 个已隔离，不计入")
        )
    if not parts:
        return ""
    return say(language, f" ({'; '.join(parts)})", f"（{'；'.join(parts)}）")


_ENGLISH = {
    "failed": "failed",
    "broken": "broken",
    "not written": "is not written",
    "blocked": "blocked",
    "waiting": "waits for a person",
}
_CHINESE = {
    "failed": "未通过",
    "broken": "无法判定",
    "not written": "未写完整",
    "blocked": "未执行",
    "waiting": "等待人工确认",
}
