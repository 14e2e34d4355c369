"""Examples rows from a sheet: shown in the feature, held against the sheet, written by --fix."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from golive.cli.check import check
from golive.errors import SpecError
from golive.sheets import Row, Table, write_table
from golive.uat.behave.reading import read_case_file
from golive.uat.gherkin import read_feature
from golive.uat.sheetrows import fill_rows, row_problems

OUTLINE = """# language: zh-CN
@REQ-1
功能: 数量

  场景大纲: 数量“<数量>”
    当我在“数量”中输入“<数量>”
    那么我应该看到“<提示>”

    例子: 来自业务
      # 数据来自：数量.csv
"""
ROWS = (("数量", "提示", "标签"), ("0", "太少|请改", "异常"), ("1", "好", "边界、smoke"),
        ("-1", "太少", "@异常"), ("7", "好", ""))  # fmt: skip


def table(*rows, path="features/数量.csv"):
    numbered = tuple(Row(number=number, cells=cells) for number, cells in enumerate(rows, 1))
    return Table(path=path, sheet="", encoding="utf-8", rows=numbered)


def text_of(source):
    return read_feature(source.encode(), "features/a.feature")


def filled(source, *rows):
    found = fill_rows(text_of(source), source.splitlines(), lambda _path, _sheet: table(*rows))
    return source if found is None else found


def test_rows_are_written_by_their_tags_and_the_rest_of_the_file_stays():
    after = filled(OUTLINE, *ROWS)
    assert after == OUTLINE.replace(
        "    例子: 来自业务\n      # 数据来自：数量.csv\n",
        """    @异常
    例子: 来自业务
      # 数据来自：数量.csv
      | 数量 | 提示 |
      | 0 | 太少\\|请改 |
      | -1 | 太少 |
    @边界 @smoke
    例子: 来自业务
      # 数据来自：数量.csv
      | 数量 | 提示 |
      | 1 | 好 |
    例子: 来自业务
      # 数据来自：数量.csv
      | 数量 | 提示 |
      | 7 | 好 |
