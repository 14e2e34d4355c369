"""Repairing how a feature was typed: every scenario stays, every value stays."""

from __future__ import annotations

import random
import re

import pytest
from click.testing import CliRunner

from golive.cli.check import check
from golive.uat.gherkin import read_feature
from golive.uat.repairing import repair

GOOD = """# language: zh-CN
@REQ-1 @smoke
功能: 订单：录入
  背景:
    假如我以“clerk”身份登录

  场景: 甲：第一个
    当我打开“新建订单”
    而且我填写：
      | 客户 | {客户} |
      | 备注 | 全角：｜不动 |
    那么我应该看到“1，234.50”

  @边界
  场景大纲: 数量<n>
    当我在“数量”中输入“<n>”
    那么我应该看到“<n>”

    例子:
      | n |
      | 0 |
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("功能:", "功能："),
        ("功能:", "特性:"),
        ("  场景: 甲", "　　场景：甲"),
        ("场景: 甲", "场景 甲"),
        ("场景: 甲", "用例: 甲"),
        ("场景大纲:", "场景模板："),
        ("例子:", "示例:"),
        ("背景:", "背景："),
        ("假如", "如果"),
        ("那么我应该看到“1", "则我应该看到“1"),
        ("而且我填写", "且我填写"),
        ("当我打开", "When 我打开"),
        ("| 客户 | {客户} |", "｜ 客户 ｜ {客户} ｜"),
        ("| 客户 | {客户} |", "| 客户 | {客户}"),
        ("@REQ-1 @smoke", "＠REQ-1 ＠smoke"),
        ("@REQ-1 @smoke", "@REQ-1,@smoke"),
        ("# language: zh-CN\n", ""),
        ("# language: zh-CN", "＃ language：zh-cn"),
        ("# language: zh-CN", "# language: zh"),
    ],
)
def test_a_slip_is_repaired_to_the_very_text(old, new):
    typed = GOOD.replace(old, new, 1)
    assert typed != GOOD
    fixed = repair(typed.encode(), "a.feature")
    assert fixed is not None
    assert [line.rstrip() for line in fixed.text.splitlines()] == GOOD.splitlines()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16", "utf-16-le"])
def test_an_encoding_is_repaired(encoding):
    fixed = repair(GOOD.encode(encoding), "a.feature")
    assert fixed is not None
    assert fixed.text == GOOD
    assert fixed.lines == ()
    assert fixed.encoding


def test_what_is_right_is_left_alone():
    assert repair(GOOD.encode(), "a.feature") is None
    assert repair(b"\xff\xff\xff\xff", "a.feature") is None


def test_the_command_repairs_and_every_old_file_stays(workspace, monkeypatch):
    monkeypatch.chdir(workspace.root)
    path = workspace.root / "features" / "甲.feature"
    typed = (
        "功能：甲\r\n　　场景：乙\r\n　　　　如果我打开“/”\r\n　　　　那么我应该看到“，｜”\r\n"
    ).encode("gb18030")
    path.write_bytes(typed)
    said = CliRunner().invoke(check, ["--fix", "--lang", "zh"]).output
    assert "features/甲.feature：已修复，第 1, 2, 3, 4 行 (gb18030 → UTF-8)" in said
    assert "原文件保留为 甲.feature.orig" in said
    right = (
        "# language: zh-CN\n功能: 甲\n  场景: 乙\n    假如我打开“/”\n　　　　那么我应该看到“，｜”\n"
    )
    assert path.read_text("utf-8") == right
    assert path.with_name("甲.feature.orig").read_bytes() == typed

    CliRunner().invoke(check, ["--fix"])
    assert not path.with_name("甲.feature.2.orig").exists(), "there was nothing to repair"
    path.write_text(right.replace("假如", "如果"), "utf-8")
    said = CliRunner().invoke(check, ["--fix"]).output
    assert "the old file is 甲.feature.2.orig" in said
    assert path.read_text("utf-8") == right
    assert path.with_name("甲.feature.orig").read_bytes() == typed
    assert "如果" in path.with_name("甲.feature.2.orig").read_text("utf-8")


def test_words_that_only_look_like_it_stay():
    quoted = '场景: 甲\n    当我保存\n      """\n      场景：不动\n      """'
    text = GOOD.replace("场景: 甲：第一个", quoted)
    assert repair(text.encode(), "a.feature") is None


SLIPS = (
    lambda t: t.replace(": ", "：", 1),
    lambda t: re.sub(r"^(\s*)场景: ", r"\1场景 ", t, count=1, flags=re.MULTILINE),
    lambda t: t.replace("|", "｜"),
    lambda t: t.replace("@", "＠"),
    lambda t: t.replace("  ", "　"),
    lambda t: t.replace("# language: zh-CN\n", ""),
    lambda t: t.replace("假如", "如果"),
    lambda t: t.replace("例子", "示例"),
    lambda t: t.replace("场景大纲", "场景模板"),
    lambda t: t.replace("场景: 甲", "剧本：甲"),
    lambda t: t.replace("“", '"').replace("”", '"'),
    lambda t: t.replace("\n", "\r\n"),
)


@pytest.mark.parametrize("seed", range(60))
def test_any_mixture_of_slips_keeps_both_scenarios_or_says_where(seed):
    chance = random.Random(seed)
    # A full-width bar inside a cell is one among bars when all of them are.
    text = GOOD.replace("｜不动", "不动")
    for slip in chance.sample(SLIPS, chance.randint(1, 5)):
        text = slip(text)
    content = text.encode(chance.choice(["utf-8", "utf-8-sig", "gb18030", "utf-16"]))
    read = read_feature(content, "a.feature")
    assert read.problems or [s.outline for s in read.scenarios] == [False, True]
    fixed = repair(content, "a.feature")
    if fixed is not None:
        again = read_feature(fixed.text.encode(), "a.feature")
        assert again.problems == ()
        assert [s.outline for s in again.scenarios] == [False, True]
        assert [len(s.steps) for s in again.scenarios] == [3, 2]
