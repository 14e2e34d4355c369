"""The controller dies once before every record it would write; the next one goes on from there."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import given, settings
from tests.runbook.plans import luck, plan_of, seeds, tasks
from tests.runbook.simulator import Choices, Night

from golive.project import load_project
from golive.record.actors import system_actor
from golive.run.control import take_control
from golive.run.executor import execute
from golive.run.opening import environment_of, open_run, read_run
from golive.run.state import fold
from golive.runbook.loading import load_rehearsal, load_runbook
from golive.runbook.planning import make_plan


class Crash(BaseException):
    """Nothing catches it, as nothing catches ``kill -9``."""


def test_a_crash_before_each_record_and_every_effect_happens_once(workspace: Any) -> None:
    """One run, as many controllers as records: workers are real, the clock is real."""
    chain = (Path(__file__).parent / "chain.yaml").read_text()
    workspace.runbook(chain, abort_at="B")
    project = load_project(workspace.root, environment="test")
    rehearsal, _ = load_rehearsal(workspace.root, "rehearsals/all.yaml")
    plan = make_plan(
        load_runbook(workspace.root, "runbook.yaml"), mode="rehearsal", abort_at=rehearsal.abort_at
    )
    folder = workspace.root / "reports" / "runs" / "crashed"
    open_run(folder, plan, project.resolve("test"), actor=system_actor())
    died: Counter[str] = Counter()
    met: set[tuple[str, int]] = set()
    while not (state := read_run(folder)).closed:
        with take_control(folder, plan) as controller:

            def die(kind: str, controller: Any = controller) -> None:
                # The head moves with each new controller: what is behind it does not.
                moment = (kind, controller.state.head - died.total())
                if kind != "controller.opened" and moment not in met:
                    met.add(moment)
                    died[kind] += 1
                    raise Crash

            controller.before_append = die
            try:
                execute(controller, project, environment_of(state))
            except Crash:
                continue
    assert set(workspace.effects().values()) == {1}, workspace.effects()
    assert workspace.orders() == ["first"]
    assert workspace.golive("verify").returncode == 0
    journal = [json.loads(line) for line in (folder / "journal.jsonl").read_text().splitlines()]
    written = Counter(item["type"] for item in journal)
    # It died before every kind of record the run wrote.
    assert set(died) >= set(written) - {"run.opened", "controller.opened"}
    assert written["controller.opened"] == sum(died.values()) + 1


@settings(max_examples=60, deadline=None, derandomize=True)
@given(rng=seeds())
def test_a_night_whose_controllers_die_at_any_moment_keeps_its_books(rng: Random) -> None:
    """A controller that dies before a record leaves workers behind; the next reads the journal.

    The night's own books check that nothing begins twice and nothing is undone twice.
    """
    night = Night(
        plan_of(tasks(rng, rng.randint(1, 8), irreversible=False)), Choices(luck(rng)),
        abort_after=rng.randint(3, 28),
    )  # fmt: skip
    append = night.append
    dying = {rng.randrange(60) for _ in range(rng.randrange(12))}
    asked = iter(range(10_000))

    def mortal(kind: str, data: dict[str, Any], person: str = "") -> None:
        if not person and next(asked) in dying:
            raise Crash
        append(kind, data, person)

    night.append = mortal  # type: ignore[method-assign]
    for _ in range(20):
        try:
            state = night.run()
            break
        except Crash:
            # All the next controller has is the journal.
            night.state = fold(night.plan, night.records)
    if state.progress.rollback is not None and state.closed:
        night.check_way_back_complete()
