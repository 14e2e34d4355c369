"""Real Chromium: each family of phrases on a real page, and plain sentences when one is wrong."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass, field, replace

import pytest

from golive.errors import SetupError
from golive.uat.performing import perform
from golive.uat.phrases import load_phrasebook
from golive.uat.screen import CheckFailed, Unclear, nearest_name

BOOK = load_phrasebook()


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
    session.patience = session.screen.patience = 0.3
    with pytest.raises(by) as caught:
        do(session, sentence, *rows)
    return str(caught.value)


def test_fields_are_found_by_label_decoration_select_placeholder_and_tick(session):
    do(session, 'I enter "12" in "Quantity"')
    do(session, "我在“备注”中输入“今天”")
    do(session, 'I select "EUR" in "Currency"')
    do(session, 'I enter "x" in "Search"')
    do(session, 'I tick "Urgent"')
    do(session, 'the field "Quantity" should be "12"')
    do(session, 'the field "Currency" should be "EUR"')
    do(session, 'I click "Save"')
    do(session, 'I should see "Saved"')
    do(session, "the page should show:", ("quantity", "12"), ("currency", "EUR"), ("urgent", "on"))
    do(session, 'the field "quantity" should be "12"')
    # What a check read is marked in its picture, as what a step acted on is.
    assert session.screen.found.inner_text() == "12"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", session.screen.shown_value("note"))


def test_a_form_is_filled_from_a_table_whose_heading_may_be_missing(session):
    do(session, "I fill in:", ("Field", "Value"), ("Quantity", "3"), ("Currency", "CNY"))
    do(session, "页面应显示：", ("Quantity", "3"), ("Currency", "CNY"))
    do(session, 'I clear "Quantity"')
    do(session, 'the field "Quantity" should be ""')


def test_a_shown_value_is_found_by_its_label(session):
    do(session, 'the field "Status" should be "Approved"')
    do(session, 'the amount "Total" should equal "2 * 617.25"')
    told = refused(session, "字段“Status”应为“Paid”")
    assert told == "“Status” should be “Paid”, it is “Approved”"
    told = refused(session, 'the amount "Total" should equal "2 * 617.26"')
    assert told == "“Total” should be “2 * 617.26 = 1234.52”, it is “￥1,234.50”"


def test_see_waits_looks_at_what_is_visible_and_does_not_cut_numbers(session):
    do(session, 'I should see "Ready now"')
    do(session, 'I should see "for 10 pieces"')
    do(session, 'I should not see "Rejected"')
    do(session, 'I should not see "EUR"')
    assert not session.screen.shows("for 1")
    assert not session.screen.shows("")
    told = refused(session, 'I should see "Ready new"')
    assert told == "the page does not show “Ready new”; the nearest text is “Ready now”"
    assert "which it should not" in refused(session, 'I should not see "Approved"')


def test_a_name_is_never_taken_as_a_part(session):
    assert "no field is called “Quant”" in refused(session, 'I enter "1" in "Quant"')
    do(session, 'I click "Save"')
    do(session, 'the system should refuse with "Quantity is required."')


def test_did_you_mean_comes_from_the_page(session):
    told = refused(session, 'I enter "1" in "Quantty"')
    assert "Did you mean “Quantity" in told
    assert "Currency" in told
    assert "Did you mean “Save”?" in refused(session, 'I click "Safe"')
    assert "Did you mean “Lines”?" in refused(session, 'the table "Line" should have 1 rows')
    told = refused(session, 'I select "EURO" in "Currency"')
    assert "has no entry “EURO”. Did you mean “EUR”? It has: CNY, EUR" in told


def test_two_of_one_name_are_both_named_and_a_kind_or_row_decides(session):
    told = refused(session, 'I click "Twice"', by=Unclear)
    assert "2 things are called “Twice”" in told
    assert "button “Twice” in “One”" in told
    assert "link “Twice” in “Two”" in told
    do(session, 'I click the "Twice" link')
    assert "2 things are called “Open”" in refused(session, 'I click "Open"', by=Unclear)
    do(session, "我在包含“A-2”的行中点击“Open”")
    do(session, 'the field "quantity" should be "two"')


def test_tables_are_checked_by_their_columns_without_their_footer(session):
    do(session, 'the table "Lines" should have 2 rows')
    do(session, 'the table "Lines" should contain:', ("Amount", "Product"), ("1200", "P2"))
    told = refused(session, 'the table "Lines" should contain:', ("Product",), ("P1",), ("P1",))
    assert told == "the table “Lines” has no row P1"
    told = refused(session, 'the table "Lines" should contain:', ("Produkt",), ("P1",))
    assert "no column “Produkt”; it has: Product, Amount" in told


def test_what_may_not_be_pressed_or_written_is_said(session):
    assert "cannot be pressed now" in refused(session, 'I click "Approve"')
    assert "read-only" in refused(session, 'I enter "1" in "Plant"')
    do(session, 'the "Approve" button should be disabled')
    do(session, 'the "Save" button should be enabled')
    do(session, "“Reject”按钮应不出现")
    do(session, 'the "Save as draft" link should be offered')
    assert "should be absent" in refused(session, 'the "Save" button should be absent')


def test_remembered_values_are_used_and_an_unknown_one_is_said(session):
    do(session, 'I remember the text like "SO-######" as "order"')
    do(session, 'I remember the field "Status" as "state"')
    do(session, 'I enter "{order} {state}" in "Quantity"')
    do(session, 'the field "Quantity" should be "SO-000123 Approved"')
    told = refused(session, 'I should see "{ordr}"', by=Unclear)
    assert told == "nothing is remembered as “ordr”; remembered: order, state"
    told = refused(session, 'I should see "32nd of this month"', by=Unclear)
    assert told.startswith("there is no day “32nd of this month”: ")
    assert told.endswith("; for the words themselves write “\\32nd of this month”")


def test_moving_by_menu_path_link_and_title(session):
    do(session, "我从菜单进入“订单”")
    do(session, 'I open "/save"')
    do(session, 'the system should refuse with "required"')
    assert "the page shows an error: Quantity is required." in refused(
        session, "the page should show no errors"
    )
    do(session, 'I open "/"')
    do(session, "the page should show no errors")
    do(session, 'the page title should contain "Shop"')
    do(session, "I reload the page")
    do(session, 'I open "Save as draft"')
    assert "error 500" in refused(session, 'I open "/fault"')


def test_signing_in_by_role_each_in_a_window_of_its_own(session):
    do(session, 'I am signed in as "clerk"')
    do(session, 'I should see "Hello clerk"')
    do(session, 'I continue as "clerk"')
    assert "did not let “bad” sign in: Wrong password." in refused(session, 'I continue as "bad"')
    do(session, "我切换为“clerk”继续操作")
    do(session, 'I should see "Hello clerk"')
    with pytest.raises(SetupError, match="nobody_password"):
        do(session, 'I am signed in as "nobody"')


def test_nobody_at_the_address_is_broken_not_failed(session):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}"
    session._site = replace(session.site, target=replace(session.site.target, url=nobody))
    with pytest.raises(SetupError, match="nobody answers"):
        do(session, 'I open "/x"')


def test_sentences_speak_the_scenarios_language(session):
    session.language = session.screen.language = "zh"
    assert refused(session, "字段“Status”应为“Paid”") == "Status 应为“Paid”，实际为“Approved”"
    assert "您是不是指“Quantity" in refused(session, "我在“Quantty”中输入“1”")


def test_a_picture_is_a_jpeg_without_the_password(session, tmp_path):
    path = session.take_picture(7)
    assert path.name == "01-line-7.jpg"
    assert path.read_bytes()[:3] == b"\xff\xd8\xff"
    # The mask is drawn in the picture alone: the page keeps its value.
    assert session.page.locator("#pin").input_value() == "kanari-4711"


def test_a_picture_that_cannot_be_taken_is_no_failure(session, tmp_path):
    (tmp_path / "file").write_text("")
    session.pictures = tmp_path / "file" / "below"
    assert session.take_picture(1) is None
    assert session.all_pictures == []


@pytest.mark.parametrize(
    ("name", "near"), [("Entries", "Journal entries"), ("Savee", "Save"), ("Zzz", ""), ("", "")]
)
def test_nearest_name(name, near):
    assert nearest_name(name, ["Save", "Journal entries", "Quantity"]) == near
