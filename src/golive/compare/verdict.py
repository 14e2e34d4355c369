"""From counts to a verdict and one sentence; pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from golive.compare.accepting import Applied
from golive.compare.classifying import ClassCount, Difference
from golive.compare.definition import Comparison
from golive.compare.findings import Finding
from golive.compare.grouped import GroupCheck
from golive.compare.matching import Conservation
from golive.compare.reconciling import CountCheck
from golive.compare.totals import TotalCheck
from golive.compare.words import cause_words

__all__ = ["Findings", "failures", "sentence"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """All a verdict is made of."""

    conservation: Conservation
    classes: tuple[ClassCount, ...]
    #: Pairs of rows with at least one open difference.
    open_rows: int
    totals: tuple[TotalCheck, ...]
    counts: tuple[CountCheck, ...]
    groups: tuple[GroupCheck, ...]
    top: tuple[Difference, ...]
    #: What is open, by cause.
    causes: tuple[Finding, ...] = ()
    #: What became of each acceptance.
    applied: tuple[Applied, ...] = ()

    def count(self, prefix: str) -> int:
        """Return how many differing values have a class of this name or prefix (``rule:``)."""
        return sum(item.count for item in self.classes if item.name.startswith(prefix))

    @property
    def agreeing(self) -> int:
        """Pairs of rows that are equal, or whose every difference is explained."""
        return self.conservation.equal + self.conservation.changed - self.open_rows


def failures(comparison: Comparison, found: Findings) -> tuple[str, ...]:
    """Return every reason against the new system, each a clause; empty is passed."""
    return tuple(_failures(comparison, found))


def _failures(comparison: Comparison, found: Findings) -> Iterator[str]:
    limits, rows = comparison.limits, found.conservation
    for name, count, limit in (
        ("open differences", found.count("open"), limits.open),
        ("rows only in the old system", found.count("only_old"), limits.only_old),
        ("rows only in the new system", found.count("only_new"), limits.only_new),
        ("rejected rows", rows.rejected, limits.rejected),
        ("merged rows", rows.merged, limits.merged),
        ("repaired values", found.count("repair:"), limits.repaired),
        ("duplicate keys", rows.special_keys, limits.duplicate_keys),
    ):
        if limit is not None and count > limit:
            yield f"{name}: {count:,} (limit {limit:,})"
    for item in found.applied:
        if item.refused:
            yield f"acceptance '{item.id}' does not hold: {item.refused}"
    for column, rule, share, bound in _over_bound(comparison, found):
        yield f"rule '{rule}' explains {share:.1%} of '{column}' (bound {bound:.1%})"
    for total in found.totals:
        if not total.agrees:
            yield f"control total '{total.name}' is off by {total.difference:+,f}"
    yield from map(_group_words, _wrong_groups(found))
    for check in found.counts:
        if not check.agrees:
            yield f"count '{check.name}': {check.said:,} by the migration, {check.found:,} found"


#: Groups told one by one.
_MOST_GROUPS = 10


def _wrong_groups(found: Findings) -> list[GroupCheck]:
    wrong = [check for check in found.groups if not check.agrees]
    return sorted(wrong, key=lambda check: -abs(check.new - check.old))[:_MOST_GROUPS]


def _group_words(check: GroupCheck) -> str:
    of = f" of {check.group}" if check.group else ""
    third = "" if check.external is None else f", {check.external:,f} in '{check.file}'"
    return f"control total '{check.name}'{of}: {check.old:,f} old, {check.new:,f} new{third}"


def _over_bound(comparison: Comparison, found: Findings) -> Iterator[tuple[str, str, float, float]]:
    """Yield each rule that explains more than it may: column, rule, share, bound."""
    paired = found.conservation.equal + found.conservation.changed
    for column in comparison.columns:
        bound = comparison.limits.rule_share if column.share is None else column.share
        for item in found.classes:
            if item.column == column.new and item.name.startswith("rule:") and bound is not None:
                share = item.count / paired
                if share > bound:
                    yield column.new, item.name.removeprefix("rule:"), share, bound


def sentence(comparison: Comparison, found: Findings, *, language: str = "en") -> str:
    """Tell the result in one sentence of the business's words."""
    return _chinese(comparison, found) if language == "zh" else _english(comparison, found)


