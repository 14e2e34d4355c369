"""Concepts: one sentence for several, nested, checked before anything runs."""

from __future__ import annotations

import json

import pytest

from golive.uat.behave.behind import behind
from golive.uat.catalogue import make_catalogue
from golive.uat.concepts import read_concepts
from golive.uat.translating import translate_sentence
from golive.uat.workbook import load_workbook

GOOD = """
Concept: I save {amount} of {what}
  When I enter "{amount}" in "Quantity"
  And I fill in:
    | Note 备注 | {what} |
  And I click "Save"

Concept: the saved quantity is {amount}
  Then the field "quantity" should be "{amount}"
"""


def test_parameters_steps_and_whether_it_proves_anything(tmp_path):
    folder = tmp_path / "steps" / "concepts"
    folder.mkdir(parents=True)
    (folder / "a.concept").write_text(GOOD, encoding="utf-8")
    (folder / "b.concept").write_text(
        "# 说明\n概念：我保存{数量}件\n　　当我在“Quantity”中输入“{数量}”\n", encoding="gb18030"
    )
    book = load_workbook(tmp_path)
    assert book.problems == ()
    (save,) = book.matches('I save "3" of "“bolts”"'.replace("“", "").replace("”", ""))
    assert save.values == ("3", "bolts")
    assert not save.phrase.is_check
    assert book.matches('the saved quantity is "3"')[0].phrase.is_check
    assert book.matches("我保存“3”件")[0].values == ("3",)
    assert book.nearest('I save 3 of "bolts"')[0] == 'I save "amount" of "what"'


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("Concept: a {x}\n", 1, "the concept has no steps"),
        ('\nConcept: {x}\n  When I click "x"\n', 2, "no words of its own"),
        ('Concept: a {x} {x}\n  When I click "x"\n', 1, "a name twice"),
        ('Concept: a "{x}"\n  When I click "x"\n', 1, "without quotes"),
        ("nothing here\n", 1, "there is no concept in it"),
        ("概念: 甲\n  如果我点击“甲”\n", 2, "请改为 “假如”"),
    ],
)
def test_what_is_wrong_has_its_line(text, line, told):
    _concepts, problems = read_concepts(text.encode(), "steps/concepts/x.concept")
    assert [problem.line for problem in problems][:1] == [line]
    assert told in str(problems[0])


def test_a_circle_and_a_twin_are_refused(tmp_path):
    folder = tmp_path / "steps" / "concepts"
    folder.mkdir(parents=True)
    (folder / "a.concept").write_text(
        "Concept: first thing\n  When second thing\nConcept: second thing\n  When first thing\n"
        'Concept: I click {x}\n  When I open "{x}"\n'
    )
    told = "\n".join(str(problem) for problem in load_workbook(tmp_path).problems)
    assert "a.concept:1: first thing: uses itself: first thing → second thing → first thing" in told
    assert "a.concept:5: I click {x}: another sentence is the same: I click {text}" in told


TWINS = """
Concept: I move {what} to {where}
概念: 我向{仓库}移动{what}
  When I enter "{where}" in "Quantity"

组合步骤：我访问{页面}
# a remark
Concept: I visit {page} (now)
  When I open "{page}"

Concept: I order {n}
概念: 我订购{数量}
  When I click "n"
"""
OWN_STEPS = "概念: 我订购{数量}\n  当我点击“数量”\n"


def concepts_in(root, **files):
    folder = root / "steps" / "concepts"
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / f"{name}.concept").write_text(text, encoding="utf-8")
    return load_workbook(root)


def test_a_concept_is_said_in_both_languages_and_back(tmp_path):
    book = concepts_in(tmp_path, a=TWINS, b=OWN_STEPS)
    assert book.problems == ()
    pairs = {
        'I move "bolts" to "hall 2"': "我向“hall 2”移动“bolts”",
        'I visit "home" (now)': "我访问“home”",
        'I order "3"': "我订购“3”",
    }
    for english, chinese in pairs.items():
        assert translate_sentence(english, book, "zh") == chinese
        assert translate_sentence(chinese, book, "en") == english
        assert len(book.matches(english)) == len(book.matches(chinese)) == 1
    for sentence in ('I move "bolts" to "hall 2"', "我向“hall 2”移动“bolts”"):
        (match,) = book.matches(sentence)
        concept = book.concept(match.phrase.id, match.language)
        values = match.phrase.sentence(match.language).count("{text}")
        written = ("bolts", "hall 2") if match.language == "en" else ("hall 2", "bolts")
        assert values == len(written)
        given = concept.named(match.language, written)
        assert given == {"what": "bolts", "where": "hall 2", "仓库": "hall 2"}


