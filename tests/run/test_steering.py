"""What people do to a whole run: which phase allows what, and what each leaves in the journal."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from tests.runbook.conftest import HEAD, TEAM

from golive.console.views import view_run
from golive.contracts import Environment
from golive.errors import Refused
from golive.record.actors import this_actor
from golive.record.journal import Journal
from golive.report.gathering import decisions_in
from golive.report.items import expected_tasks
from golive.report.status import status_screen
from golive.report.status_data import status_data
from golive.run import steering
from golive.run.fixing_forward import fix_forward
from golive.run.opening import open_run
from golive.run.operate import Desk, act_on_task, decide_gate, open_desk
from golive.run.state import RunState
from golive.run.turning_back import decide_abort
from golive.runbook.lifecycle import RunPhase
from golive.runbook.loading import load_runbook
from golive.runbook.planning import make_plan
from golive.runbook.presses import Press

NOW = datetime(2026, 12, 5, 13, tzinfo=UTC)
TASKS = """
  - {id: M, kind: manual, title: M, owner: ops, stream: one, undo: none}
  - {id: CP, kind: checkpoint, title: CP, after: [M], covers: [db],
     take: {kind: command, argv: [x]}, restore: {kind: command, argv: [r], est: [1, 5]}}
  - {id: A, kind: command, title: A, argv: [x], stream: one, after: [CP], touches: [db],
     undo: {kind: command, argv: [u], est: [1, 10]}}
  - {id: G, kind: gate, title: G, owner: steer, criteria: {A: passed}, after: [A]}
  - {id: L, kind: command, title: L, argv: [x], undo: none, modes: {live: skip}}
"""
SHIFTS = """
shifts:
  - {post: lead, person: li, start: "2026-12-05T20:00:00+08:00", end: "2026-12-06T02:00:00+08:00"}
  - {post: lead, person: mei, start: "2026-12-06T02:00:00+08:00", end: "2026-12-06T08:00:00+08:00"}
"""
Sit = Callable[..., Desk]


@pytest.fixture
def sit(tmp_path: Path) -> Sit:
    """Open a run and sit somebody in front of it; ``kind`` is the environment's."""
    (tmp_path / "runbook.yaml").write_text(f"{HEAD}tasks:{TASKS}", encoding="utf-8")
    (tmp_path / "team.yaml").write_text(TEAM + SHIFTS, encoding="utf-8")
    plan = make_plan(load_runbook(tmp_path, "runbook.yaml"), mode="live")
    folder = tmp_path / "run"

    def make(
        person: str = "li", second: str = "", *, kind: str = "test", sure: str = "pin",
        own: str = "claimed",
    ) -> Desk:  # fmt: skip
        if not folder.exists():
            environment = Environment(name="e", kind=kind, targets={}, facts={})
            open_run(folder, plan, environment, actor=this_actor("golive", assurance="system"))
        confirms = {"person": second, "assurance": sure} if second else {}
        return open_desk(folder, this_actor(person, assurance=own), second=confirms)

    return make


def tell(desk: Desk, kind: str, **data: Any) -> None:
    """Append what a controller would have."""
    journal = Journal.open(desk.folder / "journal.jsonl")
    journal.append(kind, data, actor=this_actor("golive", assurance="system"))


def press(desk: Desk, verb: str) -> RunState:
    calls: dict[str, Callable[[], RunState]] = {
        "pause": lambda: steering.pause_run(desk, paused=True),
        "continue": lambda: steering.pause_run(desk, paused=False),
        "hold-stream": lambda: steering.hold_stream(desk, "one", held=True, reason="r"),
        "abort": lambda: steering.abort_run(desk, "r"),
        "close": lambda: steering.close_run(desk, "r"),
        # Nothing in this run is past its point of no return: refused in every phase.
        "fix-forward": lambda: fix_forward(desk, "r"),
        "note": lambda: steering.note_run(desk, "a line"),
        "broadcast": lambda: steering.broadcast(desk, "a line", ("ops",)),
        "handover": lambda: steering.offer_shift(desk, "lead", "mei", NOW),
    }
    assert set(calls) == set(steering.RUN_VERBS)
    return calls[verb]()


#: Record that leads to a phase -> what is allowed there; everything else is refused.
PHASES = {
    "": {"pause", "hold-stream", "abort", "note", "broadcast", "handover"},
    "run.paused": {"continue", "hold-stream", "abort", "close", "note", "broadcast", "handover"},
    "run.aborting": {"note", "broadcast", "handover"},
    "rollback.planned": {"note", "broadcast", "handover"},
    "run.rollback_blocked": {"close", "note", "broadcast", "handover"},
    "run.rolled_back": {"note", "broadcast", "handover"},
    "run.live": {"note", "broadcast", "handover"},
    "run.closed": {"note"},
}


