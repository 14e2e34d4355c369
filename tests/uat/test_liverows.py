"""Examples that name a sheet: each row is a scenario, read when scenarios are collected."""

from __future__ import annotations

import pytest

from golive.errors import SpecError
from golive.sheets import write_table
from golive.uat.behave.reading import read_case_file, sheets_beside
from golive.uat.behave.selecting import Selection
from golive.uat.cases import case_rows
from golive.uat.gherkin import read_feature
from golive.uat.liverows import with_live_rows

FEATURE = """# language: zh-CN
功能: 数量
  场景大纲: 数量“<数量>”
    当我在“数量”中输入“<数量>”
    那么我应该看到“<提示>”

    @自己
    例子: 数量.csv
    例子: 写在这里
      | 数量 | 提示 |
      | 5 | 够了 |

  场景: 另一个
    那么我应该看到“好”
"""
SHEET = "数量,提示,标签\n0,太少|请改,异常\n1,好,边界、smoke\n-1,太少,@异常\n7,好,\n"


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "features"
    place.mkdir()
    (place / "数量.csv").write_bytes(SHEET.encode("gb18030"))
    return place


def read(folder, text=FEATURE):
    (folder / "a.feature").write_text(text, encoding="utf-8")
    return read_case_file(folder / "a.feature", folder.parent)


def test_each_row_is_a_case_with_its_tags_and_its_place_in_the_sheet(folder):
    found = read(folder)
    assert found.problems == ()
    assert [(case.node, case.tags, case.line, case.place) for case in found.cases] == [
        ("数量“<数量>”[0,太少|请改]", ("异常", "自己"), 8, "features/数量.csv:2"),
        ("数量“<数量>”[-1,太少]", ("异常", "自己"), 8, "features/数量.csv:4"),
        ("数量“<数量>”[1,好]", ("smoke", "自己", "边界"), 8, "features/数量.csv:3"),
        ("数量“<数量>”[7,好]", ("自己",), 8, "features/数量.csv:5"),
        ("数量“<数量>”[5,够了]", (), 11, ""),
        ("另一个", (), 13, ""),
    ]
    steps = [step.name for step in found.cases[0].scenario.steps]
    assert steps == ["我在“数量”中输入“0”", "我应该看到“太少|请改”"]
    assert [Selection("@smoke").takes(case) for case in found.cases].count(True) == 1
    lines = [[case.node for case in found.cases if case.stands_on(line)] for line in (8, 11)]
    assert (len(lines[0]), lines[1]) == (4, ["数量“<数量>”[5,够了]"])


@pytest.mark.parametrize(
    "link", ["例子: 数量.xlsx#表 2", "@from_file=数量.xlsx#二\n    例子: 业务给的"]
)
def test_a_heading_chooses_columns_and_a_tag_names_the_sheet_too(folder, link):
    for sheet in ("表 2", "二"):
        write_table(
            folder / f"{sheet}.xlsx", [("备注", "提示", "数量"), ("x", "好", "3")], sheet=sheet
        )
    name = "表 2" if "表 2" in link else "二"
    (folder / f"{name}.xlsx").rename(folder / "数量.xlsx")
    text = FEATURE.replace("@自己\n    例子: 数量.csv", f"{link}\n      | 数量 | 提示 |")
    first, second, _last = read(folder, text).cases
    assert (dict(first.row), first.tags) == ({"数量": "3", "提示": "好"}, ())
    assert second.node == "数量“<数量>”[5,够了]"


def test_a_changed_row_is_another_case_and_the_others_stay_the_same(folder):
    before = {case.id: case.digest for case in read(folder).cases}
    changed = SHEET.replace("-1,太少", "-2,太少").replace("1,好,边界、smoke", "1,好,smoke")
    (folder / "数量.csv").write_text(changed, encoding="utf-8-sig")
    after = {case.id: case.digest for case in read(folder).cases}
    gone, new = set(before) - set(after), set(after) - set(before)
    assert ([i[-7:] for i in gone], [i[-7:] for i in new]) == (["[-1,太少]"], ["[-2,太少]"])
    # The row that lost a tag is not what it was; the others are.
    differ = [i for i in set(before) & set(after) if before[i] != after[i]]
    assert [i.rpartition("[")[2] for i in differ] == ["1,好]"]


@pytest.mark.parametrize(
    ("sheet", "told"),
    [
        ("数量,提示\n", "数量.csv:1: 表头下面没有数据"),
        ("数量\n1\n", "a.feature:5: 场景“数量“<数量>””: “<提示>” 不是第 8 行例子的列"),
        (
            '数量,提示\n1,好\n2,"上\n下"\n',
            "数量.csv:3: 单元格 B3 含多行文字，不能作为句子中的值",
        ),
        ("数量,提示,标签\n1,好,a\n2,好,#b\n", "数量.csv:3: 单元格 C3：“#b”不是标签"),
        (None, "features/数量.csv: 没有这个文件"),
    ],
)
def test_what_is_wrong_is_told_with_the_sheets_cell(folder, sheet, told):
    if sheet is None:
        (folder / "数量.csv").unlink()
    else:
        (folder / "数量.csv").write_text(sheet, encoding="utf-8")
    found = read(folder)
    problems = found.problems or found.cases[0].problems
    assert told in str(problems[0])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            FEATURE.replace("数量.csv\n", "数量.csv\n      | 数量 | 提示 |\n      | 1 | 2 |\n"),
            "又有自己的数据行",
        ),
        (
            FEATURE.replace("@自己\n    例子: 数量.csv", "@from_file=数量\n    例子: x"),
            "没有表格文件名",
        ),
        (FEATURE.replace("例子: 数量.csv", "例子: 数量"), "没有数据行，一次也不会执行"),
    ],
)
def test_examples_are_a_sheets_or_their_own(folder, text, told):
    found = read(folder, text)
    problems = found.problems or found.cases[0].problems
    assert problems[0].line == 8
    assert told in str(problems[0])


def test_a_sentence_a_row_breaks_is_told_with_the_row(workspace):
    root = workspace.root
    (root / "features" / "q.csv").write_text('what\nfine\n"say ""x"""\n', encoding="utf-8")
    workspace.steps(
        "from behave import step, use_step_matcher\nuse_step_matcher('re')\n"
        "@step('it is (\\\\w+)')\ndef it_is(context, what):\n    assert what == 'fine'\n"
    )
    workspace.feature(
        "a.feature",
        "Feature: F\n  Scenario Outline: S\n    Then it is <what>\n    Examples: q.csv\n",
    )
    done = workspace.run("-q")
    assert done.ret == 2
    assert sorted(workspace.statuses().values()) == ["not written", "passed"]
    done.stdout.fnmatch_lines(["*a.feature:3: features/q.csv:3: golive does not know*"])


def test_a_sheet_of_cases_holds_the_rows(folder):
    (folder / "a.feature").write_text(FEATURE, encoding="utf-8")
    text = read_feature((folder / "a.feature").read_bytes(), "features/a.feature")
    filled = with_live_rows(text, sheets_beside(folder / "a.feature", folder.parent))
    assert len(list(case_rows([filled], "zh"))) == 1 + 4 + 1 + 1
    with pytest.raises(SpecError, match="no file of this workspace"):
        sheets_beside(folder / "a.feature", folder.parent)("../../x.csv", "")
