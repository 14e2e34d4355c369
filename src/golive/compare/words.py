"""Causes in the words of the business, English and Chinese; pure."""

from __future__ import annotations

from collections.abc import Mapping

from golive.compare.exact import signed
from golive.compare.findings import Dimension, Finding

__all__ = ["CAUSES", "cause_words", "finding_words", "say"]

#: cause -> (English, Chinese); ``{0}`` is the detail.
CAUSES: Mapping[str, tuple[str, str]] = {
    "": ("no pattern found", "未发现规律"),
    "rest": ("{0} further groups", "另有 {0} 组差异"),
    "unmapped": ("the old code is not in the code map", "旧代码不在对照表中"),
    "lost": ("the new system has no value", "新系统缺少该值"),
    "appeared": ("only the new system has a value", "仅新系统有值"),
    "null_empty": ("no value here, an empty text there", "一侧为空值，另一侧为空字符串"),
    "emptied": ("the text became empty", "文本被清空"),
    "blank": ("blanks at the start, end or inside", "首尾或中间空格不同"),
    "case": ("capital and small letters", "字母大小写不同"),
    "width": ("full-width and half-width characters", "全角与半角不同"),
    "unicode": ("composed and decomposed characters (Unicode form)", "Unicode 组合形式不同"),
    "encoding": ("characters damaged by a wrong encoding {0}", "字符编码错误导致乱码 {0}"),
    "truncated": ("cut off at length {0}", "在长度 {0} 处被截断"),
    "longer": ("the new text goes on where the old one ends", "新系统文本更长"),
    "leading_zeros": ("zeros at the start", "前导零不同"),
    "number_form": ("the same number written otherwise", "数字写法不同，数值相同"),
    "blank_and_case": ("blanks, width and letter case together", "空格、全半角与大小写同时不同"),
    "sign": ("the sign is reversed", "正负号相反"),
    "factor": ("multiplied by {0}", "乘以 {0}"),
    "zeroed": ("became zero", "变为零"),
    "rounding": ("rounding: off by one in decimal place {0}", "舍入差异：第 {0} 位小数相差 1"),
    "rounded": ("rounded to {0} decimal places", "四舍五入到 {0} 位小数"),
    "cut": ("cut to {0} decimal places", "截取到 {0} 位小数"),
    "offset": ("always {0}", "固定相差 {0}"),
    "constant": ("always the one value {0}", "一律变为 {0}"),
    "replaced": ("always {0}", "固定替换：{0}"),
    "inverted": ("yes and no are exchanged", "是与否颠倒"),
    "date_swap": ("day and month are exchanged", "日与月颠倒"),
    "placeholder": ("became the placeholder date {0}", "变为占位日期 {0}"),
    "time_lost": ("the time of day is lost", "丢失了时间部分"),
    "precision": ("seconds or fractions are lost", "丢失了秒或毫秒"),
    "zone": ("shifted by {0} hours: a time zone", "相差 {0} 小时：时区问题"),
    "repeated": ("the same row is there once more", "同一行重复出现"),
    "second_row": ("a further row of a key that is there already", "同一键值多出一行"),
    "key_form": ("the key is written otherwise on the other side", "键值在另一侧写法不同"),
    "late": (
        "late posting: at or after the other side's last day ({0})",
        "晚记账：不早于另一侧最后一天（{0}）",
    ),
}  # fmt: skip
_KINDS = {
    "only_old": ("only in the old system", "仅旧系统有"),
    "only_new": ("only in the new system", "仅新系统有"),
}


def say(language: str, english: str, chinese: str) -> str:
    """Return the text in the language asked for."""
    return chinese if language == "zh" else english


def cause_words(cause: str, detail: str, language: str) -> str:
    """Return one cause in words."""
    english, chinese = CAUSES[cause]
    return (chinese if language == "zh" else english).format(detail).strip()


def finding_words(finding: Finding, language: str) -> str:
    """Tell one finding in a line: where, how many, why, how much, and what the rows share."""
    zh = language == "zh"
    where = finding.column or ("" if finding.cause == "rest" else _KINDS[finding.kind][zh])
    words = cause_words(finding.cause, finding.detail, language)
    count = f"{finding.count:,} 处" if zh else f"{finding.count:,} x"
    lead = f"{where}{'：' if zh else ': '}" if where else ""
    parts = [f"{lead}{count} {words}" if not zh else f"{lead}{words}，{count}"]
    if finding.amount is not None:
        amount = signed(finding.amount)
        parts.append(f"金额合计 {amount}" if zh else f"amount {amount}")
    if finding.dimension:
        parts.append(_shared(finding.dimension, zh=zh))
    return ("，" if zh else ", ").join(parts)


def _shared(found: Dimension, *, zh: bool) -> str:
    here, everywhere = f"{found.here:.0%}", f"{found.everywhere:.0%}"
    if zh:
        return f"其中 {here} 的 {found.column} 为 {found.value}（全部数据中占 {everywhere}）"
    return f"{here} with {found.column} {found.value} ({everywhere} of all rows)"
