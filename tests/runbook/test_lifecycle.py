"""What may follow what: people's actions and their guards, ends of attempts, what is next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from golive.errors import Refused
from golive.outcome import Outcome, Status
from golive.runbook.actions import act, apply
from golive.runbook.attempt_ends import finish
from golive.runbook.definition import Shift
from golive.runbook.lifecycle import (
    SATISFYING,
    Progress,
    RollbackStep,
    RunPhase,
    TaskProgress,
    TaskState,
    changed,
)
from golive.runbook.loading import Loaded
from golive.runbook.moves import Move, next_moves, waits_for_people
from golive.runbook.planning import Plan, make_plan
from golive.runbook.presses import Press
from golive.runbook.rollback import effects_of, past_point_of_no_return, plan_rollback

S = TaskState
NOW = datetime(2026, 12, 5, 13, tzinfo=UTC)
PASSED = Outcome(status=Status.PASSED, summary="ok", started=NOW, ended=NOW)
FAILED = replace(PASSED, status=Status.FAILED)
UNDO = "undo: {kind: command, argv: [u], est: [1, 10]}"
PAIR = f"""
  - {{id: A, kind: command, title: A, argv: [x], {UNDO}}}
  - {{id: B, kind: command, title: B, argv: [x], {UNDO}, after: [A]}}
"""

Make = Callable[..., Plan]


@pytest.fixture
def plan(load: Callable[[str], Loaded]) -> Make:
    return lambda tasks, mode="live": make_plan(load(tasks), mode=mode)


def at(**states: Any) -> Progress:
    """Return a progress: a state for each task, or its whole progress; begun an hour ago, after
    golive took its first fingerprint.
    """
    hour = timedelta(hours=1)
    tasks = {
        name: found
        if isinstance(found, TaskProgress)
        else TaskProgress(state=found, started=NOW - hour, ended=NOW - hour / 2)
        for name, found in states.items()
    }
    return Progress(tasks=tasks, fingerprints=frozenset({"before"}))


def moves(plan: Plan, progress: Progress, now: datetime = NOW) -> list[str]:
    return [f"{move.verb} {move.task}".strip() for move in next_moves(plan, progress, now)]


# --- dependencies -----------------------------------------------------------------------------


def test_only_the_whitelist_lets_successors_start(plan: Make) -> None:
    """Every state there is: a new one satisfies nobody until somebody says so here."""
    made = plan(PAIR)
    for state in TaskState:
        satisfies = state in {S.DONE, S.DONE_MANUAL, S.WAIVED}
        assert ("start B" in moves(made, at(A=state))) == satisfies, state
    assert frozenset({S.DONE, S.DONE_MANUAL, S.WAIVED}) == SATISFYING


@pytest.mark.parametrize("approved", [True, False])
def test_a_skip_satisfies_only_when_it_was_approved_so(plan: Make, *, approved: bool) -> None:
    skipped = TaskProgress(state=S.SKIPPED, ended=NOW, skip_satisfies=approved)
    assert ("start B" in moves(plan(PAIR), at(A=skipped))) == approved
    start_to_start = plan(PAIR.replace("[A]", "[{id: A, type: SS}]"))
    assert ("start B" in moves(start_to_start, at(A=skipped))) == approved


@pytest.mark.parametrize("gate", [S.PENDING, S.WAITING, S.SKIPPED, S.DONE])
def test_no_skip_leads_round_a_point_of_no_return(plan: Make, gate: TaskState) -> None:
    made = plan(f"""
  - {{id: A, kind: command, title: A, argv: [x], {UNDO}}}
  - {{id: G, kind: gate, title: G, owner: steer, ponr: true, criteria: {{G: passed}}, after: [A]}}
  - {{id: Y, kind: command, title: Y, argv: [x], {UNDO}, after: [G]}}
  - {{id: Z, kind: command, title: Z, argv: [x], undo: {{irreversible: it is sent}}, after: [Y]}}