@pytest.mark.parametrize("verb", list(steering.RUN_VERBS))
@pytest.mark.parametrize("phase", PHASES)
def test_every_verb_in_every_phase(sit: Sit, phase: str, verb: str) -> None:
    desk = sit("li", "tom")
    if phase:
        tell(desk, phase, reason="r", steps=[], exit=0, verdict="passed", reasons=[])
    if verb in PHASES[phase]:
        assert press(desk, verb).head > 1
        return
    before = desk.state().head
    with pytest.raises(Refused) as refused:
        press(desk, verb)
    assert refused.value.problems[0].hint
    assert desk.state().head == before


def test_every_phase_is_in_the_table() -> None:
    assert len(PHASES) == len(RunPhase)


@pytest.mark.parametrize("kind", ["live", "demo"])
def test_whether_to_turn_back_is_its_deciders_and_live_needs_two(sit: Sit, kind: str) -> None:
    mei = sit("mei", kind=kind)
    with pytest.raises(Refused, match="has no decision to turn back open"):
        decide_abort(mei, "A", "no-go", reason="r")
    tell(mei, "task.moved", task="A", verb="fail", reason="r", role="")
    by = (NOW + timedelta(minutes=10)).isoformat()
    tell(mei, "abort.asked", task="A", role="steer", decide_by=by, reason="r")
    with pytest.raises(Refused, match="is not 'mei' to decide") as refused:
        decide_abort(mei, "A", "go", reason="r")
    assert refused.value.problems[0].hint == "ask zhao, claire"
    with pytest.raises(Refused, match="go needs a reason"):
        decide_abort(sit("zhao", kind=kind), "A", "go")
    if kind == "live":
        for desk in (sit("zhao", kind=kind), sit("zhao", "zhao", kind=kind, own="pin")):
            with pytest.raises(Refused, match="needs a second person"):
                decide_abort(desk, "A", "no-go", reason="r")
        with pytest.raises(Refused, match="has no PIN"):
            decide_abort(sit("zhao", "li", kind=kind), "A", "no-go", reason="r")
    both = sit("zhao", "li", kind=kind, own="pin")
    state = decide_abort(both, "A", "no-go", reason="it is lost")
    asked = state.progress.abort_asked["A"]
    assert (asked.decided, asked.person) == ("no-go", "zhao")
    with pytest.raises(Refused, match="has no decision to turn back open"):
        decide_abort(sit("claire", kind=kind), "A", "go", reason="r")


IRREVERSIBLE = """
  - {id: P, kind: gate, title: P, owner: steer, ponr: true, criteria: {M: passed}, after: [M]}
  - {id: Z, kind: command, title: Z, argv: [x], after: [P], undo: {irreversible: it is}}
"""


def test_past_the_point_of_no_return_its_deciders_fix_forward(sit: Sit, tmp_path: Path) -> None:
    text = (tmp_path / "runbook.yaml").read_text("utf-8")
    (tmp_path / "runbook.yaml").write_text(text + IRREVERSIBLE, encoding="utf-8")
    plan = make_plan(load_runbook(tmp_path, "runbook.yaml"), mode="live")
    environment = Environment(name="e", kind="live", targets={}, facts={})
    folder = tmp_path / "forward"
    open_run(folder, plan, environment, actor=this_actor("golive", assurance="system"))

    def at(person: str, second: str = "") -> Desk:
        confirms = {"person": second, "assurance": "pin"} if second else {}
        return open_desk(folder, this_actor(person, assurance="pin"), second=confirms)

    with pytest.raises(Refused, match="can still be turned back"):
        fix_forward(at("zhao", "claire"), "r")
    tell(at("li"), "task.starting", task="Z", number="1", role="run")
    tell(at("li"), "task.finished", task="Z", number="1", exit="timeout", outcome=None)
    state = at("li").state()
    near = status_screen(state, NOW, "en")
    assert "! call 赵敏: golive run forward fix-forward" in near
    for desk, why in (
        (at("li", "zhao"), "is not 'li' to decide"), (at("zhao"), "needs a second person"),
        (at("zhao", "zhao"), "needs a second person"),
    ):  # fmt: skip
        with pytest.raises(Refused, match=why):
            fix_forward(desk, "the vendor repairs it")
    with pytest.raises(Refused, match="needs a reason"):
        fix_forward(at("zhao", "claire"), "")
    state = fix_forward(at("zhao", "claire"), "the vendor repairs it")
    assert "zhao: the vendor repairs it" in status_screen(state, NOW, "en").split("\n")[2]
    assert "回退" not in status_screen(state, NOW, "zh")
    data = status_data(state, NOW)["fix_forward"]
    assert (data["person"], data["tasks"]) == ("zhao", [])


