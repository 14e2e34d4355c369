"""Short nights told record by record: gates asked twice, failures undone, evidence refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.runbook.simulator import MINUTE, Choices, Night

from golive.errors import Refused
from golive.run.state import RunState
from golive.runbook.actions import act
from golive.runbook.guards import allowed
from golive.runbook.lifecycle import RunPhase
from golive.runbook.loading import Loaded
from golive.runbook.planning import make_plan
from golive.runbook.presses import Press
from golive.runbook.rollback import effects_of

UNDO = "undo: {kind: command, argv: [u], est: [1, 10]}"
Tell = Callable[..., Night]


@pytest.fixture
def tell(load: Callable[[str], Loaded]) -> Tell:
    """Begin a night of these tasks without chaos; ``luck`` is how attempts end (0 passes)."""

    def begin(tasks: str, *, luck: bytes = b"", **keys: Any) -> Night:
        plan = make_plan(load(tasks), mode=keys.pop("mode", "rehearsal"), **keys)
        return Night(plan, Choices(luck), chaos=False)

    return begin


def go_on(night: Night, rounds: int = 40) -> RunState:
    """Let the controller and the workers go on while people do nothing."""
    for _ in range(rounds):
        before = len(night.records)
        night.look()
        for move in night.moves():
            night.make(move)
        if len(night.records) == before:
            night.now += MINUTE
    return night.state


def of(night: Night, task: str) -> str:
    return night.state.progress.of(task).state.value


GATE = f"""
  - {{id: A, kind: command, title: A, argv: [x], {UNDO}}}
  - {{id: G, kind: gate, title: G, owner: steer, after: [A], criteria: {{A: passed}}}}
"""


def test_a_gate_that_is_retried_is_evaluated_and_asked_anew(tell: Tell) -> None:
    night = tell(GATE)
    go_on(night)
    night.append("gate.decided", {"gate": "G", "decision": "no-go", "reason": "late"}, "zhao")
    go_on(night, 2)
    assert of(night, "G") == "failed"
    assert night.press(night.plan.task("G"), "retry")
    go_on(night, 4)
    assert of(night, "G") == "waiting"
    assert [record.type for record in night.records].count("gate.evaluated") == 2
    night.append("gate.decided", {"gate": "G", "decision": "go"}, "claire")
    go_on(night, 1)
    assert of(night, "G") == "done"


def test_a_gate_needs_its_quorum_and_each_ones_last_word_counts(tell: Tell) -> None:
    night = tell(GATE.replace("owner: steer", "owner: steer, quorum: 2"))
    go_on(night)
    for person, word, state in (
        ("zhao", "go", "waiting"), ("zhao", "go", "waiting"), ("claire", "abstain", "waiting"),
        ("claire", "go", "done"),
    ):  # fmt: skip
        night.append("gate.decided", {"gate": "G", "decision": word}, person)
        go_on(night, 1)
        assert of(night, "G") == state, (person, word)


def test_nobody_deciding_is_not_a_go(tell: Tell) -> None:
    night = tell(
        GATE.replace("owner: steer", "owner: steer, decide_by: '2026-12-05T20:30:00+08:00'")
    )
    go_on(night)
    night.now += timedelta(minutes=31)
    go_on(night, 1)
    assert of(night, "G") == "failed"
    assert night.state.progress.of("G").reason == "nobody decided in time"


@pytest.mark.parametrize(
    "task",
    [
        "kind: gate, owner: steer, criteria: {T: passed}, decide_by: '2026-12-05T19:00:00+08:00'",
        "kind: wait, until: {at: '2026-12-06T07:00:00+08:00'}, timeout: PT1M",
    ],
)
def test_a_task_without_a_worker_is_retried_as_often_as_it_says(tell: Tell, task: str) -> None:
    night = tell(f"  - {{id: T, title: T, on_fail: retry 2, {task}}}\n")
    go_on(night, 60)
    verbs = [record.data.get("verb") for record in night.records]
    assert (verbs.count("open"), verbs.count("fail"), of(night, "T")) == (3, 3, "failed")


def test_what_a_probe_refused_is_no_evidence_for_a_gate(tell: Tell) -> None:
    """A passes by its own word, its probe fails; the gate does not come after it."""
    night = tell(f"""
  - {{id: A, kind: command, title: A, argv: [x], {UNDO}, on_fail: continue,
     probe: {{kind: command, argv: [p]}}}}
  - {{id: W, kind: wait, title: W, until: {{at: "2026-12-05T20:05:00+08:00"}}}}
  - {{id: G, kind: gate, title: G, owner: steer, after: [W], criteria: {{A: passed}}}}
