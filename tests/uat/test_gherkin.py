"""Raw text: everything people type is read as meant, or refused with line and repair."""

from __future__ import annotations

import pytest

from golive.uat.behave import model
from golive.uat.gherkin import read_feature
from golive.uat.keywords import KEYWORDS
from golive.uat.lint import scenario_problems
from golive.uat.phrases import load_phrasebook
from golive.uat.rawtext import fold

GOOD = """功能: 采购
  场景: 下单
    假如我打开“订单”
    那么我应该看到“x”
"""


def read(text, encoding="utf-8"):
    return read_feature(text.encode(encoding), "a.feature")


@pytest.mark.parametrize("language", KEYWORDS)
def test_our_keywords_are_behaves(language):
    known = model.keywords()[language]
    ours = KEYWORDS[language]
    for kind in (
        "feature",
        "rule",
        "background",
        "scenario",
        "examples",
        "given",
        "when",
        "then",
        "but",
    ):
        assert set(getattr(ours, kind)) == set(known[kind]) - {"* "}, kind
    assert set(ours.outline) == set(known["scenario_outline"])
    assert set(ours.and_) == set(known["and"]) - {"* "}


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", "utf-16-le", "utf-16-be"]
)
def test_every_editors_encoding_is_read(encoding):
    found = read(GOOD, encoding)
    assert not found.problems
    assert (found.language, found.name, [s.name for s in found.scenarios]) == (
        "zh-CN",
        "采购",
        ["下单"],
    )


def test_bytes_that_are_no_text_are_refused():
    (problem,) = read_feature(b"\x81\xff\xff\x00\x01", "a.feature").problems
    assert (problem.path, problem.line) == ("a.feature", 1)
    assert "UTF-8" in problem.hint


@pytest.mark.parametrize(
    "line", ["# language: zh", "#language：zh-cn", "＃ language: zh_CN", "# Language: ZH"]
)
def test_the_language_line_may_be_written_any_way(line):
    found = read(f"{line}\n{GOOD}")
    assert not found.problems
    assert found.language == "zh-CN"
    assert len(found.text.splitlines()) == len(GOOD.splitlines()) + 1


def test_a_language_line_that_contradicts_the_keywords_is_refused():
    (problem,) = read(f"# language: en\n{GOOD}").problems
    assert problem.line == 1
    assert "# language: zh-CN" in problem.hint


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("功能：采购", "功能: 采购"),
        ("\u3000\u3000场景：甲", "场景: 甲"),
        ("＠边界 ＠b", "@边界 @b"),
        ("＃ 说明", "# 说明"),
        ("假如：我打开“订单”", "假如 我打开“订单”"),
        ("那么，我应该看到“x”", "那么 我应该看到“x”"),
        ("场景大纲 ：甲", "场景大纲: 甲"),
        ("```", '"""'),
        ("\ufeff功能: 甲", "功能: 甲"),
        ("＊ 我打开“订单”", "* 我打开“订单”"),
        ("那么我应该看到“x”。", "那么我应该看到“x”"),
    ],
)
def test_signs_at_the_head_of_a_line_are_normalised(typed, meant):
    assert fold(typed).text.strip() == meant


def test_a_full_width_table_is_read_and_values_are_left_alone():
    found = read(
        "功能：甲\n  场景大纲：乙\n    那么我应该看到“<值>”\n    例子：\n"
        "      ｜值｜\n      ｜１，２｜\n"
    )
    assert not found.problems
    assert found.scenarios[0].examples[0].rows == [(6, ("１，２",))]
    assert found.notes


