"""What only a person can tell: asked, waited for, used once, never taken from silence."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from golive.cli.confirming import confirm
from golive.errors import Damaged, Refused
from golive.uat.holding import look_up
from golive.uat.judgements import Judgements, answer, open_questions, people_folder
from golive.uat.person import Question

FEATURE = """
    # language: zh-CN
    功能: 装车
      场景: 封条
        假如我打开"/"
        那么由人工确认"车厢封条完好"
        并且我应该看到"New order"
      场景: 其他
        假如我打开"/"
        那么我应该看到"New order"
    """


@pytest.fixture
def flow(workspace, monkeypatch):
    monkeypatch.setenv("GOLIVE_PATIENCE", "5")
    workspace.feature("s.feature", FEATURE)
    return workspace


def judge(flow, *words):
    return CliRunner().invoke(confirm, words, catch_exceptions=False)


def test_silence_is_waiting_and_an_answer_lets_the_next_run_go_on(flow, monkeypatch):
    monkeypatch.chdir(flow.root)
    result = flow.run()
    assert result.ret == 3
    result.stdout.fnmatch_lines(
        ["*封条: 等待人工确认：“车厢封条完好”", "answer with: golive uat confirm"]
    )
    assert flow.statuses() == {"封条": "waiting", "其他": "passed"}
    (asked,) = open_questions(people_folder(flow.root))
    assert (asked.statement, asked.line, asked.build) == ("车厢封条完好", 6, "b7")
    assert asked.key in judge(flow).output
    said = judge(flow, asked.key[:6], "yes", "--as", "李敏", "--lang", "zh")
    assert said.output.strip() == "李敏确认：车厢封条完好"

    assert flow.run().ret == 0
    (one,) = [r for r in flow.record().scenarios if r.name == "封条"]
    (judged,) = one.judgements
    assert (judged["person"], judged["holds"], judged["assurance"]) == ("李敏", "yes", "claimed")
    assert judged["statement"] == "车厢封条完好"
    # Used once: the next run asks anew.
    assert open_questions(people_folder(flow.root)) == ()
    assert flow.run("-k", "封条").ret == 3


ORDERS = """
from pathlib import Path
from behave import step
MADE = Path("orders.txt")

@step("an order is made")
def made(context):
    with MADE.open("a") as file:
        file.write("x")
    context.golive.remembered["order"] = str(len(MADE.read_text()))

@step("something is kept aside")
def aside(context):
    context.aside = 1

@step("order {number} is the one")
def the_one(context, number):
    assert context.golive.value("{order}") == context.golive.value(number), "another"