def _english(comparison: Comparison, found: Findings) -> str:
    rows = found.conservation
    parts = [f"{comparison.title}: {found.agreeing:,} rows agree"]
    if found.open_rows:
        first = _first(found, "changed")
        parts.append(f"{found.open_rows:,} differ, first {first}{_why(found, 'changed', 'en')}")
    for kind in ("old", "new"):
        count = found.count(f"only_{kind}")
        if count:
            where = _first(found, f"only_{kind}")
            why = _why(found, f"only_{kind}", "en")
            parts.append(
                f"{count:,} only in the {kind} system{f', first {where}' if where else ''}{why}"
            )
    if rows.merged or rows.rejected:
        parts.append(f"{rows.merged:,} merged and {rows.rejected:,} rejected by the migration")
    if found.count("accepted:"):
        parts.append(f"{found.count('accepted:'):,} accepted")
    return "; ".join([*parts, *_other(comparison, found)])


def _chinese(comparison: Comparison, found: Findings) -> str:
    rows = found.conservation
    parts = [f"{comparison.title_zh or comparison.title}：{found.agreeing:,} 行一致"]
    if found.open_rows:
        first = _first(found, "changed")
        parts.append(f"{found.open_rows:,} 行不一致，首个 {first}{_why(found, 'changed', 'zh')}")
    for kind, word in (("old", "旧"), ("new", "新")):
        count = found.count(f"only_{kind}")
        if count:
            where = _first(found, f"only_{kind}")
            why = _why(found, f"only_{kind}", "zh")
            first = f"，首个 {where}" if where else ""
            parts.append(f"{count:,} 行仅存在于{word}系统{first}{why}")
    if rows.merged or rows.rejected:
        parts.append(f"迁移合并 {rows.merged:,} 行、拒绝 {rows.rejected:,} 行")
    if found.count("accepted:"):
        parts.append(f"已接受差异 {found.count('accepted:'):,} 处")
    parts += [
        f"接受项 {item.id} 不再有效（符合 {item.count:,} 处，金额 {item.amount}）"
        for item in found.applied
        if item.refused
    ]
    parts += [
        f"控制总额“{total.name}”相差 {total.difference:+,f}"
        for total in found.totals
        if not total.agrees
    ]
    parts += [
        f"控制总额“{check.name}”{f'（{check.group}）' if check.group else ''}："
        f"旧 {check.old:,f}，新 {check.new:,f}"
        + ("" if check.external is None else f"，“{check.file}”中为 {check.external:,f}")
        for check in _wrong_groups(found)
    ]
    parts += [
        f"计数“{check.name}”迁移为 {check.said:,}，实际为 {check.found:,}"
        for check in found.counts
        if not check.agrees
    ]
    parts += [
        f"{word} {count:,} 超过上限 {limit:,}"
        for word, count, limit in (
            ("拒绝行数", rows.rejected, comparison.limits.rejected),
            ("合并行数", rows.merged, comparison.limits.merged),
            ("修复值数", found.count("repair:"), comparison.limits.repaired),
            ("重复键数", rows.special_keys, comparison.limits.duplicate_keys),
        )
        if limit is not None and count > limit
    ]
    parts += [
        f"规则“{rule}”解释了“{column}”的 {share:.1%}，超过上限 {bound:.1%}"
        for column, rule, share, bound in _over_bound(comparison, found)
    ]
    return "；".join(parts)


def _other(comparison: Comparison, found: Findings) -> list[str]:
    """Return failures the counts of rows have not told yet."""
    told = ("open differences", "rows only in")
    return [clause for clause in failures(comparison, found) if not clause.startswith(told)]


def _why(found: Findings, kind: str, language: str) -> str:
    """Return the first cause of these differences, in parentheses; empty when unknown.

    The row named before it may differ for another one, so where there are more this is said.
    """
    known = [item for item in found.causes if item.kind == kind]
    if not known or not known[0].cause:
        return ""
    words = cause_words(known[0].cause, known[0].detail, language)
    if language == "zh":
        return f"（{'其中：' if len(known) > 1 else ''}{words}）"
    return f" ({'among them: ' if len(known) > 1 else ''}{words})"


def _first(found: Findings, kind: str) -> str:
    for item in found.top:
        if item.kind == kind:
            values = (
                f" {item.column} {_shown(item.old)} vs {_shown(item.new)}" if item.column else ""
            )
            return f"{item.key}{values}"
    return ""


def _shown(value: str | None) -> str:
    if value is None:
        return "(none)"
    # A blank at an end is what differs, and nobody would see it.
    return f"'{value}'" if value != value.strip() or not value else value
