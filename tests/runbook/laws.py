"""What holds on every night, as laws of one random night: for hundreds in tests, 10,000 in proofs.

Each law fails by itself and returns whether this night said anything about it: a law whose premise
never held would prove nothing.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from random import Random

from tests.runbook.plans import luck, plan_of, tasks
from tests.runbook.simulator import Choices, Night

from golive.run.state import fold
from golive.runbook.planning import plan_from_json, plan_to_json
from golive.runbook.safe_abort import latest_safe_abort

__all__ = ["night", "prefixes_fold", "rollback_in_order", "safe_aborts_are_back"]


def night(rng: Random, *, irreversible: bool = True, **keys: object) -> Night:
    """Return a random night that is aborted somewhere."""
    plan = plan_of(tasks(rng, rng.randint(1, 10), irreversible=irreversible))
    return Night(plan, Choices(luck(rng)), abort_after=rng.randint(3, 28), **keys)


def rollback_in_order(rng: Random) -> bool:
    """No undo before a dependant's, each effect taken back once; the night checks every record."""
    found = night(rng, irreversible=False)
    state = found.run()
    kinds = {record.type for record in found.records}
    if "run.aborting" not in kinds:
        return False
    assert state.closed
    assert "run.rolled_back" in kinds
    found.check_way_back_complete()
    return bool(state.progress.rollback)


def prefixes_fold(rng: Random) -> bool:
    """A journal cut anywhere folds, and goes on to the same state."""
    found = night(rng)
    found.run()
    plan, records = plan_from_json(plan_to_json(found.plan)), found.records
    assert plan == found.plan
    assert fold(plan, records) == found.state
    cut = rng.randrange(len(records))
    assert fold(plan, records[cut:], fold(plan, records[:cut])) == found.state
    return cut > 0


def safe_aborts_are_back(rng: Random) -> bool:
    """Whenever the latest safe abort says yes, the replay is back before the window ends."""
    made = plan_of(tasks(rng, rng.randint(1, 10), irreversible=False))
    window = replace(made.runbook.window, end="2026-12-05T21:10:00+08:00", decision="PT2M",
                     stop="PT9M")  # fmt: skip
    made = replace(made, runbook=replace(made.runbook, window=window))
    found = Night(made, Choices(luck(rng)), abort_after=rng.randint(3, 28), undo_fails=False)
    safe: list[bool] = []
    abort = found.abort

    def judged() -> bool:
        safe.append(latest_safe_abort(made, found.state.progress, found.now).safe)
        return abort()

    found.abort = judged  # type: ignore[method-assign]
    found.run()
    verbs = {str(record.data.get("verb")) for record in found.records}
    ended = next((r for r in found.records if r.type == "run.rolled_back"), None)
    if not (safe and safe[0]) or ended is None or "open-undo" in verbs:
        return False
    assert ended.at <= datetime(2026, 12, 5, 13, 10, tzinfo=UTC)
    return True
