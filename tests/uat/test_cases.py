"""Test cases in Excel: in as people write them, misunderstandings by cell, results back again."""

from __future__ import annotations

import functools
import re
import shutil
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from golive.cli.main import cli
from golive.errors import Refused, SpecError
from golive.sheets import Row, Table, read_table, write_table
from golive.uat.behave.reading import sheets_beside
from golive.uat.behave.runner import own_sentences
from golive.uat.cases import case_rows, import_cases, read_cases, returned_cells
from golive.uat.cases.columns import cell_name
from golive.uat.gherkin import read_feature, read_features
from golive.uat.liverows import with_live_rows
from golive.uat.phrases import OwnSentence
from golive.uat.results import Result
from golive.uat.translating import own_twins, translate_feature, translate_sentence
from golive.uat.workbook import load_workbook

HEADER = (
    "用例编号", "模块", "业务场景", "前置条件", "操作步骤", "测试数据", "预期结果", "实际结果",
    "是否通过", "缺陷编号", "正向/异常", "优先级", "需求ID", "测试人",
)  # fmt: skip
GOOD = (
    "TC-001", "应付", "审批付款单", "1. 我以“clerk”身份登录",
    "1. 打开“付款单”\n2、填写：\n供应商=㐂悦贸易\n金额＝￥{金额}\n3）当我点击“提交”。",
    "金额=1", "1. 应该看到“已提交”\n字段“状态”应为“待审批”", "", "", "", "正向", "高",
    "REQ-AP-1", "李敏",
)  # fmt: skip


@pytest.fixture
def book(tmp_path):
    return load_workbook(tmp_path)


def sheet(*rows):
    numbered = tuple(Row(number=n, cells=tuple(r)) for n, r in enumerate((HEADER, *rows), 1))
    return Table(path="用例.xlsx", sheet="Sheet1", encoding="", rows=numbered)


def imported(book, *rows):
    cases, problems = read_cases(sheet(*rows), "zh")
    made, wrong = import_cases(cases, book, sheet="用例.xlsx", stem="用例", language="zh")
    return made, [str(p) for p in (*problems, *wrong)]


def test_a_row_becomes_a_scenario(book):
    row = (*GOOD[:5], "金额=1,234.50", *GOOD[6:])
    (made,), problems = imported(book, row)
    assert problems == []
    assert made.path == "应付/用例.feature"
    assert made.text == (
        "# language: zh-CN\n"
        "功能: 应付\n"
        "\n"
        "  @case:TC-001 @REQ-AP-1 @priority:高\n"
        "  场景: 审批付款单\n"
        "    假如我以“clerk”身份登录\n"
        "    当我打开“付款单”\n"
        "    而且我填写：\n"
        "      | 供应商 | 㐂悦贸易 |\n"
        "      | 金额 | ￥1,234.50 |\n"
        "    而且我点击“提交”\n"
        "    那么我应该看到“已提交”\n"
        "    而且字段“状态”应为“待审批”\n"
    )
    read = read_feature(made.text.encode(), "features/x.feature")
    assert read.problems == ()
    assert [s.name for s in read.scenarios] == ["审批付款单"]


@pytest.mark.parametrize(
    ("column", "text", "told"),
    [
        (4, "1. 打开付款单", "E2 操作步骤: 没有这样的句子：打开付款单 (您是不是想写：我打开“"),
        (6, "1. 我点击“提交”", "G2 预期结果: “我点击“提交””是操作，不是检查"),
        (6, "", "G2 预期结果: 为空"),
        (5, "金额", "F2 测试数据: “金额”不是“名称=值”的形式"),
        (5, "金额=1；金额=2", "F2 测试数据: “金额”有两个值"),
        (5, "数量=3", "F2 测试数据: “数量”没有被任何句子使用"),
        (2, "", "C2 业务场景: 为空"),
    ],
)  # fmt: skip
def test_every_misunderstanding_has_its_cell(book, column, text, told):
    row = [*GOOD[:5], "", *GOOD[6:]]
    row[4] = row[4].replace("{金额}", "1")
    row[column] = text
    _made, problems = imported(book, row)
    assert [p for p in problems if told in p], problems
    assert all(p.startswith("用例.xlsx:2: ") for p in problems)


def test_all_problems_are_told_at_once_and_a_number_only_once(book):
    broken = ["TC-9", "应付", "甲", "", "乱写一气\n再来一句", "", "看不懂", *[""] * 7]
    _made, problems = imported(book, GOOD, broken, ("TC-001", *broken[1:]))
    assert len([p for p in problems if ":3: " in p]) == 3
    assert any("用例编号“TC-001”与第 2 行重复" in p for p in problems)


