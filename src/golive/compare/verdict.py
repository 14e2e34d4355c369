"""From counts to a verdict and one sentence; pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from golive.compare.accepting import Applied
from golive.compare.classifying import ClassCount, Difference
from golive.compare.definition import Comparison
from golive.compare.exact import minus, plain
from golive.compare.findings import Finding
from golive.compare.grouped import GroupCheck
from golive.compare.matching import Conservation
from golive.compare.reconciling import CountCheck
from golive.compare.totals import TotalCheck
from golive.compare.words import cause_words

__all__ = ["Check", "Findings", "checks", "failures", "sentence"]


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
    #: What is open of the column that says how large a row is, without signs, rows of one side
    #: among it; None where no column says so, or it is personal.
    open_amount: Decimal | None = None

    def count(self, prefix: str) -> int:
        """Return how many differing values have a class of this name or prefix (``rule:``)."""
        return sum(item.count for item in self.classes if item.name.startswith(prefix))

    @property
    def open_amount_text(self) -> str:
        """``open_amount`` as plain decimal text, empty where there is none."""
        return "" if self.open_amount is None else plain(self.open_amount)

    @property
    def agreeing(self) -> int:
        """Pairs of rows that are equal, or whose every difference is explained."""
        return self.conservation.equal + self.conservation.changed - self.open_rows


def failures(comparison: Comparison, found: Findings, language: str = "en") -> tuple[str, ...]:
    """Return every reason against the new system, each a clause; empty is passed."""
    return tuple(item.told(language) for item in checks(comparison, found) if item.failed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing a comparison is judged by, in both languages."""

    name: tuple[str, str]
    failed: bool
    #: What is wrong, or what was found.
    words: tuple[str, str]
    #: Told by the sentence already, with its first row.
    in_sentence: bool = False

    def told(self, language: str) -> str:
        """Return what was found in one language."""
        return self.words[language == "zh"]


def checks(comparison: Comparison, found: Findings) -> Iterator[Check]:
    """Yield all a comparison is judged by, in the order it is told."""
    yield from _counted(comparison, found)
    for item in found.applied:
        if item.refused:
            zh = f"接受项 {item.id} 不再有效：{item.refused_zh}"
            words = (f"acceptance '{item.id}' does not hold: {item.refused}", zh)
            yield Check(
                name=(f"acceptance {item.id}", f"接受项 {item.id}"), failed=True, words=words
            )
    for column, rules, share, bound in _over_bound(comparison, found):
        noun, verb = ("rule", "explains") if len(rules) == 1 else ("rules", "together explain")
        rule = ", ".join(rules)
        english = f"{noun} '{rule}' {verb} {share:.1%} of '{column}' (bound {bound:.1%})"
        chinese = f"规则“{rule}”解释了“{column}”的 {share:.1%}，超过上限 {bound:.1%}"
        name = (f"rule {rule} of {column}", f"规则 {rule}（{column}）")
        yield Check(name=name, failed=True, words=(english, chinese))
    for total in found.totals:
        yield Check(
            name=(f"control total {total.name}", f"控制总额 {total.name}"),
            failed=not total.agrees,
            words=_total_words(total),
        )
    for group in _wrong_groups(found):
        name = (f"control total {group.name} {group.group}", f"控制总额 {group.name} {group.group}")
        yield Check(name=name, failed=True, words=_group_words(group))
    for count in found.counts:
        yield Check(
            name=(f"count {count.name}", f"计数 {count.name}"),
            failed=not count.agrees,
            words=(
                f"count '{count.name}': {count.said:,} by the migration, {count.found:,} found",
                f"计数“{count.name}”迁移为 {count.said:,}，实际为 {count.found:,}",
            ),
        )


def _counted(comparison: Comparison, found: Findings) -> Iterator[Check]:
    limits, rows = comparison.limits, found.conservation
    for name, count, limit in (
        (("open differences", "未解释差异数"), found.count("open"), limits.open),
        (
            ("rows only in the old system", "仅旧系统有的行数"),
            found.count("only_old"),
            limits.only_old,
        ),
        (
            ("rows only in the new system", "仅新系统有的行数"),
            found.count("only_new"),
            limits.only_new,
        ),
        (("rejected rows", "拒绝行数"), rows.rejected, limits.rejected),
        (("merged rows", "合并行数"), rows.merged, limits.merged),
        (("repaired values", "修复值数"), found.count("repair:"), limits.repaired),
        (("duplicate keys", "重复键数"), rows.special_keys, limits.duplicate_keys),
    ):
        words = (f"{name[0]}: {count:,}", f"{name[1]}：{count:,}")
        if limit is not None:
            words = (f"{words[0]} (limit {limit:,})", f"{words[1]}（上限 {limit:,}）")
        yield Check(
            name=name,
            failed=limit is not None and count > limit,
            words=words,
            in_sentence=name[0].startswith(("open", "rows only")),
        )


