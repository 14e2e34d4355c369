"""The uat engine: a task's scenarios in a process of their own, judged closed-world."""

from __future__ import annotations

import json
import stat
import subprocess
import sys

import pytest

from golive.contracts import Environment, Target
from golive.engines import uat as module
from golive.engines.uat import UatEngine
from golive.outcome import Status
from golive.testing import RecordedContext

STEPS = """
import os, pathlib
from behave import then

@then("{count:d} are left")
def left(context, count):
    assert count == 3, f"3 are left, not {count}"

@then("the password of {role} is there and in no variable")
def password(context, role):
    value = context.golive.account(role).password
    assert value == "kanari-9876"
    assert value not in str(dict(os.environ))

@then("it works the second time")
def second(context):
    import pathlib
    tries = pathlib.Path("tries")
    again = tries.exists()
    tries.touch()
    assert again, "not yet"

@then("the process ends")
def ends(context):
    os._exit(0)
"""
FEATURE = """
Feature: Stock
  @smoke
  Scenario: Count
    Then 3 are left
  @wrong
  Scenario: Miscount
    Then 4 are left
  @page
  Scenario: See
    When I open "/"
    Then I should see "Order SO-000123"
    And the field "Status" should be "Approved"
  @secret
  Scenario: Secret
    Then the password of tester is there and in no variable
  @dies
  Scenario: Dies
    Then the process ends
  @unknown
  Scenario: Unknown
    Then 3 is left
  @aside @quarantine
  Scenario: Aside
    Then 4 are left
  @again @flaky
  Scenario: Again
    Then it works the second time
  @empty
  Scenario: Empty
"""


@pytest.fixture
def context(workspace, shop, tmp_path, monkeypatch):
    monkeypatch.delenv("GOLIVE_ATTEMPT_DIR", raising=False)
    workspace.steps(STEPS)
    workspace.feature("s.feature", FEATURE)
    workdir = tmp_path / "work"
    workdir.mkdir()
    target = Target(name="new", url=shop)
    return RecordedContext(
        workspace=workspace.root,
        workdir=workdir,
        environment=Environment(name="demo", kind="demo", targets={"new": target}, facts={}),
        secrets={"tester_password": "kanari-9876"},
    )


def metrics(outcome):
    return {metric.name: metric.value for metric in outcome.metrics if metric.value}


def test_all_passed_with_pictures_kept_and_the_targets_version(context):
    outcome = UatEngine().run({"select": "@smoke or @page or @secret"}, context)
    assert (outcome.status, outcome.summary) == (Status.PASSED, "3 of 3 scenarios passed"), (
        context.said
    )
    assert metrics(outcome) == {"scenarios_passed": 3.0}
    assert (outcome.subject.target_version, outcome.subject.site) == ("b7", "s1")
    assert outcome.subject.environment == "demo"
    assert len(outcome.subject.digest) == 64
    names = [evidence.name for evidence in outcome.evidence]
    assert {"results.json", "junit.xml"} <= set(names)
    assert len([name for name in names if name.startswith("screenshots/")]) == 3
    assert (
        len([n for n in names if n.startswith("allure-results/") and n.endswith("-result.json")])
        == 3
    )
    pictures = [n for n in names if n.startswith("allure-results/") and n.endswith(".jpg")]
    assert len(pictures) == 3


def test_each_step_has_its_picture_inside_its_allure_step(context):
    UatEngine().run({"select": "@page"}, context)
    (path,) = (context.workdir / "allure-results").glob("*-result.json")
    result = json.loads(path.read_text())
    shown = [(step["name"], len(step.get("attachments", ()))) for step in result["steps"]]
    assert shown == [
        ('When I open "/"', 1),
        ('Then I should see "Order SO-000123"', 1),
        ('And the field "Status" should be "Approved"', 1),
    ]


def test_what_is_set_aside_and_what_passed_on_retry_is_said(context):
    outcome = UatEngine().run({"select": "@smoke or @aside or @again"}, context)
    assert (outcome.status, outcome.retries) == (Status.PASSED, 1)
    assert outcome.summary == "2 of 2 scenarios passed (1 on retry; 1 quarantined, not counted)"
    assert metrics(outcome) == {"scenarios_passed": 2.0, "scenarios_quarantined": 1.0}


def test_only_what_is_set_aside_proves_nothing(context):
    outcome = UatEngine().run({"select": "@aside"}, context)
    assert outcome.status is Status.BROKEN


