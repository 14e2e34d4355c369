"""The register of accepted differences: two people, bounds, nothing rewritten."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.compare.test_accepting import ACCEPTED

from golive.compare.register import Neutral, read_register
from golive.errors import Refused
from golive.record.chain import Actor
from golive.record.journal import Stale

ASKED = replace(ACCEPTED, id="", cause="rounding", requested_by="", approved_by="")


def person(name: str) -> Actor:
    return Actor(person=name, os_user=name, host="h", tty="", assurance="claimed")


ANN, BOB = person("ann"), person("bob")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "accepted.jsonl"


def test_what_two_people_agreed_on_holds_until_one_of_them_revokes_it_with_a_reason(path):
    assert read_register(path).ask(ASKED, ANN) == "AD-001"
    assert read_register(path).register.of("things") == ()
    with pytest.raises(Refused, match="ann asked for it and cannot approve it"):
        read_register(path).approve("AD-001", ANN)
    read_register(path).approve("AD-001", BOB)
    assert [item.id for item in read_register(path).register.of("things")] == ["AD-001"]
    with pytest.raises(Refused, match="is approved by bob already"):
        read_register(path).approve("AD-001", BOB)
    with pytest.raises(Refused, match="needs a reason to be revoked"):
        read_register(path).revoke("AD-001", "", ANN)
    read_register(path).revoke("AD-001", "the table is corrected", ANN)
    register = read_register(path).register
    assert register.of("things") == ()
    # What was agreed stays to be read, and the next one has a name of its own.
    assert register.find("AD-001").approved_by == "bob"
    assert read_register(path).ask(ASKED, ANN) == "AD-002"
    with pytest.raises(Refused, match="'AD-009': does not exist"):
        read_register(path).approve("AD-009", BOB)


def test_a_neutral_change_is_approved_and_cannot_be_revoked_as_an_acceptance(path):
    wish = Neutral(id="", comparison="things", before="a", after="b", reason="a comment")
    assert read_register(path).ask(wish, ANN) == "NC-001"
    assert read_register(path).register.changes("things") == ()
    read_register(path).approve("NC-001", BOB)
    assert read_register(path).register.changes("things") == (("a", "b"),)
    with pytest.raises(Refused, match="is no acceptance of differences"):
        read_register(path).revoke("NC-001", "r", ANN)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"expires": "soon"}, "needs a last day and a largest amount"),
        ({"max_amount": "much"}, "needs a last day and a largest amount"),
        ({"sort": "whim"}, "class 'whim' is none of"),
        ({"reason": "  "}, "needs a reason"),
        ({"max_count": 0}, "needs bounds"),
        ({"max_amount": "-1"}, "needs bounds"),
        ({"max_amount": "Infinity"}, "needs bounds"),
        ({"cause": ""}, "names neither values nor a cause"),
    ],
)
def test_what_has_no_bound_or_no_reason_is_not_even_asked_for(path, changes, said):
    with pytest.raises(Refused, match=said):
        read_register(path).ask(replace(ASKED, **changes), ANN)
    assert not path.exists()


def test_who_read_the_register_before_somebody_elses_record_is_told(path):
    early = read_register(path)
    early.ask(ASKED, ANN)
    with pytest.raises(Stale):
        early.ask(ASKED, BOB)
