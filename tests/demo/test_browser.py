"""Real Chromium at both demo systems: forms that fight back, labels that differ, every phrase."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from demo import generator, pair
from demo.wording import say
from playwright.sync_api import Route

from golive.browser import Browser
from golive.contracts import Environment, Target
from golive.uat.labels import read_labels
from golive.uat.performing import perform
from golive.uat.person import Judgement, Question
from golive.uat.phrases import load_phrasebook
from golive.uat.session import Session
from golive.uat.site import Account, Site

ROOT = Path(__file__).parents[2]
BOOK = load_phrasebook()
USERS = ("clerk", "approver", "finance")
BOTH = pytest.mark.parametrize("lang", ["en", "zh"])
CUSTOMER, PRODUCT = "CT001", "PT001"
LATER = (datetime.now().astimezone().date() + timedelta(days=30)).isoformat()
#: One customer without a limit and one product at 10.99 CNY, the same in both systems.
MASTER_DATA = {
    "old": f"""
        INSERT INTO cust (cuno, cnm1, ctry, curr, crlm, stat)
            VALUES ('{CUSTOMER}', '测试客户', 'CN', 'CNY', 0, 'A');
        INSERT INTO item (itno, itnm, stat) VALUES ('{PRODUCT}', '测试产品', 'A');
        INSERT INTO prc VALUES ('{PRODUCT}', 'CNY', '20240101', '99991231', 1099);
        INSERT INTO stok VALUES ('{PRODUCT}', 'W1', 5000, 0);""",
    "new": f"""
        INSERT INTO customer (id, code, name, address, city, country_code, currency_code,
            credit_limit, status, created_on)
            VALUES (1, '{CUSTOMER}', '测试客户', 'x', 'x', 'CN', 'CNY', '0.00', 'active',
            '2026-01-01');
        INSERT INTO product (id, code, name, unit, product_group, status)
            VALUES (1, '{PRODUCT}', '测试产品', 'EA', 'X', 'active');
        INSERT INTO price VALUES (1, 1, 'CNY', '2024-01-01', NULL, '10.99');
        INSERT INTO stock VALUES (1, 'W1', 5000, 0);""",
}


@dataclass
class Row:
    cells: list[str]


@dataclass
class Table:
    """A step's table, as behave gives it."""

    headings: list[str]
    rows: list[Row]