""", luck=bytes([0, 0, 0, 6]))  # fmt: skip
    go_on(night, 30)
    assert of(night, "A") == "failed"
    assert night.state.progress.evaluated == {"G": False}


@pytest.mark.parametrize("luck", [bytes([0, 6]), bytes([0, 8]), bytes([0, 9])], ids=["failed", "timeout", "lost"])  # fmt: skip  # noqa: E501
def test_a_failure_that_was_undone_is_still_in_the_verdict(tell: Tell, luck: bytes) -> None:
    night = tell(
        f"  - {{id: A, kind: command, title: A, argv: [x], on_fail: rollback, {UNDO}}}\n", luck=luck
    )
    go_on(night)
    if not night.state.closed:
        night.append("run.aborting", {"reason": "it is lost"})
        go_on(night)
    assert of(night, "A") == "undone"
    assert night.state.verdict["exit"] in {1, 3}
    assert night.state.verdict["reasons"][0].startswith("A: ")


ROLLBACK = f"""
  - {{id: A, kind: command, title: A, argv: [x], on_fail: rollback, {UNDO}}}
  - {{id: B, kind: command, title: B, argv: [x], undo: none, earliest: "2026-12-05T21:00:00+08:00"}}
"""


@pytest.fixture
def asked_night(tell: Tell) -> Night:
    """Return a live night in which A has just failed, and it is open whether to turn back."""
    night = tell(ROLLBACK, luck=bytes([0, 6]), mode="live")
    go_on(night, 8)
    assert "A" in night.state.progress.abort_asked
    return night


def test_a_live_failure_that_says_rollback_asks_a_named_role_and_waits(asked_night: Night) -> None:
    night = asked_night
    asked = night.state.progress.abort_asked["A"]
    # Ten minutes to decide; without a lead or a point of no return anybody may.
    assert (asked.role, asked.decided) == ("", "")
    assert asked.decide_by - night.records[-1].at <= timedelta(minutes=10)
    night.now += timedelta(hours=3)
    go_on(night, 20)
    assert of(night, "A") == "failed"
    assert of(night, "B") == "pending"
    assert night.state.progress.phase is RunPhase.RUNNING
    assert [record.type for record in night.records].count("abort.asked") == 1


@pytest.mark.parametrize("verb", ["retry", "waive", "skip", "done-by-hand"])
def test_nothing_leads_round_the_question(asked_night: Night, verb: str) -> None:
    night = asked_night
    task = night.plan.task("A")
    with pytest.raises(Refused, match="waits for the decision whether to turn back"):
        act(night.plan, night.state.progress, task, Press(verb=verb, person="li", reason="r"))
    assert verb not in allowed(night.plan, night.state.progress, task)


def test_a_decision_to_turn_back_aborts_and_names_who_gave_it(asked_night: Night) -> None:
    night = asked_night
    night.append("gate.decided", {"gate": "A", "decision": "abstain"}, "tom")
    go_on(night, 2)
    assert night.state.progress.phase is RunPhase.RUNNING
    night.append("gate.decided", {"gate": "A", "decision": "no-go", "reason": "r"}, "zhao")
    go_on(night, 1)
    assert night.state.progress.abort_reason == "zhao turned back after A"
    go_on(night)
    assert of(night, "A") == "undone"


def test_a_decision_to_go_on_frees_the_task_until_it_fails_again(asked_night: Night) -> None:
    night = asked_night
    night.append("gate.decided", {"gate": "A", "decision": "go", "reason": "r"}, "zhao")
    assert "retry" in allowed(night.plan, night.state.progress, night.plan.task("A"))
    assert night.press(night.plan.task("A"), "retry")
    night.choices = Choices(bytes([0, 6]))
    go_on(night, 8)
    assert [record.type for record in night.records].count("abort.asked") == 2
    assert night.state.progress.abort_asked["A"].decided == ""
    assert night.state.progress.abort_asked["A"].attempt == 2


def test_a_manual_failure_that_was_undone_is_still_in_the_verdict(tell: Tell) -> None:
    night = tell(f"  - {{id: M, kind: manual, title: M, owner: ops, on_fail: rollback, {UNDO}}}\n")
    go_on(night, 2)
    night.press(night.plan.task("M"), "start")
    night.press(night.plan.task("M"), "fail")
    go_on(night)
    assert of(night, "M") == "undone"
    assert (night.state.verdict["exit"], night.state.verdict["reasons"]) == (1, ["M: r"])


def test_an_undo_done_by_hand_says_so_and_needs_nothing_more(tell: Tell) -> None:
    """A's undo fails; li does it by hand, tom confirms, and the rollback goes on."""
    night = tell(
        f"  - {{id: A, kind: command, title: A, argv: [x], {UNDO}}}\n"
        f"  - {{id: B, kind: command, title: B, argv: [x], after: [A], {UNDO}}}\n",
        luck=bytes([0, 0, 0, 0, 6]), abort_at="B",
    )  # fmt: skip
    go_on(night)
    assert (of(night, "A"), of(night, "B")) == ("done", "undo_failed")
    assert night.state.progress.phase is RunPhase.ROLLBACK_BLOCKED
    with pytest.raises(Refused, match="done-by-hand needs a second person"):
        act(
            night.plan, night.state.progress, night.plan.task("B"),
            Press(verb="done-by-hand", person="li", reason="r", evidence=True),
        )  # fmt: skip
    assert night.press(night.plan.task("B"), "done-by-hand")
    assert of(night, "B") == "undone_manual"
    go_on(night)
    assert (of(night, "A"), of(night, "B")) == ("undone", "undone_manual")
    assert night.state.closed
    assert night.state.verdict["exit"] == 0
    assert effects_of(night.plan, night.state.progress) == ()


