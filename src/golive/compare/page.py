"""A comparison as one static page: the verdict, why rows differ, the rows side by side, the proof.

It holds what the recorded summary and the differences hold, so personal data masked there is
masked here. It asks no network.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from golive.compare.lookup import Row
from golive.compare.marks import LEAD
from golive.compare.register import CLASSES
from golive.compare.words import cause_words, say
from golive.htmlpage import Pages, policy_for

__all__ = ["Part", "comparison_page", "side_by_side"]

#: A piece of a value, and whether the other side has something else there.
Part = tuple[str, bool]
#: Characters of one value looked at for what differs.
_LONGEST = 400
_PAGES = Pages("golive.compare")
_CLASS_WORDS = {
    "open": ("open", "未解释"),
    "only_old": ("only in the old system", "仅旧系统有"),
    "only_new": ("only in the new system", "仅新系统有"),
    "merged": ("merged by the migration", "迁移时合并"),
    "rejected": ("rejected by the migration", "迁移时拒绝"),
    "tolerance": ("within the tolerance", "在容差之内"),
    "mapping": ("another code, as mapped", "按对照表转换"),
    "in_flight": ("under way, agreed when read again", "在途，复读后一致"),
}
_NAMED = {
    "rule": ("rule", "规则"),
    "repair": ("repair", "修复"),
    "accepted": ("accepted", "已接受"),
}


def comparison_page(
    title: str,
    run: str,
    summary: Mapping[str, Any],
    rows: Sequence[Row],
    language: str,
    *,
    other: str = "",
) -> str:
    """Return the page of one recorded result; ``rows`` are its largest differences.

    ``summary`` is ``golive/comparison-summary/v1``; ``other`` is the file of the same page in the
    other language, where one stands beside it.
    """
    style = _PAGES.style_of("page.css", "comparison.css")
    return _PAGES.render(
        "comparison.html",
        failures=summary["failures"][language],
        title=title,
        run=run,
        summary=summary,
        passed=summary["verdict"] == "passed",
        sentence=summary["sentence"][language],
        rows=[_row(row, language) for row in rows],
        classes=[
            {**item, "told": class_words(item["name"], language)} for item in summary["classes"]
        ],
        accepted=[
            {
                **item,
                "label": CLASSES[item["sort"]][language == "zh"],
                "refused": item["refused_zh" if language == "zh" else "refused"],
            }
            for item in summary["accepted"]
        ],
        language=language,
        other=other,
        style=style,
        policy=policy_for(style),
        words=_words(language),
    )


def class_words(name: str, language: str) -> str:
    """Return what a class of differences is called, e.g. of ``rule:trim``."""
    if name in _CLASS_WORDS:
        return say(language, *_CLASS_WORDS[name])
    kind, _, which = name.partition(":")
    colon = say(language, ": ", "：")
    return f"{say(language, *_NAMED[kind])}{colon}{which}" if kind in _NAMED and which else name


def _row(row: Row, language: str) -> dict[str, object]:
    old, new = side_by_side(row.old, row.new)
    why = cause_words(row.cause, row.detail, language) if row.cause else ""
    named = class_words(row.name, language)
    return {
        "key": row.key,
        "column": row.column,
        "old": old,
        "new": new,
        "amount": row.amount or "",
        "why": " · ".join(part for part in (named, why) if part),
        "whole": not row.column,
        "on": {"only_old": "old", "only_new": "new"}.get(row.kind, ""),
    }


def side_by_side(
    old: str | None, new: str | None
) -> tuple[tuple[Part, ...] | None, tuple[Part, ...] | None]:
    """Cut two values into pieces that are equal and pieces that are not; None stays None.

    In a piece that differs, what cannot be seen is written out: a blank as ``␣``, other signs
    without a shape by their number.
    """
    if old is None or new is None:
        return _whole(old), _whole(new)
    if old.startswith(LEAD) and new.startswith(LEAD):
        # Of two marks only that they are two says something.
        return ((old, old != new),), ((new, old != new),)
    one, two = old[:_LONGEST], new[:_LONGEST]
    pieces = SequenceMatcher(None, one, two, autojunk=False).get_opcodes()
    return (
        tuple(_parts((one[a:b], tag != "equal") for tag, a, b, _, _ in pieces)),
        tuple(_parts((two[a:b], tag != "equal") for tag, _, _, a, b in pieces)),
    )


def _whole(value: str | None) -> tuple[Part, ...] | None:
    return None if value is None else tuple(_parts([(value[:_LONGEST], False)]))


def _parts(pieces: Any) -> Iterator[Part]:
    for text, differs in pieces:
        if text:
            yield ("".join(map(_seen, text)) if differs else text), differs


def _seen(sign: str) -> str:
    if sign == " ":
        return "␣"
    return sign if sign.isprintable() else f"[U+{ord(sign):04X}]"


#: Said of a comparison made where both sides lie, with the number of pairs that are equal.
_PUSHED = (
    "Both sides lie in one database: {0} pairs of equal rows were compared there, column by "
    "column, in one read-only transaction, and not read. The files and their SHA-256 hold the "
    "other rows only: who wants to see the equal ones must compare again."
)
_PUSHED_ZH = (
    "两侧位于同一数据库：{0} 对相等行在库内逐列比对（同一只读事务），未读出。"
    "文件及其 SHA-256 只含其余行；要查看相等行须重新比对。"
)


#: Words of the page, English and Chinese.
_WORDS: Mapping[str, tuple[str, str]] = {
    "other": ("中文", "English"),
    "left": ("(", "（"),
    "right": (")", "）"),
    "colon": (": ", "："),
    "semicolon": ("; ", "；"),
    "run": ("run", "运行"),
    "cycle": ("business day", "营业日"),
    "agree": ("AGREES", "一致"),
    "differ": ("DIFFERS", "不一致"),
    "failures": ("What the specification does not allow", "超出规定的内容"),
    "causes": ("Why rows differ", "差异原因"),
    "none_open": ("Nothing is open.", "没有未解释的差异。"),
    "examples": ("for example", "例如"),
    "rows": ("The largest differences, side by side", "最大的差异（新旧对照）"),
    "rows_note": (
        "What differs is marked; ␣ is a blank, ∅ no value.",
        "不同之处已标出；␣ 表示空格，∅ 表示无值。",
    ),
    "key": ("Key", "键值"),
    "column": ("Column", "字段"),
    "old": ("Old system", "旧系统"),
    "new": ("New system", "新系统"),
    "amount": ("New − old", "差额"),
    "why": ("What it is", "说明"),
    "row_here": ("the row is only here", "仅此侧有该行"),
    "accepted": ("Accepted by two people", "经两人确认接受"),
    "count": ("Count", "数量"),
    "reason": ("Reason", "理由"),
    "by": ("Approved by", "批准人"),
    "kind": ("Class", "类别"),
    "classes": ("Everything that is not equal as it stands", "未逐字相等的全部内容"),
    "totals": ("Control totals", "控制总额"),
    "set_aside": ("Set aside by the migration", "迁移时剔除"),
    "difference": ("Difference", "差额"),
    "counts": ("What the migration says it did", "迁移程序报告的数量"),
    "said": ("Said", "报告"),
    "found": ("Found", "实际"),
    "proof": ("How this was proven", "如何得出"),
    "every_row": ("Every row is accounted for", "每一行均有去向"),
    "not_every_row": ("Rows are NOT all accounted for", "有行没有去向"),
    "old_sum": (
        "equal + changed + only old + merged + rejected = rows of the old system",
        "相等 + 不同 + 仅旧 + 合并 + 拒绝 = 旧系统行数",
    ),
    "new_sum": (
        "equal + changed + only new = rows of the new system",
        "相等 + 不同 + 仅新 = 新系统行数",
    ),
    "added_up": (
        "{2}: {0} rows were added up by their keys to {1}, and every one of them is in a sum.",
        "{2}：{0} 行按键值汇总为 {1} 行，每一行都计入了汇总。",
    ),
    "snapshot": ("Snapshot (SHA-256)", "快照（SHA-256）"),
    "read_rows": ("Rows", "行数"),
    "clock": ("Database's clock", "数据库时钟"),
    "watermark": ("State read", "读取时的状态"),
    "reader": ("Read by", "读取方式"),
    "pushed": (_PUSHED, _PUSHED_ZH),
    "engine": ("Compared by DuckDB {0} in {1} s", "由 DuckDB {0} 比对，用时 {1} 秒"),
    "ok": ("agrees", "一致"),
    "off": ("is off", "不一致"),
}


def _words(language: str) -> Mapping[str, str]:
    return {key: say(language, *words) for key, words in _WORDS.items()}