def test_a_twin_that_is_a_concept_of_its_own_keeps_its_steps(tmp_path):
    book = concepts_in(tmp_path, a=TWINS, b=OWN_STEPS)
    assert [c.path for c in book.concepts_of('I order "3"')] == ["steps/concepts/a.concept"]
    assert [c.path for c in book.concepts_of("我订购“3”")] == ["steps/concepts/b.concept"]
    entry = next(e for e in make_catalogue(book, (), ()).entries if e.en.startswith("I order"))
    assert (entry.en, entry.zh) == ('I order "…"', "我订购“…”")
    assert (entry.help_en, entry.help_zh) == ('I click "n"', "我点击“数量”")
    assert (entry.example_en, entry.example_zh) == ('I order "n"', "我订购“数量”")


def test_a_circle_through_a_twin_is_found(tmp_path):
    book = concepts_in(
        tmp_path,
        a='Concept: I order {n}\n概念: 我订购{数量}\n  When I click "n"\n',
        b="概念: 我订购{数量}\n  当我订购“{数量}”\n",
    )
    assert "b.concept:1: 我订购{数量}: 循环使用了自己" in str(book.problems[0])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('Concept: a {x}\n概念: 甲\n  When I click "x"\n', "takes other values: 甲"),
        ("概念: 甲{x}\nConcept: a\n  当我点击“x”\n", "另一种语言的句子参数个数不同：a"),
        ('Concept: a {x}\n概念: {y}\n  When I click "x"\n', "no words of its own"),
        ('Concept: a\nConcept: b\n  When I click "x"\n', "the concept has no steps"),
    ],
)
def test_a_twin_that_is_none_has_its_line(text, told):
    concepts, problems = read_concepts(text.encode(), "x.concept")
    assert concepts == ()
    assert (problems[0].line, told in str(problems[0])) == (1, True)


def test_a_twin_line_changes_no_digest(tmp_path):
    with_twin = concepts_in(tmp_path / "1", a='Concept: b\n概念: 乙\n  When I click "x"\n')
    without = concepts_in(tmp_path / "2", a='Concept: b\n  When I click "x"\n')
    assert behind(["b"], with_twin, tmp_path) == behind(["b"], without, tmp_path)
    assert behind(["乙"], with_twin, tmp_path) == behind(["b"], without, tmp_path)


def test_a_report_shows_the_values_of_the_steps_inside(workspace):
    (workspace.root / "steps" / "concepts").mkdir()
    (workspace.root / "steps" / "concepts" / "a.concept").write_text(
        """
Concept: both are {first} and {second}
  Then it is {first}
  And one is "{second}"
Concept: one is {value}
  Then "{value}" is {order}
""",
        encoding="utf-8",
    )
    (workspace.root / "steps" / "own.py").write_text(
        """
from behave import step, use_step_matcher
use_step_matcher("re")
@step("it is (.*)")
def it_is(context, said):
    pass
@step('"(.*)" is (.*)')
def is_(context, what, said):
    assert context.golive.value(what) != "9", "wrong"
""",
        encoding="utf-8",
    )
    workspace.feature(
        "a.feature",
        """
        Feature: F
          Scenario: S
            Then both are "7" and "9"
        """,
    )
    workspace.run("-q", "--alluredir", "allure")
    (result,) = (workspace.root / "allure").glob("*-result.json")
    (outer,) = json.loads(result.read_text(encoding="utf-8"))["steps"]
    said = [
        (one["name"], [inner["name"] for inner in one.get("steps", [])]) for one in outer["steps"]
    ]
    assert said == [("Then it is 7", []), ('Then one is "9"', ['Then "9" is {order}'])]


