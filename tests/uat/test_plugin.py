"""Under pytest: every scenario an item, honest exit codes, no empty pass, xdist."""

from __future__ import annotations

import json

import pytest

from golive.uat.behave.reading import read_case_files

STEPS = """
    from behave import given, when, then

    @given("a stock of {count:d}")
    def stock(context, count):
        context.count = count

    @when("{count:d} are taken")
    def take(context, count):
        context.count -= count

    @then("{count:d} are left")
    def left(context, count):
        assert context.count == count, f"{count} should be left, {context.count} are"
"""
GOOD = """
    Feature: Stock
      @smoke
      Scenario: Take some
        Given a stock of 5
        When 2 are taken
        Then 3 are left

      @REQ-1
      Scenario Outline: Take <n>
        Given a stock of 5
        When <n> are taken
        Then <left> are left

        Examples:
          | n | left |
          | 1 | 4    |
          | 5 | 0    |

      Rule: Not below nothing
        @slow
        Scenario: Take some
          Given a stock of 1
          Then 1 are left
    """


@pytest.fixture
def stock(workspace):
    workspace.steps(STEPS)
    return workspace


def test_each_scenario_and_row_is_an_item(stock):
    stock.feature("a/stock.feature", GOOD)
    result = stock.run("--collect-only", "-q")
    result.stdout.fnmatch_lines(
        [
            "features/a/stock.feature::Take some",
            "features/a/stock.feature::Take <n>[[]1,4]",
            "features/a/stock.feature::Take <n>[[]5,0]",
            "features/a/stock.feature::Not below nothing::Take some",
        ]
    )
    assert result.ret == 0
    assert not (stock.root / "reports").exists()


def test_all_passed_is_0_and_recorded(stock):
    stock.feature("a/stock.feature", GOOD)
    result = stock.run()
    assert result.ret == 0
    result.assert_outcomes(passed=4)
    record = stock.record()
    assert record.counts["passed"] == 4
    assert [r.id for r in record.scenarios] == list(record.expected)
    first, row = record.scenarios[:2]
    assert (first.file, first.line, first.tags) == ("features/a/stock.feature", 4, ("smoke",))
    assert (row.name, row.line) == ("Take 1 [1, 4]", 17)


def test_the_cases_read_without_pytest_have_pytests_ids(stock):
    stock.feature("a/stock.feature", GOOD)
    stock.run()
    read = read_case_files(stock.root, "features")
    assert [case.id for file in read for case in file.cases] == list(stock.record().expected)


def test_a_wrong_system_is_1_in_plain_words(stock):
    stock.feature("s.feature", GOOD.replace("Then 3 are left", "Then 4 are left"))
    result = stock.run()
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        ["features/s.feature:7: Then 4 are left", "  4 should be left, 3 are"]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    failed = next(r for r in stock.record().scenarios if r.status == "failed")
    assert (failed.step, failed.step_line) == ("Then 4 are left", 7)
    assert failed.message == "4 should be left, 3 are"


def test_a_step_that_breaks_is_3_and_its_details_are_kept(stock):
    stock.steps(
        "from behave import then\n@then('it is odd')\ndef odd(context):\n    1 / 0\n", "odd.py"
    )
    stock.feature("s.feature", "Feature: a\n  Scenario: b\n    Then it is odd\n")
    result = stock.run()
    assert result.ret == 3
    result.stdout.no_fnmatch_line("*Traceback*")
    (broken,) = stock.record().scenarios
    assert broken.status == "broken"
    assert "ZeroDivisionError" in (stock.root / "reports/uat" / broken.details).read_text()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Feature: a\n  Scenario: empty\n", "*s.feature:2: *no steps*"),
        ("Feature: a\n  Scenario: b\n    Given a stock of 1\n", "*s.feature:3: *no 'Then'*"),
        (
            "Feature: a\n  Scenario Outline: b\n    Then <n> are left\n    Examples:\n    | n |\n",
            "*s.feature:4: *no rows*",
        ),
        (
            "Feature: a\n  Scenario Outline: b\n    Then <n> are left\n",
            "*s.feature:2: *nothing is run*",
        ),
        (
            "Feature: a\n  Scenario: b\n    Then 3 is left\n",
            "*does not know*did you mean: {count:d} are*",
        ),
        ("功能: 甲\n  场景: 乙\n    如果有\n    那么无\n", "*s.feature:3: “如果”*"),
        ("功能: 甲\n  情景：乙\n    那么无\n", "*s.feature:2: *"),
        ("Feature: a\n", "*s.feature:1: there is no scenario*"),
        ("not a feature\n", "*s.feature:1: *"),
    ],
)
def test_what_is_not_written_is_2(stock, text, said):
    stock.feature("s.feature", text)
    result = stock.run()
    assert result.ret == 2
    result.stdout.fnmatch_lines([said])
    result.stdout.no_fnmatch_line("*Traceback*")
    assert stock.record().exit_code == 2


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--select=@nothing",), "no scenario was selected"),
        (("-m", "slow and smoke"), "no scenario was selected"),
        (("-m", "nothing"), "Unknown marker"),
        (("-k", "zzz"), "no scenario was selected"),
    ],
)
def test_zero_selected_is_2(stock, args, said):
    stock.feature("s.feature", GOOD)
    result = stock.run(*args)
    assert result.ret == 2
    result.stdout.fnmatch_lines([f"*{said}*"])
    assert stock.record().scenarios == ()


