"""Ten thousand random plans: every schedule keeps its promises, every drawn night is the loop's.

Part of ``make prove``. Writes its dated figures to ``docs/proof/many-plans.json``.
"""

from __future__ import annotations

import json
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from random import Random

import numpy as np
import pytest
from tests.prove.conftest import ROOT
from tests.runbook.drawn import by_loop
from tests.runbook.test_schedule import check, random_plan

from golive.runbook.draws import run_forward
from golive.runbook.network import network_of
from golive.runbook.schedule import schedule

PLANS = 10_000
DRAWS = 5


def try_plan(seed: int) -> int:
    """Check one plan at both paces, and a few drawn nights of it; return how many tasks it has."""
    plan = random_plan(Random(seed))
    for pace in ("likely", "worst"):
        check(plan, schedule(plan, pace=pace))
    network, made = network_of(plan), schedule(plan)
    rank = {name: place for place, name in enumerate(made.order)}
    slots = sorted(made.slots, key=lambda slot: (slot.start, rank[slot.task]))
    names = [node.task for node in network.nodes]
    order = [names.index(slot.task) for slot in slots]
    draws = np.round(np.random.default_rng(seed).uniform(0, 2400, (len(names), DRAWS)))
    starts, finishes, _ = run_forward(network, order, draws)
    for column in range(DRAWS):
        expected = by_loop(network, order, [int(each) for each in draws[:, column]])
        assert [(int(starts[i, column]), int(finishes[i, column])) for i in order] == expected
    return len(names)


@pytest.mark.prove
def test_ten_thousand_plans() -> None:
    tasks = sum(try_plan(seed) for seed in range(PLANS))
    proof = {
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "numpy": version("numpy"),
        "claim": "every schedule keeps links, times, locks, people, shifts; draws as the loop",
        "plans": PLANS, "tasks": tasks, "drawn nights": PLANS * DRAWS,
    }  # fmt: skip
    path = ROOT / "docs" / "proof" / "many-plans.json"
    path.write_text(json.dumps(proof, indent=1) + "\n", encoding="utf-8")
