"""Close the world: one item for each thing the lock expects, and one for each it does not; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from golive.gate.assessment import Item, ItemState, Lane
from golive.gate.facts import DualRun, Facts, Result, RunFact, RunKind, RunStanding
from golive.gate.words import NOTHING_SAID, Text, plain, text
from golive.record.canonical import canonical, sha256_hex

__all__ = [
    "Expected",
    "close_world",
    "dual_run_due",
    "dual_run_of",
    "expected_items",
    "failure_digest",
    "in_order",
]

S = ItemState
_KINDS = {
    Lane.UAT: RunKind.UAT,
    Lane.LOAD: RunKind.LOAD,
    Lane.REHEARSAL: RunKind.REHEARSAL,
    Lane.DUAL_RUN: RunKind.COMPARE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """One thing the lock expects a result of."""

    id: str
    lane: Lane
    title: str
    group: str
    #: Where it is written, for sentences.
    place: str
    #: Digest the result must have been run with.
    digest: str
    #: Key of ``Facts.texts`` that tells its digest now.
    written: str
    severity: str = ""
    quarantined: bool = False


def dual_run_due(facts: Facts) -> bool:
    """Tell whether the dual run's cycles are owed yet."""
    if facts.lock.policy.dual_run == "before":
        return True
    return facts.cutover is not None and facts.cutover.closed is not None


def expected_items(facts: Facts) -> Iterator[Expected]:
    """Yield everything that must have a result, lane by lane."""
    lock = facts.lock
    for scenario in lock.scenarios:
        yield Expected(
            id=scenario.id, lane=Lane.UAT, title=scenario.title, group=scenario.process,
            place=f"{scenario.file}:{scenario.line}", digest=scenario.sha256,
            written=scenario.id, severity=scenario.severity,
            quarantined=scenario.quarantined,
        )  # fmt: skip
    for profile in lock.profiles:
        for objective in profile.objectives:
            yield Expected(
                id=profile.item(objective), lane=Lane.LOAD,
                title=objective, group=profile.title or profile.name,
                place="load/profiles.yaml", digest=profile.sha256,
                written=f"load/profiles.yaml::{profile.name}",
            )  # fmt: skip
    for rehearsal in lock.rehearsals:
        parts = [rehearsal.path, *(f"{rehearsal.path}::{drill}" for drill in rehearsal.drills)]
        parts += [f"{rehearsal.path}::rollback"] if rehearsal.rollback else []
        for part in parts:
            yield Expected(
                id=part, lane=Lane.REHEARSAL, group=rehearsal.title,
                title=part.partition("::")[2] or rehearsal.title, place=rehearsal.path,
                digest=rehearsal.sha256, written=rehearsal.path,
            )  # fmt: skip
    if dual_run_due(facts):
        yield from _cycles(facts)


def _cycles(facts: Facts) -> Iterator[Expected]:
    """Yield the last business days that must be clean, day by day, each comparison's own."""
    comparisons = facts.lock.comparisons
    due = {one.path: _due(dual_run_of(facts, one.path)) for one in comparisons}
    days = {day for found in due.values() for day in found}
    # Days still missing have no date yet: they come last.
    for day in sorted(days, key=lambda name: ("/" in name, len(name), name)):
        for comparison in comparisons:
            if day in due[comparison.path]:
                yield Expected(
                    id=f"{comparison.path}@{day}", lane=Lane.DUAL_RUN, title=comparison.title,
                    group=day, place=comparison.path, digest=comparison.sha256,
                    written=comparison.path,
                )  # fmt: skip


def dual_run_of(facts: Facts, comparison: str) -> DualRun:
    """Return how the dual run of a locked comparison stands; of an unknown one: nothing is done."""
    none = text("no business day was compared", "尚未核对任何营业日")
    unknown = DualRun(required=facts.lock.policy.dual_run_cycles, sentence=none)
    return facts.dual_runs.get(comparison, unknown)


def _due(found: DualRun) -> list[str]:
    """Return the days of the streak that is asked for, the special ones, and those missing yet."""
    days = list(found.days[-found.required :])
    missing = range(len(days) + 1, found.required + 1)
    special = [day for day in found.special_missing if day not in days]
    return [*days, *special, *(f"{number} / {found.required}" for number in missing)]


