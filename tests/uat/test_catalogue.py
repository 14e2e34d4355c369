"""The catalogue: every sentence, in both languages, with examples and where it is used."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from golive.cli.steps import steps
from golive.report.catalogue import catalogue_page
from golive.uat.advice import advice, requirement_of
from golive.uat.catalogue import DAYS, Catalogue, Entry, catalogue_text, make_catalogue, snippets
from golive.uat.dates import work_out
from golive.uat.gherkin import read_feature
from golive.uat.phrases import OwnSentence
from golive.uat.workbook import load_workbook

FEATURE = """# language: zh-CN
@REQ-1
功能: 订单
  场景: 甲
    当我打开“订单”
    而且我等待2秒
    而且我在“日期”中输入“2026-12-31”
    那么我应该看到“甲”
    而且库存为3
  场景: 乙
    当我打开“订单”
    而且我填写：
      | 日期 | 2026年12月31日 |
    那么表格“清单”应包含：
      | 日期       |
      | 2026-12-31 |
"""
OWN = (
    OwnSentence(pattern="库存为{count:d}", help="Counts.", path="steps/x.py", line=3),
    OwnSentence(pattern="nobody says this", help="", path="steps/x.py", line=9),
)


@pytest.fixture
def book(tmp_path):
    return load_workbook(tmp_path)


def made(book):
    return make_catalogue(book, OWN, [read_feature(FEATURE.encode(), "features/a/x.feature")])


#: A background, and a concept in a concept: what is said only there.
SPARING = """Feature: F
  Background:
    Given I am signed in as "clerk"
    And I wait 2 seconds
    And I enter "31.12.2026" in "Date"
  @REQ-1
  Scenario Outline: A
    When I order "3" of "tea"
    And I enter "<day>" in "Day"
    And stock is kept until 2026-11-30
    Then I should see "31.12.2026"
    Examples:
      | day        | name       |
      | 2027/01/02 | 2027-01-03 |
"""
CONCEPTS = """Concept: I order {quantity} of {product}
  When I begin an order
  And I enter "{quantity}" in "Quantity"

Concept: I begin an order
  When I double-click "New"
  And I fill in:
    # 2027-03-01
    | Date | 2027-02-28 |
  And I wait 3 seconds
  And stock counts 4

Concept: nobody does this
  When I reload the page
"""


@pytest.fixture
def sparing(tmp_path):
    (tmp_path / "steps" / "concepts").mkdir(parents=True)
    (tmp_path / "steps" / "concepts" / "o.concept").write_text(CONCEPTS, "utf-8")
    own = OwnSentence(pattern="stock counts {count:d}", help="", path="steps/x.py", line=3)
    book = load_workbook(tmp_path)
    features = [read_feature(SPARING.encode(), "features/a.feature")]
    return book, features, make_catalogue(book, [own, *OWN[1:]], features)


def test_a_sentence_of_a_background_or_a_concept_is_used(sparing):
    book, features, catalogue = sparing
    used = {entry.id: entry.used for entry in catalogue.entries}
    concepts = "steps/concepts/o.concept"
    assert used["sign-in"] == ("features/a.feature:3",)
    assert used["double-click"] == (f"{concepts}:6",)
    assert used[f"concept:{concepts}:1"] == ("features/a.feature:8",)
    assert used[f"concept:{concepts}:5"] == (f"{concepts}:2",)
    assert used["stock counts {count:d}"] == (f"{concepts}:11",)
    told = [str(p) for p in advice(features, book, catalogue, None, "en")]
    unused = [text for text in told if "no scenario uses this sentence" in text]
    assert [text.split(": no ")[0] for text in unused] == [
        f"{concepts}:13: nobody does this",
        "steps/x.py:9: nobody says this",
    ]


def test_waits_and_dates_are_told_wherever_they_are_written(sparing):
    book, features, catalogue = sparing
    told = list(advice(features, book, catalogue, None, "en"))
    where = {(p.path[-9:], p.line) for p in told if "waits a fixed time" in p.message}
    assert where == {("a.feature", 4), ("o.concept", 10)}
    dates = [(p.path[-9:], p.line, p.message.split()[2]) for p in told if "the date" in p.message]
    assert sorted(dates) == [
        ("a.feature", 5, "31.12.2026"),
        ("a.feature", 10, "2026-11-30"),
        ("a.feature", 14, "2027/01/02"),
        ("o.concept", 9, "2027-02-28"),
    ]


def test_it_knows_where_each_sentence_is_used(book):
    entries = {entry.id: entry for entry in made(book).entries}
    assert entries["open"].used == ("features/a/x.feature:5", "features/a/x.feature:11")
    assert entries["库存为{count:d}"].used == ("features/a/x.feature:9",)
    assert entries["sign-out"].used == ()


def test_every_sentence_has_both_languages_and_an_example_on_paper(book):
    for language in ("en", "zh"):
        lines = list(catalogue_text(made(book), language))
        assert not [line for line in lines if "{text}" in line or "(:)" in line]
        for phrase in book.phrases:
            assert any(phrase.example(language) in line for line in lines)


@pytest.mark.parametrize("language", [0, 1])
def test_every_day_the_catalogue_names_is_one(language):
    listed, escaped = re.split(r" ?\\", DAYS[language], maxsplit=1)
    days = re.split(r"[,、] ?", re.split(r"[.。]", listed)[0].split((":", "：")[language])[1])
    assert len(days) > 8
    assert [day for day in days if work_out(day.strip(), date(2026, 9, 30)) is None] == []
    assert escaped


def test_the_page_asks_nothing_of_any_network_and_escapes(book):
    entry = Entry(
        id="x", category="own", en="<b>", zh="", help_en="", help_zh="", example_en="",
        example_zh="", defined="steps/<i>:1",
    )  # fmt: skip
    catalogue = Catalogue(entries=(*made(book).entries, entry))
    for language in ("en", "zh"):
        page = catalogue_page(catalogue, language)
        assert "http" not in page
        assert "<b>" not in page
        assert "<i>" not in page
        assert "I am signed in as" in page
        assert "我以“…”身份登录" in page


def test_the_page_finds_sentences_copies_examples_and_tells_where_they_are_used(
    book, browser, tmp_path
):
    path = tmp_path / "steps.html"
    path.write_text(catalogue_page(made(book), "en"), "utf-8")
    with browser.context() as context:
        page = context.new_page()
        page.goto(path.as_uri())
        shown = page.locator("article").filter(visible=True)
        everything = shown.count()
        assert everything == len(made(book).entries)

        find = page.get_by_role("searchbox")
        find.fill("Nobody this")
        assert (shown.count(), page.locator("#count").inner_text()) == (1, "1")
        assert page.locator("section").filter(visible=True).count() == 1
        find.fill("Nobody 打开")
        assert shown.count() == 0
        # Words in any order and in either language; each must be there.
        find.fill("open 打开")
        assert 1 <= shown.count() < everything

        find.fill("I open")
        entry = page.locator("article", has=page.get_by_text('I open "…"', exact=True))
        entry.locator("summary").click()
        used = entry.locator("details p").filter(visible=True).all_inner_texts()
        assert used == ["features/a/x.feature:5", "features/a/x.feature:11"]
        assert entry.locator("summary").inner_text() == "Used 2 times"
        page.evaluate("addEventListener('copy', () => window.copied = String(getSelection()))")
        example = entry.locator("code").first
        example.click()
        assert page.evaluate("copied") == example.inner_text()


def test_snippets_have_a_place_for_each_value(book):
    found = snippets(made(book), "en")
    assert found['I enter "…" in "…"']["body"] == 'I enter "${1}" in "${2}"'


def test_advice_names_place_and_next_action(book):
    features = [read_feature(FEATURE.encode(), "features/a/x.feature")]
    told = [str(p) for p in advice(features, book, made(book), {"REQ-2"}, "en")]
    assert all(p.warning for p in advice(features, book, made(book), None, "zh"))
    text = "\n".join(told)
    assert "steps/x.py:9: nobody says this: no scenario uses this sentence" in text
    assert "x.feature:6: waits a fixed time" in text
    assert "x.feature:7: the date 2026-12-31 will be in the past one day" in text
    assert "x.feature:13: the date 2026年12月31日" in text
    assert "x.feature:16" not in text
    assert "x.feature:4: scenario '甲': requirement 'REQ-1' is not in" in text
    assert "features/a: no boundary case" in text
    assert "features/a: no error case" in text


def test_a_scenario_without_a_requirement_is_told(book):
    text = """
