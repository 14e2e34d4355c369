"""An amendment as people read it: what changes, and what that does to the night; a pure view."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from golive.report.words import local, say, span_words
from golive.run.amending import Amendment
from golive.runbook.outlook import Stand

__all__ = ["amendment_text"]


def amendment_text(found: Amendment, language: str) -> str:
    """Return the diff, then its effect on the end, the way back, and each gate still to come."""
    before, after, zone = found.before, found.after, found.plan.runbook.zone

    def by(text: str, chinese: str, was: str, now: str) -> str:
        return f"{say(language, text, chinese)} {was} -> {now}"

    ends = local(before.end, zone), f"{local(after.end, zone)} ({_signed(found.later, language)})"
    lengths = [
        " @ ".join(filter(None, (span_words(one.longest, language), one.longest_at)))
        for one in (before, after)
    ]
    return "\n".join([
        *(change.sentence for change in found.changes),
        by("forecast end", "预计完成", *ends),
        by("longest way back", "最长回退用时", *lengths),
        by("latest safe abort now", "当前最晚可回退", local(before.lsat.at, zone),
           local(after.lsat.at, zone)),
        *_stands(found, language),
    ])  # fmt: skip


def _stands(found: Amendment, language: str) -> Iterator[str]:
    """Yield each gate and checkpoint: how long before its latest safe abort it opens."""
    names = dict.fromkeys(one.task for side in (found.before, found.after) for one in side.stands)
    none = say(language, "not in the plan", "不在计划中")
    for name in names:
        was, now = found.before.stand(name), found.after.stand(name)
        zone = found.plan.runbook.zone
        sides = [_stand(one, zone, language) if one else none for one in (was, now)]
        yield f"{name}: {sides[0]} -> {sides[1]}"


def _stand(stand: Stand, zone: str, language: str) -> str:
    slack = _signed(stand.lsat - stand.at, language)
    at, lsat = local(stand.at, zone), local(stand.lsat, zone)
    return say(
        language,
        f"opens {at}, latest safe abort {lsat} ({slack})",
        f"{at} 开始，最晚可回退 {lsat}（{slack}）",
    )


def _signed(span: timedelta, language: str) -> str:
    sign = "+" if span >= timedelta(0) else "-"
    return f"{sign}{span_words(abs(span), language)}"
