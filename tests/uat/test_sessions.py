"""One scenario's sessions: signing in once, accounts leased, a system that goes away."""

from __future__ import annotations

import pytest

from golive.contracts import Environment, Target
from golive.errors import SetupError
from golive.uat.accounts import Leases
from golive.uat.logins import Logins
from golive.uat.performing import perform
from golive.uat.screen import CheckFailed
from golive.uat.session import Session
from golive.uat.site import Account, Site

PASSWORD = "right"


def site(url, root, pools=None):
    target = Target(name="new", url=url)
    return Site(
        root=root,
        environment=Environment(name="demo", kind="demo", targets={"new": target}, facts={}),
        target=target,
        accounts={u: Account(user=u, password=PASSWORD) for u in ("clerk", "zhang", "li")},
        pools=pools or {},
    )


@pytest.fixture
def opened(browser, shop, tmp_path):
    """Make sessions at the shop; all are closed in the end."""
    made = []

    def make(**more):
        values = {
            "find_site": lambda: site(shop, tmp_path),
            "browser": lambda: browser,
            "pictures": tmp_path / "out" / "screenshots" / "a1",
            "patience": 5.0,
        }
        made.append(Session(**{**values, **more}))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_a_log_in_the_system_no_longer_takes_is_made_anew(
    opened, signed_in, ended_logins, monkeypatch
):
    logins = Logins()
    opened(logins=logins).sign_in("clerk")
    again = opened(logins=logins)
    again.sign_in("clerk")
    assert signed_in == ["clerk"]
    ended_logins.add("clerk")
    third = opened(logins=logins)
    with pytest.raises(CheckFailed):  # the shop takes it by no way
        third.sign_in("clerk")
    assert signed_in == ["clerk", "clerk"]


# -- accounts


def test_two_scenarios_never_share_a_leased_account(opened, shop, tmp_path, signed_in):
    pools = {"clerk": ("zhang", "li")}
    first, second = (opened(find_site=lambda: site(shop, tmp_path, pools)) for _number in range(2))
    first.sign_in("clerk")
    second.sign_in("clerk")
    assert signed_in == ["zhang", "li"]
    assert second.account("clerk").user == "li"
    first.close()
    third = opened(find_site=lambda: site(shop, tmp_path, pools))
    third.sign_in("clerk")
    assert signed_in[-1] == "zhang"


def test_all_roles_a_scenario_names_are_leased_in_one_order(tmp_path):
    pools = {"a": ["a1"], "b": ["b1"]}
    first = Leases("s", pools, folder=tmp_path)
    assert first.take("b", ["b", "x", "a"]) == "b1"
    assert (first.held("a"), first.held("b"), first.held("x")) == ("a1", "b1", "")
    assert first.take("x") == ""
    first.give_back()
    other = Leases("s", pools, folder=tmp_path)
    assert other.take("a") == "a1"
    other.give_back()


def test_waiting_for_an_account_ends_with_the_way_out(tmp_path):
    now = iter(range(100))
    slept = []
    pools = {"clerk": ["zhang"]}
    first = Leases("s", pools, folder=tmp_path)
    first.take("clerk")
    second = Leases(
        "s", pools, folder=tmp_path, wait=3, language="zh", clock=lambda: next(now),
        sleep=slept.append,
    )  # fmt: skip
    with pytest.raises(SetupError, match="所有账号（zhang）在 3 秒内都被占用") as caught:
        second.take("clerk")
    assert caught.value.exit_code == 3
    assert len(slept) == 2
    first.give_back()
    assert second.take("clerk") == "zhang"
    second.give_back()


def test_another_system_has_accounts_of_its_own(tmp_path):
    pools = {"clerk": ["zhang"]}
    one, two = (Leases(system, pools, folder=tmp_path) for system in ("s", "t"))
    assert one.take("clerk") == two.take("clerk") == "zhang"
    one.give_back()
    two.give_back()


def test_a_system_that_goes_away_during_a_scenario_is_broken(opened, monkeypatch):
    session = opened(patience=5.0)
    session.goto("/")
    session.screen.patience = 0.2
    gone = SetupError.of("target 'new'", "nobody answers")

    def nobody(_target):
        raise gone

    with pytest.raises(CheckFailed):
        perform(session, "see", ["Nowhere"], None)
    monkeypatch.setattr("golive.uat.session.ask_version", nobody)
    with pytest.raises(SetupError, match="nobody answers at"):
        perform(session, "see", ["Nowhere"], None)
