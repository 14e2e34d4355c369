"""A button of a page: only from our page, only with the PIN, and by the guards of the night."""

from __future__ import annotations

import re
from typing import Any

import pytest

from golive.browser import Browser
from golive.outcome import Status
from golive.record.pins import hash_pin
from golive.run.opening import read_run
from golive.run.state import RunState

PIN = "pass-phrase-7"
OPENED = ("task.moved", {"task": "COUNT", "verb": "open", "reason": "", "role": ""})
HOME = "http://127.0.0.1"


@pytest.fixture(scope="module")
def hashed() -> str:
    """Return the PIN's hash: made once, for it is meant to be slow."""
    return hash_pin(PIN)


@pytest.fixture
def night(runs: Any, ended: Any, hashed: str) -> Any:
    """Return the runs with one in which COUNT waits for Li Min, who has a PIN."""
    team = runs.root / "team.yaml"
    pin = f"name: Li Min, pin: '{hashed}'"
    team.write_text(team.read_text("utf-8").replace("name: Li Min", pin), "utf-8")
    folder = runs.open("r1")
    runs.write(folder, *ended(Status.PASSED, "loaded"), OPENED)
    return runs


def state(runs: Any) -> RunState:
    return read_run(runs.root / "reports" / "runs" / "r1")


def form(client: Any, **changes: str) -> dict[str, str]:
    page = client.get("/runs/r1?lang=en").text
    (token,) = re.findall(r'name="token" value="([^"]+)"', page)
    whole = {"token": token, "task": "COUNT", "verb": "complete", "person": "li", "pin": PIN}
    return whole | changes


def send(client: Any, data: dict[str, str], **headers: str) -> Any:
    sent = {"Origin": HOME, **headers}
    return client.post("/runs/r1?lang=en", data=data, headers=sent, follow_redirects=False)


def test_a_task_is_completed_and_the_record_knows_by_whom_and_how_sure(night: Any) -> None:
    client = night.client()
    assert "<button" in client.get("/runs/r1").text
    answer = send(client, form(client, reason="counted twice"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/runs/r1?lang=en")
    found = state(night)
    count = found.progress.of("COUNT")
    assert (count.state, count.person, count.reason) == ("done", "li", "counted twice")
    assert found.assurance["pin"] == 1
    assert PIN not in (night.root / "reports" / "runs" / "r1" / "journal.jsonl").read_text()
    # The button is gone, and a page that still shows it is told who was first.
    assert "<button" not in client.get("/runs/r1").text


def test_a_second_press_is_told_who_was_first(night: Any) -> None:
    client = night.client()
    data = form(client)
    assert send(client, data).status_code == 303
    again = send(client, data)
    assert again.status_code == 409
    assert "complete was done already: li did so at" in again.text


@pytest.mark.parametrize(
    ("changes", "headers"),
    [
        ({}, {"Origin": "http://evil.example"}),
        ({}, {"Origin": "null"}),
        ({}, {"Origin": ""}),
        ({}, {"Sec-Fetch-Site": "cross-site"}),
        ({}, {"Sec-Fetch-Site": "same-site"}),
        ({"token": "guessed"}, {}),
        ({"token": "é"}, {}),
        ({"token": ""}, {}),
        ({"reason": "x" * 20_000}, {}),
    ],
)
def test_what_another_site_sends_does_nothing(
    night: Any, changes: dict[str, str], headers: dict[str, str]
) -> None:
    client = night.client()
    before = state(night).head
    answer = send(client, form(client, **changes), **headers)
    assert answer.status_code == 403
    assert state(night).head == before


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"pin": "wrong"}, "is wrong"),
        ({"pin": ""}, "lacks who, the PIN"),
        ({"person": "tom"}, "has no PIN, and a page believes nobody without one"),
        ({"person": "nobody"}, "has no PIN"),
        ({"task": "NOWHERE"}, "is not in this plan"),
        ({"task": "LOAD"}, "cannot be told to complete"),
        ({"verb": "waive"}, "lacks who, the PIN"),
        ({"verb": "fail"}, "needs a reason"),
    ],
)
def test_what_is_refused_says_why_and_does_nothing(
    night: Any, changes: dict[str, str], said: str
) -> None:
    client = night.client()
    before = state(night).head
    answer = send(client, form(client, **changes))
    assert answer.status_code == 409
    assert said in answer.text
    assert state(night).head == before


def test_wrong_pins_are_counted_as_at_the_terminal(night: Any) -> None:
    client = night.client()
    for _ in range(5):
        send(client, form(client, pin="wrong"))
    assert "was wrong too often" in send(client, form(client)).text
    assert state(night).progress.of("COUNT").state == "waiting"


def test_a_run_that_is_not_there(night: Any) -> None:
    client = night.client()
    answer = client.post("/runs/r2", data=form(client), headers={"Origin": HOME})
    assert answer.status_code == 404


def test_a_browser_presses_it(night: Any, started_console: str) -> None:
    """The policies the page is sent with let its own form through, and its script leaves it be."""
    browser = Browser.start()
    try:
        with browser.context() as context:
            page = context.new_page()
            page.goto(f"{started_console}runs/r1?lang=en")
            page.get_by_label("PIN").fill(PIN)
            night.write(
                night.root / "reports/runs/r1", ("run.noted", {"text": "news", "severity": ""})
            )
            # Two looks of the page later the PIN is still there.
            with page.expect_response("**/runs/r1?lang=en"):
                pass
            with page.expect_response("**/runs/r1?lang=en"):
                pass
            assert page.get_by_label("PIN").input_value() == PIN
            page.get_by_role("button", name="Done").click()
            page.get_by_text("news").wait_for()
            assert page.get_by_role("button").count() == 0
    finally:
        browser.close()
    assert state(night).progress.of("COUNT").state == "done"