#: Groups told one by one.
_MOST_GROUPS = 10


def _wrong_groups(found: Findings) -> list[GroupCheck]:
    wrong = [check for check in found.groups if not check.agrees]
    wrong.sort(key=lambda check: minus(check.new, check.old).copy_abs(), reverse=True)
    return wrong[:_MOST_GROUPS]


def _total_words(total: TotalCheck) -> tuple[str, str]:
    name = total.name
    if total.hidden:
        return f"control total '{name}' is off", f"控制总额“{name}”不一致"
    off = f"{total.difference:+,f}"
    return f"control total '{name}' is off by {off}", f"控制总额“{name}”相差 {off}"


def _group_words(check: GroupCheck) -> tuple[str, str]:
    of, of_zh = (f" of {check.group}", f"（{check.group}）") if check.group else ("", "")
    if check.hidden:
        return (
            f"control total '{check.name}'{of} is off",
            f"控制总额“{check.name}”{of_zh}不一致",
        )
    third, third_zh = "", ""
    if check.external is not None:
        third = f", {check.external:,f} in '{check.file}'"
        third_zh = f"，“{check.file}”中为 {check.external:,f}"
    return (
        f"control total '{check.name}'{of}: {check.old:,f} old, {check.new:,f} new{third}",
        f"控制总额“{check.name}”{of_zh}：旧 {check.old:,f}，新 {check.new:,f}{third_zh}",
    )


def _over_bound(
    comparison: Comparison, found: Findings
) -> Iterator[tuple[str, tuple[str, ...], float, float]]:
    """Yield what explains more of a column than it may: column, rules, share, bound.

    A difference two rules explain only together counts for both. Where no rule alone is over the
    bound, all of the column's rules together may still be.
    """
    paired = found.conservation.equal + found.conservation.changed
    for column in comparison.columns:
        bound = comparison.limits.rule_share if column.share is None else column.share
        explained = [
            (tuple(item.name.removeprefix("rule:").split("+")), item.count)
            for item in found.classes
            if item.column == column.new and item.name.startswith("rule:")
        ]
        names = sorted({name for rules, _ in explained for name in rules})
        if bound is None or not names:
            continue
        counts = {name: sum(n for rules, n in explained if name in rules) for name in names}
        over = [name for name in names if counts[name] / paired > bound]
        together = sum(count for _, count in explained)
        if not over and together / paired > bound:
            yield column.new, tuple(names), together / paired, bound
        for name in over:
            yield column.new, (name,), counts[name] / paired, bound


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
    parts += [
        f"{read:,} rows of the {side} system added up to {held:,}"
        for side, read, held in _added_up(comparison, rows)
    ]
    if rows.merged or rows.rejected:
        parts.append(f"{rows.merged:,} merged and {rows.rejected:,} rejected by the migration")
    if found.count("accepted:"):
        parts.append(f"{found.count('accepted:'):,} accepted")
    return "; ".join([*parts, *_other(comparison, found, "en")])


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
    parts += [
        f"{'旧' if side == 'old' else '新'}系统 {read:,} 行按键值汇总为 {held:,} 行"
        for side, read, held in _added_up(comparison, rows)
    ]
    if rows.merged or rows.rejected:
        parts.append(f"迁移合并 {rows.merged:,} 行、拒绝 {rows.rejected:,} 行")
    if found.count("accepted:"):
        parts.append(f"已接受差异 {found.count('accepted:'):,} 处")
    return "；".join([*parts, *_other(comparison, found, "zh")])


def _added_up(comparison: Comparison, rows: Conservation) -> Iterator[tuple[str, int, int]]:
    """Yield each side whose rows were added up, how many were read and how many compared."""
    counts = {"old": (rows.old_read, rows.old_rows), "new": (rows.new_read, rows.new_rows)}
    yield from ((side, *counts[side]) for side in comparison.summed)


def _other(comparison: Comparison, found: Findings, language: str) -> list[str]:
    """Return failures the counts of rows have not told yet."""
    return [
        item.told(language)
        for item in checks(comparison, found)
        if item.failed and not item.in_sentence
    ]


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
