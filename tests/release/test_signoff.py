"""golive signoff: a user accepts exactly what a user ran, until something of it changes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from tests.release.conftest import IDS, RELEASE

from golive.cli.release import freeze_release
from golive.cli.signoff import signoff
from golive.errors import GoliveError, Refused
from golive.gate.acceptance import LineState, stale_scenarios
from golive.gate.facts import Facts, TargetState
from golive.gate.items import close_world
from golive.record.actors import this_actor
from golive.run.accepting import accept_process, revoke_acceptance, stand
from golive.run.gathering import gather
from golive.run.testers import find_tester
from golive.runbook.loading import load_runbook

L = LineState
FEATURE = "features/sales/orders.feature"


def facts_of(site: Any, **target: str) -> Facts:
    def ask(environment: object) -> dict[str, TargetState]:
        found = site.ask(environment)
        return {name: replace(one, **target) for name, one in found.items()}

    return gather(site.project, RELEASE, at=datetime.now(UTC), ask=ask)


def lines_of(facts: Facts, language: str = "en") -> dict[str, Any]:
    (process,) = stand(facts, language)
    return {line.id: line for line in process.lines}


def sign(site: Any, person: str = "mei", facts: Facts | None = None, **more: Any) -> Any:
    found = facts or facts_of(site)
    team = load_runbook(site.root, found.lock.runbook).team
    return accept_process(
        site.project, found, stand(found, "en")[0], team=team,
        actor=this_actor(person, assurance="claimed"), **more,
    )  # fmt: skip


def test_a_users_run_is_accepted_item_by_item_with_who_and_which_version(site: Any):
    site.uat(person="mei")
    assert {line.state for line in lines_of(facts_of(site)).values()} == {L.OPEN}
    record = sign(site, comment="as agreed")
    said = record.data
    assert (record.type, said["process"], said["role"]) == ("signoff", "sales", "sales")
    assert (said["name"], said["department"]) == ("陈梅", "销售部")
    assert [item["id"] for item in said["items"]] == list(IDS)
    assert all(item["builds"] == {"new": "b1"} for item in said["items"])
    assert all(item["tester"] == "mei" and item["ran"] for item in said["items"])
    facts = facts_of(site)
    assert stand(facts, "en")[0].complete
    assert stale_scenarios(facts, close_world(facts, "en")) == ()


@pytest.mark.parametrize(
    ("person", "words"),
    [
        ("", "ran without a person's name"),
        ("li", "Li of IT, which is no user acceptance"),
        ("tom", "Tom of a vendor, which is no user acceptance"),
        ("ola", "does not say 'side: business'"),
    ],
)
def test_a_run_that_is_no_users_cannot_be_accepted(site: Any, person: str, words: str):
    site.uat(person=person)
    line = lines_of(facts_of(site))[IDS[0]]
    assert line.state is L.NOT_A_USERS
    assert words in line.reason.en
    with pytest.raises(Refused, match="nothing to accept: 2 not a user's run"):
        sign(site)


@pytest.mark.parametrize(
    ("person", "words"),
    [
        ("li", "is of IT, whose word is no user acceptance"),
        ("tom", "is of a vendor, whose word"),
        ("ola", "is not said to be a user"),
        ("zhao", "is not said to be a user"),
        ("nobody", "is not in the team"),
    ],
)
def test_only_a_user_signs(site: Any, person: str, words: str):
    site.uat(person="mei")
    with pytest.raises(Refused, match=words):
        sign(site, person)


def test_who_is_a_user_of_another_process_does_not_sign(site: Any):
    site.uat(person="mei")
    team = site.root / "team.yaml"
    team.write_text(team.read_text("utf-8").replace("{name: Zhao}", "{name: Z, side: business}"))
    with pytest.raises(Refused, match=r"is not 'zhao' to accept \(ask mei"):
        sign(site, "zhao")
    team.write_text(team.read_text("utf-8").replace("processes: {sales: sales}", "processes: {}"))
    with pytest.raises(Refused, match=r"has no role that accepts it \(in the team's file"):
        sign(site)


def test_a_stranger_or_an_unproven_pin_runs_nothing(site: Any):
    with pytest.raises(Refused, match="is not in the team"):
        find_tester(site.project, "nobody", {})
    team = site.root / "team.yaml"
    team.write_text(team.read_text("utf-8").replace("side: business}", "side: business, pin: x}"))
    with pytest.raises(Refused, match="golive team token"):
        find_tester(site.project, "mei", {})


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def _new(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


#: What changes -> (how, the target's answer, which scenarios it makes stale, why).
CHANGES: dict[str, tuple[Callable[[Any], object], dict[str, str], tuple[str, ...], str, str]] = {
    "one scenario": (
        lambda s: _edit(s.root / FEATURE, "Then it is refused", "Then it is kept"), {}, IDS[1:],
        "text, a concept or a file it uses", "场景内容",
    ),
    "a table in it": (
        lambda s: _edit(s.root / FEATURE, "Then it is approved", "Then it is approved\n  | a |"),
        {}, IDS[:1], "text, a concept or a file it uses", "场景内容",
    ),
    "step code": (
        lambda s: (s.root / "conftest.py").write_text("# new\n"), {}, IDS,
        "phrases, fixtures or hooks", "句式、夹具或钩子",
    ),
    "hooks": (
        lambda s: (s.root / "environment.py").write_text("# new\n"), {}, IDS,
        "phrases, fixtures or hooks", "句式、夹具或钩子",
    ),
    "a concept nobody uses": (
        lambda s: _new(s.root / "steps/concepts/a.concept", 'Concept: I do\n  When I click "A"\n'),
        {}, (), "", "",
    ),
    "the build": (lambda s: None, {"build": "b2"}, IDS, "build b1 of 'new', which is b2", "版本"),
    "the data": (lambda s: None, {"data": "d2"}, IDS, "data cut d1 of 'new', which is d2", "数据"),
    "a scenario gone": (
        lambda s: _edit(s.root / FEATURE, "Scenario: An order is refused", "Scenario: Else"), {},
        IDS[1:], "gone from its feature", "删除",
    ),
    "a later failure": (
        lambda s: s.uat({IDS[0]: "failed"}, person="mei"), {}, IDS[:1],
        "did not pass since", "未通过",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", list(CHANGES))
def test_exactly_what_changed_is_stale_and_says_why(site: Any, name: str):
    change, answer, stale, english, chinese = CHANGES[name]
    site.uat(person="mei", targets={"new": {"build": "b1", "site": "", "data": "d1"}})
    sign(site)
    assert stand(facts_of(site, data="d1"), "en")[0].complete
    change(site)
    facts = facts_of(site, **answer)
    lines = lines_of(facts)
    assert tuple(name for name, line in lines.items() if line.state is L.STALE) == stale
    assert all(english in lines[name].reason.en for name in stale)
    assert all(chinese in lines[name].reason.zh for name in stale)
    assert all(lines[name].state is L.ACCEPTED for name in IDS if name not in stale)
    assert stale_scenarios(facts, close_world(facts, "en")) == stale


def test_a_users_pass_still_stands_when_somebody_else_passes_the_same_later(site: Any):
    site.uat(person="mei")
    before = lines_of(facts_of(site))
    site.uat(person="li")
    after = lines_of(facts_of(site))
    assert {name: (line.state, line.run) for name, line in after.items()} == {
        name: (L.OPEN, before[name].run) for name in before
    }
    # On another build, or after a failure, the user has not seen what is there now.
    site.uat({IDS[0]: "failed", IDS[1]: "passed"}, person="li")
    site.uat(person="li")
    now = lines_of(facts_of(site))
    assert (now[IDS[0]].state, now[IDS[1]].state) == (L.NOT_A_USERS, L.OPEN)
    site.uat(person="li", targets={"new": {"build": "b2", "site": ""}})
    built = lines_of(facts_of(site, build="b2"))
    assert {line.state for line in built.values()} == {L.NOT_A_USERS}


def test_what_was_run_again_is_to_be_accepted_anew(site: Any):
    site.uat(person="mei")
    sign(site)
    site.uat({IDS[0]: "failed"}, person="mei")
    site.uat({IDS[0]: "passed"}, person="mei")
    # It passes as it was accepted, on the same build: the word still holds.
    assert lines_of(facts_of(site))[IDS[0]].state is L.ACCEPTED
    site.uat(person="mei", targets={"new": {"build": "b2", "site": ""}})
    again = lines_of(facts_of(site, build="b2"))
    assert {line.state for line in again.values()} == {L.OPEN}
    assert "run again since: accepted on build b1" in again[IDS[0]].reason.en
    sign(site, facts=facts_of(site, build="b2"))
    assert stand(facts_of(site, build="b2"), "en")[0].complete


def test_what_failed_is_not_accepted_with_the_rest(site: Any):
    site.uat({IDS[0]: "passed", IDS[1]: "failed"}, person="mei")
    record = sign(site)
    assert [item["id"] for item in record.data["items"]] == [IDS[0]]
    assert record.data["left"] == [IDS[1]]
    assert "accept 1 of its 2 scenarios" in record.data["statement"]
    lines = lines_of(facts_of(site))
    assert [lines[name].state for name in IDS] == [L.ACCEPTED, L.NOT_PASSED]


def test_nothing_is_signed_that_was_not_shown(site: Any):
    site.uat(person="mei")
    shown = facts_of(site)
    site.uat({IDS[1]: "failed"}, person="mei")
    with pytest.raises(GoliveError):
        sign(site, facts=shown)


def test_an_acceptance_taken_back_stays_listed(site: Any):
    site.uat(person="mei")
    sign(site)
    facts = facts_of(site)
    team = load_runbook(site.root, facts.lock.runbook).team
    actor = this_actor("mei", assurance="claimed")
    process = stand(facts, "en")[0]
    with pytest.raises(Refused, match="has no reason"):
        revoke_acceptance(site.project, facts, process, team=team, actor=actor, reason="")
    revoke_acceptance(site.project, facts, process, team=team, actor=actor, reason="too early")
    (after,) = stand(facts_of(site), "en")
    assert after.acceptances[0].revoked == "mei: too early"
    assert {line.state for line in after.lines} == {L.OPEN}


def call(site: Any, *words: str) -> Result:
    before = Path.cwd()
    os.chdir(site.root)
    try:
        return CliRunner().invoke(signoff, [*words], env={"GOLIVE_ENV": "test"})
    finally:
        os.chdir(before)


def test_the_sheet_as_text_as_data_and_as_a_page_in_both_languages(site: Any):
    site.uat(person="mei")
    signed = call(site, "sign", "sales", "--as", "mei", "--at", "2026-11-01T09:00:00+08:00")
    assert signed.exit_code == 0, signed.output
    assert "I have seen what was run of 'sales'" in signed.output
    english = call(site, "list", "--html", "sheet.html").output
    assert "sales: 2 of 2 scenarios accepted" in english
    assert "陈梅 (销售部, sales, by name only)" in english
    assert "entered later from paper" in english
    assert "sales：2 个场景中 2 个已验收" in call(site, "list", "sales", "--lang", "zh").output
    data = json.loads(call(site, "list", "--json").output)
    (process,) = data["processes"]
    assert (process["complete"], process["accepted"]) == (True, 2)
    assert process["lines"][0]["tester"]["department"] == "销售部"
    for name, words in (("sheet.html", "Accepted by"), ("sheet.zh.html", "验收人")):
        page = (site.root / name).read_text("utf-8")
        assert words in page
        assert "2026-11-01 09:00" in page
        assert "b1" in page
    unknown = call(site, "list", "purchase")
    assert isinstance(unknown.exception, Refused)


STEPS = '''"""Phrases that pass."""
from behave import step


@step("an order")
@step("it is approved")
@step("it is refused")
@step("it is kept")
def _(context): ...
'''


def pytest_run(site: Any, *words: str) -> subprocess.CompletedProcess[str]:
    """Run pytest as a user does, in the workspace."""
    command = [sys.executable, "-m", "pytest", "features", "-q", "-pno:cacheprovider", *words]
    environment = {**os.environ, "GOLIVE_ENV": "test", "GOLIVE_LANG": "en"}
    return subprocess.run(
        command, cwd=site.root, env=environment, capture_output=True, text=True, check=False,
        timeout=120,
    )  # fmt: skip


def refreeze(site: Any, change: str) -> None:
    freeze_release(
        site.project, RELEASE, actor=this_actor("zhao", assurance="claimed"),
        runbook="cutover_playbooks/runbook.yaml", change=change, reason="as agreed",
    )  # fmt: skip


def test_pytest_runs_again_exactly_what_is_stale_and_names_who_did(site: Any):
    (site.root / "steps").mkdir()
    (site.root / "steps" / "steps.py").write_text(STEPS, encoding="utf-8")
    refreeze(site, "CHG-1")
    assert pytest_run(site, "--as", "mei").returncode == 0
    sign(site)
    nothing = pytest_run(site, "--stale", "--as", "mei")
    assert nothing.returncode == 2
    assert "no scenario is stale, so there is nothing to run again" in nothing.stdout
    _edit(site.root / FEATURE, "Then it is refused", "Then it is kept")
    refreeze(site, "CHG-2")
    again = pytest_run(site, "--stale", "--as", "mei", "-n1")
    assert again.returncode == 0, again.stdout
    assert "1 scenario: 1 passed" in again.stdout
    lines = lines_of(facts_of(site))
    assert [lines[name].state for name in IDS] == [L.ACCEPTED, L.OPEN]
    assert lines[IDS[1]].tester.name == "陈梅"
