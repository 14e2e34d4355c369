"""The catalogue of sentences as one static page, searchable, in both languages."""

from __future__ import annotations

from golive.report.html import render_template
from golive.uat.catalogue import CATEGORIES, DAYS, Catalogue
from golive.uat.wording import is_chinese, say

__all__ = ["catalogue_page"]


def catalogue_page(catalogue: Catalogue, language: str) -> str:
    """Return the page; both languages stand beside each other, ``language`` goes first."""

    def used_in(count: int) -> str:
        times = "once" if count == 1 else f"{count} times"
        english = f"Used {times}" if count else "Not used yet"
        return say(language, english, f"使用 {count} 处" if count else "尚未使用")

    return render_template(
        "catalogue.html",
        zh=is_chinese(language),
        title=say(language, "Sentences for scenarios", "场景可用的句子"),
        find=say(language, "Search, e.g. enter, table, wait", "搜索，例如：输入、表格、等待"),
        of_sentences=say(
            language, "sentences; click an example to copy it", "个句子；点击例句即可复制"
        ),
        count=len(catalogue.entries),
        how=(
            say(
                language,
                'A value stands in "…", “…” or 「…」: plain text, {a remembered name}, a day,'
                " {random:6}; Group > Field tells one of two apart.",
                '值写在 "…"、“…” 或「…」中：文字、{记住的名称}、日期、{随机:6}；'
                "同名时写“分组 > 字段”加以区分。",
            ),
            say(language, *DAYS),
            say(
                language,
                "A check may end with (carry on): when it fails the scenario goes on, and is red.",
                "检查句末尾可加（继续）：不通过时场景继续执行，最终仍为不通过。",
            ),
        ),
        groups=[
            (say(language, *CATEGORIES[category]), entries)
            for category, entries in catalogue.groups()
        ],
        used_in=used_in,
        defined_in=say(language, "Defined in", "定义于"),
    )
