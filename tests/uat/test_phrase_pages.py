"""Real Chromium: every phrase in both languages on a page that has one thing of each kind."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from golive.uat.performing import perform
from golive.uat.person import Judgement, WaitsForPerson
from golive.uat.phrases import load_phrasebook
from golive.uat.screen import CheckFailed, Unclear

BOOK = load_phrasebook()
LANGUAGES = pytest.mark.parametrize("lang", ["en", "zh"])


@dataclass
class Row:
    cells: list[str]


@dataclass
class Table:
    headings: list[str]
    rows: list[Row] = field(default_factory=list)


def do(session, sentence, *rows):
    """Perform a sentence as a step would."""
    (match,) = BOOK.matches(sentence)
    table = Table(list(rows[0]), [Row(list(row)) for row in rows[1:]]) if rows else None
    perform(session, match.phrase.id, match.values, table)


def refused(session, sentence, *rows, by=CheckFailed):
    session.patience = session.screen.patience = 0.4
    with pytest.raises(by) as caught:
        do(session, sentence, *rows)
    session.patience = session.screen.patience = 5.0
    return str(caught.value)


@pytest.fixture
def at(session):
    """Opens a page in a language and returns what performs the sentence of that language."""

    def opened(page, lang):
        session.language = lang
        session.screen.language = lang
        session.patience = session.screen.patience = 5.0
        session.goto(f"/pages/{page}{'&' if '?' in page else '?'}lang={lang}")

        def say(english, chinese, *rows):
            do(session, english if lang == "en" else chinese, *rows)

        return say

    return opened


@LANGUAGES
def test_boxes_options_and_lists(at, lang):
    say = at("desk.html", lang)
    say('I tick "Urgent"', "我勾选“加急”")
    say('"Urgent" should be ticked', "“加急”应已勾选")
    say('I untick "Urgent"', "我取消勾选“加急”")
    say('"Urgent" should not be ticked', "“加急”应未勾选")
    # Its box is drawn by the label; the real one cannot be seen.
    say('I tick "Insured"', "我勾选“保价”")
    say('"Insured" should be ticked', "“保价”应已勾选")
    say('I choose the option "Pick-up"', "我选中选项“自提”")
    say('"Pick-up" should be ticked', "“自提”应已勾选")
    say('"Truck" should not be ticked', "“送货”应未勾选")
    say('I select "EUR" in "Currency"', "我在“币种”中选择“EUR”")
    say(
        "the form should show:",
        "表单应显示：",
        ("Currency" if lang == "en" else "币种", "EUR"),
        ("Plant" if lang == "en" else "工厂", "1000"),
    )
    say('the "Plant" field should be read-only', "“工厂”字段应只读")
    say('the "Currency" field should be enabled', "“币种”字段应可用")
    say('the "Note" field should be editable', "“备注”字段应可编辑")


@LANGUAGES
def test_one_of_two_is_told_by_what_it_is_in(at, session, lang):
    say = at("desk.html", lang)
    say('I enter "Shanghai" in "Ship to > City"', "我在“送货地址 > 城市”中输入“Shanghai”")
    say('I enter "Munich" in "Bill to > City"', "我在“开票地址＞城市”中输入“Munich”")
    assert session.page.locator("#ship").input_value() == "Shanghai"
    assert session.page.locator("#bill").input_value() == "Munich"
    say('the field "Bill to > City" should be "Munich"', "字段“开票地址 > 城市”应为“Munich”")
    say('the field "A-1 > Amount *" should be "1234.5"', "字段“A-1 > 金额 *”应为“1234.5”")
    if lang == "en":
        told = refused(session, 'I enter "x" in "City"', by=Unclear)
        assert "2 things are called “City”" in told
        assert "in “Ship to”" in told
        assert "in “Bill to”" in told
        told = refused(session, 'I enter "x" in "Shipto > City"')
        assert "no group, dialog or row is called “Shipto” on this page." in told
        assert "Did you mean “Ship to”?" in told


@LANGUAGES
def test_clearing_and_empty(at, session, lang):
    say = at("desk.html", lang)
    say('the field "Note" should be "old"', "字段“备注”应为“old”")
    say('I clear "Note"', "我清空“备注”")
    say('the field "Note" should be empty', "字段“备注”应为空")
    say('the field "Answer" should be empty', "字段“答复”应为空")
    sentence = 'the field "Plant" should be empty' if lang == "en" else "字段“工厂”应为空"
    assert "1000" in refused(session, sentence)


@LANGUAGES
def test_what_is_wrong_names_the_document_its_heading_numbers(at, session, lang):
    """A heading without a number (the desk's) names no document and is left out."""
    for page, english, chinese in (
        ("fight.html", "Order SO-7 “Saved” should be “A”, it", "订单 SO-7 已保存 应为“A”，实际"),
        ("desk.html", "“Note” should be “A”, it", "备注 应为“A”，实际"),
    ):
        at(page, lang)
        name = {"fight.html": ("Saved", "已保存"), "desk.html": ("Note", "备注")}[page]
        sentence = f'the field "{name[0]}" should be "A"', f"字段“{name[1]}”应为“A”"
        told = refused(session, sentence[lang == "zh"])
        assert told.startswith((english, chinese)[lang == "zh"])


@LANGUAGES
def test_files_go_in_and_out(at, session, lang):
    folder = session.site.root / "features" / "data"
    folder.mkdir(parents=True)
    (folder / "invoice.txt").write_text("x")
    say = at("desk.html", lang)
    say('I upload the file "invoice.txt" to "File"', "我将文件“invoice.txt”上传到“文件”")
    say('the field "Sent" should be "invoice.txt"', "字段“已选文件”应为“invoice.txt”")
    say('I download "Export" as "list"', "我下载“导出”并保存为“清单”")
    say(
        'the downloaded file "list" should contain "SO-1,31.50"',
        "下载的文件“清单”应包含“编号,金额”",
    )
    # The real field is hidden behind a button; and what came out goes in again.
    say('I upload the file "list" to "Attach"', "我将文件“清单”上传到“附件”")
    say('the field "Sent" should be "01-orders.csv"', "字段“已选文件”应为“01-orders.csv”")
    sentence = (
        'the downloaded file "list" should contain "SO-9"'
        if lang == "en"
        else "下载的文件“清单”应包含“SO-9”"
    )
    assert "SO-9" in refused(session, sentence)
    assert "orders.csv" in refused(session, sentence)


def test_no_file_outside_the_workspace_is_given_away(at, session):
    at("desk.html", "en")
    (session.site.root.parent / "secret.txt").write_text("x")
    told = refused(session, 'I upload the file "../secret.txt" to "File"', by=Unclear)
    assert "there is no file “../secret.txt”" in told


@LANGUAGES
def test_questions_of_the_browser(at, session, lang):
    say = at("desk.html", lang)
    say("I will accept the next question", "我将确认下一个提示框")
    say('I click "Delete"', "我点击“删除”")
    say('the field "Answer" should be "yes"', "字段“答复”应为“是”")
    say("I will decline the next question", "我将取消下一个提示框")
    say('I click "Delete"', "我点击“删除”")
    say('the field "Answer" should be "no"', "字段“答复”应为“否”")
    say('I click "Check"', "我点击“检查”")
    say('the system should refuse with "Period is closed"', "系统应拒绝并提示“期间已关闭”")
    sentence = 'I click "Delete"' if lang == "en" else "我点击“删除”"
    assert ("Really?" if lang == "en" else "确定吗") in refused(session, sentence, by=Unclear)


@LANGUAGES
def test_windows_keys_and_double_clicks(at, session, lang):
    say = at("desk.html", lang)
    say('I double-click "A-1"', "我双击“A-1”")
    say('the field "Opened row" should be "A-1"', "字段“已打开的行”应为“A-1”")
    say('I press "F8"', "我按“F8”键")
    say('I should see "Simulated"', "我应该看到“已模拟”")
    say('I click "Print view"', "我点击“打印预览”")
    say("I switch to the new window", "我切换到新窗口")
    say('the page title should contain "Frame"', "页面标题应包含“框架”")
    say("I close the window", "我关闭窗口")
    say('the page title should contain "Desk"', "页面标题应包含“办公台”")
    say('I open "/pages/frame.html"', "我打开“/pages/frame.html”")
    say("I go back", "我返回上一页")
    say('I go to "Desk" in the menu', "我从菜单进入“办公台”")
    say("I reload the page", "我刷新页面")
    sentence = "I switch to the new window" if lang == "en" else "我切换到新窗口"
    assert refused(session, sentence) in {"no new window has opened", "没有打开新的窗口"}
    sentence = 'I press "Any"' if lang == "en" else "我按“Any”键"
    assert "Any" in refused(session, sentence, by=Unclear)


@LANGUAGES
def test_waiting_for_work(at, session, lang):
    say = at("desk.html", lang)
    say('I click "Post"', "我点击“过账”")
    say('I wait until "Processing" disappears', "我等待“处理中”消失")
    say('I should see "Posted" within 3 seconds', "我应该在3秒内看到“已过账”")
    say("I wait 0 seconds", "我等待0秒")
    sentence = 'I should see "Never" within 0 seconds' if lang == "en" else "我应该在0秒内看到“无”"
    assert ("after 0 seconds" if lang == "en" else "等待 0 秒后") in refused(session, sentence)


@LANGUAGES
def test_rows_are_typed_into_a_table(at, session, lang):
    say = at("desk.html", lang)
    heads = ("Product", "Quantity", "Unit") if lang == "en" else ("产品", "数量", "单位")
    rows = (heads, ("P1", "3", "KG"), ("P2", "4", "EA"))
    name = "Lines" if lang == "en" else "明细"
    say('I add these rows to "Lines":', "我在表格“明细”中添加以下行：", *rows)
    say('the table "Lines" should have 2 rows', "表格“明细”应有2行")
    say('the table "Lines" should contain:', "表格“明细”应包含：", *rows)
    sentence = f'I add these rows to "{name}":'
    if lang == "en":
        told = refused(session, sentence, ("Produkt",), ("P1",))
        assert "no column “Produkt”; it has: Product, Quantity, Unit" in told


@LANGUAGES
def test_frames_and_shadow_roots_are_part_of_the_page(at, lang):
    say = at("desk.html", lang)
    say('I enter "R-7" in "Reference"', "我在“参考号”中输入“R-7”")
    say('I click "Keep"', "我点击“保留”")
    say('the field "Kept reference" should be "R-7"', "字段“保留的参考号”应为“R-7”")
    say('I should see "Framed text"', "我应该看到“框架文字”")
    say('I should see "In the shadow"', "我应该看到“影子内容”")
    say('I enter "B-1" in "Batch"', "我在“批次”中输入“B-1”")
    say('the field "Batch" should be "B-1"', "字段“批次”应为“B-1”")
    say('I click "Split"', "我点击“拆分”")
    say('I should see "Divided"', "我应该看到“已拆分”")


@LANGUAGES
def test_a_picture_has_its_name(at, session, lang):
    say = at("desk.html", lang)
    session.line = 9
    say('I take a picture called "before posting"', "我截图并命名为“过账前”")
    name = session.all_pictures[-1].name
    assert name == ("01-line-9-before_posting.jpg" if lang == "en" else "01-line-9-过账前.jpg")


@LANGUAGES
def test_a_person_confirms_and_silence_waits(at, session, lang):
    say = at("desk.html", lang)
    asked = []

    class Someone:
        answer = None

        def judgement(self, question):
            asked.append(question)
            return self.answer

    session.witness, session.scenario, session.line = Someone(), "features/x.feature::A", 12
    session.remembered["n"] = "7"
    sentence = 'a person confirms that "label {n} is fine"'
    sentence = sentence if lang == "en" else "由人工确认“标签 {n} 没问题”"
    with pytest.raises(WaitsForPerson) as waiting:
        say(sentence, sentence)
    assert waiting.value.question == asked[0]
    assert (asked[0].scenario, asked[0].line) == ("features/x.feature::A", 12)
    assert "7" in asked[0].statement
    now = datetime(2026, 2, 27, tzinfo=UTC)
    Someone.answer = Judgement(holds=True, person="Li Min", at=now)
    say(sentence, sentence)
    Someone.answer = Judgement(holds=False, person="Li Min", at=now, comment="smeared")
    told = refused(session, sentence)
    assert "Li Min" in told
    assert "smeared" in told
    assert asked[0].key == asked[1].key
