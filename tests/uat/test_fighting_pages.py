"""Real Chromium: a page that erases, replaces, reformats, proposes and covers; the phrases win."""

from __future__ import annotations

import pytest

from golive.uat.performing import perform
from golive.uat.phrases import load_phrasebook
from golive.uat.screen import CheckFailed, Unclear

BOOK = load_phrasebook()
WORDS = {
    "en": ("Quantity", "Price", "Customer", "Note", "Delivery date", "Save", "Saved"),
    "zh": ("数量", "单价", "客户", "备注", "交货日期", "保存", "已保存"),
}


def do(session, sentence):
    (match,) = BOOK.matches(sentence)
    perform(session, match.phrase.id, match.values, None)


def enter(session, lang, value, name):
    do(
        session,
        f'I enter "{value}" in "{name}"' if lang == "en" else f"我在“{name}”中输入“{value}”",
    )


@pytest.fixture
def fight(session):
    def opened(lang="en", mode=""):
        session.language = session.screen.language = lang
        session.patience = session.screen.patience = 5.0
        session.goto(f"/pages/fight.html?lang={lang}&mode={mode}")
        return session

    return opened


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_everything_typed_stands_when_it_is_saved(fight, lang):
    session = fight(lang)
    quantity, price, customer, note, day, save, saved = WORDS[lang]
    enter(session, lang, "1200", quantity)
    enter(session, lang, "1234.5", price)
    enter(session, lang, "urgent", note)
    enter(session, lang, "2030年8月22日", day)
    lookup = f'I search for "C1" in "{customer}" and pick it'
    do(session, lookup if lang == "en" else f"我在“{customer}”中搜索并选中“C1”")
    do(session, f'I click "{save}"' if lang == "en" else f"我点击“{save}”")
    shown = session.screen.shown_value(saved)
    assert shown == "1,200 | 1,234.50 | C1 · 华东贸易 | urgent | 2030-08-22"


def test_a_default_that_comes_after_the_entry_is_noticed_before_saving(fight):
    session = fight()
    enter(session, "en", "1234.5", "Price")
    enter(session, "en", "urgent", "Note")
    # Nothing tells that more is coming: the page's own timer erases what was typed.
    session.page.evaluate("defaults()")
    do(session, 'I click "Save"')
    assert "| 1,234.50 | | urgent |" in session.page.locator("#saved").inner_text()


def test_a_field_that_never_keeps_it_is_the_pages_fault(fight):
    session = fight()
    with pytest.raises(CheckFailed) as caught:
        enter(session, "en", "yours", "Stubborn")
    assert str(caught.value) == (
        "the field “Stubborn” does not keep “yours”: it shows “mine”,"
        " also after entering it a second time"
    )


def test_a_reference_field_takes_the_code_it_means_and_no_other(fight):
    session = fight()
    # C1 is C1, not C12; C2 is C2, and C2-A has C2 as a part of its own too: that is unclear.
    enter(session, "en", "C12", "Customer")
    assert session.screen.shown_value("Customer") == "C12 · 华南贸易"
    with pytest.raises(Unclear, match="proposes 2 for “C2”"):
        enter(session, "en", "C2", "Customer")
    with pytest.raises(CheckFailed, match="proposes nothing for “C9”"):
        do(session, 'I search for "C9" in "Customer" and pick it')
    with pytest.raises(CheckFailed, match="does not keep “C9”"):
        enter(session, "en", "C9", "Customer")


def test_a_proposal_is_pressed_although_its_list_becomes_another_one(fight):
    session = fight(mode="narrowing")
    do(session, 'I search for "C1" in "Customer" and pick it')
    assert session.screen.shown_value("Customer") == "C1 · 华东贸易"


def test_a_notice_is_put_away_and_a_question_is_not(fight):
    session = fight()
    do(session, 'I click "Save"')
    assert session.page.locator("#notice").count() == 0
    session = fight(mode="modal")
    session.patience = 1.0
    session.page.set_default_timeout(1000)
    with pytest.raises(CheckFailed, match="“Save” is covered on the page by: Choose a company"):
        do(session, 'I click "Save"')


def test_what_a_page_asks_for_while_it_is_pictured_is_waited_for_and_pictured(session):
    session.goto("/pages/fight.html?lang=en&mode=")
    page = session.page
    page.set_content(
        "<label>Code <input onchange='look()'></label><output></output><script>"
        "const look = () => fetch('/pages/fight.html').then(a => a.text()).then("
        "() => { document.querySelector('output').textContent = 'C1 Ltd'; });</script>"
    )
    taken = []
    take = session.screen.camera.take
    session.screen.camera.take = lambda path, acted=None: (
        bool(taken.append(page.locator("output").inner_text())) or take(path, acted=acted)
    )
    enter(session, "en", "C1", "Code")
    assert session.touched
    assert session.all_pictures == []
    session.take_picture(session.line)
    assert taken[-1] == "C1 Ltd"
    # Nothing more is asked for: the next entry's picture is taken while it is waited.
    page.evaluate("() => { window.look = () => 0; }")
    page.locator("input").evaluate("e => { e.onchange = null; }")
    enter(session, "en", "C2", "Code")
    assert not session.touched
    assert len(session.all_pictures) == 2