def test_a_failing_scenario_is_named_with_its_reason(context):
    outcome = UatEngine().run({"select": "@smoke or @wrong"}, context)
    assert outcome.status is Status.FAILED
    assert outcome.summary == (
        "1 of 2 scenarios passed; 'Miscount' failed (Then 4 are left): 3 are left, not 4"
    )
    context.language = "zh"
    assert UatEngine().run({"select": "@wrong"}, context).summary == (
        "1 个场景通过 0 个；“Miscount”未通过 (Then 4 are left)：3 are left, not 4"
    )


def test_a_process_that_dies_with_code_0_is_broken(context):
    outcome = UatEngine().run({"select": "@dies"}, context)
    assert outcome.status is Status.BROKEN
    assert "left no record" in outcome.summary


@pytest.mark.parametrize("tag", ["@unknown", "@empty", "@smoke or @empty"])
def test_what_is_not_written_is_broken(context, tag):
    assert UatEngine().run({"select": tag}, context).status is Status.BROKEN


def test_zero_selected_is_broken(context):
    outcome = UatEngine().run({"select": "@nothing"}, context)
    assert outcome.status is Status.BROKEN
    assert "takes no scenario" in outcome.summary


def test_a_record_that_lacks_a_scenario_is_broken_by_name(context, monkeypatch):
    def fewer(path):
        results = read(path)
        return module.Results(
            **{
                name: getattr(results, name)
                for name in results.__slots__
                if name not in {"scenarios", "expected"}
            },
            expected=results.expected[:1],
            scenarios=results.scenarios[:1],
        )

    read = module.read_results
    monkeypatch.setattr(module, "read_results", fewer)
    outcome = UatEngine().run({"select": "@smoke or @page"}, context)
    assert outcome.status is Status.BROKEN
    assert "'See' broken" in outcome.summary
    assert "no result came back" in outcome.summary


def test_an_unreachable_target_is_broken(context, workspace):
    text = (workspace.root / "pyproject.toml").read_text()
    url = context.environment.targets["new"].url
    (workspace.root / "pyproject.toml").write_text(text.replace(url, "http://127.0.0.1:1"))
    outcome = UatEngine().run({"select": "@page"}, context)
    assert outcome.status is Status.BROKEN
    assert "nobody answers at http://127.0.0.1:1" in outcome.summary


def test_a_missing_browser_is_broken_with_the_command_to_run(context, monkeypatch):
    monkeypatch.setenv("GOLIVE_BROWSER", "/no/such/browser")
    outcome = UatEngine().run({"select": "@page"}, context)
    assert outcome.status is Status.BROKEN
    assert "make setup" in outcome.summary
    (problem,) = UatEngine().check({"select": "@page"}, context)
    assert problem.hint == "make setup"


def test_a_dry_run_runs_nothing_and_proves_nothing(context):
    context.dry_run = True
    outcome = UatEngine().run({"select": "@dies"}, context)
    assert (outcome.status, outcome.evidence) == (Status.SKIPPED, ())


def test_check_finds_everything_without_running(context):
    problems = [str(problem) for problem in UatEngine().check({}, context)]
    assert any("s.feature:22: golive does not know the sentence" in text for text in problems), (
        problems
    )
    assert any("s.feature:30: scenario 'Empty': has no steps" in text for text in problems)
    assert list(UatEngine().check({"select": "@smoke"}, context)) == []


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ({"tags": "@smoke"}, "key 'tags'"),
        ({"select": 3}, "'select'"),
        ({"select": "@a and ("}, "is no tag expression"),
        ({"features": "nowhere"}, "features 'nowhere'"),
        ({"workers": True}, "'workers'"),
        ({"select": "@nothing"}, "takes no scenario"),
    ],
)
def test_check_says_what_is_wrong_with_the_arguments(context, args, said):
    assert said in " ".join(str(problem) for problem in UatEngine().check(args, context))


def test_the_digest_moves_with_features_and_steps(context, workspace):
    def digest():
        return module.scenario_digest({"select": ""}, workspace.root)

    first = digest()
    workspace.feature("more.feature", FEATURE)
    second = digest()
    workspace.steps("x = 1\n", "more.py")
    assert len({first, second, digest()}) == 3


def test_passwords_are_handed_over_in_a_file_of_the_owner_only(tmp_path):
    path = module._accounts(tmp_path, {"tester_password": "kanari", "token": "other"})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text()) == {"tester_password": "kanari"}


def test_importing_the_plugin_loads_neither_behave_nor_browser_nor_allure():
    code = (
        "import sys, golive.uat.plugin;"
        "print([m for m in ('behave', 'playwright', 'allure', 'pydantic') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