def do(session: Session, sentence: str, *rows: tuple[str, ...]) -> str:
    """Perform a sentence as a step would; return its phrase's id."""
    (match,) = BOOK.matches(sentence)
    table = Table(list(rows[0]), [Row(list(row)) for row in rows[1:]]) if rows else None
    perform(session, match.phrase.id, match.values, table)
    return match.phrase.id


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Both systems, running."""
    folder = tmp_path_factory.mktemp("pair") / ".demo"
    generator.generate(folder, seed=5, customers=20, products=20, orders=50)
    for system, statements in MASTER_DATA.items():
        connection = sqlite3.connect(folder / f"{system}.db")
        with connection:
            connection.executescript(statements)
        connection.close()
    pair.up(folder)
    yield folder
    pair.down(folder)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    started = Browser.start()
    yield started
    started.close()


Opens = Callable[[str, str], Session]


@pytest.fixture
def at(folder: Path, browser: Browser, tmp_path: Path) -> Iterator[Opens]:
    """Give what opens a system in a language, signed in as the clerk."""
    opened: list[Session] = []

    def open_session(system: str, lang: str) -> Session:
        session = Session(
            find_site=lambda: site_at(folder, system, tmp_path, lang),
            browser=lambda: browser,
            pictures=tmp_path / "pictures",
            patience=10.0,
        )
        session.language = lang
        opened.append(session)
        do(session, 'I am signed in as "clerk"' if lang == "en" else "我以“clerk”身份登录")
        return session

    yield open_session
    for session in opened:
        session.close()


def site_at(folder: Path, system: str, root: Path, lang: str) -> Site:
    target = Target(name=system, url=pair.site_of(folder).urls[system])
    environment = Environment(name="demo", kind="demo", targets={system: target}, facts={})
    secrets = {
        user: (folder / "secrets" / f"{user}_password").read_text(encoding="utf-8")
        for user in USERS
    }
    return Site(
        root=root,
        environment=environment,
        target=target,
        accounts={user: Account(user=user, password=secret) for user, secret in secrets.items()},
        labels=read_labels(ROOT),
        language=lang,
    )


# -- the new system's order form fights back


@BOTH
def test_a_plain_fill_loses_its_values_on_the_order_form(at: Opens, lang: str) -> None:
    session = at("new", lang)
    page = session.page
    # Filled before the defaults are there, however slow or quick the machine is: they erase it.
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/lookup/defaults", hold)
    with page.expect_request("**/lookup/defaults"):
        page.goto(f"{session.site.target.url}/orders/new", wait_until="domcontentloaded")
    page.locator("form.order #quantity").fill("12")
    page.locator("form.order #note").fill("typed early")
    (asked,) = held
    with page.expect_response("**/lookup/defaults"):
        asked.continue_()
    page.wait_for_function("document.getElementById('note').value === ''")
    assert page.locator("form.order #quantity").input_value() == ""

    # A label alone is never enough: a hidden pane has them all, and its Save.
    for name in ("customer", "product", "quantity", "delivery_date", "note"):
        assert page.get_by_label(say(lang, name)).count() >= 2, name
    assert page.get_by_text(say(lang, "save"), exact=True).count() == 2

    # The element that was found is not the one to type into.
    display = page.locator("form.order #quantity").element_handle()
    assert display is not None
    display.focus()
    assert not display.evaluate("e => e.isConnected")
    page.keyboard.type("1200")
    page.keyboard.press("Tab")
    assert page.locator("form.order #quantity").input_value() == "1,200"

    # A code put in at once proposes nothing and is dropped when the field is left.
    for name, code in (("customer", CUSTOMER), ("product", PRODUCT)):
        field = page.locator(f"form.order #{name}")
        field.fill(code)
        assert page.get_by_role("option").filter(visible=True).count() == 0
        field.blur()
        assert field.input_value() == "", name

    # The notice lies over Save: a press at its place reaches the notice.
    covered = page.locator("form.order .buttons button").evaluate(
        "e => { const b = e.getBoundingClientRect();"
        " return document.elementFromPoint(b.x + b.width / 2, b.y + b.height / 2)"
        ".closest('#notice') !== null; }"
    )
    assert covered


@BOTH
def test_the_phrases_win_on_the_order_form(at: Opens, lang: str) -> None:
    session = at("new", lang)
    session.goto("/orders/new")
    enter_order(session, quantity="1200", note="typed early")
    assert session.page.get_by_role("alert").count() == 0
    shows(session, note="typed early", customer=CUSTOMER)
    tell(
        session, 'the amount "Total" should equal "1200 * 10.99"', "金额“合计”应等于“1200 * 10.99”"
    )


def tell(session: Session, english: str, chinese: str, *rows: tuple[str, str]) -> None:
    """Perform a sentence in the session's language."""
    do(session, english if session.language == "en" else chinese, *rows)


def named(session: Session, values: dict[str, str]) -> list[tuple[str, str]]:
    """Return values by their labels in the new system's words, which features use."""
    return [(say(session.language, name), value) for name, value in values.items()]


def shows(session: Session, **values: str) -> None:
    tell(session, "the page should show:", "页面应显示：", *named(session, values))


def enter_order(session: Session, *, quantity: str, note: str) -> None:
    """Fill in the order form and save it."""
    values = {"customer": CUSTOMER, "product": PRODUCT, "quantity": quantity}
    values |= {"delivery_date": LATER, "note": note}
    tell(session, "I fill in:", "我填写：", *named(session, values))
    tell(session, 'I click "Save"', "我点击“保存”")


# -- the old system calls some things otherwise