""")
    skipped = TaskProgress(state=S.SKIPPED, ended=NOW, skip_satisfies=True)
    found = skipped if gate is S.SKIPPED else gate
    ready = "start Z" in moves(made, at(A=S.DONE, G=found, Y=skipped))
    assert ready == (gate is S.DONE)


def test_a_lag_counts_from_the_end_or_from_the_start(plan: Make) -> None:
    """A began at 12:00 and ended at 12:30."""
    for kind, lag, ready in (("FS", "PT30M", True), ("FS", "PT31M", False),
                             ("SS", "PT60M", True), ("SS", "PT61M", False)):  # fmt: skip
        made = plan(PAIR.replace("[A]", f"[{{id: A, type: {kind}, lag: {lag}}}]"))
        assert ("start B" in moves(made, at(A=S.DONE))) == ready, (kind, lag)


def test_nothing_starts_in_a_blackout_before_earliest_or_while_paused(plan: Make) -> None:
    made = plan(PAIR)
    calendar = replace(made.runbook.calendar, blackouts=("2026-12-05T20:55:00+08:00/PT10M",))
    dark = replace(made, runbook=replace(made.runbook, calendar=calendar))
    assert moves(dark, at()) == []
    assert moves(dark, at(), NOW + timedelta(minutes=5)) == ["start A"]
    later = plan(PAIR.replace("title: A", "title: A, earliest: '2026-12-05T21:01:00+08:00'"))
    assert moves(later, at()) == []
    assert moves(made, replace(at(), phase=RunPhase.PAUSED)) == []


def test_a_failure_stops_all_new_starts_unless_it_says_continue(plan: Make) -> None:
    tasks = PAIR.replace(", after: [A]", "")
    stops, goes_on = plan(tasks), plan(tasks.replace("title: A", "title: A, on_fail: continue"))
    for state in (S.FAILED, S.UNKNOWN, S.STOPPED):
        assert "start B" not in moves(stops, at(A=state))
        assert "start B" in moves(goes_on, at(A=state))
    assert "start B" in moves(stops, at(A=S.HELD))


# --- locks ------------------------------------------------------------------------------------

LOCKED = f"""
  - {{id: A, kind: command, title: A, argv: [x], {UNDO}, locks: [db]}}
  - {{id: B, kind: command, title: B, argv: [x], {UNDO}, locks: [db]}}
  - {{id: C, kind: manual, title: C, owner: ops, {UNDO}, locks: [db]}}
"""


def test_one_lock_one_task(plan: Make) -> None:
    made = plan(LOCKED)
    assert moves(made, at()) == ["start A"]
    assert moves(made, at(A=S.UNKNOWN)) == []
    assert moves(made, at(A=S.DONE)) == ["start B"]
    assert moves(made, at(A=S.DONE, B=S.DONE)) == ["open C"]


def test_a_person_who_was_told_to_holds_the_lock(plan: Make) -> None:
    assert moves(plan(LOCKED), at(C=S.WAITING)) == []
    assert moves(plan(LOCKED), at(C=S.RUNNING)) == []


def test_locks_hold_on_the_way_back_too_and_r_knows(plan: Make) -> None:
    made = plan(LOCKED)
    done = TaskProgress(state=S.DONE, touched=True)
    progress = at(A=done, B=done)
    way = plan_rollback(made, progress)
    assert way.length == timedelta(minutes=20)
    back = replace(progress, phase=RunPhase.ROLLING_BACK, rollback=way.steps)
    assert moves(made, back) == ["start A"]


def test_an_undo_that_takes_longer_than_planned_is_said_to_be_overdue_once(plan: Make) -> None:
    """Nobody ends it. Where nothing was planned, its task's own half hour counts."""
    made = plan(PAIR)
    done = at(A=TaskProgress(state=S.DONE, touched=True))
    (step,) = plan_rollback(made, done).steps
    assert step.seconds == 600

    def said(minutes: int, seconds: float = 600, **changes: Any) -> list[str]:
        undoing = TaskProgress(
            state=S.UNDOING, role="undo", active="undo-1", started=NOW - timedelta(hours=1),
            ended=NOW - timedelta(minutes=30), undo_began=NOW - timedelta(minutes=minutes),
        )  # fmt: skip
        back = replace(at(A=changed(undoing, **changes)), phase=RunPhase.ROLLING_BACK,
                       rollback=(replace(step, seconds=seconds),))  # fmt: skip
        return moves(made, back)

    assert (said(10), said(11), said(11, overdue=True)) == ([], ["overdue A"], [])
    assert (said(30, 0), said(31, 0)) == ([], ["overdue A"])
    assert said(31, 0, ended=None) == []
    # A person's undo, too: no worker is at it.
    assert said(11, active="") == ["overdue A"]