def test_all_skipped_is_3(stock):
    stock.hooks("def before_scenario(context, scenario):\n    scenario.skip('no data yet')\n")
    stock.feature("s.feature", GOOD)
    assert stock.run().ret == 3
    assert {r.status for r in stock.record().scenarios} == {"blocked"}
    assert {r.message for r in stock.record().scenarios} == {"no data yet"}


def test_a_skip_out_of_a_step_is_blocked_and_leaves_the_next_scenario_alone(stock):
    stock.steps(
        "import pytest\nfrom behave import given\n"
        "@given('nobody is there')\ndef nobody(context):\n    pytest.skip('nobody')\n",
        "skip.py",
    )
    stock.feature(
        "s.feature",
        "Feature: a\n  Scenario: b\n    Given nobody is there\n    Then 1 are left\n"
        "  Scenario: c\n    Given a stock of 1\n    Then 1 are left\n",
    )
    assert stock.run().ret == 3
    assert stock.statuses() == {"b": "blocked", "c": "passed"}


def test_tags_that_are_pytest_marks_do_not_act_as_such(stock):
    stock.feature(
        "s.feature",
        "Feature: a\n  @skip @xfail\n  Scenario: b\n    Given a stock of 1\n    Then 2 are left\n",
    )
    assert stock.run().ret == 1
    assert stock.statuses() == {"b": "failed"}


@pytest.mark.parametrize(
    ("expression", "number"),
    [
        ("@smoke", 1),
        ("smoke or @slow", 2),
        ("not @smoke", 3),
        ("@REQ-1", 2),
        ("@smoke and @slow", 0),
    ],
)
def test_select_takes_a_tag_expression(stock, expression, number):
    stock.feature("s.feature", GOOD)
    stock.run(f"--select={expression}")
    assert len(stock.record().expected) == number


@pytest.mark.parametrize(
    ("line", "names"),
    [
        (4, ["Take some"]),
        (6, ["Take some"]),
        (10, ["Take 1 [1, 4]", "Take 5 [5, 0]"]),
        (18, ["Take 5 [5, 0]"]),
        (24, ["Take some"]),
    ],
)
def test_a_line_of_a_file_selects_the_scenario_it_stands_in(stock, line, names):
    path = stock.feature("s.feature", GOOD)
    stock.pytester.runpytest_inprocess(f"features/{path.name}:{line}", "-pno:cacheprovider")
    assert [result.name for result in stock.record().scenarios] == names


def test_a_selection_that_is_none_is_2(stock):
    stock.feature("s.feature", GOOD)
    result = stock.run("--select=@a and (")
    assert result.ret == 2
    result.stdout.fnmatch_lines(["*'@a and (': is no tag expression*"])


def test_markers_may_be_chinese_and_hold_signs(stock):
    stock.feature("s.feature", GOOD.replace("@smoke", "@冒烟 @req:SO-12"))
    assert stock.run("-m", "冒烟 and not slow").ret == 0
    assert len(stock.record().expected) == 1


def test_a_step_file_that_does_not_load_is_2_with_its_line(stock):
    stock.steps("import behave\nnonsense(\n", "bad.py")
    stock.feature("s.feature", GOOD)
    result = stock.run()
    assert result.ret == 2
    result.stdout.fnmatch_lines(["*steps/bad.py:2: does not load: SyntaxError*"])


