"""Which of the collected scenarios run here, and in which order."""

# ruff: noqa: PLC0415 - imports wait for the first feature

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from golive.uat.plugin.items import ScenarioItem
from golive.uat.plugin.run import Run

__all__ = ["choose"]


def choose(
    run: Run, config: pytest.Config, items: list[pytest.Item], every: Sequence[pytest.Item]
) -> None:
    """Keep what lines, ``--select`` and ``--shard`` take; bring chains into their order.

    ``every`` is what was collected: with a member of a chain, those before it are kept, for it
    goes on where they ended. Raise SpecError when the selection or the shard is none.
    """
    if config.option.stale:
        _keep_stale(config, items)
    if run.lines:
        _keep(config, items, lambda item: run.asked_for(item.path, item.case))
    if expression := config.option.select:
        from golive.uat.behave.selecting import Selection

        selection = Selection(expression, run.language)
        _keep(config, items, lambda item: selection.takes(item.case))
    _add_earlier(items, every)
    _order(items)
    if config.option.shard:
        _take_shard(run, config, items)


def _keep_stale(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep what whoever keeps the journal found stale."""
    names = frozenset(config.option.only)
    _keep(config, items, lambda item: item.case.id in names)


def _keep(
    config: pytest.Config, items: list[pytest.Item], takes: Callable[[ScenarioItem], bool]
) -> None:
    left = {item for item in items if isinstance(item, ScenarioItem) and not takes(item)}
    if left:
        config.hook.pytest_deselected(items=[item for item in items if item in left])
        items[:] = [item for item in items if item not in left]


def _add_earlier(items: list[pytest.Item], every: Sequence[pytest.Item]) -> None:
    last: dict[str, int] = {}
    for item in items:
        if isinstance(item, ScenarioItem) and item.case.chain:
            last[item.case.chain] = max(last.get(item.case.chain, 0), item.place)
    kept = set(items)
    items += [
        item
        for item in every
        if isinstance(item, ScenarioItem) and item not in kept
        if item.place < last.get(item.case.chain, 0)
    ]


def _order(items: list[pytest.Item]) -> None:
    if any(isinstance(item, ScenarioItem) and item.case.chain for item in items):
        from golive.uat.chains import in_chain_order

        def key(item: pytest.Item) -> tuple[str, int]:
            return (item.case.chain, item.place) if isinstance(item, ScenarioItem) else ("", 0)

        items[:] = in_chain_order(items, key)


def _take_shard(run: Run, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep one part of the scenarios, and all other tests in the first part."""
    from golive.uat.chains import units
    from golive.uat.sharding import divide, fingerprint, parse_shard, read_timings

    shard = parse_shard(config.option.shard)
    scenarios = [item for item in items if isinstance(item, ScenarioItem)]
    seconds = read_timings(run.timings)
    together = units([(item.nodeid, item.case.chain) for item in scenarios])
    mine = set(divide(together, seconds, shard.of)[shard.index - 1])
    division = fingerprint(together, seconds, shard)
    run.recording.shard = {
        "index": str(shard.index), "of": str(shard.of), "division": division,
    }  # fmt: skip
    others = [item for item in items if not isinstance(item, ScenarioItem)]
    left = [item for item in scenarios if item.nodeid not in mine]
    left_others = others if shard.index > 1 else []
    if left or left_others:
        config.hook.pytest_deselected(items=[*left, *left_others])
        gone = {*left, *left_others}
        items[:] = [item for item in items if item not in gone]