# --- people's actions -------------------------------------------------------------------------

MANUAL = f"""
  - {{id: M, kind: manual, title: M, owner: ops, verifier: check, {UNDO}}}
  - {{id: P, kind: manual, title: P, owner: ops, probe: {{kind: command, argv: [p]}}, {UNDO}}}
  - {{id: A, kind: command, title: A, argv: [x], {UNDO}, probe: {{kind: command, argv: [p]}},
     verifier: check}}
"""


def do(plan: Plan, progress: Progress, task: str, verb: str, person: str = "li") -> TaskState:
    """Press a button with all it may need; the second person is somebody else."""
    press = Press(
        verb=verb, person=person, reason="because", second="claire", result="done",
        assignee="raj", eta=NOW, what="earliest", evidence=True,
    )  # fmt: skip
    return act(plan, progress, plan.task(task), press)


def test_a_workers_task_is_not_completed_by_hand_words(plan: Make) -> None:
    made = plan(MANUAL)
    working = TaskProgress(state=S.RUNNING, active="1", role="run")
    with pytest.raises(Refused, match="allowed now: stop"):
        do(made, at(A=working), "A", "complete")
    with pytest.raises(Refused, match="allowed now: stop"):
        do(made, at(A=working), "A", "fail")
    assert do(made, at(A=working), "A", "stop") is S.STOPPING


def test_there_is_no_worker_to_stop_behind_a_person(plan: Make) -> None:
    with pytest.raises(Refused, match="allowed now: complete, fail, reassign, estimate, attach"):
        do(plan(MANUAL), at(M=S.RUNNING), "M", "stop")


def test_who_did_it_does_not_verify_it(plan: Make) -> None:
    made = plan(MANUAL)
    done = TaskProgress(state=S.VERIFYING, person="tom")
    with pytest.raises(Refused, match="'tom' did it and may not verify it"):
        do(made, at(M=done), "M", "verify", "tom")
    with pytest.raises(Refused, match="'li' does not hold the role 'check'"):
        do(made, at(M=changed(done, person="mei")), "M", "verify", "li")
    assert do(made, at(M=changed(done, person="li")), "M", "verify", "tom") is S.DONE


def test_who_began_it_does_not_verify_what_another_completed(plan: Make) -> None:
    """Both hold both roles: A began it, B completed it, only C may verify."""
    made = plan(MANUAL)
    began = TaskProgress(state=S.VERIFYING, starter="tom", person="li")
    with pytest.raises(Refused, match="'tom' began it and may not verify it"):
        do(made, at(M=began), "M", "verify", "tom")
    task = made.task("M")
    start = Press(verb="start", person="tom")
    running = apply(at(M=S.WAITING), task, start, S.RUNNING, NOW)
    handed = apply(at(M=running), task, Press(verb="reassign", person="zhao", assignee="li"),
                   S.RUNNING, NOW)  # fmt: skip
    assert (handed.person, handed.starter) == ("li", "tom")


HANDS = f"""
  - {{id: M, kind: manual, title: M, owner: fin, {UNDO}}}
  - {{id: P, kind: manual, title: P, owner: fin, {UNDO}}}
  - {{id: Q, kind: manual, title: Q, owner: fin, {UNDO}}}
  - {{id: N, kind: manual, title: N, owner: ops, {UNDO}}}
"""


def test_a_person_begins_one_manual_task_at_a_time(plan: Make) -> None:
    made = plan(HANDS)
    busy = at(M=TaskProgress(state=S.RUNNING, person="mei", starter="mei"), P=S.WAITING)
    with pytest.raises(Refused, match="'mei' is doing 'M', and a person does one manual task"):
        act(made, busy, made.task("P"), Press(verb="start", person="mei"))
    # A reason is recorded with the press; another person, or who gave the other away, is free.
    for press in (Press(verb="start", person="mei", reason="it only waits"),
                  Press(verb="start", person="raj")):  # fmt: skip
        assert act(made, busy, made.task("P"), press) is S.RUNNING
    given = changed(busy.of("M"), person="raj", assignee="raj")
    free = at(M=given, P=S.WAITING)
    assert act(made, free, made.task("P"), Press(verb="start", person="mei")) is S.RUNNING


