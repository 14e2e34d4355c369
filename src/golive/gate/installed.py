"""Criteria on what is installed: the build that was tested, and nodes that are alike; pure."""

from __future__ import annotations

from collections.abc import Iterator

from golive.gate.assessment import Finding, Item, Lane
from golive.gate.criteria import CriterionState
from golive.gate.facts import TargetState
from golive.gate.standing import Case
from golive.gate.words import Text, text

__all__ = ["installed"]

C = CriterionState


def installed(case: Case) -> Iterator[Finding]:
    """Yield whether the tested build is the one there is, and whether all nodes are the same."""
    yield _builds(case)
    yield _sites(case)


def _builds(case: Case) -> Finding:
    tested = [
        (item, name, build)
        for result in case.facts.results
        for item in case.items
        if item.id == result.item and item.run == result.run and item.lane is not Lane.DUAL_RUN
        for name, build in result.builds.items()
    ]
    bad: list[Item] = []
    silent: list[str] = []
    for item, name, build in tested:
        now = case.facts.targets.get(name)
        if not build or now is None or now.problem or not now.build:
            silent.append(name)
        elif now.build != build:
            bad.append(item)
    state, found = C.MET, _builds_said(case, tuple(dict.fromkeys(n for _, n, _ in tested)))
    if bad:
        state = C.STALE
        count = len(dict.fromkeys(item.id for item in bad))
        found = text(
            f"{count} results are of an earlier build: {found.en}",
            f"{count} 项结果来自旧版本：{found.zh}",
        )
    elif silent or not tested:
        state = C.NO_EVIDENCE
        found = _silent(case, dict.fromkeys(silent))
    return case.finding(
        "build",
        ("Was the build tested that will go live?", "测试的版本是否就是将上线的版本？"),
        ("every result is of the build the target reports now", "所有结果均来自目标系统当前版本"),
        ("a target was rebuilt after a test", "测试之后目标系统又重新构建"),
        (found.en, found.zh), state, items=list(dict.fromkeys(bad)),
    )  # fmt: skip


def _silent(case: Case, names: dict[str, None]) -> Text:
    if not names:
        return text("no result names a build", "没有任何结果注明版本")
    said = [case.facts.targets.get(name, TargetState(name=name)) for name in names]
    reasons = [
        item.problem or text(f"'{item.name}' reports no build", f"“{item.name}”未报告版本")
        for item in said
    ]
    return text("; ".join(r.en for r in reasons), "；".join(r.zh for r in reasons))


def _builds_said(case: Case, names: tuple[str, ...]) -> Text:
    now = [case.facts.targets[name] for name in names if name in case.facts.targets]
    return text(
        ", ".join(f"'{item.name}' is build {item.build}" for item in now),
        "，".join(f"“{item.name}”版本 {item.build}" for item in now),
    )


def _sites(case: Case) -> Finding:
    sites = case.facts.lock.sites
    nodes = [name for names in sites.values() for name in names]
    problems = [
        problem for system, names in sites.items() for problem in _unequal(case, system, names)
    ]
    silent = [
        case.facts.targets[name].problem
        for name in nodes
        if name in case.facts.targets and case.facts.targets[name].problem
    ]
    silent += [
        text(f"node '{name}' was not asked", f"节点“{name}”未被询问")
        for name in nodes
        if name not in case.facts.targets
    ]
    state = C.NOT_MET if problems else C.NO_EVIDENCE if silent else C.MET
    said = problems or silent
    found = (
        text("; ".join(one.en for one in said), "；".join(one.zh for one in said))
        if said
        else text(
            f"{len(nodes)} nodes of {len(sites)} systems are alike"
            if nodes
            else "no system has a second node",
            f"{len(sites)} 个系统的 {len(nodes)} 个节点一致" if nodes else "没有多节点系统",
        )
    )
    return case.finding(
        "sites",
        ("Are all sites alike?", "各站点是否一致？"),
        ("every node has the same build and configuration", "各节点版本与配置相同"),
        ("a node differs or does not answer", "有节点不同或无应答"),
        (found.en, found.zh), state, counts=(len(nodes) - len(silent), len(nodes)),
    )  # fmt: skip


def _unequal(case: Case, system: str, names: tuple[str, ...]) -> Iterator[Text]:
    """Yield how each node differs from the first one that answers, key by key."""
    nodes = [case.facts.targets[name] for name in names if name in case.facts.targets]
    answered = [node for node in nodes if not node.problem]
    for node in answered[1:]:
        first = answered[0]
        if node.build != first.build:
            yield text(
                f"{system}: build is '{first.build}' at {first.name} and '{node.build}' at "
                f"{node.name}",
                f"{system}：版本在 {first.name} 为“{first.build}”，在 {node.name} 为“{node.build}”",
            )
        differing = [
            key
            for key in dict.fromkeys((*first.settings, *node.settings))
            if first.settings.get(key) != node.settings.get(key)
        ]
        for key in differing:
            one, other = (_value(item, key) for item in (first, node))
            yield text(
                f"{system}: {key} is {one.en} at {first.name} and {other.en} at {node.name}",
                f"{system}：{key} 在 {first.name} 为{one.zh}，在 {node.name} 为{other.zh}",
            )
        if not differing and node.configuration != first.configuration:
            yield text(
                f"{system}: {first.name} and {node.name} differ in a setting nobody may read",
                f"{system}：{first.name} 与 {node.name} 有不可读取的配置项不同",
            )


def _value(node: TargetState, key: str) -> Text:
    if key not in node.settings:
        return text("not set", "未设置")
    return text(f"'{node.settings[key]}'", f"“{node.settings[key]}”")