def test_it_runs_nested_with_its_values_and_says_what_failed_inside(workspace):
    (workspace.root / "steps" / "concepts").mkdir()
    (workspace.root / "steps" / "concepts" / "a.concept").write_text(GOOD, encoding="utf-8")
    workspace.feature(
        "a.feature",
        """
        Feature: Saving
          Scenario: Good
            When I open "/"
            And I remember the field "Status" as "what"
            And I save "2" of "{what}"
            Then the saved quantity is "2"
            And the page should show:
              | note | Approved |
            When I open "/"
            And I remember the text like "SO-######" as "amount"
            And I save "3" of "x"
            Then the field "quantity" should be "3"
            And I should not see "{amount}"
          Scenario: Bad
            When I open "/"
            And I save "2" of "y"
            Then the saved quantity is "4"
        """.replace("Note 备注", "备注"),
    )
    path = workspace.root / "steps" / "concepts" / "a.concept"
    path.write_text(GOOD.replace("Note 备注", "备注"), encoding="utf-8")
    done = workspace.run("-q")
    assert workspace.statuses() == {"Good": "passed", "Bad": "failed"}, done.stdout.str()
    bad = next(r for r in workspace.record().scenarios if r.name == "Bad")
    assert bad.step == 'Then the saved quantity is "4"'
    assert bad.message == "“quantity” should be “4”, it is “2”"


def test_a_sentence_inside_that_nobody_knows_is_said_before_anything_runs(workspace):
    (workspace.root / "steps" / "concepts").mkdir()
    (workspace.root / "steps" / "concepts" / "a.concept").write_text(
        "Concept: I begin\n  When I shuld see it\n", encoding="utf-8"
    )
    workspace.feature("a.feature", "Feature: F\n  Scenario: S\n    Then I begin\n")
    done = workspace.run("-q")
    assert done.ret == 2
    done.stdout.fnmatch_lines(["*a.concept:2: I begin: golive does not know*'I shuld see it'*"])


def test_a_concept_that_only_acts_is_no_check(workspace):
    (workspace.root / "steps" / "concepts").mkdir()
    (workspace.root / "steps" / "concepts" / "a.concept").write_text(
        'Concept: it is opened\n  When I open "/"\n', encoding="utf-8"
    )
    workspace.feature("a.feature", "Feature: F\n  Scenario: S\n    Then it is opened\n")
    done = workspace.run("-q")
    assert done.ret == 2
    done.stdout.fnmatch_lines(["*only actions, so nothing is checked*"])


def test_a_soft_check_lets_the_scenario_go_on_and_all_that_failed_is_told(workspace, monkeypatch):
    # Each wrong check waits so long for what should come.
    monkeypatch.setenv("GOLIVE_PATIENCE", "2")
    workspace.feature(
        "a.feature",
        """
        Feature: Soft
          Scenario: Three wrong
            When I open "/"
            Then the field "Status" should be "Paid" (carry on)
            And the field "Total" should be "1,234.50"
            And both are wrong
            And I enter "7" in "Quantity"
            And I click "Save"
            And the field "quantity" should be "8"
            And I should see "never reached"
        """,
    )
    (workspace.root / "steps" / "concepts").mkdir()
    (workspace.root / "steps" / "concepts" / "a.concept").write_text(
        'Concept: both are wrong\n  Then the field "Total" should be "1" (carry on)\n'
        '  And the field "Status" should be "Void" (carry on)\n',
        encoding="utf-8",
    )
    workspace.run("-q")
    (result,) = workspace.record().scenarios
    assert result.status == "failed"
    assert result.step_line == 5
    first, *others = result.message.split("; also ")
    assert first.startswith("“Status” should be “Paid”, it is “")
    assert len(others) == 3
    assert others[0].startswith("line 7, And both are wrong: “Total” should be “1”")
    assert others[1].startswith('the field "Status" should be "Void" (carry on): “Status” should')
    assert others[2] == (
        'line 10, And the field "quantity" should be "8": “quantity” should be “8”, it is “7”'
    )