def test_what_is_in_hand_is_not_given_to_somebody_at_work(plan: Make) -> None:
    made = plan(HANDS)
    busy = at(M=TaskProgress(state=S.RUNNING, person="mei"),
              P=TaskProgress(state=S.RUNNING, person="raj"))  # fmt: skip
    press = Press(verb="reassign", person="zhao", assignee="mei")
    with pytest.raises(Refused, match="'mei' is doing 'M'"):
        act(made, busy, made.task("P"), press)
    assert act(made, busy, made.task("P"), replace(press, reason="only she can")) is S.RUNNING


def test_nobody_is_asked_for_two_manual_tasks_at_once(plan: Make) -> None:
    """fin is mei and her deputy raj, ops is li alone."""
    made = plan(HANDS)
    assert moves(made, at()) == ["open M", "open P", "open N"]
    assert moves(made, at(M=S.WAITING, N=S.RUNNING)) == ["open P"]
    assert moves(made, at(M=S.WAITING, P=S.RUNNING, N=S.DONE)) == []
    # Whoever a person named is asked all the same, and takes nobody else's place twice.
    named = TaskProgress(assignee="li")
    assert moves(made, at(M=S.WAITING, P=S.WAITING, N=S.WAITING, Q=named)) == ["open Q"]
    # Both on fin's tasks are one person's: the other one is free.
    mei = TaskProgress(state=S.RUNNING, person="mei")
    assert moves(made, at(M=mei, P=changed(mei), N=S.DONE)) == ["open Q"]


def test_only_people_on_shift_count_as_free(plan: Make) -> None:
    made = plan(HANDS)
    shifts = tuple(
        Shift(person=person, start=f"2026-12-05T{begin}:00+08:00", end=f"2026-12-0{end}:00+08:00")
        for person, begin, end in (("mei", "20:00", "6T02:00"), ("raj", "22:00", "6T08:00"))
    )
    rostered = replace(made, team=replace(made.team, shifts=shifts))
    assert moves(rostered, at(N=S.DONE)) == ["open M"]
    assert moves(rostered, at(N=S.DONE), NOW + timedelta(hours=2)) == ["open M", "open P"]


def test_a_manual_task_needs_its_verifier_or_its_probe(plan: Make) -> None:
    made = plan(MANUAL)
    assert do(made, at(M=S.WAITING), "M", "complete") is S.VERIFYING
    assert do(made, at(P=S.WAITING), "P", "complete") is S.VERIFYING
    assert "start P" in moves(made, at(P=S.VERIFYING, M=S.DONE, A=S.DONE))


def test_nobody_verifies_before_the_probe_has_spoken(plan: Make) -> None:
    made = plan(MANUAL)
    with pytest.raises(Refused, match="cannot be told to verify"):
        do(made, at(A=S.VERIFYING), "A", "verify", "tom")
    assert waits_for_people(made, at(A=S.VERIFYING)) == ()
    probed = TaskProgress(state=S.VERIFYING, probed="passed")
    assert waits_for_people(made, at(A=probed)) == ("A",)
    assert do(made, at(A=probed), "A", "verify", "tom") is S.DONE


@pytest.mark.parametrize(("verb", "state"), [
    ("fail", S.RUNNING), ("hold", S.PENDING), ("skip", S.PENDING), ("waive", S.FAILED),
    ("done-by-hand", S.FAILED), ("resolve", S.UNKNOWN),
])  # fmt: skip
def test_a_reason_is_asked_for(plan: Make, verb: str, state: TaskState) -> None:
    made = plan(MANUAL)
    with pytest.raises(Refused, match="needs a reason"):
        act(made, at(M=state), made.task("M"), Press(verb=verb, person="li"))


def test_only_the_role_completes_and_deputies_hold_it(plan: Make) -> None:
    made = plan(MANUAL.replace("owner: ops, verifier", "owner: fin, verifier"))
    with pytest.raises(Refused, match=r"does not hold the role 'fin' \(ask mei\)"):
        do(made, at(M=S.WAITING), "M", "complete", "li")
    assert do(made, at(M=S.WAITING), "M", "complete", "raj") is S.VERIFYING