@pytest.mark.parametrize(
    ("text", "line", "repair"),
    [
        ("功能: 甲\n 场景: 乙\n  如果我打开“订单”\n  那么我应该看到“x”\n", 3, "假如"),
        ("功能: 甲\n 场景: 乙\n  假如我打开“订单”\n  则我应该看到“x”\n", 4, "那么"),
        ("功能: 甲\n 场景: 乙\n  假如我打开“订单”\n  且我应该看到“x”\n", 4, "而且"),
        ("功能: 甲\n 场景大纲: 乙\n  那么我应该看到“<a>”\n 示例:\n  | a |\n  | 1 |\n", 4, "例子:"),
        ("功能: 甲\n Scenario: 乙\n  假如我打开“订单”\n", 2, "场景:"),
        ("功能: 甲\n 用例: 乙\n  假如我打开“订单”\n", 2, "场景:"),
        ("功能: 甲\n 场景 乙\n  假如我打开“订单”\n", 2, "场景:"),
        ("特性: 甲\n 场景: 乙\n", 1, "功能:"),
        ("Feature: a\n Scenaro: b\n  Given I sign out\n", 2, "Scenario:"),
        ("Feature: a\n scenario: b\n  Given I sign out\n", 2, "Scenario:"),
        ("Feature: a\n 场景: b\n  Given I sign out\n", 2, "Scenario:"),
        ("Feature: a\n Scenario: b\n  Given I sign out\n  假如 x\n", 4, "Given"),
        ("Feature: a\n Scenario: b\n  And I sign out\n", 3, "Given"),
        (
            "Feature: a\n Scenario: b\n  Given I sign out\n Examples:\n  | a |\n",
            4,
            "Scenario Outline",
        ),
        ("Feature: a\n Scenario: b\n  Given I fill in:\n   | a | b\n", 4, "|"),
        ("Feature: a\n Scenario: b\n  Given I fill in:\n   | a | b |\n   | c |\n", 5, "|"),
        ("Feature: a\n Scenario: b\n  Given I sign out\n @late\n", 4, "directly above a scenario"),
        ("Feature: a\n @a，@b\n Scenario: b\n  Given I sign out\n", 2, "own @"),
        ('Feature: a\n Scenario: b\n  Given I sign out\n   """\n   text\n', 5, '"""'),
        ("Feature: a\n Scenario: b\n  Given I sign out\nFeature: c\n", 4, "file of its own"),
        ("Feature: a\n\n", 1, "Scenario"),
        ("", 1, "Feature"),
        ("我的用例\n 场景: 乙\n", 1, "功能"),
    ],
)
def test_what_would_be_lost_is_refused_with_line_and_repair(text, line, repair):
    problem = read(text).problems[0]
    assert (problem.path, problem.line) == ("a.feature", line), problem
    assert repair in problem.hint, problem


def test_chinese_files_are_answered_in_chinese():
    (problem,) = read("功能: 甲\n 场景: 乙\n  如果我打开“订单”\n  那么我应该看到“x”\n").problems
    assert str(problem).startswith("a.feature:3: “如果”")


def lint(text):
    found = read(text)
    assert not found.problems, found.problems
    return [p for s in found.scenarios for p in scenario_problems(found, s, load_phrasebook())]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("功能: 甲\n 场景: 空\n", 2, "没有步骤"),
        ("Feature: a\n Scenario: empty\n", 2, "no steps"),
        ("Feature: a\n Background:\n  Given I sign out\n Scenario: empty\n", 4, "no steps"),
        ("功能: 甲\n 场景: 乙\n  假如我退出登录\n", 3, "没有检查点"),
        ("功能: 甲\n 场景: 乙\n  假如我退出登录\n  #那么我应该看到“x”\n", 3, "没有检查点"),
        ("Feature: a\n Scenario: b\n  When I sign out\n", 3, "no 'Then'"),
        ('Feature: a\n Scenario: b\n  Then I click "Save"\n', 3, "only actions"),
        ('Feature: a\n Scenario Outline: b\n  Then I should see "<x>"\n', 2, "without 'Examples'"),
        (
            'Feature: a\n Scenario Outline: b\n  Then I should see "<x>"\n Examples:\n  | x |\n',
            4,
            "no rows",
        ),
        ('Feature: a\n Scenario Outline: b\n  Then I should see "<x>"\n Examples:\n', 4, "no rows"),
        (
            'Feature: a\n Scenario Outline: b\n  Then I see "<y>"\n Examples:\n  | x |\n  | 1 |\n',
            3,
            "'<y>' is no column",
        ),
        (
            (
                "功能: 甲\n 场景大纲: 乙\n  当我填写：\n   | 数量 | <n> |\n  那么我应该看到“<x>”\n"
                " 例子:\n  | x |\n  | 1 |\n"
            ),
            4,
            "“<n>” 不是第 6 行例子的列",
        ),
    ],
)
def test_a_scenario_that_proves_nothing_is_named(text, line, said):
    problem = lint(text)[0]
    assert problem.line == line
    assert said in problem.message


def test_a_complete_scenario_has_no_problem():
    assert lint(GOOD) == []


def test_remarks_that_only_resemble_keywords_stay_remarks():
    found = read(
        "Feature: a\n  If stock runs out, note: nothing is shipped.\n  As a clerk\n"
        ' Scenario: b\n  Why this matters\n  Given I sign out\n  Then I should see "x"\n'
    )
    assert not found.problems
    assert [step.kind for step in found.scenarios[0].steps] == ["given", "then"]


def test_a_scenario_knows_the_backgrounds_that_come_first():
    text = """Feature: F
  Background:
    Given a
      | 1 |
  Scenario: one
    When b
  Rule: R
    Background:
      Given c
        \"\"\"
        said
        \"\"\"
    Scenario: two
      When d
  Rule: T
    Scenario: three
      When e
"""
    feature = read_feature(text.encode(), "a.feature")
    assert feature.problems == ()
    first, second = feature.backgrounds
    assert [(step.line, step.text) for step in first.steps] == [(3, "a")]
    assert first.arguments == [(4, "| 1 |")]
    assert [line for line, _text in second.arguments] == [11]
    assert [one.backgrounds for one in feature.scenarios] == [(first,), (first, second), (first,)]
    assert [one.arguments for one in feature.scenarios] == [[], [], []]
