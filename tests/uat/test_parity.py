"""What behave's own Runner does, our items do, event for event: the alarm of behave/compat.py."""

from __future__ import annotations

import subprocess
import sys

import pytest

HOOKS = """
from behave import use_fixture, fixture
from behave.fixture import use_fixture_by_tag

def note(*words):
    with open("events.log", "a", encoding="utf-8") as log:
        print(*words, file=log)

@fixture
def lamp(context, name):
    note("lamp on", name)
    yield name
    note("lamp off", name)

@fixture(name="fixture.scale")
def scale(context):
    note("scale on", layers(context))
    context.scale = 3
    yield context.scale
    note("scale off")

KNOWN = {"fixture.scale": scale}

def layers(context):
    return len(context._stack)

def before_all(context): context.deep = "all"; note("before_all", layers(context))
def after_all(context): note("after_all", layers(context))
def before_feature(context, f):
    context.deep = f.name
    note("before_feature", f.name, f.keyword, sorted(f.tags), layers(context))
def after_feature(context, f): note("after_feature", f.name, f.status.name, context.deep)
def before_rule(context, r): note("before_rule", r.name, sorted(context.tags), layers(context))
def after_rule(context, r): note("after_rule", r.name, r.status.name)
def before_scenario(context, s):
    row = context.active_outline
    cells = row and row.cells
    note("before_scenario", s.name, s.line, sorted(context.tags), cells, layers(context))
    context.add_cleanup(note, "cleaned up", s.name)
    if "bad_hook" in s.tags:
        raise OSError("hook broke")
def after_scenario(context, s): note("after_scenario", s.name, s.status.name, layers(context))
def before_step(context, s): note("before_step", s.keyword, s.step_type, s.name, s.line)
def after_step(context, s): note("after_step", s.name, s.status.name)
def before_tag(context, tag):
    note("before_tag", tag)
    if tag.startswith("lamp"):
        use_fixture(lamp, context, tag)
    if tag.startswith("fixture."):
        use_fixture_by_tag(tag, context, KNOWN)
def after_tag(context, tag): note("after_tag", tag)
"""
STEPS = """
import asyncio
from behave import step, given, then
import warnings
from behave.api.async_step import async_run_until_complete

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # behave would rather have native coroutines

    @step("{count:d} are taken slowly")
    @async_run_until_complete
    async def slowly(context, count):
        await asyncio.sleep(0)
        context.count -= count

@step("{count:d} are taken by a native coroutine")
async def native(context, count):
    await asyncio.sleep(0)
    context.count -= count

@step("the scale shows {count:d}")
def weighed(context, count):
    assert context.scale == count

@step("both, of which one is wrong")
def both_wrong(context):
    context.execute_steps("Given a stock of 4\\nThen 5 are left\\nThen 4 are left")

@step("the row's text")
def row_text(context):
    context.count = int(context.text) + sum(int(row[0]) for row in context.table or ())

@given("a stock of {count:d}")
@given("库存为{count:d}")
def stock(context, count):
    context.count = count

@step("{count:d} are taken")
@step("取走{count:d}")
def take(context, count):
    context.count -= count

@then("{count:d} are left")
@then("还剩{count:d}")
def left(context, count):
    assert context.count == count, f"{context.count} are left"

@given("this table")
def table(context):
    context.count = sum(int(row["n"]) for row in context.table)

@given("this text")
def text(context):
    context.count = len(context.text.splitlines())

@step("both")
def both(context):
    context.execute_steps("Given a stock of 4\\nWhen 1 are taken")

@step("a step breaks")
def breaks(context):
    raise OSError("broken")

@step("the rest is skipped")
def skips(context):
    context.scenario.skip("no data")
"""
ENGLISH = '''
@top @lamp.feature
Feature: Stock
  Words about it.

  Background: Filled
    Given a stock of 10

  @one
  Scenario: Plain
    When 2 are taken
    Then 8 are left

  Scenario: Wrong
    When 2 are taken
    Then 9 are left
    And 8 are left

  Scenario: Broken
    When a step breaks
    Then 10 are left

  Scenario: Skipped inside
    When the rest is skipped
    Then 10 are left

  Scenario: With a table and a text
    Given this table
      | n | what |
      | 1 | a    |
      | 2 | b    |
    Then 3 are left
    Given this text
      """
      one
      # two
      """
    Then 2 are left
    When both
    Then 3 are left

  @row @lamp.<n>
  Scenario Outline: Take <n>
    When <n> are taken
    Then <left> are left

    @good
    Examples: fitting
      | n | left |
      | 1 | 9    |
      | 3 | 7    |

    @bad
    Examples: not fitting
      | n | left |
      | 1 | 1    |

  @fixture.scale
  Scenario: With a fixture
    Then the scale shows 3

  @bad_hook
  Scenario: With a hook that breaks
    Then 10 are left

  Scenario: Slowly
    When 2 are taken slowly
    And 3 are taken by a native coroutine
    Then 5 are left
    But 5 are left

  Scenario: Both, one wrong
    When both, of which one is wrong
    Then 4 are left

  Scenario Outline: Placeholders in text and table
    Given this table
      | n   | what |
      | <n> | a    |
    Then <n> are left
    Given the row's text
      """
      <n>
      """
    Then <n> are left
    * <n> are left

    Examples:
      | n |
      | 4 |

  @ruled
  Rule: Never below nothing
    Background: Of the rule
      Given 5 are taken

    Scenario: Inside
      Then 5 are left

    @lamp.rule
    Scenario: Inside again
      When 5 are taken
      Then 0 are left

  Rule: Another
    Scenario: Alone
      Then 10 are left
'''
CHINESE = """# language: zh-CN
@顶
功能: 库存
  背景:
    假如库存为10

  @冒烟
  场景: 取货
    当取走2
    那么还剩8

  规则: 大纲
    场景大纲: 取<几>
      当取走<几>
      而且取走0
      那么还剩<剩>
      但是还剩<剩>
      并且还剩<剩>
      同时还剩<剩>
      例子:
        | 几 | 剩 |
        | 1  | 9  |
        | 2  | 9  |
"""