@pytest.mark.parametrize("phase", [RunPhase.ROLLING_BACK, RunPhase.ROLLBACK_BLOCKED])
def test_nothing_is_done_any_more_once_the_way_back_is_planned(plan: Make, phase: RunPhase) -> None:
    made = plan(MANUAL)
    back = replace(at(M=S.FAILED, P=S.UNKNOWN, A=S.UNDO_FAILED), phase=phase)
    for task, verb in (("M", "retry"), ("M", "done-by-hand"), ("M", "waive"), ("P", "resolve")):
        with pytest.raises(Refused, match="allowed now: reassign, estimate, attach"):
            do(made, back, task, verb)
    assert do(made, back, "A", "done-by-hand") is S.UNDONE_MANUAL
    assert waits_for_people(made, back) == ("A",)


# --- ends of attempts -------------------------------------------------------------------------


@pytest.mark.parametrize(("end", "outcome", "state"), [
    ("finished", PASSED, S.DONE), ("finished", FAILED, S.FAILED), ("finished", None, S.FAILED),
    ("timeout", None, S.FAILED), ("crashed", PASSED, S.FAILED), ("stopped", None, S.STOPPED),
    ("stopped", PASSED, S.STOPPED), ("fenced", None, S.PENDING),
])  # fmt: skip
def test_how_an_attempt_ends(
    plan: Make, end: str, outcome: Outcome | None, state: TaskState
) -> None:
    working = TaskProgress(state=S.RUNNING, active="1", role="run")
    assert finish(plan(PAIR).task("A"), working, end, outcome).state is state


BROKEN = replace(PASSED, status=Status.BROKEN, summary="no answer")
DOUBT = replace(BROKEN, doubt=True)


@pytest.mark.parametrize(("before", "outcome", "state", "doubt"), [
    ("", DOUBT, S.UNKNOWN, "told"), ("", replace(DOUBT, status=Status.FAILED), S.UNKNOWN, "told"),
    ("", BROKEN, S.FAILED, ""),
    # It could not even look: the doubt there was stays, and a clear word ends it.
    ("told", BROKEN, S.UNKNOWN, "told"), ("lost", BROKEN, S.UNKNOWN, "told"),
    ("told", FAILED, S.FAILED, ""), ("told", PASSED, S.DONE, ""),
])  # fmt: skip
def test_an_engine_that_cannot_tell_how_far_it_got_leaves_a_doubt(
    plan: Make, before: str, outcome: Outcome, state: TaskState, doubt: str
) -> None:
    working = TaskProgress(state=S.RUNNING, active="2", role="run", doubt=before,
                           jobs={"run": "1-a"})  # fmt: skip
    after = finish(plan(PAIR).task("A"), working, "finished", outcome)
    assert (after.state, after.doubt, after.elsewhere) == (state, doubt, state is S.UNKNOWN)
    # The next attempt goes on with the same work as long as nobody knows its end.
    assert bool(after.jobs) == (outcome.status is Status.BROKEN or outcome.doubt)


@pytest.mark.parametrize("end", ["stopped", "timeout", "crashed"])
def test_work_that_may_go_on_elsewhere_is_not_stopped(plan: Make, end: str) -> None:
    task, working = plan(PAIR).task("A"), TaskProgress(state=S.RUNNING, active="1", role="run")
    far = ("work on host 'beta' may go on: no answer",)
    after = finish(task, working, end, None, elsewhere=far)
    assert (after.state, after.elsewhere, after.reason) == (S.UNKNOWN, True, far[0])
    undoing = changed(working, state=S.UNDOING, role="undo", active="undo-1")
    after = finish(task, undoing, end, None, elsewhere=far)
    assert (after.state, after.elsewhere, after.reason) == (S.UNDO_FAILED, True, far[0])


