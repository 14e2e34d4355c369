"""Real Chromium: what is done in a page becomes sentences that do the same again."""

from __future__ import annotations

import pytest

from golive.uat.gherkin import read_feature
from golive.uat.performing import perform
from golive.uat.recorder import Deed, Recorder, recorded_feature, sentences
from golive.uat.workbook import load_workbook


@pytest.fixture
def book(tmp_path):
    return load_workbook(tmp_path)


def work(page):
    """Do what a person would: key by key, click by click."""
    page.locator("#q").click()
    page.keyboard.type("12")
    page.keyboard.press("Tab")
    page.locator("select").select_option("EUR")
    page.locator("input[type=checkbox]").click()
    page.locator("#n").click()
    page.keyboard.type("rasch")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_selector("text=Saved")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_session_becomes_sentences_that_replay(session, book, lang):
    recorder = Recorder(session.window.context)
    work(session.page)
    assert [(d.kind, d.name, d.value) for d in recorder.deeds] == [
        ("enter", "Quantity", "12"),
        ("select", "Currency", "EUR"),
        ("tick", "Urgent", ""),
        ("enter", "备注", "rasch"),
        ("click", "Save", ""),
    ]
    text = recorded_feature(recorder.deeds, book, lang, title="T", role="")
    read = read_feature(text.encode(), "a.feature")
    assert read.problems == ()
    (scenario,) = read.scenarios
    session.goto("/")
    for step in scenario.steps:
        (match,) = book.matches(step.text)
        perform(session, match.phrase.id, match.values, None)
    shown = {name: session.screen.shown_value(name) for name in ("quantity", "currency", "note")}
    assert shown == {"quantity": "12", "currency": "EUR", "note": "rasch"}
    assert ("我在“Quantity”中输入“12”" in text) == (lang == "zh")


def test_a_password_is_never_written_and_a_nameless_thing_is_a_remark(session, book):
    recorder = Recorder(session.window.context)
    session.page.locator("#pin").fill("")
    session.page.locator("#pin").click()
    session.page.keyboard.type("kanari-4712")
    session.page.evaluate("document.body.insertAdjacentHTML('beforeend', '<button id=x></button>')")
    session.page.evaluate("document.getElementById('x').click()")
    session.page.wait_for_timeout(100)
    said = list(sentences(recorder.deeds, book, "en"))
    assert any("a password was typed" in line for line in said)
    assert said[-1].startswith("# click")
    assert "kanari" not in recorded_feature(recorder.deeds, book, "en", title="T", role="")


def test_every_deed_is_a_phrase_of_the_book_in_both_languages(book):
    kinds = ("click", "menu", "enter", "lookup", "select", "tick", "untick", "choose-option")
    deeds = [Deed(kind=kind, name='A "b"', value="1") for kind in (*kinds, "upload")]
    for language in ("en", "zh"):
        for deed, said in zip(deeds, sentences(deeds, book, language), strict=True):
            (match,) = book.matches(said)
            assert match.phrase.id == deed.kind
    assert list(sentences([Deed(kind="enter", name="N")], book, "en")) == ['I clear "N"']


def test_the_role_and_the_missing_check_are_said(book):
    text = recorded_feature([Deed(kind="click", name="S")], book, "zh", title="收货", role="clerk")
    assert "假如我以“clerk”身份登录" in text
    assert "# 请写明现在应当成立的结果" in text
