"""Scenarios in a real browser: signing in once, pictures of each step, traces, and trouble."""

from __future__ import annotations

import gc
import json
import stat
import warnings
import zipfile

import pytest

PASSWORD = "right"


@pytest.fixture
def flow(workspace, monkeypatch, tmp_path):
    path = tmp_path / "accounts.json"
    users = ("clerk", "buyer", "zhang", "li")
    path.write_text(json.dumps({f"{user}_password": PASSWORD for user in users}), encoding="utf-8")
    monkeypatch.setenv("GOLIVE_ACCOUNTS_FILE", str(path))
    monkeypatch.setenv("GOLIVE_PATIENCE", "2")
    return workspace


def results(workspace):
    return {result.name: result for result in workspace.record().scenarios}


def allure(workspace):
    """Return Allure's results by the scenario's name."""
    paths = (workspace.root / "allure").glob("*-result.json")
    found = [json.loads(path.read_text(encoding="utf-8")) for path in paths]
    return {one["name"]: one for one in found}


FEATURE = """
    Feature: desk
      Scenario: first
        Given I am signed in as "clerk"
        Then I should see "Hello clerk"
      Scenario: second
        Given I am signed in as "clerk"
        Then I should see "Hello clerk"
      @fresh-login
      Scenario: anew
        Given I am signed in as "clerk"
        Then I should see "Hello clerk"
      Scenario: out
        Given I am signed in as "clerk"
        When I sign out
        Then I should not see "Hello clerk"
      Scenario: after
        Given I am signed in as "clerk"
        Then I should see "Hello clerk"
    """


def test_a_role_signs_in_once_until_it_signs_out(flow, signed_in):
    flow.feature("s.feature", FEATURE)
    assert flow.run().ret == 0, flow.statuses()
    assert signed_in == ["clerk"] * 3  # first, the one that wants to, and the one after signing out
    kept = [path for path in (flow.root / "reports").rglob("*") if path.is_file()]
    assert kept
    assert not [path for path in kept if b"cookies" in path.read_bytes()]


# -- accounts


def test_leased_accounts_are_shared_out_to_workers(flow, signed_in):
    text = (flow.root / "pyproject.toml").read_text(encoding="utf-8")
    pool = 'kind = "demo"\naccounts = { clerk = ["zhang", "li"] }'
    (flow.root / "pyproject.toml").write_text(text.replace('kind = "demo"', pool), encoding="utf-8")
    flow.feature("s.feature", FEATURE.replace("Hello clerk", "Welcome"))
    result = flow.run("-n", "2", inside=False)
    assert result.ret == 0
    assert {"zhang", "li"} >= set(signed_in)
    assert signed_in


# -- pictures


def test_every_step_that_shows_something_has_a_picture_and_no_other(flow):
    flow.steps("from behave import step\n@step('nothing is shown')\ndef f(context): pass\n")
    flow.feature(
        "s.feature",
        """
        Feature: desk
          Scenario: order
            Given nothing is shown
            And I open "/"
            When I enter "5" in "Quantity"
            And nothing is shown
            And I click "Save"
            Then I should see "Saved"
        """,
    )
    assert flow.run("--alluredir=allure").ret == 0
    (shots,) = [result.screenshots for result in flow.record().scenarios]
    lines = [name.rpartition("-line-")[2] for name in shots]
    # Pressing has one before, with the button marked: afterwards the page is another.
    assert lines == ["5.jpg", "6.jpg", "8.jpg", "8.jpg", "9.jpg"]
    steps = allure(flow)["order"]["steps"]
    assert [len(step.get("attachments", [])) for step in steps] == [0, 1, 1, 0, 2, 1]
    assert {a["type"] for step in steps for a in step.get("attachments", [])} == {"image/jpg"}


def test_steps_inside_a_step_are_nested_and_rows_are_parameters(flow, monkeypatch):
    monkeypatch.setenv("GOLIVE_PATIENCE", "2")
    flow.steps(
        "from behave import step\n"
        "@step('{n:d} orders are entered')\ndef f(context, n):\n"
        "    context.execute_steps('''When I open \"/\"\\nThen I should see \"Order\"''')\n"
        "@step('it goes wrong inside')\ndef g(context):\n"
        "    context.execute_steps('''Then I should see \"Nowhere\"''')\n"
    )
    (flow.root / "steps" / "concepts").mkdir()
    (flow.root / "steps" / "concepts" / "a.concept").write_text(
        'Concept: I begin with {page}\n  When I open "{page}"\n  And "Order" is looked for\n'
        'Concept: {text} is looked for\n  Then I should see "{text}"\n',
        "utf-8",
    )
    flow.feature(
        "s.feature",
        """
        Feature: desk
          Scenario Outline: order
            When <n> orders are entered
            Then I should see "New order"
            Examples:
              | n |
              | 1 |
              | 2 |
          Scenario: concepts
            When I begin with "/"
            Then "Nowhere" is looked for
          Scenario: wrong
            When I open "/"
            Then it goes wrong inside
            And I should see "New order"
        """,
    )
    flow.run("--alluredir=allure")
    found = allure(flow)
    one, two = found["order [1]"], found["order [2]"]
    assert one["parameters"] == [{"name": "n", "value": "1"}]
    assert one["testCaseId"] == two["testCaseId"]
    assert one["historyId"] != two["historyId"]
    inside = one["steps"][0]["steps"]
    assert [step["name"] for step in inside] == ['When I open "/"', 'Then I should see "Order"']
    assert inside[0]["attachments"]
    first, second = found["concepts"]["steps"]
    assert (first["name"], first["status"]) == ('When I begin with "/"', "passed")
    assert [s["name"] for s in first["steps"]] == [
        'When I open "/"',
        'When "Order" is looked for',
    ]
    (deepest,) = first["steps"][1]["steps"]
    assert deepest["name"] == 'Then I should see "Order"'
    assert [step["status"] for step in (second, *second["steps"])] == ["failed", "failed"]
    wrong = results(flow)["wrong"]
    assert (wrong.status, wrong.step) == ("failed", "Then it goes wrong inside")
    assert "Traceback" not in wrong.message
    assert "Nowhere" in wrong.message
    statuses = [step["status"] for step in found["wrong"]["steps"]]
    assert statuses == ["passed", "failed", "skipped"]