"""
SEALS = """
    Feature: Seals
      Scenario: Two seals
        Given I open "/"
        And an order is made
        When I click "Orders"
        Then a person confirms that "order {order} is sealed"
        And the page title should contain "Orders"
        And order {order} is the one
        And a person confirms that "order {order} is loaded"
    """


def asked_now(flow):
    return [one for one in open_questions(people_folder(flow.root)) if not one.answered]


def ran(flow):
    flow.run("-q")
    (one,) = flow.record().scenarios
    return one


@pytest.fixture
def seals(flow, monkeypatch):
    monkeypatch.chdir(flow.root)
    (flow.root / "features" / "s.feature").unlink()
    flow.steps(ORDERS)
    flow.feature("t.feature", SEALS)
    return flow


def test_a_question_about_what_a_run_made_is_answered_later_and_the_next_run_goes_on(seals):
    assert ran(seals).status == "waiting"
    (first,) = asked_now(seals)
    assert first.statement == "order 1 is sealed"
    # Nobody answered yet: nothing is made anew.
    assert ran(seals).status == "waiting"
    assert [one.key for one in asked_now(seals)] == [first.key]
    judge(seals, first.key, "yes", "--as", "Li")
    waiting = ran(seals)
    assert (waiting.status, waiting.resumed > "2") == ("waiting", True)
    (second,) = asked_now(seals)
    assert second.statement == "order 1 is loaded"
    judge(seals, second.key, "yes", "--as", "Wang")
    done = ran(seals)
    assert (done.status, (seals.root / "orders.txt").read_text()) == ("passed", "x")
    said = [(one["statement"], one["person"]) for one in done.judgements]
    assert said == [("order 1 is sealed", "Li"), ("order 1 is loaded", "Wang")]
    # Used once: the next run makes another and asks anew.
    again = ran(seals)
    assert (again.status, again.resumed) == ("waiting", "")
    assert [one.statement for one in asked_now(seals)] == ["order 2 is sealed"]


def test_an_answer_no_longer_counts_when_the_scenario_has_changed_and_it_is_said(seals):
    ran(seals)
    (first,) = asked_now(seals)
    judge(seals, first.key, "yes", "--as", "Li")
    seals.feature("t.feature", SEALS.replace("is sealed", "is tight"))
    one = ran(seals)
    assert one.status == "waiting"
    assert "“order 1 is sealed”, no longer counts: the scenario has changed since" in one.message
    assert [one.statement for one in asked_now(seals)] == ["order 2 is tight"]


@pytest.mark.parametrize(
    "before", ["something is kept aside", 'I enter "5" in "Quantity"'], ids=["context", "entered"]
)
def test_what_no_run_can_take_up_says_that_it_is_answered_while_it_waits(seals, before):
    seals.feature("t.feature", SEALS.replace('I click "Orders"', before))
    one = ran(seals)
    assert one.status == "waiting"
    assert "another in each run: run it with --wait-for-people" in one.message


def test_a_question_inside_a_concept_is_gone_into_again(seals):
    concepts = seals.root / "steps" / "concepts"
    concepts.mkdir()
    (concepts / "a.concept").write_text(
        "Concept: it is sealed by {who}\n  Given an order is made\n"
        '  Then a person confirms that "{who}: {order}{random:5}"\n'
        "  And order {order} is the one\n",
        encoding="utf-8",
    )
    seals.feature(
        "t.feature",
        """
        Feature: Seals
          Scenario: In a concept
            Given I open "/"
            Then it is sealed by "Li"
            And I should see "New order"
        """,
    )
    ran(seals)
    (asked,) = asked_now(seals)
    assert asked.statement[:5] == "Li: 1"
    judge(seals, asked.key, "yes", "--as", "Li")
    done = ran(seals)
    assert (done.status, (seals.root / "orders.txt").read_text()) == ("passed", "x")


def test_what_is_no_held_scenario_is_damage_not_consent(tmp_path):
    (tmp_path / "held").mkdir()
    name = hashlib.sha256(b"a").hexdigest()[:16]
    (tmp_path / "held" / f"{name}.json").write_text("{}")
    with pytest.raises(Damaged, match="held scenario"):
        look_up(tmp_path, "a")
    assert look_up(tmp_path, "b") is None


def test_a_no_is_a_failure_with_the_persons_words(flow, monkeypatch):
    monkeypatch.chdir(flow.root)
    flow.run("-k", "封条")
    (asked,) = open_questions(people_folder(flow.root))
    with pytest.raises(Refused, match="needs its reason"):
        judge(flow, asked.key, "no", "--as", "李敏")
    judge(flow, asked.key, "no", "--as", "李敏", "--comment", "封条断了")
    assert flow.run("-k", "封条").ret == 1
    (one,) = flow.record().scenarios
    assert one.status == "failed"
    assert "李敏" in one.message
    assert "封条断了" in one.message


QUESTION = Question(scenario="a.feature::b", line=3, statement="it is so")


def test_an_answer_given_while_it_waits_is_taken_at_once(tmp_path):
    moments = iter(range(10))

    def sleep(_seconds):
        if next(moments) == 2:
            (asked,) = open_questions(tmp_path)
            answer(tmp_path, asked.key, holds=True, person="li", assurance="pin")

    waiting = Judgements(tmp_path, lambda: "b1", wait=60, clock=lambda: 0.0, sleep=sleep)
    judged = waiting.judgement(QUESTION)
    assert (judged.holds, judged.person, judged.assurance) == (True, "li", "pin")


def test_waiting_ends(tmp_path):
    clock = iter(range(100))
    waiting = Judgements(
        tmp_path, lambda: "", wait=3, clock=lambda: next(clock), sleep=lambda _s: None
    )
    assert waiting.judgement(QUESTION) is None
    assert len(open_questions(tmp_path)) == 1


def test_an_answer_about_another_build_is_none(tmp_path):
    assert Judgements(tmp_path, lambda: "b1").judgement(QUESTION) is None
    answer(tmp_path, QUESTION.key, holds=True, person="li", assurance="pin")
    assert Judgements(tmp_path, lambda: "b2").judgement(QUESTION) is None
    (asked,) = open_questions(tmp_path)
    assert (asked.build, asked.answered) == ("b2", False)


def test_a_second_answer_is_told_who_was_first(tmp_path):
    Judgements(tmp_path, lambda: "").judgement(QUESTION)
    at = datetime(2026, 1, 1, tzinfo=UTC)
    answer(tmp_path, QUESTION.key, holds=True, person="li", assurance="pin", at=at)
    with pytest.raises(Refused, match="was answered by li already"):
        answer(tmp_path, QUESTION.key, holds=False, person="wang", assurance="pin")
    assert Judgements(tmp_path, lambda: "").judgement(QUESTION).at == at


@pytest.mark.parametrize("key", ["", "zzz"])
def test_what_nobody_asked_cannot_be_answered(tmp_path, key):
    Judgements(tmp_path, lambda: "").judgement(QUESTION)
    with pytest.raises(Refused, match=QUESTION.key):
        answer(tmp_path, key, holds=True, person="li", assurance="pin")


def test_an_answer_that_is_no_json_is_damage_not_consent(tmp_path):
    Judgements(tmp_path, lambda: "").judgement(QUESTION)
    answer(tmp_path, QUESTION.key, holds=True, person="li", assurance="pin")
    (tmp_path / "answers" / f"{QUESTION.key}.json").write_text("[tr", encoding="utf-8")
    with pytest.raises(Damaged, match="is no JSON"):
        Judgements(tmp_path, lambda: "").judgement(QUESTION)
