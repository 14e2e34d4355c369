"""Real Chromium at both demo systems: forms that fight back, and labels that differ."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from demo import generator, pair
from demo.wording import say

from golive.browser import Browser
from golive.contracts import Environment, Target
from golive.uat.labels import read_labels
from golive.uat.performing import perform
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
    with page.expect_response("**/lookup/defaults"):
        session.goto("/orders/new")
        # Filled at once, before the defaults are there: they erase it.
        page.locator("form.order #quantity").fill("12")
        page.locator("form.order #note").fill("typed early")
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