def test_a_sheet_without_the_columns_is_told_what_to_name(tmp_path):
    table = Table(path="a.csv", sheet="", encoding="", rows=(Row(number=1, cells=("甲", "乙")),))
    assert "没有找到测试用例的表头" in str(read_cases(table, "zh")[1][0])
    rows = (Row(number=3, cells=("标题", "步骤")),)
    table = Table(path="a.csv", sheet="", encoding="", rows=rows)
    assert "缺少“预期结果”列" in str(read_cases(table, "zh")[1][0])


def result(id_, status, **more):
    base = {"file": "f", "line": 1, "name": "n", "feature": "f", "language": "zh-CN"}
    return Result(id=str(id_), status=status, **{**base, "tags": (f"case:{id_}",), **more})


def test_results_go_back_into_their_cells_and_no_old_verdict_stays():
    rows = [list(GOOD) for _ in range(3)]
    for number, row in enumerate(rows):
        row[0] = f"TC-{number}"
        row[8], row[9] = "通过", "BUG-7"
    bad = result(
        "TC-1", "failed", message="状态 应为“已审批”，实际为“待审批”", step="那么字段…",
        screenshots=("s/1.jpg", "s/2.jpg"), tags=("case:TC-1", "缺陷-88"),
    )  # fmt: skip
    cells, known = returned_cells(sheet(*rows), [result("TC-0", "passed"), bad], "zh")
    assert known == 2
    assert cells[2, 8] == "与预期一致"
    assert cells[2, 9] == "通过"
    assert (2, 10) not in cells
    assert cells[3, 8] == "那么字段…\n状态 应为“已审批”，实际为“待审批”"
    assert (cells[3, 9], cells[3, 10], cells[3, 15]) == ("不通过", "88", "s/2.jpg")
    assert cells[4, 9] == "未执行"
    assert cells[1, 15] == "证据"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_status_has_a_word_in_the_sheet(language):
    statuses = ("passed", "failed", "broken", "not written", "blocked", "waiting")
    rows = [[f"TC-{number}", *GOOD[1:]] for number, _ in enumerate(statuses)]
    results = [result(f"TC-{number}", status) for number, status in enumerate(statuses)]
    cells, known = returned_cells(sheet(*rows), results, language)
    words = {cells[number, 9] for number in range(2, 8)}
    assert known == len(words) == len(statuses)


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_from_the_sheet_to_a_run_and_back_into_the_same_sheet(workspace, ending, monkeypatch):
    cases = [
        HEADER,
        ("TC-1", "Shop", "看状态", "", "打开“/”", "", "字段“Status”应为“Approved”", *[""] * 7),
        ("TC-2", "Shop", "错的", "", "打开“/”", "", "字段“Status”应为“Paid”", *[""] * 7),
    ]
    path = workspace.root / f"用例.{ending}"
    write_table(path, cases)
    if ending == "csv":
        path.write_bytes(path.read_text("utf-8-sig").encode("gb18030"))
    monkeypatch.chdir(workspace.root)
    run = CliRunner()
    done = run.invoke(cli, ["uat", "import", path.name, "--lang", "zh"])
    assert done.exit_code == 0, done.output
    assert "features/Shop/用例.feature：2 个场景" in done.output
    again = run.invoke(cli, ["uat", "import", path.name, "--lang", "zh"])
    assert again.exit_code == 0, again.output
    feature = workspace.root / "features/Shop/用例.feature"
    feature.write_text(feature.read_text("utf-8").replace("看状态", "看看"), encoding="utf-8")
    refused = run.invoke(cli, ["uat", "import", path.name, "--lang", "zh"])
    assert isinstance(refused.exception, Refused)
    assert "手工" in str(refused.exception)
    none = run.invoke(cli, ["uat", "export", path.name, "--lang", "zh"])
    assert "没有执行记录" in str(none.exception)
    monkeypatch.setenv("GOLIVE_PATIENCE", "4")
    workspace.run("-q")
    back = run.invoke(cli, ["uat", "export", path.name, "--lang", "zh"])
    assert back.exit_code == 0, back.output
    records = {r.values["用例编号"]: r.values for r in read_table(path).records()}
    assert (records["TC-1"]["是否通过"], records["TC-2"]["是否通过"]) == ("通过", "不通过")
    assert "Status 应为“Paid”，实际为“Approved”" in records["TC-2"]["实际结果"]
    assert records["TC-2"]["证据"].endswith(".jpg")
    assert (path.parent / records["TC-2"]["证据"]).is_file()
    if ending == "xlsx":
        page = openpyxl.load_workbook(path).active
        linked = {c.value: c.hyperlink.target for row in page for c in row if c.hyperlink}
        assert linked[records["TC-2"]["证据"]] == records["TC-2"]["证据"]
    if ending == "csv":
        assert path.read_bytes().startswith(b"\xef\xbb\xbf")


