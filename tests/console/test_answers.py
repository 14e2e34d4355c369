"""How the console answers: tags, headers, runs that are not there or not whole, other hosts."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import timedelta

import pytest

NOTE = ("run.noted", {"text": "hello", "severity": ""})


def test_an_unchanged_journal_is_304_and_a_record_changes_it(runs):
    folder = runs.open("r1")
    client = runs.client()
    for address in ("/", "/runs/r1"):
        first = client.get(address)
        again = client.get(address, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
    seen = client.get("/runs/r1").headers["etag"]
    runs.write(folder, NOTE)
    after = client.get("/runs/r1", headers={"If-None-Match": seen})
    assert after.status_code == 200
    assert "hello" in after.text


def test_the_script_is_given_the_tag_it_asks_with(runs):
    runs.open("r1")
    answer = runs.client().get("/runs/r1")
    (shown,) = re.findall(r'<main data-tag="([^"]*)">', answer.text)
    assert shown.replace("&#34;", '"') == answer.headers["etag"]


def test_time_passing_changes_what_an_open_run_shows_but_not_a_closed_one(runs):
    folder = runs.open("r1")
    client = runs.client()

    def status_later() -> int:
        tag = client.get("/runs/r1").headers["etag"]
        runs.now += timedelta(minutes=1)
        return client.get("/runs/r1", headers={"If-None-Match": tag}).status_code

    assert status_later() == 200
    runs.write(folder, ("run.closed", {"exit": 0, "verdict": "passed", "reasons": []}))
    assert status_later() == 304


def test_the_language_is_part_of_the_tag(runs):
    runs.open("r1")
    client = runs.client()
    english = client.get("/runs/r1?lang=en").headers["etag"]
    assert client.get("/runs/r1?lang=zh", headers={"If-None-Match": english}).status_code == 200


@pytest.mark.parametrize("address", ["/", "/runs/r1", "/runs/none", "/nowhere", "/favicon.ico"])
def test_every_answer_has_the_headers(runs, address):
    runs.open("r1")
    answer = runs.client().get(address)
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'self';")
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_our_script_and_style_are_those_the_policy_names_and_nothing_is_fetched(runs):
    runs.open("r1")
    answer = runs.client().get("/runs/r1")
    for name in ("script", "style"):
        (inline,) = re.findall(f"<{name}>(.*?)</{name}>", answer.text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in answer.headers["content-security-policy"]
    assert not re.findall(r'(?:src|href|action)="(?!/|\?|tel:)', answer.text)
    assert " style=" not in answer.text
    assert "://" not in answer.text


@pytest.mark.parametrize(
    ("lang", "says"), [("en", "No run is called 'r2'."), ("zh", "没有名为“r2”的运行。")]
)
def test_an_unknown_run_is_a_sentence(runs, lang, says):
    runs.open("r1")
    answer = runs.client().get(f"/runs/r2?lang={lang}")
    assert answer.status_code == 404
    assert says in answer.text.replace("&#39;", "'")


@pytest.mark.parametrize("name", ["..", "%2e%2e", "%2e%2e%2fruns%2fr1", "r", "<script>"])
def test_a_name_is_never_a_path(runs, name):
    runs.open("r1")
    answer = runs.client().get(f"/runs/{name}")
    assert "Tasks" not in answer.text
    assert answer.text.count("<script>") == 1


def test_a_damaged_journal_names_the_record_and_others_stay_readable(runs):
    runs.open("good")
    folder = runs.open("bad")
    runs.write(folder, NOTE, NOTE)
    client = runs.client()
    assert client.get("/runs/bad").status_code == 200
    path = folder / "journal.jsonl"
    path.write_bytes(path.read_bytes().replace(b"hello", b"hullo", 1))
    answer = client.get("/runs/bad")
    assert answer.status_code == 500
    assert "record 3" in answer.text
    assert "Traceback" not in answer.text
    listed = client.get("/").text
    assert "DAMAGED" in listed
    assert "record 3" in listed
    assert client.get("/runs/good").status_code == 200
    assert "这次运行的记录已损坏" in client.get("/runs/bad?lang=zh").text


@pytest.mark.parametrize("plan", ["", "[]", "{}", "gone"])
def test_a_plan_that_cannot_be_read_is_a_sentence(runs, plan):
    folder = runs.open("r1")
    path = folder / "plan.json"
    path.unlink() if plan == "gone" else path.write_text(plan)
    answer = runs.client().get("/runs/r1")
    assert answer.status_code in {500, 503}
    assert "plan.json" in answer.text
    assert "Traceback" not in answer.text


def test_a_journal_of_another_plan_is_a_sentence(runs):
    folder = runs.open("r1")
    runs.write(folder, ("task.moved", {"task": "COUNT", "verb": "open", "reason": "", "role": ""}))
    path = folder / "plan.json"
    path.write_text(path.read_text().replace('"COUNT"', '"OTHER"'))
    answer = runs.client().get("/runs/r1")
    assert answer.status_code == 500
    assert "is not the plan the run was opened with" in answer.text


def test_a_mistake_of_golive_is_a_page_without_a_traceback(runs, monkeypatch):
    runs.open("r1")

    def broken(state, now):
        raise RuntimeError("secret detail")

    monkeypatch.setattr("golive.console.application.view_run", broken)
    answer = runs.client().get("/runs/r1")
    assert answer.status_code == 500
    assert "golive made a mistake" in answer.text
    assert "secret detail" not in answer.text


def test_a_page_of_another_name_is_not_answered(runs):
    runs.open("r1")
    answer = runs.client().get("/runs/r1", headers={"Host": "rebound.example"})
    assert answer.status_code == 400
    assert "r1" not in answer.text


@pytest.mark.parametrize(("method", "status"), [("POST", 403), ("PUT", 405), ("DELETE", 405)])
def test_nothing_can_be_changed_but_by_a_form_of_ours(runs, method, status):
    folder = runs.open("r1")
    before = (folder / "journal.jsonl").read_bytes()
    assert runs.client().request(method, "/runs/r1").status_code == status
    assert (folder / "journal.jsonl").read_bytes() == before
