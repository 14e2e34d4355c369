"""The controller dies once before every record it would write; the next one goes on from there."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from tests.runbook.plans import luck, plan_of, seeds, tasks
from tests.runbook.simulator import Choices, Night

from golive.project import load_project
from golive.record.actors import system_actor, this_actor
from golive.run import launching
from golive.run.control import take_control
from golive.run.executor import execute
from golive.run.opening import environment_of, open_run, read_run
from golive.run.operate import act_on_task, decide_gate, open_desk
from golive.run.state import fold
from golive.runbook.loading import load_rehearsal, load_runbook
from golive.runbook.moves import waits_for_people
from golive.runbook.planning import make_plan
from golive.runbook.presses import Press


class Crash(BaseException):
    """Nothing catches it, as nothing catches ``kill -9``."""


def people_press(folder: Path) -> None:
    """Let people do what the run asks of them right now, once each."""
    state = read_run(folder)
    for name in waits_for_people(state.plan, state.progress):
        found = state.progress.of(name).state
        if name == "GATE":
            said = {item.person for item in state.progress.decisions}
            for person in ("zhao", "claire"):
                if name in state.progress.evaluated and person not in said:
                    decide_gate(open_desk(folder, this_actor(person, assurance="claimed")),
                                name, "go")  # fmt: skip
            continue
        person = {"verifying": "tom", "undoing": "li"}.get(found, "mei")
        verb = {"verifying": "verify", "waiting": "start"}.get(found, "complete")
        desk = open_desk(folder, this_actor(person, assurance="claimed"))
        act_on_task(desk, name, Press(verb=verb, person=""))


@pytest.mark.parametrize("tasks", ["chain", "every_kind"])
def test_a_crash_before_each_record_and_every_effect_happens_once(
    workspace: Any, tasks: str
) -> None:
    """One run, as many controllers as records: workers are real, the clock is real."""
    chain = (Path(__file__).parent / f"{tasks}.yaml").read_text()
    (workspace.root / "n.j2").write_text("It goes on.\n")
    workspace.runbook(chain, abort_at="B" if tasks == "chain" else "M")
    project = load_project(workspace.root, environment="test")
    rehearsal, _ = load_rehearsal(workspace.root, "rehearsals/all.yaml")
    plan = make_plan(
        load_runbook(workspace.root, "runbook.yaml"), mode="rehearsal", abort_at=rehearsal.abort_at
    )
    folder = workspace.root / "reports" / "runs" / "crashed"
    open_run(folder, plan, project.resolve("test"), actor=system_actor())
    died: Counter[str] = Counter()
    met: set[tuple[str, int]] = set()

    def pause(seconds: float) -> None:
        people_press(folder)
        launching.pause(0.02)

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
                execute(controller, project, environment_of(state), pause=pause)
            except Crash:
                continue
    assert set(workspace.effects().values()) == {1}, workspace.effects()
    assert workspace.golive("verify").returncode == 0
    journal = [json.loads(line) for line in (folder / "journal.jsonl").read_text().splitlines()]
    written = Counter(item["type"] for item in journal)
    # It died before every kind of record a controller wrote.
    by_people = {"task.acted", "gate.decided"}
    assert set(died) >= set(written) - {"run.opened", "controller.opened"} - by_people
    assert written["controller.opened"] == sum(died.values()) + 1
    if tasks == "chain":
        assert workspace.orders() == ["first"]
        return
    # What a person takes back by hand stays, for nobody here did it.
    assert workspace.orders() == ["B", "first"]
    # Each person was asked once, and each decided once.
    pressed = [(item["data"]["task"], item["data"]["verb"]) for item in journal
               if item["type"] == "task.acted"]  # fmt: skip
    assert pressed == [("SIGN", "start"), ("SIGN", "complete"), ("SIGN", "verify"),
                       ("B", "complete")]  # fmt: skip
    assert written["gate.decided"] == 2
    assert {item.role for item in state.attempts} == {"run", "probe", "undo", "restore"}


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