def test_a_held_stream_is_named_and_let_go_again(sit: Sit) -> None:
    desk = sit()
    with pytest.raises(Refused, match="needs a reason"):
        steering.hold_stream(desk, "one", held=True)
    with pytest.raises(Refused, match="is not in this plan"):
        steering.hold_stream(desk, "two", held=True, reason="r")
    state = steering.hold_stream(desk, "one", held=True, reason="the vendor calls back")
    assert state.progress.held_streams == {"one": "the vendor calls back"}
    with pytest.raises(Refused, match="is held already"):
        steering.hold_stream(desk, "one", held=True, reason="r")
    assert steering.hold_stream(desk, "one", held=False).progress.held_streams == {}


def test_a_shift_changes_hands_only_when_it_is_read_back(sit: Sit) -> None:
    leaving = sit("li")
    tell(leaving, "task.moved", task="M", verb="open", reason="", role="")
    with pytest.raises(Refused, match="is in no shift"):
        steering.offer_shift(leaving, "captain", "mei", NOW)
    steering.offer_shift(leaving, "lead", "mei", NOW)
    with pytest.raises(Refused, match="was not offered to 'tom'"):
        steering.accept_shift(sit("tom"), "lead", "M 06:45", NOW)
    coming = sit("mei")
    with pytest.raises(Refused, match="is not how the run stands"):
        steering.accept_shift(coming, "lead", "A 06:45", NOW)
    # 08:00 less an hour of reserve, ten minutes to decide and five to stop.
    state = steering.accept_shift(coming, "lead", "M 06:45", NOW)
    assert (state.holdings["lead"].person, state.offered) == ("mei", {})


def test_a_late_entry_keeps_both_times(sit: Sit) -> None:
    state = steering.note_run(sit(), "printer down", severity="S2", happened=NOW)
    (note,) = state.notes
    assert (note.text, note.severity, note.happened, note.kind) == (
        "printer down",
        "S2",
        NOW,
        "note",
    )
    assert note.at != NOW


def test_a_broadcast_carries_the_journals_head_to_witnesses(sit: Sit) -> None:
    desk = sit()
    head = desk.state().head_hash
    with pytest.raises(Refused, match="knows no role 'everyone'"):
        steering.broadcast(desk, "half way", ("everyone",))
    state = steering.broadcast(desk, "half way", ("ops", "fin"))
    assert state.notes[0].kind == "broadcast"
    assert desk.journal.records()[-1].data["head_hash"] == head


def test_closing_names_what_is_left_behind(sit: Sit) -> None:
    desk = sit("li", "tom")
    tell(desk, "task.starting", task="A", number="1", role="run")
    tell(desk, "run.paused", reason="")
    with pytest.raises(Refused, match="still works on A"):
        steering.close_run(desk, "enough")
    tell(desk, "task.lost", task="A", number="1", why="gone", living=[])
    with pytest.raises(Refused, match="needs a second person"):
        steering.close_run(sit("li"), "enough")
    state = steering.close_run(desk, "enough")
    assert state.closed
    assert state.verdict["left"] == ["A"]
    assert "A: its effects are left as they are" in state.verdict["reasons"]
    assert state.verdict["exit"] != 0


def test_a_live_run_turns_back_only_with_a_second_person_and_a_pin(sit: Sit) -> None:
    with pytest.raises(Refused, match="needs a second person"):
        steering.abort_run(sit("li", kind="live"), "r")
    for sure, own, unproven in (
        ("claimed", "pin", ["tom"]),
        ("pin", "claimed", ["li"]),
        ("claimed", "claimed", ["li", "tom"]),
    ):
        with pytest.raises(Refused, match="both people confirm with theirs") as refused:
            steering.abort_run(sit("li", "tom", sure=sure, own=own), "r")
        hints = [problem.hint for problem in refused.value.problems]
        assert hints == [f"golive team pin {name}" for name in unproven]
    state = steering.abort_run(sit("li", "tom", own="pin"), "r")
    assert state.assurance == {"pin": 2}