def test_what_is_not_understood_writes_nothing(workspace, monkeypatch):
    path = workspace.root / "c.csv"
    write_table(path, [HEADER, ("T", "M", "S", "", "乱写", "", "乱写", *[""] * 7)])
    monkeypatch.chdir(workspace.root)
    done = CliRunner().invoke(cli, ["uat", "import", "c.csv"])
    assert isinstance(done.exception, SpecError)
    assert len(done.exception.problems) == 2
    assert list((workspace.root / "features").rglob("*.feature")) == []


def test_features_become_a_sheet_in_either_language(workspace, monkeypatch):
    workspace.feature("a.feature", CHINESE)
    monkeypatch.chdir(workspace.root)
    done = CliRunner().invoke(cli, ["uat", "export", "features", "-o", "o.xlsx", "--to", "en"])
    assert done.exit_code == 0, done.output
    (record,) = read_table(workspace.root / "o.xlsx").records()
    assert record.values["Scenario"] == "甲"
    assert record.values["Steps"].startswith('1. I open "订单"\n2. I fill in:\n   | 数量 | 3 |')
    assert record.values["Requirement ID"] == "REQ-1"
    assert record.values["Positive/negative"] == "negative"


CHINESE = """# language: zh-CN
@REQ-1 @异常
功能: 订单
  说明: 保持原样

  场景: 甲
    假如我以“clerk”身份登录
    当我打开“订单”
    而且我填写：
      | 数量 | 3 |
    而且我在“数量”中输入“12”
    那么表格“清单”应有1行（继续）
    而且“保存”按钮应可用
    而且我应该在60秒内看到“已过账”
"""
ENGLISH = """@REQ-1 @异常
Feature: 订单
  说明: 保持原样

  Scenario: 甲
    Given I am signed in as "clerk"
    When I open "订单"
    And I fill in:
      | 数量 | 3 |
    And I enter "12" in "数量"
    Then the table "清单" should have 1 row (carry on)
    And the "保存" button should be enabled
    And I should see "已过账" within 60 seconds
"""


def test_a_feature_is_said_in_the_other_language_and_back_byte_for_byte(book, tmp_path):
    english = read_feature(ENGLISH.encode(), "a.feature")
    chinese = translate_feature(english, book, "zh-CN")
    assert chinese == CHINESE
    assert translate_feature(read_feature(chinese.encode(), "b.feature"), book, "en") == ENGLISH


def test_every_phrase_goes_there_and_back(book):
    for phrase in book.phrases:
        english, chinese = phrase.examples
        said = translate_sentence(english, book, "zh")
        assert said is not None
        assert translate_sentence(said, book, "en") == english
        assert translate_sentence(translate_sentence(chinese, book, "en"), book, "zh") == chinese


def test_what_has_no_twin_is_said_and_nothing_is_guessed(book):
    feature = read_feature(b"Feature: F\n  Scenario: S\n    Then our own thing\n", "a.feature")
    with pytest.raises(SpecError, match=r"a\.feature:3: 'our own thing' has no sentence"):
        translate_feature(feature, book, "zh-CN")


@pytest.mark.parametrize(("place", "name"), [((7, 5), "E7"), ((1, 27), "AA1"), ((2, 52), "AZ2")])
def test_cell_names(place, name):
    assert cell_name(*place) == name


def done(feature):
    """Return what each case of a feature does, in order: kind, sentence and table."""
    found = []
    for scenario in feature.scenarios:
        steps = []
        for holder in (*scenario.backgrounds, scenario):
            starts = [step.line for step in holder.steps] + [10**9]
            for step, after in zip(holder.steps, starts[1:], strict=True):
                below = [t.strip() for line, t in holder.arguments if step.line < line < after]
                steps.append((step.kind, step.text, *below))
        rows = [dict(zip(t.header, cells, strict=True)) for t in scenario.examples
                for _line, cells in t.rows] or [{}]  # fmt: skip
        for row in rows:
            put = functools.partial(re.sub, r"<([^<>]+)>", lambda m, row=row: row.get(m[1], m[0]))
            found.append((scenario.tags, [tuple(map(put, step)) for step in steps]))
    return found