def test_a_hook_that_breaks_is_3_not_green(stock):
    stock.hooks("def before_feature(context, feature):\n    raise OSError('no data base')\n")
    stock.feature("s.feature", GOOD)
    assert stock.run().ret == 3
    assert {r.status for r in stock.record().scenarios} == {"broken"}
    assert "no data base" in stock.record().scenarios[0].message


def test_before_all_that_breaks_fails_every_feature(stock):
    stock.hooks("def before_all(context):\n    raise OSError('no')\n")
    stock.feature("a.feature", GOOD)
    stock.feature("b.feature", GOOD)
    assert stock.run().ret == 3
    assert len([r for r in stock.record().scenarios if r.status == "broken"]) == 8


def test_after_feature_that_breaks_is_not_green(stock):
    stock.hooks("def after_feature(context, feature):\n    raise OSError('left behind')\n")
    stock.feature("s.feature", GOOD)
    assert stock.run().ret == 3


def test_stopping_at_the_first_failure_leaves_the_rest_broken(stock):
    stock.feature("s.feature", GOOD.replace("Then 3 are left", "Then 4 are left"))
    assert stock.run("-x").ret == 1
    assert stock.record().counts["broken"] == 3


def test_a_run_without_features_is_pytests_own(stock):
    stock.pytester.makepyfile("def test_a(): pass\ndef test_b(): assert 0")
    result = stock.pytester.runpytest_inprocess(
        "-p", "no:cacheprovider", "test_a_run_without_features_is_pytests_own.py"
    )
    assert result.ret == 1
    result.stdout.no_fnmatch_line("*UAT*")
    assert not (stock.root / "reports").exists()


def test_a_failing_python_test_beside_features_is_1(stock):
    stock.feature("s.feature", GOOD)
    path = stock.pytester.makepyfile(test_other="def test_b(): assert 0")
    assert stock.run(str(path)).ret == 1


def test_the_attempts_folder_takes_the_record(stock, monkeypatch, tmp_path):
    monkeypatch.setenv("GOLIVE_ATTEMPT_DIR", str(tmp_path / "attempt"))
    stock.feature("s.feature", GOOD)
    assert stock.run().ret == 0
    assert (tmp_path / "attempt" / "results.json").is_file()
    assert json.loads((tmp_path / "attempt" / "expected.json").read_text())["expected"]
    assert not (stock.root / "reports").exists()


def test_the_workspaces_fixtures_are_used(stock):
    stock.pytester.makeconftest(
        "import pytest\n"
        "@pytest.fixture\ndef data():\n    return {'colour': 'red'}\n"
        "@pytest.fixture(autouse=True)\ndef noted(request):\n"
        "    print('BEFORE', request.node.name)\n    yield\n"
    )
    stock.steps(
        "from behave import then\n"
        "@then('the colour is known')\ndef known(context):\n"
        "    assert context.golive.value('{colour}') == 'red'\n",
        "colour.py",
    )
    stock.feature("s.feature", "Feature: a\n  Scenario: b\n    Then the colour is known\n")
    result = stock.run("-s")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["*BEFORE b"])


def test_all_step_definitions_for_one_sentence_are_named(stock):
    stock.steps(
        "from behave import then\n@then('3 {thing} left')\ndef f(context, thing): pass\n"
        "@then('{any} left')\ndef g(context, any): pass\n",
        "zz.py",
    )
    stock.feature(
        "s.feature", "Feature: a\n  Scenario: b\n    Given a stock of 3\n    Then 3 are left\n"
    )
    result = stock.run()
    assert result.ret == 2
    line = next(one for one in result.outlines if "more than one sentence" in one)
    assert "s.feature:4: " in line
    listed = line.split("more than one sentence: ")[1].partition(" (")[0]
    assert set(listed.split(" | ")) == {"{count:d} are left", "3 {thing} left", "{any} left"}


def test_xdist_runs_each_scenario_once_and_records_all(stock):
    stock.feature("a.feature", GOOD)
    stock.feature("b.feature", GOOD.replace("Then 3 are left", "Then 4 are left"))
    result = stock.run("-n", "2", inside=False)
    assert result.ret == 1
    assert {k: v for k, v in stock.record().counts.items() if v} == {"passed": 7, "failed": 1}


def test_xdist_with_nothing_selected_is_2(stock):
    stock.feature("a.feature", GOOD)
    assert stock.run("-n", "1", "--select=@nothing", inside=False).ret == 2
