"""Every state and every verb of the tables, as YAML cases a tester can add to; and the effects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from golive.errors import Refused
from golive.runbook.actions import act, apply
from golive.runbook.guards import allowed
from golive.runbook.lifecycle import Progress, RunPhase, TaskProgress, TaskState
from golive.runbook.loading import Loaded
from golive.runbook.planning import Plan, make_plan
from golive.runbook.presses import ACTIONS, Press
from golive.specfile import read_yaml

S = TaskState
NOW = datetime(2026, 12, 5, 13, tzinfo=UTC)
FILE = Path(__file__).parent / "cases" / "actions.yaml"
DATA: dict[str, Any] = read_yaml(FILE).data
QUIET = {"all": {"reassign", "estimate", "attach"}, "attach": {"attach"}, "none": set()}
#: A press that lacks nothing; the cases take away what they want to be missed.
FULL = Press(
    verb="", person="li", reason="because", second="claire", result="done", assignee="li",
    eta=NOW, what="earliest", evidence=True,
)  # fmt: skip


@pytest.fixture
def plan(load: Callable[[str], Loaded]) -> Plan:
    return make_plan(load(DATA["tasks"]), mode="live")


def progress_of(case: dict[str, Any]) -> Progress:
    found = TaskProgress(state=S(case["state"]), **case.get("with", {}))
    others = {name: TaskProgress(state=S(word)) for name, word in case.get("others", {}).items()}
    phase = RunPhase(case.get("phase", "running"))
    return Progress(phase=phase, tasks={case["task"]: found, **others})


def named(case: dict[str, Any]) -> str:
    more = " ".join(str(case[key]) for key in ("verb", "with", "others", "phase") if key in case)
    return f"{case['task']} {case['state']} {more}".strip()


def who(case: dict[str, Any], verb: str) -> str:
    late = "late" in case.get("with", {})
    return {"verify": "tom", "override": "zhao" if late else "li"}.get(verb, "li")


@pytest.mark.parametrize("case", DATA["cases"], ids=named)
def test_what_may_be_told(plan: Plan, case: dict[str, Any]) -> None:
    progress, task = progress_of(case), plan.task(case["task"])
    leads_to = case.get("leads_to", {})
    expected = {*leads_to, *QUIET[case["quiet"]]}
    assert set(allowed(plan, progress, task)) == expected
    for verb in ACTIONS:
        late = "late" in case.get("with", {})
        press = replace(
            FULL, verb=verb, person=who(case, verb), what="lsat" if late else "earliest"
        )
        if verb in expected:
            assert act(plan, progress, task, press) == leads_to.get(verb, case["state"]), verb
            continue
        with pytest.raises(Refused) as refused:
            act(plan, progress, task, press)
        told = str(refused.value)
        assert f"task '{task.id}': is {case['state']}, so it cannot be told to {verb}" in told
        for other in expected:
            assert other in refused.value.problems[0].hint


def test_every_state_of_a_persons_and_of_a_tools_task_is_in_the_table() -> None:
    for task in ("BY-HAND", "BY-TOOL"):
        states = {case["state"] for case in DATA["cases"] if case["task"] == task}
        assert states == {state.value for state in TaskState}


@pytest.mark.parametrize("case", DATA["refusals"], ids=named)
def test_what_a_press_must_bring_along(plan: Plan, case: dict[str, Any]) -> None:
    press = replace(
        FULL, verb=case["verb"], person=case.get("person", "li"), **case.get("keys", {})
    )
    with pytest.raises(Refused) as refused:
        act(plan, progress_of(case), plan.task(case["task"]), press)
    assert case["says"] in str(refused.value)


def test_two_of_the_deciders_let_a_start_break_the_latest_safe_abort(plan: Plan) -> None:
    """The plan has no point of no return, so any two people must; the same one twice is one."""
    late = progress_of({"task": "BY-TOOL", "state": "pending", "with": {"late": "it would"}})
    task = plan.task("BY-TOOL")
    press = replace(FULL, verb="override", what="lsat", person="li")
    once = apply(late, task, press, S.PENDING, NOW)
    twice = apply(replace(late, tasks={"BY-TOOL": once}), task, press, S.PENDING, NOW)
    assert "override" in allowed(plan, replace(late, tasks={"BY-TOOL": twice}), task)
    other = apply(
        replace(late, tasks={"BY-TOOL": once}), task, replace(press, person="mei"), S.PENDING, NOW
    )
    assert "override" not in allowed(plan, replace(late, tasks={"BY-TOOL": other}), task)


@pytest.mark.parametrize(("verb", "state", "to", "changes"), [
    ("complete", "waiting", "verifying", {"person": "li", "touched": True, "attached": 1}),
    ("done-by-hand", "failed", "done_manual", {"person": "li", "touched": True, "ended": NOW}),
    ("skip", "pending", "skipped", {"skip_satisfies": False, "reason": "because", "ended": NOW}),
    ("hold", "pending", "held", {"eta": NOW, "reason": "because"}),
    ("release", "held", "pending", {"eta": None, "reason": ""}),
    ("retry", "failed", "pending", {"reason": "because"}),
    ("retry", "undo_failed", "undo_failed", {"reason": "retry"}),
    ("stop", "unknown", "unknown", {"stop_asked": True, "reason": ""}),
    ("resolve", "unknown", "done", {"ended": NOW}),
    ("reassign", "waiting", "waiting", {"assignee": "li"}),
    ("estimate", "running", "running", {"eta": NOW}),
    ("override", "pending", "pending", {"early": True}),
    ("attach", "done", "done", {"attached": 1, "ended": None}),
])  # fmt: skip
def test_what_an_action_changes(
    plan: Plan, verb: str, state: str, to: str, changes: dict[str, Any]
) -> None:
    before = progress_of({"task": "BY-HAND", "state": state})
    after = apply(before, plan.task("BY-HAND"), replace(FULL, verb=verb), S(to), NOW)
    assert after.state == to
    assert {key: getattr(after, key) for key in changes} == changes


def test_who_was_named_does_it_though_not_of_the_role(plan: Plan) -> None:
    named_for = progress_of({"task": "BY-HAND", "state": "waiting", "with": {"assignee": "mei"}})
    press = replace(FULL, verb="complete", person="mei")
    assert act(plan, named_for, plan.task("BY-HAND"), press) is S.VERIFYING


def test_re_attaching_takes_the_last_attempt_for_in_flight_again(plan: Plan) -> None:
    lost = progress_of({"task": "BY-TOOL", "state": "unknown", "with": {"attempts": 2}})
    press = replace(FULL, verb="resolve", result="re-attach", second="")
    assert act(plan, lost, plan.task("BY-TOOL"), press) is S.RUNNING
    after = apply(lost, plan.task("BY-TOOL"), press, S.RUNNING, NOW)
    assert (after.active, after.role) == ("2", "run")