Feature: F
  @smoke
  Scenario: A
    Then I should see "x"
  Rule: R
    @需求-7
    Scenario: B
      Then I should see "x"
    @req:8 @REQ-9
    Scenario: C
      Then I should see "x"
"""
    features = [read_feature(text.encode(), "features/a.feature")]

    def told(language, known):
        found = map(str, advice(features, book, Catalogue(entries=()), known, language))
        return [one for one in found if "requirement" in one or "需求" in one]

    assert told("en", None) == [
        "features/a.feature:4: scenario 'A': names no requirement (add a tag such as @REQ-O2C-1)"
    ]
    assert told("zh", {"需求-7", "req:8", "REQ-9"}) == [
        "features/a.feature:4: 场景“A”: 没有写需求编号 (请加上标签，如 @REQ-O2C-1)"
    ]


def test_a_chain_in_many_scenarios_wants_a_name(book):
    chain = "".join(f'    When I click "{n}"\n' for n in ("a", "b"))
    chain += '    And I open "x"\n    And I clear "y"\n    And I tick "z"\n'
    scenarios = "".join(f'  Scenario: {n}\n{chain}    Then I should see "x"\n' for n in range(5))
    features = [read_feature(f"Feature: F\n{scenarios}".encode(), "features/a.feature")]
    told = [str(p) for p in advice(features, book, Catalogue(entries=()), None, "en")]
    assert len([text for text in told if "stand in a row in 5 scenarios" in text]) == 1


@pytest.mark.parametrize(
    ("tag", "id_"),
    [("@REQ-1", "REQ-1"), ("req:SO-1", "req:SO-1"), ("需求-9", "需求-9"), ("smoke", "")],
)
def test_requirement_tags(tag, id_):
    assert requirement_of(tag) == id_


def test_the_command_lists_narrows_and_writes_the_page(tmp_path):
    run = CliRunner()
    whole = run.invoke(steps, ["--json"])
    entries = {entry["id"]: entry for entry in json.loads(whole.stdout)}
    assert len(entries) > 55
    assert entries["sign-in"]["used"]
    assert any(entry["category"] == "concept" for entry in entries.values())
    assert any(entry["category"] == "own" for entry in entries.values())
    some = run.invoke(steps, ["reference", "field", "--lang", "en"])
    assert 'I search for "C00012" in "Customer" and pick it' in some.stdout
    near = run.invoke(steps, ["I shuld see", "--lang", "en"])
    assert 'I should see "Approved"' in near.stdout
    page = tmp_path / "new" / "steps.html"
    assert run.invoke(steps, ["--html", str(page), "--lang", "zh"]).exit_code == 0
    assert Path(page).read_text("utf-8").startswith("<!doctype html>")