def test_nothing_is_undone_beside_work_that_may_go_on_elsewhere(plan: Make) -> None:
    made = plan(PAIR)
    doubt = TaskProgress(state=S.UNKNOWN, touched=True, doubt="told", elsewhere=True)
    back = replace(at(A=doubt), phase=RunPhase.ABORTING)
    assert moves(made, back) == []
    assert waits_for_people(made, back) == ("A",)
    for verb, result, to in (("stop", "", S.UNKNOWN), ("resolve", "not-done", S.FAILED)):
        press = Press(verb=verb, person="li", reason="r", second="tom", result=result)
        assert act(made, back, made.task("A"), press) is to
        after = apply(back, made.task("A"), press, to, NOW)
        assert after.elsewhere == (verb == "stop")
    assert moves(made, replace(back, tasks={"A": after})) == ["plan-rollback"]


@pytest.mark.parametrize(("rerun", "doubt", "elsewhere", "again"), [
    ("resumable", "lost", True, True), ("resumable", "told", True, False),
    ("safe", "lost", False, True), ("safe", "lost", True, False), ("safe", "told", True, False),
])  # fmt: skip
def test_what_is_rerun_without_a_person(
    plan: Make, rerun: str, doubt: str, *, elsewhere: bool, again: bool
) -> None:
    """Neither what fared no better, nor what is safe to rerun but not beside itself."""
    made = plan(PAIR.replace("title: A", f"title: A, rerun: {rerun}"))
    found = TaskProgress(state=S.UNKNOWN, touched=True, doubt=doubt, elsewhere=elsewhere)
    assert ("retry A" in moves(made, at(A=found))) == again


def test_re_attaching_after_a_told_doubt_begins_an_attempt_at_the_same_work(plan: Make) -> None:
    press = Press(verb="resolve", person="li", reason="r", result="re-attach")
    found = TaskProgress(state=S.UNKNOWN, attempts=1, doubt="told", jobs={"run": "1-a"})
    made = plan(PAIR.replace("title: A", "title: A, rerun: resumable"))
    assert act(made, at(A=found), made.task("A"), press) is S.PENDING
    after = apply(at(A=found), made.task("A"), press, S.PENDING, NOW)
    assert (after.active, after.jobs) == ("", {"run": "1-a"})
    assert moves(made, at(A=after)) == ["start A"]
    unsafe = plan(PAIR)
    with pytest.raises(Refused, match=r"not declared safe to begin again \(say done or not-done\)"):
        act(unsafe, at(A=found), unsafe.task("A"), press)


@pytest.mark.parametrize(("state", "passed", "then"), [
    (S.VERIFYING, True, S.VERIFYING), (S.VERIFYING, False, S.FAILED),
    (S.UNKNOWN, True, S.VERIFYING), (S.UNKNOWN, False, S.UNKNOWN), (S.FAILED, True, S.FAILED),
])  # fmt: skip
def test_how_a_probe_ends(plan: Make, state: TaskState, then: TaskState, *, passed: bool) -> None:
    probing = TaskProgress(state=state, active="probe-1", role="probe")
    after = finish(plan(MANUAL).task("A"), probing, "finished", PASSED if passed else FAILED)
    assert after.state is then
    assert after.probed == ("passed" if passed else "failed")
    assert not after.active


@pytest.mark.parametrize("state", [S.VERIFYING, S.UNKNOWN, S.WAITING])
def test_a_probe_that_was_not_begun_says_nothing(plan: Make, state: TaskState) -> None:
    """A newer controller took over before it looked: the work is not failed for that."""
    probing = TaskProgress(state=state, active="probe-1", role="probe")
    after = finish(plan(MANUAL).task("A"), probing, "fenced", None)
    assert (after.state, after.probed, after.active) == (state, "", "")


def test_an_undo_that_was_not_begun_is_begun_again_without_a_person(plan: Make) -> None:
    """Found by controllers that died while an undo's worker was starting."""
    made = plan(PAIR)
    undoing = TaskProgress(state=S.UNDOING, active="undo-1", role="undo", undos=1, touched=True)
    after = finish(made.task("A"), undoing, "fenced", None)
    step = RollbackStep(id="A.undo", task="A", role="undo", after=())
    back = replace(at(A=after), phase=RunPhase.ROLLING_BACK, rollback=(step,))
    (move,) = next_moves(made, back, NOW)
    assert (move.verb, move.task, move.number) == ("start", "A", "undo-2")