@BOTH
def test_one_feature_runs_where_labels_differ(at: Opens, lang: str) -> None:
    session = at("old", lang)
    tell(session, 'I open "New order"', "我打开“新建订单”")
    enter_order(session, quantity="3", note="urgent")
    tell(session, 'I remember the field "Order number" as "n"', "我将字段“订单号”的值记为“n”")
    tell(session, 'I click "Submit"', "我点击“提交”")
    tell(session, 'I continue as "approver"', "我切换为“approver”继续操作")
    tell(session, 'I open "Order {n}"', "我打开“订单 {n}”")
    tell(session, 'I click "Approve"', "我点击“审批通过”")
    shows(session, note="urgent", decided_by="approver")
    # It is the file that maps them: on the page there is no such label.
    labels = session.page.locator("th[id]").all_inner_texts()
    for name in ("note", "decided_by"):
        assert say(lang, name) not in labels
        assert say(lang, f"old_{name}") in labels


# -- the whole phrasebook on both systems in both languages


class Witness:
    """A person who has looked and says yes."""

    def judgement(self, _question: Question) -> Judgement:
        return Judgement(holds=True, person="Li Min", at=datetime.now(UTC))


#: Sentences in English and in Chinese, then the rows of a table; ``@key`` in these is a word of
#: :mod:`demo.wording` in the language of the run.
ENTERS_AN_ORDER = (
    ('I go to "Orders" in the menu', "我从菜单进入“订单”"),
    ('the page title should contain "Orders"', "页面标题应包含“订单”"),
    ('I open "New order"', "我打开“新建订单”"),
    (f'I search for "{CUSTOMER}" in "Customer" and pick it', f"我在“客户”中搜索并选中“{CUSTOMER}”"),
    ("I fill in:", "我填写：", ("@product", PRODUCT), ("@delivery_date", "today+7")),
    ('I enter "3" in "Quantity"', "我在“数量”中输入“3”"),
    ('I enter "by mistake" in "Note"', "我在“备注”中输入“误填”"),
    ('I clear "Note"', "我清空“备注”"),
    ("the form should show:", "表单应显示：", ("@customer", CUSTOMER), ("@quantity", "3")),
    ('I click "Save"', "我点击“保存”"),
    ('I remember the field "Order number" as "n"', "我将字段“订单号”的值记为“n”"),
    ('the field "Status" should be "Draft"', "字段“状态”应为“草稿”"),
    ('the field "Decided by" should be empty', "字段“审批人”应为空"),
    ("the page should show:", "页面应显示：", ("@customer", CUSTOMER), ("@created_by", "clerk")),
    ('the amount "Total" should equal "3 * 10.99"', "金额“合计”应等于“3 * 10.99”"),
    (
        'the table "Order lines" should contain:', "表格“订单明细”应包含：",
        ("@product", "@quantity"), (PRODUCT, "3"),
    ),
    ('the "Approve" button should be absent', "“审批通过”按钮应不出现"),
    ('I click the "Submit" button', "我点击“提交”按钮"),
    ('I should see "was submitted"', "我应该看到“已提交”"),
    ('I remember the text like "####-##-##" as "day"', "我将形如“####-##-##”的文字记为“day”"),
    ('I should not see "Rejected"', "我不应该看到“已驳回”"),
    ('I click "Approve"', "我点击“审批通过”"),
    ('the system should refuse with "may not approve"', "系统应拒绝并提示“无权审批订单”"),
    ("I go back", "我返回上一页"),
    ("I reload the page", "我刷新页面"),
    ("the page should show no errors", "页面不应有错误提示"),
)  # fmt: skip
FINDS_IT = (
    ('I continue as "approver"', "我切换为“approver”继续操作"),
    ('I open "Orders"', "我打开“订单”"),
    ('I enter "{n}" in "Search"', "我在“搜索”中输入“{n}”"),
    ('I click the "Search" button', "我点击“搜索”按钮"),
    ('the table "Orders" should have 1 row', "表格“订单”应有1行"),
    (f'I double-click "{CUSTOMER}"', f"我双击“{CUSTOMER}”"),
    ('the field "Status" should be "Awaiting approval"', "字段“状态”应为“待审批”"),
    ('I click "Approve"', "我点击“审批通过”"),
    ('I should see "was approved" within 5 seconds', "我应该在5秒内看到“已审批通过”"),
    ('I open "Orders"', "我打开“订单”"),
    ('I enter "{n}" in "Search"', "我在“搜索”中输入“{n}”"),
    ('I click the "Search" button', "我点击“搜索”按钮"),
    (f'I click "{{n}}" in the row with "{CUSTOMER}"', f"我在包含“{CUSTOMER}”的行中点击“{{n}}”"),
    ('the field "Status" should be "Approved"', "字段“状态”应为“已审批”"),
)
QUOTES = (
    ('I open "Quotation"', "我打开“报价”"),
    ('I tick "Urgent"', "我勾选“加急”"),
    ('"Urgent" should be ticked', "“加急”应已勾选"),
    ('I untick "Urgent"', "我取消勾选“加急”"),
    ('"Urgent" should not be ticked', "“加急”应未勾选"),
    ('I choose the option "Pick-up"', "我选中选项“自提”"),
    ('I select "CNY" in "Currency"', "我在“币种”中选择“CNY”"),
    (
        'I add these rows to "Order lines":', "我在表格“订单明细”中添加以下行：",
        ("@product", "@quantity"), (PRODUCT, "2"), (PRODUCT, "5"),
    ),
    ('I download "Export" as "list"', "我下载“导出”并保存为“list”"),
    (
        f'the downloaded file "list" should contain "{PRODUCT},5"',
        f"下载的文件“list”应包含“{PRODUCT},5”",
    ),
    ('I upload the file "list" to "Lines from file"', "我将文件“list”上传到“从文件读入”"),
    ('the table "Order lines" should have 4 rows', "表格“订单明细”应有4行"),
    ('I press "F8"', "我按“F8”键"),
    ('I wait until "Calculating" disappears', "我等待“计算中”消失"),
    ('the amount "Total" should equal "14 * 10.99"', "金额“合计”应等于“14 * 10.99”"),
    ('I take a picture called "Quotation"', "我截图并命名为“报价”"),
    ('I click "Print view"', "我点击“打印预览”"),
    ("I switch to the new window", "我切换到新窗口"),
    ('the page title should contain "Print view"', "页面标题应包含“打印预览”"),
    ('a person confirms that "it fits a sheet"', "由人工确认“一页纸打得下”"),
    ("I close the window", "我关闭窗口"),
    ("I will decline the next question", "我将取消下一个提示框"),
    ('I click "Discard"', "我点击“放弃”"),
    ('the table "Order lines" should have 4 rows', "表格“订单明细”应有4行"),
    ("I will accept the next question", "我将确认下一个提示框"),
    ('I click "Discard"', "我点击“放弃”"),
    ('the table "Order lines" should have 1 row', "表格“订单明细”应有1行"),
    ("I wait 0 seconds", "我等待0秒"),
    ("I sign out", "我退出登录"),
    ('I should see "You have signed out."', "我应该看到“您已退出。”"),
)  # fmt: skip


@BOTH
@pytest.mark.parametrize("system", ["old", "new"])
def test_every_phrase_works_on_both_systems(at: Opens, system: str, lang: str) -> None:
    session = at(system, lang)
    session.witness, session.scenario = Witness(), "features/all.feature::every phrase"
    done = {"sign-in"}
    for english, chinese, *rows in (*ENTERS_AN_ORDER, *FINDS_IT, *QUOTES):
        meant = [tuple(say(lang, c[1:]) if c[0] == "@" else c for c in row) for row in rows]
        done.add(do(session, english if lang == "en" else chinese, *meant))
    assert done == {phrase.id for phrase in BOOK.phrases}