def test_a_waiver_lets_the_run_go_on_and_the_verdict_stays(tell: Tell) -> None:
    night = tell("  - {id: M, kind: manual, title: M, owner: ops, undo: none}\n")
    go_on(night, 2)
    night.press(night.plan.task("M"), "fail")
    night.press(night.plan.task("M"), "waive")
    go_on(night)
    assert night.state.closed
    assert night.state.verdict["verdict"] == "failed"


RESTORED = f"""
  - {{id: CP, kind: checkpoint, title: CP, covers: [db], take: {{kind: command, argv: [t]}},
     restore: {{kind: command, argv: [r], est: [1, 2]}}}}
  - {{id: L, kind: command, title: L, argv: [x], {UNDO}, after: [CP], touches: [db]}}
"""


def test_a_restore_done_by_hand_brings_back_what_it_covers(tell: Tell) -> None:
    night = tell(RESTORED, luck=bytes([0, 0, 0, 0, 6]), abort_at="L")
    go_on(night)
    assert (of(night, "CP"), of(night, "L")) == ("undo_failed", "done")
    assert night.state.progress.phase == "rollback_blocked"
    assert night.press(night.plan.task("CP"), "done-by-hand")
    go_on(night)
    assert (of(night, "CP"), of(night, "L")) == ("undone_manual", "undone")
    assert night.state.closed


def test_a_file_attached_to_what_is_undone_is_no_step_of_the_way_back(tell: Tell) -> None:
    """B is undone, A's undo fails: with a file for B the way back is as far as it was."""
    night = tell(f"""
  - {{id: A, kind: command, title: A, argv: [x], {UNDO}}}
  - {{id: B, kind: command, title: B, argv: [x], {UNDO}, after: [A]}}
""", luck=bytes([0, 0, 0, 0, 0, 6]), abort_at="B")  # fmt: skip
    go_on(night)
    assert (of(night, "A"), of(night, "B")) == ("undo_failed", "undone")
    assert night.press(night.plan.task("B"), "attach")
    go_on(night)
    assert night.state.progress.phase == "rollback_blocked"


def test_a_probe_in_flight_is_not_overtaken_by_a_new_attempt(tell: Tell) -> None:
    """A person fails the task while it is probed, and at once has it done again."""
    night = tell(f"""
  - {{id: A, kind: command, title: A, argv: [x], {UNDO}, probe: {{kind: command, argv: [p]}}}}
""", luck=bytes([0, 0, 5]))  # fmt: skip
    while not night.workers or night.workers["A"].role != "probe":
        go_on(night, 1)
    night.press(night.plan.task("A"), "fail")
    night.press(night.plan.task("A"), "retry")
    go_on(night, 2)
    assert night.workers["A"].role == "probe"
    go_on(night, 20)
    assert (of(night, "A"), night.began["A"]) == ("done", 2)


def test_people_whose_name_was_only_claimed_are_counted(tell: Tell) -> None:
    night = tell(GATE)
    go_on(night)
    night.append("gate.decided", {"gate": "G", "decision": "go"}, "zhao")
    night.append("run.noted", {"text": "all quiet", "severity": "info"}, "claire")
    assert night.state.assurance == {"claimed": 2}
    assert [(note.person, note.text) for note in night.state.notes] == [("claire", "all quiet")]


def test_what_never_began_is_not_run_when_the_run_closes(tell: Tell) -> None:
    night = tell(GATE.replace("title: A", "title: A, on_fail: rollback"), luck=bytes([0, 6]))
    go_on(night)
    assert night.state.closed
    assert of(night, "G") == "not_run"