def test_only_a_checkpoint_that_was_taken_can_be_gone_back_to(sit: Sit) -> None:
    desk = sit()
    with pytest.raises(Refused, match="was not taken in this run"):
        steering.abort_run(desk, "r", to="CP")
    tell(desk, "task.starting", task="CP", number="1", role="run")
    outcome = {"status": "passed", "summary": "", "started": NOW.isoformat(),
               "ended": NOW.isoformat(), "metrics": [], "evidence": [], "retries": 0,
               "subject": {}}  # fmt: skip
    tell(desk, "task.finished", task="CP", number="1", exit="finished", outcome=outcome)
    assert steering.abort_run(desk, "r", to="CP").progress.abort_to == "CP"


def test_a_task_settled_by_two_records_both(sit: Sit) -> None:
    desk = sit("li", "tom")
    tell(desk, "task.starting", task="A", number="1", role="run")
    tell(desk, "task.lost", task="A", number="1", why="gone", living=[])
    told = Press(verb="resolve", person="", reason="seen in the database", result="done")
    state = act_on_task(desk, "A", told)
    assert state.progress.of("A").state == "done"
    data = desk.journal.records()[-1].data
    assert data["second"] == {"person": "tom", "assurance": "pin"}
    again = replace(told, result="not-done")
    with pytest.raises(Refused, match="resolve was done already: li did so at"):
        act_on_task(desk, "A", again)


def test_work_done_on_paper_is_entered_later_with_its_true_time(sit: Sit) -> None:
    desk = sit("li", "tom")
    tell(desk, "task.moved", task="M", verb="open", reason="", role="")
    opened = desk.state().opened
    assert opened is not None
    early = Press(verb="complete", person="", happened=opened - timedelta(minutes=1))
    for wrong in (early, replace(early, happened=datetime.now(UTC) + timedelta(minutes=1))):
        with pytest.raises(Refused, match="is not between the run's beginning and now"):
            act_on_task(desk, "M", wrong)
    done = act_on_task(desk, "M", replace(early, happened=opened)).progress.of("M")
    assert (done.state, done.ended) == ("done", opened)
    entered = desk.journal.records()[-1]
    assert done.entered == entered.at
    assert entered.at > opened
    assert entered.data["happened"] == opened.isoformat()


def test_a_decision_on_paper_keeps_both_times(sit: Sit) -> None:
    desk = sit("zhao")
    tell(desk, "task.moved", task="G", verb="open", reason="", role="")
    tell(desk, "gate.evaluated", gate="G", met=True, criteria=[])
    opened = desk.state().opened
    assert opened is not None
    with pytest.raises(Refused, match="is not between the run's beginning and now"):
        decide_gate(desk, "G", "go", happened=opened - timedelta(minutes=1))
    (given,) = decide_gate(desk, "G", "go", happened=opened).progress.decisions
    entered = desk.journal.records()[-1].at
    assert (given.at, given.entered) == (opened, entered)
    (line,) = decisions_in(desk.journal.records(), of="run")
    assert (line.at, line.entered) == (opened, entered)
    now = decide_gate(desk, "G", "no-go").progress.decisions[-1]
    assert (now.decision, now.entered) == ("no-go", None)
    assert opened < entered < now.at


def test_what_the_plan_leaves_out_is_not_counted(sit: Sit) -> None:
    """Three of four, were the task counted that no live run does."""
    desk = sit()
    before = steering.snapshot_of(desk.state(), NOW)
    assert [task.id for task in desk.state().plan.runbook.tasks] == ["M", "CP", "A", "G", "L"]
    assert (before.done, before.total) == (0, 4)
    assert [task.id for task in expected_tasks(desk.state())] == ["M", "CP", "A", "G"]
    assert "  0/4" in status_screen(desk.state(), NOW, "en").splitlines()[0]
    assert view_run(desk.state(), NOW).total == 4


def test_of_many_on_one_button_one_presses_it_and_the_others_are_told_who(sit: Sit) -> None:
    """Eight hands at the same moment, each with the journal open for itself."""
    tell(sit("li"), "task.moved", task="M", verb="open", reason="", role="")
    desks = [sit("li") for _ in range(8)]
    together = Barrier(len(desks))

    def complete(desk: Desk) -> str:
        together.wait()
        try:
            act_on_task(desk, "M", Press(verb="complete", person=""))
        except Refused as refused:
            return str(refused)
        return ""

    with ThreadPoolExecutor(len(desks)) as hands:
        told = list(hands.map(complete, desks))
    assert told.count("") == 1
    assert all("complete was done already: li did so at" in one for one in told if one)
    pressed = [one for one in desks[0].journal.records() if one.type == "task.acted"]
    assert len(pressed) == 1
