"""A release that is GO, small enough to read, and ways to spoil it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from golive.compare.cycles import standing
from golive.compare.definition import Cycles
from golive.gate.assessment import ItemState, Lane
from golive.gate.facts import Facts, Result, RunFact, RunKind, RunStanding, TargetState
from golive.gate.lock import (
    Lock,
    LockedComparison,
    LockedProfile,
    LockedRehearsal,
    LockedScenario,
)
from golive.gate.policy import Policy
from golive.gate.words import text
from golive.run.dual_runs import cycle_run, dual_run_fact

START = datetime(2026, 12, 5, 12, tzinfo=UTC)
NOW = START - timedelta(days=1)
REHEARSED = START - timedelta(days=6)
PLAN, STEPS = "p" * 64, "s" * 64
REHEARSAL, PROFILE = "rehearsals/dress.yaml", "load/profiles.yaml::peak"
OBJECTIVES = ("error_ratio <= 0", "p95_ms <= 2000")
NAMES = ("Approve", "至少一件", "Refuse", "Enter")
TAGS = ((), ("边界", "S1"), ("异常", "S3"), ("edge", "error", "S2"))


def scenario(number: int) -> LockedScenario:
    tags = TAGS[number]
    severity = next((tag for tag in tags if tag.startswith("S")), "S2")
    return LockedScenario(
        id=f"features/sales/orders.feature::{NAMES[number]}", title=NAMES[number],
        process="sales", file="features/sales/orders.feature", line=10 * number + 3,
        sha256="f" * 64, tags=tags, requirements=("REQ-1",), severity=severity,
    )  # fmt: skip


def lock(**changes: object) -> Lock:
    whole = Lock(
        release="wave-1", number=1, frozen_at=(NOW - timedelta(days=12)).isoformat(),
        frozen_by="ana", golive="0.1.0", environment="live", environment_kind="live",
        sites={"new": ("new", "new_b")}, runbook="cutover_playbooks/runbook.yaml", system="East",
        window=("2026-12-05T20:00:00+08:00", "2026-12-06T08:00:00+08:00"),
        fingerprint=PLAN, steps_sha256=STEPS, scenarios=tuple(map(scenario, range(4))),
        profiles=(
            LockedProfile(
                name="peak", title="peak", target="new", sha256="l" * 64, objectives=OBJECTIVES,
                level=1.5, seconds=1200,
            ),
        ),
        rehearsals=(
            LockedRehearsal(
                path=REHEARSAL, title="Dress", runbook="cutover_playbooks/runbook.yaml",
                fingerprint=PLAN, sha256="r" * 64, drills=("DRILL",), rollback=True,
            ),
        ),
        comparisons=(LockedComparison(path="c/orders.yaml", title="orders", sha256="c" * 64),),
        policy=Policy(),
    )  # fmt: skip
    return replace(whole, **changes)  # type: ignore[arg-type]


def run(name: str, kind: RunKind, opened: datetime, **changes: object) -> RunFact:
    fact = RunFact(
        run=name, kind=kind, standing=RunStanding.COUNTS, opened=opened,
        closed=opened + timedelta(hours=1), t0=opened, fingerprint=PLAN, exit=0, what=kind.value,
        assurance={"pin": 3},
    )  # fmt: skip
    return replace(fact, **changes)  # type: ignore[arg-type]


def result(item: str, lane: Lane, of: RunFact, digest: str, **changes: object) -> Result:
    found = Result(
        item=item, lane=lane, run=of.run, at=of.closed or of.opened, state=ItemState.PASSED,
        digest=digest, builds={"new": "b1"}, sites={"new": "east"},
    )  # fmt: skip
    return replace(found, **changes)  # type: ignore[arg-type]


def target(name: str, **changes: object) -> TargetState:
    found = TargetState(
        name=name, url=f"http://{name}", build="b1", site="east", configuration="c1",
        settings={"approval_limit": "10000"},
    )  # fmt: skip
    return replace(found, **changes)  # type: ignore[arg-type]


def go(**changes: object) -> Facts:
    """Return the facts of a release that is GO."""
    agreed = lock()
    uat = run("r1-uat", RunKind.UAT, NOW - timedelta(days=3))
    load = run("r2-load", RunKind.LOAD, NOW - timedelta(days=3))
    first = run(
        "r3-rehearsal", RunKind.REHEARSAL, REHEARSED - timedelta(days=4), restored=True,
        forward_seconds=3600.0, back_seconds=900.0,
    )  # fmt: skip
    last = replace(first, run="r4-rehearsal", opened=REHEARSED,
                   closed=REHEARSED + timedelta(hours=1))  # fmt: skip
    results = [result(one.id, Lane.UAT, uat, "f" * 64) for one in agreed.scenarios]
    results += [result(f"{PROFILE}::{one}", Lane.LOAD, load, "l" * 64) for one in OBJECTIVES]
    results += [
        result(f"{REHEARSAL}{part}", Lane.REHEARSAL, one, "r" * 64, builds={}, sites={})
        for one in (first, last)
        for part in ("", "::rollback", "::DRILL")
    ]
    facts = Facts(
        at=NOW, lock=agreed, lock_sha256="a" * 64, runs=(uat, load, first, last),
        results=tuple(results), targets={name: target(name) for name in ("new", "new_b")},
        texts={
            **{one.id: one.sha256 for one in agreed.scenarios}, "steps": STEPS, PROFILE: "l" * 64,
            REHEARSAL: "r" * 64, "c/orders.yaml": "c" * 64, "plan": PLAN, "policy": "same",
        },
        ledger_seq=9, ledger_hash="e" * 64,
    )  # fmt: skip
    return replace(facts, **changes)  # type: ignore[arg-type]


#: The Monday after the night: the first business day of the dual run.
MONDAY = date(2026, 12, 7)


def dual_run(
    facts: Facts, states: Sequence[ItemState | None], basis: str = "", **calendar: object
) -> Facts:
    """Return the facts after business days that came out so, None: nobody compared.

    ``basis`` has a letter for each day. How it stands is counted by golive's own rule.
    """
    runs, results = [], []
    for number, state in enumerate(states):
        if state is None:
            continue
        day = MONDAY + timedelta(days=number + number // 5 * 2)
        at = datetime.combine(day, time(20), UTC)
        one = run(f"r6-{day}", RunKind.COMPARE, at)
        runs.append(one)
        results.append(
            result(
                f"c/orders.yaml@{day}", Lane.DUAL_RUN, one, "c" * 64, state=state, builds={},
                sites={}, cycle=day.isoformat(), basis=basis[number : number + 1],
            )
        )  # fmt: skip
    last = MONDAY + timedelta(days=len(states) - 1)
    stands = standing(Cycles(**calendar), map(cycle_run, results), today=last + timedelta(days=1))  # type: ignore[arg-type]
    return replace(
        facts, runs=(*facts.runs, *runs), results=(*facts.results, *results),
        dual_runs={"c/orders.yaml": dual_run_fact(stands)},
    )  # fmt: skip


def of_lane(facts: Facts, lane: Lane) -> list[Result]:
    return [one for one in facts.results if one.lane is lane]


def change_results(
    facts: Facts, lane: Lane, change: Callable[[Result], Result | None], *, first: bool = False
) -> Facts:
    """Return the facts with each result of a lane (or only the first) changed, or taken away."""
    found: list[Result] = []
    done = False
    for one in facts.results:
        if one.lane is not lane or (first and done):
            found.append(one)
            continue
        done = True
        changed = change(one)
        if changed is not None:
            found.append(changed)
    return replace(facts, results=tuple(found))


def change_runs(facts: Facts, lane: Lane, change: Callable[[RunFact], RunFact | None]) -> Facts:
    """Return the facts with the runs a lane's results come from changed, or taken away."""
    names = {one.run for one in of_lane(facts, lane)}
    changed = [(change(one) if one.run in names else one) for one in facts.runs]
    return replace(facts, runs=tuple(one for one in changed if one is not None))