""",
    )
    assert filled(after, *ROWS) == after
    assert row_problems(text_of(after), lambda _path, _sheet: table(*ROWS)) == ()


def test_a_changed_sheet_is_found_and_written_anew():
    after = filled(OUTLINE, *ROWS)
    fewer = ROWS[:2]
    (problem,) = row_problems(text_of(after), lambda _path, _sheet: table(*fewer))
    assert problem.path == "features/a.feature"
    assert after.splitlines()[problem.line - 1].strip() == "# 数据来自：数量.csv"
    assert "golive check --fix" in problem.hint
    assert "数量.csv" in problem.message
    again = filled(after, *fewer)
    assert again.count("例子") == 1
    assert "| 1 |" not in again


def test_without_a_tag_column_the_table_keeps_its_own_tags_and_its_own_columns():
    source = OUTLINE.replace("    例子: 来自业务", "    @边界\n    例子: 来自业务").replace(
        "数量.csv\n", "数量.csv\n      | 提示 | 数量 |\n      | alt | 0 |\n\n  # Ende\n"
    )
    after = filled(source, ("数量", "提示", "谁"), ("1", "好", "李"), ("2", "", ""))
    assert after == source.replace("| alt | 0 |", "| 好 | 1 |\n      |  | 2 |")
    cases = read_feature(after.encode(), "a.feature").scenarios[0].examples[0].rows
    assert [cells for _line, cells in cases] == [("好", "1"), ("", "2")]


def test_tables_and_remarks_of_the_features_own_are_kept():
    own = "    例子: 自己的\n      | 数量 | 提示 |\n      | 5 | 自己 |\n"
    source = (
        OUTLINE + "      # 业务部门确认\n      | 数量 | 提示 |\n      | 9 | 旧 |\n" + own
        + "    例子: 再来\n      # 数据来自：数量.csv\n"
    )  # fmt: skip
    after = filled(source, ("数量", "提示"), ("1", "好"))
    assert own in after
    assert "# 业务部门确认" in after
    assert after.count("| 1 | 好 |") == 2
    assert filled(after, ("数量", "提示"), ("1", "好")) == after


def test_two_sheets_under_one_outline_stay_apart():
    source = OUTLINE + "\n    例子: 另一份\n      # 数据来自：另一份.xlsx#表 2\n"
    sheets = {
        ("数量.csv", ""): table(("数量", "提示"), ("1", "好")),
        ("另一份.xlsx", "表 2"): table(("提示", "数量"), ("差", "2")),
    }
    after = fill_rows(text_of(source), source.splitlines(), lambda *link: sheets[link])
    assert (
        "例子: 来自业务\n      # 数据来自：数量.csv\n      | 数量 | 提示 |\n      | 1 | 好 |\n"
        in after
    )
    assert "      # 数据来自：另一份.xlsx#表 2\n      | 提示 | 数量 |\n      | 差 | 2 |\n" in after


@pytest.mark.parametrize(
    ("rows", "row", "words"),
    [
        ((), 1, "没有数据"),
        ((("数量", "提示"),), 1, "没有数据"),
        ((("数量",), ("1",)), 1, "没有例子所用的列“提示”"),
        ((("数量", "提示"), ("1", "a\nb")), 2, "多行文字"),
        ((("数量", "数量"), ("1", "2")), 1, "twice"),
    ],
)
def test_a_sheet_that_does_not_fit_is_told_with_its_row(rows, row, words):
    source = OUTLINE + "      | 数量 | 提示 |\n      | 1 | 2 |\n"
    (problem,) = row_problems(text_of(source), lambda _path, _sheet: table(*rows))
    assert (problem.path, problem.line) == ("features/数量.csv", row)
    assert words in problem.message
    with pytest.raises(SpecError):
        filled(source, *rows)


def test_a_sheet_is_no_file_outside_or_missing(tmp_path):
    (tmp_path / "features").mkdir()
    feature = tmp_path / "features" / "a.feature"
    feature.write_text(OUTLINE, encoding="utf-8")
    read = read_case_file(feature, tmp_path)
    assert read.cases == ()
    assert [str(problem) for problem in read.problems] == ["features/数量.csv: 没有这个文件"]


def test_check_refuses_and_fix_writes_and_pytest_runs_each_row(workspace, monkeypatch):
    root = workspace.root
    monkeypatch.chdir(root)
    (root / "features" / "数量.csv").write_bytes("amount,tags\n1,smoke\n2,\n".encode("gb18030"))
    workspace.steps(
        "from behave import step\n@step('the amount {n:d} is kept')\n"
        "def kept(context, n):\n    context.n = n\n"
        "@step('it is at most {n:d}')\ndef most(context, n):\n    assert context.n <= n\n"
    )
    workspace.feature(
        "s.feature",
        "Feature: a\n  Scenario Outline: b\n    When the amount <amount> is kept\n"
        "    Then it is at most 2\n\n    Examples:\n      # rows from: 数量.csv\n",
    )
    told = CliRunner().invoke(check, [], catch_exceptions=True)
    assert "s.feature:7: the examples are not the rows of '数量.csv'" in told.stderr
    assert workspace.run().ret == 2
    told = CliRunner().invoke(check, ["--fix"], catch_exceptions=True)
    assert "s.feature: filled from its sheets; the old file is s.feature.orig" in told.stdout
    assert workspace.run().ret == 0
    assert workspace.statuses() == {"b [1]": "passed", "b [2]": "passed"}
    assert workspace.run("-m", "smoke").ret == 0
    assert workspace.statuses() == {"b [1]": "passed"}


def test_a_workbook_gives_its_named_sheet(tmp_path):
    (tmp_path / "features").mkdir()
    feature = tmp_path / "features" / "a.feature"
    feature.write_text(
        OUTLINE.replace("数量.csv", "数据.xlsx#第二张")
        + "      | 数量 | 提示 |\n      | 3 | 好 |\n",
        encoding="utf-8",
    )
    write_table(tmp_path / "features" / "数据.xlsx", [["数量", "提示"], [3, "好"]], sheet="第二张")
    read = read_case_file(feature, tmp_path)
    assert read.problems == ()
    assert [case.row for case in read.cases] == [{"数量": "3", "提示": "好"}]
