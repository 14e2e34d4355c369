"""The phrasebook matches uniquely, in both languages, and knows what was meant."""

from __future__ import annotations

import pytest

from golive.uat.performing import ACTIONS
from golive.uat.phrases import load_phrasebook

BOOK = load_phrasebook()


def test_every_phrase_has_an_action_and_every_action_a_phrase():
    assert {phrase.id for phrase in BOOK.phrases} == set(ACTIONS)


@pytest.mark.parametrize("phrase", BOOK.phrases, ids=lambda phrase: phrase.id)
def test_examples_match_only_their_own_phrase_with_the_same_values_in_order(phrase):
    english, chinese = (BOOK.matches(example) for example in phrase.examples)
    assert [match.phrase.id for match in english] == [phrase.id]
    assert [match.phrase.id for match in chinese] == [phrase.id]
    assert len(english[0].values) == len(chinese[0].values)


def test_both_languages_give_the_values_in_the_same_order():
    for sentence in ('I enter "12" in "数量"', "我在“数量”中输入“12”"):
        assert BOOK.matches(sentence)[0].values == ("12", "数量")


@pytest.mark.parametrize("quoted", ['"订单"', "“订单”", "「订单」", "”订单“", "＂订单＂"])
def test_values_may_be_quoted_any_way(quoted):
    assert BOOK.matches(f"我打开{quoted}")[0].values == ("订单",)


@pytest.mark.parametrize("sentence", ["我打开订单", "I open Orders", 'I open "a', ""])
def test_an_unquoted_value_is_no_sentence(sentence):
    assert BOOK.matches(sentence) == ()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ('I shuld see "Paid"', "I should see"),
        ("我应该看见“已审批”", "我应该看到"),
        ('I click on "Save"', "I click"),
        ("我在数量中输入12", "我在“数量”中输入“12”"),
    ],
)
def test_an_unknown_sentence_names_the_nearest(typed, meant):
    near = BOOK.nearest(typed)
    assert 1 <= len(near) <= 3
    assert near[0].startswith(meant)