def test_what_a_person_stopped_before_it_began_stays_stopped(plan: Make) -> None:
    task = plan(PAIR).task("A")
    stopping = TaskProgress(state=S.STOPPING, active="1", role="run")
    assert finish(task, stopping, "fenced", None).state is S.STOPPED
    undoing = TaskProgress(state=S.UNDOING, active="undo-1", role="undo", stop_asked=True)
    after = finish(task, undoing, "fenced", None)
    assert (after.state, after.reason) == (S.UNDO_FAILED, "")


def test_a_wait_that_a_person_failed_stays_failed(plan: Make) -> None:
    made = plan("  - {id: W, kind: wait, title: W, until: {probe: {kind: command, argv: [p]}}}\n")
    for state, then in ((S.WAITING, S.DONE), (S.FAILED, S.FAILED)):
        probing = TaskProgress(state=state, active="probe-1", role="probe")
        assert finish(made.task("W"), probing, "finished", PASSED).state is then


@pytest.mark.parametrize(("rerun", "probed", "next_move"), [
    ("unsafe", "", "start A"), ("unsafe", "failed", ""), ("safe", "failed", "retry A"),
    ("resumable", "failed", "retry A"), ("safe", "", "start A"),
])  # fmt: skip
def test_a_doubt_is_probed_and_only_what_may_rerun_is_rerun(
    plan: Make, rerun: str, probed: str, next_move: str
) -> None:
    made = plan(MANUAL.replace("title: A", f"title: A, rerun: {rerun}"))
    doubt = TaskProgress(state=S.UNKNOWN, probed=probed, touched=True)
    found = next_moves(made, at(A=doubt, M=S.DONE, P=S.DONE), NOW)
    assert [f"{move.verb} {move.task}" for move in found] == [next_move] * bool(next_move)
    assert all(move.role == "probe" for move in found if move.verb == "start")


def test_retries_are_counted_and_end(plan: Make) -> None:
    made = plan(PAIR.replace("title: A", "title: A, on_fail: retry 2"))
    for attempts, again in ((1, True), (2, True), (3, False)):
        failed = TaskProgress(state=S.FAILED, attempts=attempts)
        assert ("retry A" in moves(made, at(A=failed))) == again


# --- what must come back ----------------------------------------------------------------------


def test_what_was_touched_and_then_skipped_is_still_undone(plan: Make) -> None:
    """Somebody skips a failed task: half an effect may be there."""
    made = plan(PAIR)
    progress = at(A=TaskProgress(state=S.SKIPPED, touched=True), B=TaskProgress(state=S.SKIPPED))
    assert [task.id for task in effects_of(made, progress)] == ["A"]


def test_a_skipped_irreversible_task_that_had_begun_is_past_the_point(plan: Make) -> None:
    made = plan(
        "  - {id: G, kind: gate, title: G, owner: steer, ponr: true, criteria: {G: passed}}\n"
        "  - {id: Z, kind: command, title: Z, argv: [x], after: [G], undo: {irreversible: it is}}\n"
    )
    assert past_point_of_no_return(made, at(Z=TaskProgress(state=S.SKIPPED, touched=True))) == (
        "Z",
    )
    assert past_point_of_no_return(made, at(Z=TaskProgress(state=S.SKIPPED))) == ()


RESTORED = f"""
  - {{id: CP, kind: checkpoint, title: CP, covers: [db], {UNDO},
     take: {{kind: command, argv: [t]}}, restore: {{kind: command, argv: [r], est: [1, 2]}}}}
  - {{id: G, kind: gate, title: G, owner: steer, ponr: true, criteria: {{CP: passed}}, after: [CP]}}
  - {{id: L, kind: command, title: L, argv: [x], {UNDO}, after: [G], touches: [db]}}
  - {{id: Z, kind: command, title: Z, argv: [x], undo: {{irreversible: sent}}, after: [G],
     touches: [db]}}
"""


def test_a_restore_brings_nothing_irreversible_back(plan: Make) -> None:
    made = plan(RESTORED)
    done = TaskProgress(state=S.DONE, touched=True)
    way = plan_rollback(made, at(CP=done, G=S.DONE, L=done, Z=done))
    assert way.lost == ("Z",)
    assert [step.replaces for step in way.steps if step.role == "restore"] == [("L",)]


