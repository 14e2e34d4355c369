"""People decide on a release: who may, with what reason, on what evidence, and until when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from golive.cli.release import freeze_release
from golive.errors import Problem, Refused, SpecError
from golive.gate.assessment import Assessment, Condition, Recommendation
from golive.gate.criteria import CriterionState
from golive.project import load_project
from golive.record.actors import this_actor
from golive.record.ledger import verify_ledger
from golive.record.releases import ledger_path
from golive.run.deciding import approve_waiver, decide_release, request_waiver
from golive.run.gathering import gather, tell
from golive.run.guards import Standing, file_system_of, guards, release_of
from golive.run.opening import open_run
from golive.run.preflight import missing_secrets
from golive.runbook.conditions import ConditionTask, with_conditions
from golive.runbook.loading import load_runbook
from golive.runbook.planning import make_plan

RUNBOOK = "cutover_playbooks/runbook.yaml"
ITEM = "features/sales/orders.feature::An order is refused"
SOON = datetime(2030, 1, 1, tzinfo=UTC)


class Meeting:
    """The people of a release and what they do."""

    def __init__(self, site: Any) -> None:
        self.site = site
        self.project = site.project
        self.loaded = load_runbook(self.project.root, RUNBOOK)

    def facts(self) -> Any:
        return gather(self.project, "wave-1", at=datetime.now(UTC), ask=self.site.ask)

    def assessment(self) -> Assessment:
        return tell(self.facts())["en"]

    def decide(
        self, person: str, decision: str, reason: str = "", *conditions: Condition,
        assurance: str = "claimed",
    ) -> Assessment:  # fmt: skip
        facts = self.facts()
        decide_release(
            self.project, facts, tell(facts), team=self.loaded.team, runbook=self.loaded.runbook,
            actor=this_actor(person, assurance=assurance), decision=decision, reason=reason,
            conditions=conditions,
        )  # fmt: skip
        return self.assessment()

    def waive(self, person: str = "mei", **changes: Any) -> str:
        wanted: dict[str, Any] = {
            "reason": "a known gap", "risk": "one clerk waits", "owner": "li",
            "expires": datetime.now(UTC) + timedelta(days=3),
        }  # fmt: skip
        record = request_waiver(
            self.project, tell(self.facts()), [changes.pop("item", "refused")],
            actor=this_actor(person, assurance="claimed"), team=self.loaded.team, kind="demo",
            **(wanted | changes),
        )  # fmt: skip
        return str(record.data["id"])

    def approve(self, waiver: str, person: str) -> Assessment:
        facts = self.facts()
        approve_waiver(
            self.project, tell(facts)["en"], waiver, team=self.loaded.team, facts=facts,
            actor=this_actor(person, assurance="claimed"),
        )  # fmt: skip
        return self.assessment()

    def freeze(self, change: str = "", reason: str = "") -> Any:
        return freeze_release(
            self.site.project, "wave-1", actor=this_actor("zhao", assurance="claimed"),
            runbook=RUNBOOK, change=change, reason=reason,
        )  # fmt: skip

    def standing(self) -> Standing:
        now = datetime.now(UTC)
        facts = self.facts()
        return Standing(
            plan=make_plan(self.loaded, mode="live", t0=now, bind_live=True),
            environment=self.project.resolve(), facts=facts, assessment=tell(facts)["en"], now=now,
        )  # fmt: skip

    def guards(self, **changes: Any) -> tuple[Problem, ...]:
        return guards(self.project, replace(self.standing(), **changes))


@pytest.fixture
def meeting(site: Any) -> Meeting:
    return Meeting(site)


def test_the_quorum_decides_and_silence_is_no_consent(meeting: Meeting):
    found = meeting.decide("zhao", "go")
    assert (found.decided, found.missing) == ("", ("steer: 1 of 2 have said go",))
    # Saying it twice does not count twice.
    assert meeting.decide("zhao", "go").decided == ""
    found = meeting.decide("claire", "go")
    assert (found.decided, found.missing) == ("go", ())
    last = found.decisions[-1]
    assert last.statement.startswith("I have read the assessment of release 'wave-1' (lock ")
    assert last.statement.endswith("I decide GO.")
    assert [one.void for one in found.decisions] == ["said otherwise since", "", ""]
    assert verify_ledger(meeting.project.reports / "ledger.jsonl").problems == ()


def test_one_no_go_is_a_no_go_until_they_say_otherwise(meeting: Meeting):
    meeting.decide("zhao", "go")
    meeting.decide("raj", "go")
    assert meeting.decide("claire", "no-go", "the printers").decided == "no-go"
    assert meeting.decide("claire", "abstain").decided == "go"


@pytest.mark.parametrize(
    ("person", "decision", "why"),
    [
        ("nobody", "go", "is not in the team"),
        ("li", "go", "is not 'li' to decide"),
        ("zhao", "no-go", "recommends go, so no-go needs a reason"),
        ("zhao", "conditional", "conditional without a condition"),
    ],
)
def test_who_may_not_or_not_so_is_told_why(meeting: Meeting, person: str, decision: str, why: str):
    with pytest.raises(Refused, match=why):
        meeting.decide(person, decision, "because" if decision == "conditional" else "")


def test_against_the_evidence_needs_a_reason_and_stays_on_page_1(meeting: Meeting):
    meeting.site.uat({ITEM: "failed"})
    with pytest.raises(Refused, match="recommends no-go, so go needs a reason"):
        meeting.decide("zhao", "go")
    meeting.decide("zhao", "go", "we sell nothing else")
    found = meeting.decide("claire", "go", "so do we")
    assert found.decided == "go"
    assert found.recommendation is Recommendation.NO_GO
    assert [one.reason for one in found.decisions] == ["we sell nothing else", "so do we"]


def test_a_go_covers_what_was_known_and_nothing_newer(meeting: Meeting):
    meeting.decide("zhao", "go")
    assert meeting.decide("claire", "go").decided == "go"
    meeting.site.uat({ITEM: "failed"})
    found = meeting.assessment()
    assert found.decided == ""
    assert all(one.void.startswith("since then: ") for one in found.decisions)


def test_freezing_anew_takes_every_word_back_and_shows_what_changed(meeting: Meeting):
    meeting.decide("zhao", "go")
    meeting.decide("claire", "go")
    with pytest.raises(Refused, match="what was agreed changes only by a change"):
        meeting.freeze()
    path = Path(meeting.project.root) / "pyproject.toml"
    path.write_text(path.read_text("utf-8").replace("= 2\ndual", "= 1\ndual"), encoding="utf-8")
    lock, before, _ = meeting.freeze("CHG-7", "one cycle is enough")
    assert (before.number, lock.number) == (1, 2)
    found = Meeting(meeting.site).assessment()
    assert found.decided == ""
    assert {one.void for one in found.decisions} == {"the release was frozen anew since"}
    (change,) = found.changes
    assert (change.person, change.change, change.reason) == ("zhao", "CHG-7", "one cycle is enough")
    assert [(one.what, one.old, one.new) for one in change.entries] == [
        ("policy dual_run_cycles", "2", "1")
    ]
    # What was tested under the first lock still is what the second expects.
    assert found.recommendation is Recommendation.GO
    folder = meeting.project.reports / "releases" / "wave-1"
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["lock-1.json", "lock-2.json", "lock.json"]


def test_a_lock_asks_for_people_who_exist(meeting: Meeting):
    path = Path(meeting.project.root) / "pyproject.toml"
    text = path.read_text("utf-8")
    path.write_text(text.replace("{ steer = 2 }", "{ steer = 4, board = 1 }"), encoding="utf-8")
    with pytest.raises(SpecError) as told:
        meeting.freeze("CHG-1", "why")
    words = str(told.value)
    assert "quorum 'steer': asks for 4 people, the team has 3" in words
    assert "quorum 'board': asks for 1 people, the team has 0" in words


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("rehersals = 1", "unknown key 'rehersals' (did you mean 'rehearsals'?)"),
        ("uat_passed = 98", "uat_passed 98 is no share from 0 to 1"),
        ('status = "green"', "unknown key 'status'"),
        ("quorum = {}", "quorum names no role"),
    ],
)
def test_a_policy_that_cannot_be_is_refused_with_its_line(meeting: Meeting, line: str, why: str):
    path = Path(meeting.project.root) / "pyproject.toml"
    text = path.read_text("utf-8")
    cut = text.replace("quorum = { steer = 2 }\n", "") if line.startswith("quorum") else text
    path.write_text(f"{cut}{line}\n", encoding="utf-8")
    with pytest.raises(SpecError) as told:
        meeting.freeze("CHG-1", "why")
    assert why in str(told.value)
    assert str(told.value).startswith("pyproject.toml:")


def test_a_waiver_needs_two_people_and_makes_a_conditional_go(meeting: Meeting):
    meeting.site.uat({ITEM: "failed"})
    waiver = meeting.waive()
    assert meeting.assessment().recommendation is Recommendation.NO_GO
    for person, why in (
        ("mei", "asked for it or owns it"), ("li", "asked for it or owns it"),
        ("ghost", "is not in the team"),
    ):  # fmt: skip
        with pytest.raises(Refused, match=why):
            meeting.approve(waiver, person)
    found = meeting.approve(waiver, "zhao")
    assert found.recommendation is Recommendation.CONDITIONAL
    assert (found.waivers[0].approver, found.waivers[0].void) == ("zhao", "")
    with pytest.raises(Refused, match="was approved by zhao already"):
        meeting.approve(waiver, "claire")
    # It fails in another way: the waiver was not for that.
    meeting.site.uat({ITEM: "broken"})
    assert meeting.assessment().recommendation is Recommendation.NO_GO


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"reason": ""}, "has no reason"),
        ({"risk": ""}, "has no risk"),
        ({"owner": "ghost"}, "is nobody of the team"),
        ({"expires": datetime(2020, 1, 1, tzinfo=UTC)}, "expired already"),
        ({"item": "approved"}, "passed; there is nothing to waive"),
        ({"item": "orders.feature"}, "could be several items"),
        ({"item": "no such"}, "is no item of the release"),
    ],
)
def test_a_waiver_that_cannot_be_is_refused(meeting: Meeting, changes: dict[str, Any], why: str):
    meeting.site.uat({ITEM: "failed"})
    with pytest.raises(Refused, match=why):
        meeting.waive(**changes)


def test_s1_is_never_waived(meeting: Meeting):
    meeting.site.uat({"features/sales/orders.feature::An order is approved": "failed"})
    with pytest.raises(Refused, match="S1, which is never waived"):
        meeting.waive(item="approved")


def told(problems: Sequence[Problem]) -> str:
    return "\n".join(str(problem) for problem in problems)


def test_every_guard_that_does_not_hold_is_told_at_once(meeting: Meeting):
    meeting.site.uat({ITEM: "failed"})
    real = make_plan(meeting.loaded, mode="live")
    bare = replace(real, fingerprint="0" * 64, team=replace(real.team, shifts=()))
    environment = replace(meeting.project.resolve(), kind="test")
    words = told(meeting.guards(plan=bare, environment=environment))
    assert "environment 'test': is of kind 'test', and a cutover is of the live one" in words
    assert "plan: is 000000000000, the release was frozen with" in words
    assert "release 'wave-1': has no GO: steer: 0 of 2 have said go" in words
    assert "window: begins at 2026-12-05T20:00:00+08:00" in words or "window: ended" in words
    assert "roster: names nobody for the window" in words


def test_with_a_go_and_a_rehearsal_every_guard_holds(meeting: Meeting):
    meeting.decide("zhao", "go")
    meeting.decide("claire", "go")
    assert meeting.guards() == ()


def test_live_nobody_decides_or_verifies_without_a_pin(meeting: Meeting):
    meeting.decide("zhao", "go")
    meeting.decide("claire", "go")
    live = replace(meeting.project.resolve(), kind="live")
    plan = make_plan(meeting.loaded, mode="live", t0=datetime.now(UTC), bind_live=True)
    first, *rest = plan.runbook.tasks
    tasks = (replace(first, verifier="steer"), *rest)
    plan = replace(plan, runbook=replace(plan.runbook, tasks=tasks))
    words = told(meeting.guards(environment=live, plan=plan))
    role = plan.team.roles["steer"]
    for name in (*role.people, *role.deputies):
        assert f"person '{name}': has no PIN and decides or verifies as " in words
        assert f"(golive team pin {name})" in words
    people = {key: replace(one, pin="scrypt$") for key, one in plan.team.people.items()}
    proven = replace(plan, team=replace(plan.team, people=people))
    assert "PIN" not in told(meeting.guards(environment=live, plan=proven))


def test_live_it_must_be_said_what_of_the_old_system_is_compared(meeting: Meeting):
    live = replace(meeting.project.resolve(), kind="live")
    assert "is compared after a way back" not in told(meeting.guards(environment=live))
    path = meeting.project.root / "pyproject.toml"
    path.write_text(path.read_text().replace('databases = ["old"]', "databases = []"))
    words = told(Meeting(meeting.site).guards(environment=live))
    assert "environment 'test': does not say what of the old system is compared" in words
    assert "add [tool.golive.environments.test.fingerprint]" in words


@pytest.mark.parametrize("id_", ["rehearsals", "rollback", "record"])
def test_no_waiver_opens_a_cutover(meeting: Meeting, id_: str):
    meeting.decide("zhao", "go")
    meeting.decide("claire", "go")
    found = meeting.assessment()
    findings = tuple(
        replace(one, state=CriterionState.WAIVED) if one.id == id_ else one
        for one in found.findings
    )  # fmt: skip
    (problem,) = meeting.guards(assessment=replace(found, findings=findings))
    assert "a waiver does not open a cutover" in str(problem)


def test_a_hole_in_the_roster_an_old_rehearsal_and_a_stale_go_hold_it_back(meeting: Meeting):
    meeting.decide("zhao", "go")
    meeting.decide("claire", "go")
    plan = make_plan(meeting.loaded, mode="live", t0=datetime.now(UTC), bind_live=True)
    (shift,) = plan.team.shifts
    later = (datetime.fromisoformat(shift.start) + timedelta(hours=3)).isoformat()
    holed = replace(plan, team=replace(plan.team, shifts=(replace(shift, start=later),)))
    assert "roster 'lead': has a hole from" in told(meeting.guards(plan=holed))
    meeting.site.uat({ITEM: "failed"})
    words = told(meeting.guards())
    assert "decision of zhao: does not hold any more: since then: " in words
    (meeting.site.root / "change.py").write_text("# another\n")
    words = told(Meeting(meeting.site).guards())
    assert "Was the cutover rehearsed as it will be run?" in words
    assert "Is the plan the one that was frozen?" in words


def test_a_window_that_is_over_or_not_yet_open_is_refused(meeting: Meeting):
    plan = make_plan(meeting.loaded, mode="live")
    start = datetime.fromisoformat(plan.t0)
    for now, why in (
        (start - timedelta(hours=1), "begins at"), (start + timedelta(hours=13), "ended at"),
    ):  # fmt: skip
        assert why in told(meeting.guards(plan=plan, now=now))


def test_what_the_machine_the_ledger_and_another_run_say_against_it(
    meeting: Meeting, monkeypatch: pytest.MonkeyPatch
):
    """Each alone keeps a cutover from beginning that everything else speaks for."""
    meeting.decide("zhao", "go")
    meeting.decide("claire", "go")
    standing = meeting.standing()
    assert guards(meeting.project, standing) == ()
    with monkeypatch.context() as patch:
        patch.setattr("golive.run.guards.file_system_of", lambda path: "nfs4")
        assert told(guards(meeting.project, standing)) == (
            "reports/: is on a network file system (nfs4) "
            "(keep the record on a disk of this machine)"
        )
        patch.setattr("sys.platform", "darwin")
        assert "machine: is not Linux" in told(guards(meeting.project, standing))
    live = replace(standing.plan, mode="live")
    open_run(meeting.project.runs / "night", live, standing.environment,
             actor=this_actor("zhao", assurance="claimed"))  # fmt: skip
    assert told(guards(meeting.project, standing)) == (
        "run 'night': is not closed (golive resume night, or look: golive status night)"
    )
    ledger = ledger_path(meeting.project.reports)
    ledger.write_bytes(ledger.read_bytes().replace(b'"zhao"', b'"mallory"', 1))
    (problem, *_) = [one for one in guards(meeting.project, standing) if "ledger" in str(one)]
    assert "record" in problem.message or "hash" in problem.message


def test_a_secret_that_is_not_where_it_should_be_is_told_before_the_night(
    meeting: Meeting, monkeypatch: pytest.MonkeyPatch
):
    project = meeting.site.root / "pyproject.toml"
    project.write_text(project.read_text().replace(
        "[tool.golive.environments.test.sites]",
        '[tool.golive.environments.test.secrets]\npw = {env = "NIGHT_PW"}\n'
        'key = {file = "key.txt"}\n[tool.golive.environments.test.sites]', 1,
    ))  # fmt: skip
    found = load_project(meeting.site.root, environment="test")
    monkeypatch.delenv("NIGHT_PW", raising=False)
    assert told(missing_secrets(found, found.resolve())) == (
        "secret 'pw': is not in variable NIGHT_PW (put it there before the run)\n"
        "secret 'key': is not in file 'key.txt' (put it there before the run)"
    )
    monkeypatch.setenv("NIGHT_PW", "geheim")
    (meeting.site.root / "key.txt").write_text("geheim\n")
    assert missing_secrets(found, found.resolve()) == ()


def test_the_release_is_found_by_its_runbook(meeting: Meeting):
    found = release_of(meeting.project, RUNBOOK, at=datetime.now(UTC))
    assert found.lock.release == "wave-1"
    with pytest.raises(Refused, match="belongs to no frozen release"):
        release_of(meeting.project, "other.yaml", at=datetime.now(UTC))


@pytest.mark.parametrize(
    ("path", "kind"), [("/data/go/reports", "nfs4"), ("/srv/x", "ext4"), ("/data/gone", "xfs")]
)
def test_the_file_system_is_that_of_the_nearest_mount(path: str, kind: str):
    mounts = (
        "22 1 8:1 / / rw - ext4 /dev/sda rw\n"
        "30 22 0:40 / /data rw,relatime - xfs /dev/sdb rw\n"
        "31 30 0:41 / /data/go rw - nfs4 server:/go rw\n"
    )
    assert file_system_of(Path(path), mounts) == kind


def test_conditions_become_tasks_that_hold_others_back(meeting: Meeting):
    plan = make_plan(meeting.loaded, mode="live")
    wanted = (
        ConditionTask(text="printers checked", owner="mei", due=SOON),
        ConditionTask(text="till tested", owner="li", due=SOON, before="DONE"),
    )
    after = with_conditions(plan, wanted)
    assert after.fingerprint == plan.fingerprint
    first, second = after.task("CONDITION-1"), after.task("CONDITION-2")
    assert (first.kind, first.title, first.deadline) == ("manual", "printers checked",
                                                        SOON.isoformat())  # fmt: skip
    assert after.team.holds("mei", first.owner)
    assert not after.team.holds("li", first.owner)
    assert after.graph["MOVE"] == ("CONDITION-1",)
    assert after.graph["DONE"] == ("MOVE", "CONDITION-2")
    assert second.undo == "none"
    with pytest.raises(ValueError, match="no task 'NONE'"):
        with_conditions(plan, [replace(wanted[0], before="NONE")])


def test_conditions_are_checked_when_they_are_given(meeting: Meeting):
    good = Condition(text="printers", owner="mei", due=SOON)
    for condition, why in (
        (replace(good, owner="ghost"), "'ghost' is nobody"),
        (replace(good, before="NONE"), "task 'NONE' is not in the runbook"),
    ):
        with pytest.raises(Refused, match=why):
            meeting.decide("zhao", "conditional", "later", condition)
    with pytest.raises(Refused, match="'go' takes no condition"):
        meeting.decide("zhao", "go", "", good)
    meeting.decide("zhao", "conditional", "later", good)
    found = meeting.decide("claire", "go")
    assert found.decided == "conditional"
    assert found.decisions[0].conditions == (good,)


def test_simulated_people_count_only_where_the_policy_says_so(meeting: Meeting):
    meeting.decide("zhao", "go", assurance="simulated")
    found = meeting.decide("claire", "go", assurance="simulated")
    assert found.decided == ""
    assert "steer: 0 of 2" in found.missing[0]