@pytest.fixture
def corpus(workspace):
    workspace.hooks(HOOKS)
    workspace.steps(STEPS)
    workspace.feature("a_english.feature", ENGLISH)
    workspace.feature("b/chinese.feature", CHINESE)
    return workspace


def events(root):
    path = root / "events.log"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.unlink()
    return lines


def behave(root, runner):
    command = [sys.executable, "-m", "behave", f"--runner={runner}", "-f", "null", "--no-summary"]
    run = subprocess.run(
        command, cwd=root, capture_output=True, text=True, check=False, timeout=120
    )
    return run.returncode, events(root), run.stdout + run.stderr


def test_pytest_items_do_what_behaves_own_runner_does(corpus):
    code, expected, _said = behave(corpus.root, "behave.runner:Runner")
    result = corpus.run()
    assert (code, result.ret) == (1, 1)
    assert len(expected) > 250
    assert events(corpus.root) == expected


def test_plain_behave_with_our_runner_does_the_same(corpus):
    _code, expected, _said = behave(corpus.root, "behave.runner:Runner")
    code, ours, said = behave(corpus.root, "golive.uat.behave:Runner")
    assert ours == expected
    assert code == 1, said
    assert "features/a_english.feature:16: Wrong: Then 9 are left: 8 are left" in said
    assert "Traceback" not in said


def test_a_selection_and_another_order_enter_and_leave_what_they_need(corpus):
    corpus.run("--select=@ruled or @冒烟")
    seen = events(corpus.root)
    kinds = [line.split()[0] for line in seen]
    assert kinds.count("before_feature") == kinds.count("after_feature") == 2
    assert kinds.count("before_rule") == kinds.count("after_rule") == 1
    assert kinds.count("before_scenario") == kinds.count("after_scenario") == 3
    assert seen[-1] == "after_all 1"