def in_order(facts: Facts, results: Sequence[Result]) -> list[Result]:
    """Return the results of runs that count, the oldest run first."""
    opened = {run.run: run.opened for run in facts.counting}
    return sorted(
        (item for item in results if item.run in opened),
        key=lambda item: (opened[item.run], item.run, item.at),
    )


def close_world(facts: Facts, language: str) -> tuple[Item, ...]:
    """Return an item for each thing expected, then one for each result nobody expected."""
    by_item: dict[str, list[Result]] = {}
    for result in facts.results:
        by_item.setdefault(result.item, []).append(result)
    expected = list(expected_items(facts))
    items = [_item(facts, one, by_item.get(one.id, []), language) for one in expected]
    known = {one.id for one in expected}
    strangers = [
        _unplanned(found, language)
        for name, results in by_item.items()
        if name not in known
        for found in in_order(facts, results)[-1:]
        # A comparison nobody asked for, or of a cycle before those that count, does no harm.
        if found.lane is not Lane.DUAL_RUN
    ]
    return (*items, *strangers)


def _item(facts: Facts, one: Expected, results: Sequence[Result], language: str) -> Item:
    counted = in_order(facts, results)
    state, reason, run = S.NOT_RUN, NOTHING_SAID, ""
    last = counted[-1] if counted else None
    if last is not None:
        state, reason, run = last.state, last.reason, last.run
        # What failed stays failed; only a pass can have been outlived by what it speaks of.
        stale = _stale(facts, one, last) if state is S.PASSED else NOTHING_SAID
        state, reason = (S.STALE, stale) if stale else (state, reason)
    else:
        state, reason = _nothing(facts, one, results)
    failed = _failed_before(counted, last) if last is not None and state is S.PASSED else ()
    if one.quarantined:
        was = f"{state}: {reason.en}" if reason else str(state)
        was_zh = f"{state}：{reason.zh}" if reason else str(state)
        reason = text(f"in quarantine, does not count; {was}", f"已隔离，不计入结论；{was_zh}")
        state = S.QUARANTINED
    return Item(
        id=one.id, lane=one.lane, title=one.title, group=one.group, state=state,
        reason=_placed(one.place, reason).into(language) if reason else "", run=run,
        retries=last.retries if last is not None else 0, failed_before=failed,
        severity=one.severity,
        failure="" if state is S.PASSED else failure_digest(one.id, state, reason),
        outcome=last.outcome if last is not None else None,
    )  # fmt: skip


def _placed(place: str, reason: Text) -> Text:
    """Put the place before a reason that does not name it itself."""
    return Text(
        en=reason.en if place in reason.en else f"{place}: {reason.en}",
        zh=reason.zh if place in reason.zh else f"{place}: {reason.zh}",
    )


def failure_digest(item: str, state: ItemState, reason: Text) -> str:
    """Return what a waiver is bound to: the item, how it stands and why, in either language."""
    return sha256_hex(canonical({"item": item, "state": state.value, "reason": reason.en}))


def _failed_before(counted: Sequence[Result], last: Result) -> tuple[str, ...]:
    """Return the earlier runs that failed with the same text on the same builds."""
    return tuple(
        item.run
        for item in counted[:-1]
        if item.state is S.FAILED and item.digest == last.digest and item.builds == last.builds
    )


def _nothing(facts: Facts, one: Expected, results: Sequence[Result]) -> tuple[ItemState, Text]:
    """Tell why an item has no result that counts."""
    runs = {run.run: run for run in facts.runs}
    other = [runs[item.run] for item in results if item.run in runs]
    for standing, state in (
        (RunStanding.DAMAGED, S.CORRUPT),
        (RunStanding.FOREIGN, S.FOREIGN),
        (RunStanding.BEFORE, S.STALE),
    ):
        found = [run for run in other if run.standing is standing]
        if found:
            last = found[-1]
            return state, text(
                f"its only result, of run {last.run}, does not count: {last.problem.en}",
                f"唯一的结果来自运行 {last.run}，不能采信：{last.problem.zh}",
            )
    return S.NOT_RUN, _never(facts, one)


