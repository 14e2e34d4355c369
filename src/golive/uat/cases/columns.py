"""The columns of a sheet of test cases, as Chinese and English templates name them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from golive.uat.wording import is_chinese

__all__ = ["HEADINGS", "RESULT_COLUMNS", "cell_name", "column_of", "headings"]

#: Column -> its heading in English and Chinese, as golive writes it.
HEADINGS: Mapping[str, tuple[str, str]] = {
    "id": ("Case ID", "用例编号"),
    "module": ("Module", "模块"),
    "name": ("Scenario", "业务场景"),
    "given": ("Precondition", "前置条件"),
    "steps": ("Steps", "操作步骤"),
    "data": ("Test data", "测试数据"),
    "expected": ("Expected result", "预期结果"),
    "actual": ("Actual result", "实际结果"),
    "passed": ("Passed", "是否通过"),
    "defect": ("Defect ID", "缺陷编号"),
    "kind": ("Positive/negative", "正向/异常"),
    "priority": ("Priority", "优先级"),
    "requirement": ("Requirement ID", "需求ID"),
    "tags": ("Tags", "标签"),
    "tester": ("Tester", "测试人"),
    "evidence": ("Evidence", "证据"),
}
RESULT_COLUMNS = ("actual", "passed", "defect", "evidence")
_OTHERS: Mapping[str, tuple[str, ...]] = {
    "id": ("用例id", "编号", "用例号", "序号", "测试用例编号", "id", "case", "case no", "no"),
    "module": ("所属模块", "功能模块", "业务模块", "业务流程", "process"),
    "name": (
        "用例名称",
        "用例标题",
        "场景",
        "测试场景",
        "标题",
        "测试项",
        "title",
        "name",
        "test case",
    ),
    "given": ("前提条件", "预置条件", "前提", "preconditions", "given"),
    "steps": ("步骤", "测试步骤", "执行步骤", "操作", "step", "actions"),
    "data": ("数据", "输入数据", "data", "input"),
    "expected": ("期望结果", "预期", "预期输出", "expected", "expected results"),
    "actual": ("实际", "测试结果", "执行结果", "actual", "result"),
    "passed": ("通过", "结果", "结论", "是否通过(是/否)", "pass", "pass/fail", "status"),
    "defect": ("缺陷号", "缺陷id", "bug编号", "bug号", "bug", "defect", "issue"),
    "kind": ("用例类型", "类型", "正反向", "正向/反向", "正例/反例", "正常/异常", "type", "kind"),
    "priority": ("级别", "重要程度", "priority"),
    "requirement": ("需求编号", "需求", "关联需求", "requirement", "requirements"),
    "tags": ("标记", "tag", "labels"),
    "tester": ("测试人/签字", "测试人员", "执行人", "签字", "tested by", "signature"),
    "evidence": ("截图", "附件", "screenshot"),
}
_KNOWN = {
    name.lower(): column
    for column, names in HEADINGS.items()
    for name in (*names, *_OTHERS[column])
}


def column_of(heading: str) -> str:
    """Return which column a heading names; empty when none of ours."""
    plain = re.sub(r"[\s*＊]+", " ", heading).strip().rstrip(":：").lower()
    return _KNOWN.get(plain, "") or _KNOWN.get(plain.replace(" ", ""), "")


def headings(language: str) -> Mapping[str, str]:
    """Return the heading of each column in a language."""
    return {column: names[is_chinese(language)] for column, names in HEADINGS.items()}


def cell_name(row: int, column: int) -> str:
    """Return a cell's name as a spreadsheet shows it; both count from 1: ``E7``."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row}"


def places(header: Sequence[str]) -> Mapping[str, int]:
    """Return where each known column stands, from 1; the first of a name counts."""
    found: dict[str, int] = {}
    for place, heading in enumerate(header, 1):
        if (column := column_of(heading)) and column not in found:
            found[column] = place
    return found
