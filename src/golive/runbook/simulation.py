"""The night drawn ten thousand times: when it ends, and how often it could still be turned back.

Serial scheduling in the plan's order, each time drawn anew (Monte Carlo); pure, seeded. Times are
drawn independently and nothing fails: the odds are those of time, not of quality.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from golive.runbook.abort_times import abort_times
from golive.runbook.definition import Irreversible
from golive.runbook.draws import Floats, Ints, lognormal, run_forward
from golive.runbook.network import Network, network_of
from golive.runbook.planning import Plan
from golive.runbook.retreat import Retreat, draw_times, retreat_of, way_back
from golive.runbook.schedule import schedule

__all__ = ["Finish", "SafeOdds", "Simulation", "simulate"]

#: Draws worked on at once: what fits the processor's cache.
_CHUNK = 2500


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """By when half, four fifths and nineteen of twenty nights reached something; aware UTC."""

    p50: datetime
    p80: datetime
    p95: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SafeOdds:
    """A gate as it opens, or a checkpoint as it is taken: when, and how often still safe."""

    task: str
    kind: str
    reached: Finish
    #: Share of the nights in which an abort there still ends before the reserve.
    safe: float
    #: The way back in seconds: half of the nights, and four fifths, needed no longer.
    way_back_p50: float
    way_back_p80: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """What the draws showed."""

    draws: int
    seed: int
    finish: Finish
    #: Share of the nights live before the window's end; and before its reserve begins.
    in_window: float
    before_reserve: float
    stands: tuple[SafeOdds, ...]
    #: Task -> share of the nights in which the end hung on it; most critical first.
    criticality: Mapping[str, float]
    #: How many tasks' times come from past runs, and how many are estimates.
    measured: int
    estimated: int


def simulate(plan: Plan, *, draws: int = 10_000, seed: int = 1) -> Simulation:
    """Draw the night. The same plan, number and seed give the same answer."""
    network, made = network_of(plan), schedule(plan)
    rank = {name: place for place, name in enumerate(made.order)}
    slots = sorted(made.slots, key=lambda slot: (slot.start, rank[slot.task]))
    names = [node.task for node in network.nodes]
    order = [names.index(slot.task) for slot in slots]
    retreat = retreat_of(plan, [slot.task for slot in slots], network.duty)
    stands = _stands(plan, network)
    night = [index for index, node in enumerate(network.nodes) if not node.afterwards]
    rng = np.random.default_rng(seed)
    parts = [
        _draw(plan, network, order, night or order, stands, retreat, rng, size)
        for size in _sizes(draws)
    ]
    ends = np.concatenate([part.ends for part in parts])
    critical = np.sum([part.critical for part in parts], axis=0) / draws
    by_share = sorted(range(len(names)), key=lambda index: (-critical[index], index))
    return Simulation(
        draws=draws,
        seed=seed,
        finish=_finish(network, ends),
        in_window=float(np.mean(ends <= network.window)),
        before_reserve=float(np.mean(ends <= network.limit)),
        stands=tuple(
            _safe_odds(network, plan, names[index], place, parts)
            for place, index in enumerate(stands)
        ),
        criticality={names[index]: float(critical[index]) for index in by_share},
        measured=sum(node.runs > 0 for node in network.nodes),
        estimated=sum(node.runs == 0 for node in network.nodes),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """Some of the draws: ends, how often each task was critical, and per stand three rows."""

    ends: Floats
    critical: Ints
    reached: tuple[Floats, ...]
    back: tuple[Floats, ...]
    safe: tuple[Floats, ...]


def _sizes(draws: int) -> list[int]:
    return [min(_CHUNK, draws - done) for done in range(0, draws, _CHUNK)]


def _stands(plan: Plan, network: Network) -> list[int]:
    """Return the gates and checkpoints of the night that nothing irreversible comes before."""
    lost = {task.id for task in plan.runbook.tasks if isinstance(task.undo, Irreversible)}
    behind: set[str] = set()
    found = []
    for index in network.order:
        task = plan.runbook.tasks[index]
        if any(name in lost or name in behind for name in task.predecessors):
            behind.add(task.id)
        elif task.kind in {"gate", "checkpoint"} and not network.nodes[index].afterwards:
            found.append(index)
    return found


def _draw(
    plan: Plan,
    network: Network,
    order: list[int],
    night: list[int],
    stands: list[int],
    retreat: Retreat,
    rng: np.random.Generator,
    size: int,
) -> _Part:
    spans = np.stack([lognormal(rng, node.likely, node.spread, size) for node in network.nodes])
    starts, finishes, causes = run_forward(network, order, spans)
    undos, restores = (draw_times(each, rng, size) for each in (retreat.undos, retreat.restores))
    times = abort_times(plan)
    overhead, verify = times.before.total_seconds(), times.verify.total_seconds()
    left_out = np.array([[plan.skips(task)] for task in plan.runbook.tasks])
    reached, back, safe = [], [], []
    for index in stands:
        taken = plan.runbook.tasks[index].kind == "checkpoint"
        at = finishes[index] if taken else starts[index]
        begun = (starts <= at if taken else starts < at) & ~left_out
        length, possible = way_back(
            retreat, begun, (finishes <= at) & ~left_out, undos, restores, at + overhead
        )
        reached.append(at)
        back.append(length)
        ends_at = at + overhead + length + verify
        safe.append((possible & (ends_at <= network.limit)).astype(float))
    ends = finishes[night].max(axis=0)
    last = np.array(night, dtype=np.int32)[finishes[night].argmax(axis=0)]
    return _Part(
        ends=ends, critical=_critical(causes, last), reached=tuple(reached), back=tuple(back),
        safe=tuple(safe),
    )  # fmt: skip


def _critical(causes: Ints, last: Ints) -> Ints:
    """Count how often each task is in the chain that ends with the last one."""
    count, draws = causes.shape
    found, columns = np.zeros(count, dtype=np.int32), np.arange(draws)
    while len(last):
        found += np.bincount(last, minlength=count).astype(np.int32)
        last = causes[last, columns]
        columns, last = columns[last >= 0], last[last >= 0]
    return found


def _finish(network: Network, times: Floats) -> Finish:
    p50, p80, p95 = (
        network.begins + timedelta(seconds=round(float(time)))
        for time in np.quantile(times, (0.5, 0.8, 0.95))
    )
    return Finish(p50=p50, p80=p80, p95=p95)


def _safe_odds(network: Network, plan: Plan, name: str, place: int, parts: list[_Part]) -> SafeOdds:
    reached, back, safe = (
        np.concatenate([rows[place] for rows in column])
        for column in (
            [part.reached for part in parts],
            [part.back for part in parts],
            [part.safe for part in parts],
        )
    )
    return SafeOdds(
        task=name,
        kind=plan.task(name).kind,
        reached=_finish(network, reached),
        safe=float(safe.mean()),
        way_back_p50=float(np.quantile(back, 0.5)),
        way_back_p80=float(np.quantile(back, 0.8)),
    )