def _never(facts: Facts, one: Expected) -> Text:
    """Say that no run took it, and what the last run of its lane did instead."""
    if one.lane is Lane.DUAL_RUN:
        return _no_day(dual_run_of(facts, one.place), one.group)
    last: RunFact | None = None
    for run in facts.counting:
        if run.kind is _KINDS[one.lane]:
            last = run
    if last is None:
        return text("was never run", "从未执行")
    taken = sum(item.run == last.run for item in facts.results)
    asked = f" ({last.what})" if last.what else ""
    if last.closed is None:
        return text(
            f"was not run: run {last.run}{asked} never came to its end",
            f"未执行：运行 {last.run}{asked} 没有结束",
        )
    return text(
        f"was not run: the last run, {last.run}{asked}, took {taken} and not this",
        f"未执行：最近一次运行 {last.run}{asked} 选中 {taken} 项，不含本项",
    )


def _no_day(found: DualRun, day: str) -> Text:
    """Say why a day of the dual run has no result."""
    if day in found.missed:
        return text("a business day nobody compared", "该营业日没有核对")
    if day in found.special_missing:
        return text(
            "a day that must be clean whatever the streak", "特殊日，无论连续天数多少都须无差异"
        )
    return text("was never run", "从未执行")


def _stale(facts: Facts, one: Expected, result: Result) -> Text:
    """Tell what has changed since a result, nothing when it still speaks of what there is."""
    if result.digest and result.digest != one.digest:
        return text(
            f"run {result.run} ran another text than the lock's",
            f"运行 {result.run} 所用文本与发布基线不一致",
        )
    if facts.texts.get(one.written) != one.digest:
        gone = one.written not in facts.texts
        return text(
            f"is {'gone' if gone else 'changed'} since the lock was frozen",
            "冻结基线之后已被删除" if gone else "冻结基线之后已被修改",
        )
    if one.lane is Lane.UAT and facts.texts.get("steps") != facts.lock.steps_sha256:
        return text(
            "the phrases, fixtures or hooks it uses changed since the lock"
            " (steps/, conftest.py, environment.py)",
            "所用句式、夹具或钩子（steps/、conftest.py、environment.py）在冻结基线之后有改动",
        )
    rebuilt = () if one.lane is Lane.DUAL_RUN else tuple(_rebuilt(facts, result))
    if rebuilt:
        return rebuilt[0]
    age = facts.t0 - result.at
    if one.lane is not Lane.DUAL_RUN and age > timedelta(days=facts.lock.policy.evidence_age):
        return text(
            f"its result is {age.days} days old at T0, more than "
            f"{facts.lock.policy.evidence_age:g}",
            f"结果距 T0 已有 {age.days} 天，超过 {facts.lock.policy.evidence_age:g} 天",
        )
    return NOTHING_SAID


def _rebuilt(facts: Facts, result: Result) -> Iterator[Text]:
    """Yield each target that is another build or site now than the one that was tested."""
    for name, build in result.builds.items():
        now = facts.targets.get(name)
        if now is None or now.problem or not now.build:
            continue  # the criterion on builds says that nobody can tell
        if build and now.build != build:
            yield text(
                f"ran on build {build} of '{name}', which is rebuilt since: {now.url}/version "
                f"says {now.build}",
                f"测试时“{name}”的版本为 {build}，之后已重新构建：{now.url}/version 现为 "
                f"{now.build}",
            )
        site = result.sites.get(name, "")
        if site and now.site and now.site != site:
            yield text(
                f"ran at site '{site}' of '{name}', which is '{now.site}' now",
                f"测试时“{name}”位于站点“{site}”，现为“{now.site}”",
            )
        data = result.data.get(name, "")
        if data and now.data and now.data != data:
            yield text(
                f"ran on data cut {data} of '{name}', which holds {now.data} now",
                f"测试时“{name}”的数据批次为 {data}，现为 {now.data}",
            )


def _unplanned(result: Result, language: str) -> Item:
    reason = text(
        f"{result.item}: run {result.run} has a result of it, and the lock does not expect it",
        f"{result.item}：运行 {result.run} 有其结果，但不在发布基线之内",
    )
    if result.state is not S.PASSED and result.reason:
        said = plain(result.reason.into(language))
        reason = replace(reason, en=f"{reason.en}; {said.en}", zh=f"{reason.zh}；{said.zh}")
    return Item(
        id=result.item, lane=result.lane, title=result.title or result.item, group=result.group,
        state=S.UNPLANNED, reason=reason.into(language), run=result.run, retries=result.retries,
        failure=failure_digest(result.item, S.UNPLANNED, reason), outcome=result.outcome,
    )  # fmt: skip