def test_a_checkpoint_is_restored_and_then_removed(plan: Make) -> None:
    """Two steps of one task: the first one's end is not the second's."""
    made = plan(RESTORED)
    done = TaskProgress(state=S.DONE, touched=True)
    progress = at(CP=done, G=S.DONE, L=done)
    way = plan_rollback(made, progress)
    assert {step.id for step in way.steps} == {"CP.restore", "CP.undo"}
    back = replace(progress, phase=RunPhase.ROLLING_BACK, rollback=way.steps)
    assert [move.role for move in next_moves(made, back, NOW)] == ["restore"]
    restored = replace(
        back,
        tasks={**back.tasks, "CP": changed(done, state=S.UNDONE)},
        undone=frozenset({"CP.restore"}),
    )
    assert [move.role for move in next_moves(made, restored, NOW)] == ["undo"]
    finished = replace(restored, undone=frozenset({"CP.restore", "CP.undo"}))
    assert next_moves(made, finished, NOW) == (Move(verb="rolled-back"),)


# --- ends of runs -----------------------------------------------------------------------------


def test_a_rehearsal_turns_back_when_its_abort_point_is_settled(plan: Make) -> None:
    made = plan(PAIR.replace("title: B", "title: B, on_fail: retry 1"), "rehearsal")
    goal = replace(made, abort_at="B")
    printed = replace(at(A=S.DONE), fingerprints=frozenset({"before"}))

    def after(found: TaskProgress) -> list[str]:
        return moves(goal, replace(printed, tasks={**printed.tasks, "B": found}))

    assert after(TaskProgress(state=S.DONE)) == ["abort"]
    assert after(TaskProgress(state=S.FAILED, attempts=2)) == ["abort"]
    assert after(TaskProgress(state=S.FAILED, attempts=1)) == ["retry B"]
    assert after(TaskProgress(state=S.RUNNING, active="1", role="run")) == []


def test_a_live_run_is_compared_with_before_as_a_rehearsal_is(plan: Make) -> None:
    made = plan(PAIR)
    assert [move.reason for move in next_moves(made, Progress(), NOW)] == ["before"]
    back = replace(at(), phase=RunPhase.ROLLED_BACK, fingerprints=frozenset({"before"}))
    assert [(move.verb, move.reason) for move in next_moves(made, back, NOW)] == [
        ("fingerprint", "after")
    ]
    seen = replace(back, fingerprints=frozenset({"before", "after"}))
    assert moves(made, seen) == ["close"]
    assert next_moves(plan(PAIR, "check"), at(), NOW)[0].verb == "start"


def test_an_abort_is_automatic_in_a_rehearsal_only(plan: Make) -> None:
    tasks = PAIR.replace("title: A", "title: A, on_fail: rollback")
    printed = replace(at(A=S.FAILED), fingerprints=frozenset({"before"}))
    assert moves(plan(tasks, "rehearsal"), printed) == ["abort"]
    assert moves(plan(tasks), printed) == ["ask-abort A"]


def test_nothing_is_undone_while_something_is_at_work(plan: Make) -> None:
    made = plan(LOCKED)
    working = TaskProgress(state=S.RUNNING, active="1", role="run", touched=True)
    aborting = replace(at(A=working, C=S.WAITING), phase=RunPhase.ABORTING)
    assert moves(made, aborting) == ["stop A", "withdraw C"]
    stopping = changed(aborting.of("A"), state=S.STOPPING)
    assert moves(made, replace(aborting, tasks={"A": stopping})) == []
    stopped = changed(stopping, state=S.STOPPED, active="")
    assert moves(made, replace(aborting, tasks={"A": stopped})) == ["plan-rollback"]


def test_a_live_run_ends_live_and_a_closed_one_is_over(plan: Make) -> None:
    made = plan(PAIR)
    assert moves(made, at(A=S.DONE, B=S.SKIPPED)) == ["live"]
    assert moves(made, replace(at(A=S.DONE), phase=RunPhase.LIVE)) == ["close"]
    assert moves(made, replace(at(A=S.DONE), phase=RunPhase.CLOSED)) == []