def _become(state: ItemState) -> Callable[[Facts, Lane], Facts]:
    def spoil(facts: Facts, lane: Lane) -> Facts:
        why = text("because of the test", "测试所致")
        return change_results(facts, lane, lambda one: replace(one, state=state, reason=why))

    return spoil


def _standing(standing: RunStanding) -> Callable[[Facts, Lane], Facts]:
    def spoil(facts: Facts, lane: Lane) -> Facts:
        why = text("because of the test", "测试所致")
        return change_runs(facts, lane, lambda one: replace(one, standing=standing, problem=why))

    return spoil


def _killed(facts: Facts, lane: Lane) -> Facts:
    facts = change_runs(facts, lane, lambda one: replace(one, closed=None, exit=None))
    return change_results(facts, lane, lambda one: replace(one, state=ItemState.BROKEN))


def _filtered(facts: Facts, lane: Lane) -> Facts:
    """Take one item's results away, as if it had never been selected."""
    found = of_lane(facts, lane)
    name = found[0].item if found else ""
    return change_results(facts, lane, lambda one: None if one.item == name else one)


#: What may be done to a lane's evidence, and must never leave a GO.
SABOTAGE: dict[str, Callable[[Facts, Lane], Facts]] = {
    "killed": _killed,
    "emptied": lambda facts, lane: change_results(facts, lane, lambda _: None),
    "gone": lambda facts, lane: change_runs(facts, lane, lambda _: None),
    "truncated": _standing(RunStanding.DAMAGED),
    "foreign": _standing(RunStanding.FOREIGN),
    "before the lock": _standing(RunStanding.BEFORE),
    "elsewhere": _standing(RunStanding.ELSEWHERE),
    "duplicated": _become(ItemState.DUPLICATE),
    "corrupt": _become(ItemState.CORRUPT),
    "failed": _become(ItemState.FAILED),
    "broken": _become(ItemState.BROKEN),
    "skipped": _become(ItemState.NOT_RUN),
    "filtered": _filtered,
    "another text": lambda facts, lane: change_results(
        facts, lane, lambda one: replace(one, digest="0" * 64)
    ),
    "too old": lambda facts, lane: replace(
        change_results(facts, lane, lambda one: replace(one, at=START - timedelta(days=40))),
        runs=tuple(
            replace(one, closed=START - timedelta(days=40), opened=START - timedelta(days=41))
            for one in facts.runs
        ),
    ),
}
