"""A run by hand: one step at a time, kept at once, never passed by silence."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from golive.cli.main import cli
from golive.errors import Damaged, SpecError
from golive.uat.attended import Judged, Log
from golive.uat.results import read_results

FEATURE = """# language: zh-CN
功能: 收货
  @case:TC-1
  场景: 扫描标签
    假如我打开“/”
    当我填写：
      | 批次 | B-1 |
    那么我应该看到“已收货”
    而且由人工确认“标签清晰”
  场景: 第二个
    当我打开“/”
    那么我应该看到“甲”
"""
TWICE = """Feature: F
  Scenario: S
    When I open "/"
    Then I should see "a"
    When I open "/"
    Then I should see "a"
"""


@pytest.fixture
def by_hand(workspace, monkeypatch):
    workspace.feature("a.feature", FEATURE)
    monkeypatch.chdir(workspace.root)

    def run(*typed, who="李敏"):
        text = "".join(f"{line}\n" for line in typed)
        arguments = ["uat", "manual", "--lang", "zh", "--as", who]
        return CliRunner().invoke(cli, arguments, input=text)

    run.root = workspace.root
    return run


def record(run):
    results = read_results(run.root / "reports/uat/manual/results.json")
    return {result.name: result for result in results.scenarios}


def test_stopped_and_gone_on_with_where_it_was(by_hand):
    first = by_hand("", "", "p", "q")
    assert first.exit_code == 4, first.output
    assert "当我填写：\n  | 批次 | B-1 |" in first.output
    assert {r.status for r in record(by_hand).values()} == {"blocked"}
    assert "3 / 4" in record(by_hand)["扫描标签"].message
    second = by_hand("p", "", "p", who="王强")
    assert second.exit_code == 0, second.output
    assert "已收货" not in second.output
    done = record(by_hand)
    assert {r.status for r in done.values()} == {"passed"}
    judged = done["扫描标签"].judgements
    assert [one["person"] for one in judged] == ["李敏", "李敏", "李敏", "王强"]
    assert {one["kind"] for one in judged} == {"human"}


def test_a_check_is_not_passed_by_enter_alone_and_nonsense_is_asked_again(by_hand):
    done = by_hand("", "", "", "maybe", "p", "p", "", "p")
    assert done.exit_code == 0, done.output
    assert done.output.count("成立吗？") == 5


def test_not_passed_has_its_remark_and_ends_the_scenario(by_hand):
    done = by_hand("", "", "f", "显示的是“待收货”", "", "不通过 没有甲")
    assert done.exit_code == 1, done.output
    found = record(by_hand)
    assert found["扫描标签"].status == "failed"
    assert found["扫描标签"].message == "显示的是“待收货”"
    assert found["扫描标签"].step == "那么我应该看到“已收货”"
    assert found["第二个"].message == "没有甲"
    # It is judged: the next time nothing is asked, and it stays red.
    again = by_hand()
    assert (again.exit_code, "成立吗" in again.output) == (1, False)


def test_a_step_that_was_reworded_is_asked_again(by_hand):
    assert by_hand("", "", "p", "p", "", "p").exit_code == 0
    path = by_hand.root / "features/a.feature"
    path.write_text(path.read_text("utf-8").replace("“甲”", "“乙”"), encoding="utf-8")
    again = by_hand("p")
    assert again.exit_code == 0, again.output
    assert again.output.count("成立吗？") == 1
    assert "“乙”" in again.output


def test_the_same_words_twice_are_asked_twice(by_hand):
    (by_hand.root / "features/a.feature").write_text(TWICE)
    done = by_hand("", "p", "", "p")
    assert done.exit_code == 0, done.output
    assert done.output.count("成立吗？") == 2


def test_a_torn_last_line_is_asked_again_and_damage_is_said(tmp_path):
    log = Log(tmp_path)
    one = Judged(key="k", case="c", step="s", verdict="pass", person="p", at="2026-01-01T00:00:00Z")
    log.keep(one)
    with log.path.open("a") as file:
        file.write('{"key": "torn')
    assert list(log.read()) == ["k"]
    log.keep(one)
    with pytest.raises(Damaged, match=r"judgements\.jsonl:2"):
        log.read()
    assert json.loads(log.path.read_text("utf-8").splitlines()[-1])["kind"] == "human"


def test_nobody_named_and_nothing_selected_are_refused(by_hand):
    none = CliRunner().invoke(cli, ["uat", "manual", "--as", "x", "--select", "@nothing"])
    assert isinstance(none.exception, SpecError)
    nobody = CliRunner().invoke(cli, ["uat", "manual"], env={"GOLIVE_PERSON": ""})
    assert "nobody is named" in str(nobody.exception)