INTERLEAVED = """@process:orders @REQ-1
Feature: F
  Background:
    Given I am signed in as "clerk"

  @chain @REQ-1
  Scenario: There and back
    When I open "A"
    Then I should see "a"
    When I open "B"
    And I fill in:
      | Quantity | 3 |
    Then I should see "b"
    And I should see "c"

  Rule: R
    Background:
      Given I open "C"
    Scenario Outline: <n> pieces
      Then the table "T" should have <n> rows
      Examples:
        | n |
        | 2 |
        | 3 |
"""


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_sheet_says_what_is_done_in_its_order_and_is_read_back_as_that(book, tmp_path, language):
    feature = read_feature(INTERLEAVED.encode(), "f.feature")
    assert feature.problems == ()
    write_table(tmp_path / "cases.xlsx", list(case_rows((feature,), language)), sheet="UAT")
    cases, problems = read_cases(read_table(tmp_path / "cases.xlsx"), language)
    (made,), wrong = import_cases(cases, book, sheet="cases.xlsx", stem="f", language=language)
    assert [*problems, *wrong] == []
    assert [case.requirement for case in cases] == ["REQ-1"] * 3
    before, after = done(feature), done(read_feature(made.text.encode(), "g.feature"))
    assert [steps for _tags, steps in after] == [steps for _tags, steps in before]
    for (tags, _), (again, _) in zip(before, after, strict=True):
        assert set(tags) <= set(again)


def test_this_workspaces_features_go_into_a_sheet_and_come_back_the_same(workspace, monkeypatch):
    root = Path(__file__).resolve().parents[2]
    for folder in ("features", "steps"):
        shutil.copytree(root / folder, workspace.root / folder, dirs_exist_ok=True)
    monkeypatch.chdir(workspace.root)
    before = [
        one
        for feature in read_features(workspace.root)
        for one in done(
            with_live_rows(feature, sheets_beside(workspace.root / feature.path, workspace.root))
        )
    ]
    invoke = CliRunner().invoke
    done_ = invoke(cli, ["uat", "export", "features", "-o", "o.xlsx"], catch_exceptions=False)
    assert done_.exit_code == 0, done_.output
    shutil.rmtree(workspace.root / "features")
    done_ = invoke(cli, ["uat", "import", "o.xlsx"], catch_exceptions=False)
    assert done_.exit_code == 0, done_.output
    after = [one for feature in read_features(workspace.root) for one in done(feature)]
    assert len(before) == len(after) > 20
    assert sorted(steps for _tags, steps in after) == sorted(steps for _tags, steps in before)


def test_a_text_of_several_lines_is_not_lost_in_a_sheet():
    text = 'Feature: F\n  Scenario: S\n    Then I see\n      """\n      x\n      """\n'
    feature = read_feature(text.encode(), "a.feature")
    with pytest.raises(SpecError, match=r"a\.feature:3: a text of several lines has no place"):
        list(case_rows((feature,), "en"))


def test_this_workspaces_features_go_there_and_back():
    root = Path(__file__).resolve().parents[2]
    book, own = load_workbook(root), own_twins(own_sentences(root))
    paths = sorted((root / "features").rglob("*.feature"))
    went = 0
    for path in paths:
        feature = read_feature(path.read_bytes(), path.name)
        other = "en" if feature.language != "en" else "zh-CN"
        try:
            text = translate_feature(feature, book, other, own)
        except SpecError as error:
            # A concept is written in one language.
            said = {step.line: step.text for one in feature.scenarios for step in one.steps}
            for problem in error.problems:
                (match,) = book.matches(said[problem.line])
                assert match.phrase.id.startswith("concept:")
            continue
        there = read_feature(text.encode(), path.name)
        assert there.problems == ()
        assert translate_feature(there, book, feature.language, own) == path.read_text("utf-8")
        went += 1
    assert went >= 5


def test_backgrounds_stars_and_texts_go_there_and_back(book):
    english = """Feature: F
  Background:
    Given I am signed in as "clerk"

  Scenario: S
    * I open "A"
    When I fill in:
      | Scenario: x | 「y“z”」 |
    And I enter "say 「yes」" in "Note"
    Then I should see "a"
      \"\"\"
      Scenario: this is a text
      # so is this
      \"\"\"
"""
    feature = read_feature(english.encode(), "a.feature")
    assert feature.problems == ()
    chinese = translate_feature(feature, book, "zh-CN")
    assert "假如我以“clerk”身份登录" in chinese
    assert "    * 我打开“A”" in chinese
    assert "      Scenario: this is a text" in chinese
    assert translate_feature(read_feature(chinese.encode(), "b.feature"), book, "en") == english


def test_own_sentences_of_one_function_are_twins_when_they_take_the_same():
    def own(pattern, line):
        return OwnSentence(pattern=pattern, help="", path="steps/a.py", line=line)

    said = own_twins([
        own("there are {int} orders of {string}", 1), own("有{int}张{string}的订单", 1),
        own("a {int} b {string}", 2), own("甲{string}乙{int}", 2), own("alone", 3),
    ])  # fmt: skip
    assert said('there are 3 orders of "x"', "zh") == '有3张"x"的订单'
    assert said('有3张"x"的订单', "en") == 'there are 3 orders of "x"'
    assert said('there are 3 orders of "x"', "en") is None
    assert said('a 1 b "x"', "zh") is None
    assert said("alone", "zh") is None