def test_a_picture_that_fails_never_fails_a_step(flow, monkeypatch):
    monkeypatch.setattr("golive.uat.camera.Camera.take", lambda *a, **k: False)
    flow.feature(
        "s.feature", 'Feature: a\n  Scenario: b\n    When I open "/"\n    Then I should see "One"\n'
    )
    assert flow.run().ret == 0


# -- traces


TRACED = """
    Feature: a
      Scenario: good
        Given I am signed in as "clerk"
        Then I should see "Hello clerk"
      Scenario: bad
        Given I am signed in as "clerk"
        When I open "/"
        Then I should see "Nowhere"
    """


def test_a_trace_is_kept_only_of_a_failure_for_a_few_eyes_and_without_passwords(flow):
    flow.feature("s.feature", TRACED)
    assert flow.run().ret == 1
    found = results(flow)
    assert found["good"].restricted == ()
    (name,) = found["bad"].restricted
    path = flow.root / "reports/uat" / name
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    with zipfile.ZipFile(path) as trace:
        assert trace.testzip() is None
        names = trace.namelist()
        everything = b"".join(trace.read(member) for member in names)
        assert b"New order" in trace.read("page-1.html")
    assert any(member.endswith(".trace") for member in names)
    assert f'"value":"{PASSWORD}"'.encode() not in everything
    assert f"password={PASSWORD}".encode() not in everything
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_traces_can_be_left_out(flow, monkeypatch):
    monkeypatch.setenv("GOLIVE_TRACES", "off")
    flow.feature("s.feature", TRACED)
    assert flow.run().ret == 1
    assert results(flow)["bad"].restricted == ()


# -- trouble around the scenario is never a failure of the system


def test_a_browser_that_crashes_is_broken_and_the_next_scenario_has_another(flow):
    flow.steps(
        "from behave import step\n@step('the page crashes')\ndef f(context):\n"
        "    try:\n        context.golive.page.goto('chrome://crash')\n"
        "    except Exception:\n        pass\n"
    )
    flow.feature(
        "s.feature",
        """
        Feature: a
          Scenario: crash
            When I open "/"
            And the page crashes
            Then I should see "Nowhere"
          Scenario: after
            When I open "/"
            Then I should see "New order"
        """,
    )
    assert flow.run().ret == 3
    assert flow.statuses() == {"crash": "broken", "after": "passed"}
    assert "crashed" in results(flow)["crash"].message


def test_no_then_is_2_even_while_the_system_is_down(flow, monkeypatch):
    text = (flow.root / "pyproject.toml").read_text(encoding="utf-8")
    start = text.index('url = "') + len('url = "')
    down = text[:start] + "http://127.0.0.1:9" + text[text.index('"', start) :]
    (flow.root / "pyproject.toml").write_text(down, encoding="utf-8")
    flow.feature("a.feature", 'Feature: a\n  Scenario: b\n    When I open "/"\n')
    flow.feature(
        "b.feature", 'Feature: a\n  Scenario: c\n    When I open "/"\n    Then I should see "x"\n'
    )
    assert flow.run().ret == 2
    assert flow.statuses() == {"b": "not written", "c": "broken"}


def test_asynchronous_steps_run_beside_the_browser(flow):
    flow.steps(
        "import asyncio\nfrom behave import step\n"
        "@step('something is waited for')\nasync def f(context):\n"
        "    await asyncio.sleep(0)\n    context.waited = asyncio.get_running_loop()\n"
        "@step('it was waited for in the same loop')\nasync def g(context):\n"
        "    assert context.waited is not None\n"
    )
    flow.feature(
        "s.feature",
        'Feature: a\n  Scenario: b\n    When I open "/"\n    And something is waited for\n'
        '    Then it was waited for in the same loop\n    And I should see "New order"\n',
    )
    assert flow.run().ret == 0, results(flow)["b"].message
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", ResourceWarning)
        gc.collect()
    assert not [str(one.message) for one in told if "event loop" in str(one.message)]


def test_the_browser_is_told_once_when_there_is_none(flow, monkeypatch):
    monkeypatch.setenv("GOLIVE_BROWSER", "/no/such/browser")
    flow.feature(
        "s.feature", 'Feature: a\n  Scenario: b\n    When I open "/"\n    Then I should see "x"\n'
    )
    assert flow.run().ret == 3
    assert "GOLIVE_BROWSER names '/no/such/browser'" in results(flow)["b"].message
