"""The two pages: what they show, in both languages, and what they never let through."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from golive.console.words import _WORDS, word
from golive.gate.criteria import CriterionState
from golive.outcome import Status
from golive.runbook.lifecycle import TaskState

OPEN_COUNT = ("task.moved", {"task": "COUNT", "verb": "open", "reason": "", "role": ""})
OPEN_GATE = ("task.moved", {"task": "GATE", "verb": "open", "reason": "", "role": ""})
DONE_COUNT = ("task.acted", {"task": "COUNT", "verb": "complete", "to": "done", "reason": ""})
CRITERIA = [
    {"name": "LOAD", "asks": "passed", "found": "passed: 5 rows", "state": "met"},
    {"name": "UAT", "asks": "passed", "found": "", "state": "no evidence"},
]
EVALUATED = ("gate.evaluated", {"gate": "GATE", "met": False, "criteria": CRITERIA})


def text(html: str) -> str:
    """Return what a reader sees of a page, in one line."""
    bare = re.sub(r"<(script|style|title)>.*?</\1>", "", html, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", bare).split())


def row(html: str, task: str) -> str:
    return text(html.partition(f'<tr id="task-{task}">')[2].partition("</tr>")[0])


def test_the_list_is_newest_first_and_tells_live_from_rehearsal(runs):
    runs.open("20261101-0000-rehearsal-aaaa")
    newer = runs.open("20261102-0000-live-bbbb", mode="live")
    runs.write(newer, ("run.closed", {"exit": 1, "verdict": "failed", "reasons": ["it broke"]}))
    html = runs.client().get("/").text
    assert html.index("live-bbbb") < html.index("rehearsal-aaaa")
    assert 'class="mode live">LIVE CUTOVER<' in html
    assert 'class="mode rehearsal">REHEARSAL<' in html
    assert "FAILED" in text(html)
    assert "not yet" in text(html)


def test_no_run_is_a_sentence(runs):
    assert "There is no run yet." in runs.client().get("/").text
    assert "还没有任何运行" in runs.client().get("/?lang=zh").text


def test_one_run_shows_the_next_action_with_who_and_phone(runs, ended):
    folder = runs.open("r1")
    runs.write(folder, *ended(Status.PASSED, "5 rows loaded"), OPEN_COUNT)
    seen = text(runs.client().get("/runs/r1").text)
    assert "COUNT Count: do it, then say that it is complete" in seen
    assert "ops Li Min +86 139 0000 0005" in seen
    assert "deputy: Tom +86 139 0000 0006" in seen


def test_what_failed_is_said_where_the_next_action_is(runs, ended):
    folder = runs.open("r1")
    runs.write(folder, *ended(Status.FAILED, "12 rows refused"))
    seen = text(runs.client().get("/runs/r1").text)
    assert "it failed: retry, waive or turn back 12 rows refused Who ops Li Min" in seen


def test_tasks_stand_in_the_plans_order_with_planned_and_actual_times(runs, ended):
    folder = runs.open("r1")
    runs.write(folder, *ended(Status.PASSED, "5 rows loaded"), OPEN_COUNT)
    html = runs.client().get("/runs/r1").text
    assert re.findall(r'<tr id="task-(\w+)">', html) == ["LOAD", "COUNT", "GATE"]
    assert "20:00–20:30" in row(html, "LOAD")
    assert "20:30–20:40" in row(html, "COUNT")
    assert "done" in row(html, "LOAD")
    assert "5 rows loaded" in row(html, "LOAD")
    assert re.search(r"1 \(run\) [^:]+:\d\d:\d\d\+08:00: passed 5 rows loaded", row(html, "LOAD"))
    assert "waiting" in row(html, "COUNT")
    assert "pending" in row(html, "GATE")


def test_what_is_to_come_is_forecast_and_what_is_over_is_not(runs, ended):
    folder = runs.open("r1")
    runs.now += timedelta(minutes=55)
    assert "20:00–20:30 21:00–21:30" in row(runs.client().get("/runs/r1").text, "LOAD")
    runs.write(folder, *ended(Status.PASSED, "5 rows loaded"))
    html = runs.client().get("/runs/r1").text
    assert "21:00–21:30" not in row(html, "LOAD")
    assert "20:30–20:40 21:00–21:10" in row(html, "COUNT")
    runs.write(folder, ("run.aborting", {"reason": "r"}))
    assert "21:00–21:10" not in row(runs.client().get("/runs/r1").text, "COUNT")


def test_on_the_way_back_the_page_says_by_when_and_how_far(runs, ended):
    folder = runs.open("r1")
    step = {"id": "LOAD.undo", "task": "LOAD", "role": "undo", "after": [], "replaces": [],
            "seconds": 1200.0}  # fmt: skip
    runs.write(
        folder, *ended(Status.PASSED, "loaded"), ("run.aborting", {"reason": "r"}),
        ("rollback.planned", {"steps": [step], "seconds": 1200, "lost": []}),
    )  # fmt: skip
    seen = text(runs.client().get("/runs/r1").text)
    assert "back by 20:25 0/1 steps done" in seen
    assert "LATE" not in seen
    runs.now += timedelta(hours=11)
    late = text(runs.client().get("/runs/r1?lang=zh").text)
    assert "预计恢复 12-06 07:25 0/1 步已完成 · 将晚于保留时间 12-06 07:00" in late


def test_a_live_failure_that_says_rollback_asks_its_decider(runs, ended):
    folder = runs.open("r1", mode="live")
    asked = {"task": "LOAD", "role": "steer", "decide_by": runs.now.isoformat(), "reason": "r"}
    runs.write(folder, *ended(Status.FAILED, "12 rows refused"), ("abort.asked", asked))
    seen = text(runs.client().get("/runs/r1").text)
    assert "decide whether to turn back or go on: golive decide" in seen
    assert "Who steer 赵敏" in seen


def test_who_is_on_shift_is_named_first(runs, ended):
    shift = '{person: tom, start: "2026-12-05T20:00:00+08:00", end: "2026-12-06T08:00:00+08:00"}'
    path = runs.root / "team.yaml"
    path.write_text(f"{path.read_text('utf-8')}shifts: [{shift}]\n", "utf-8")
    folder = runs.open("r1")
    runs.write(folder, *ended(Status.FAILED, "12 rows refused"))
    seen = text(runs.client().get("/runs/r1").text)
    assert "Who ops deputy: Tom +86 139 0000 0006 Li Min" in seen


@pytest.mark.parametrize(
    ("lang", "says"),
    [
        ("en", ["going forward", "Done 0/3", "5h55m left", "The way back takes 0s"]),
        ("zh", ["向前执行", "已完成 0/3", "最晚可回退", "回退需要 0s"]),
    ],
)
def test_the_latest_safe_abort(runs, lang, says):
    runs.open("r1")
    runs.now += timedelta(hours=4, minutes=59)
    seen = text(runs.client().get(f"/runs/r1?lang={lang}").text)
    assert [item for item in says if item not in seen] == []
    assert "06:59" in seen  # window end 08:00 - reserve 1 h - 1 min to stop what runs


def test_what_was_done_moves_the_latest_safe_abort_and_late_is_said(runs, ended):
    folder = runs.open("r1")
    runs.write(folder, *ended(Status.PASSED, "loaded"))
    seen = text(runs.client().get("/runs/r1").text)
    assert "06:14" in seen
    assert "takes 45m00s" in seen
    runs.now += timedelta(hours=11)
    assert "LATE: the last safe abort has passed" in text(runs.client().get("/runs/r1").text)


def test_a_gate_shows_criteria_and_decisions(runs):
    folder = runs.open("r1")
    runs.write(folder, OPEN_COUNT, DONE_COUNT, OPEN_GATE, EVALUATED)
    seen = text(runs.client().get("/runs/r1").text)
    assert "decide go or no-go" in seen
    assert "赵敏 (no phone in the team file)" in seen
    assert "UAT passed NO EVIDENCE" in seen
    assert "nobody has decided" in seen
    decided = {"gate": "GATE", "decision": "no-go", "reason": "too risky"}
    runs.write(folder, ("gate.decided", decided), by="zhao")
    assert "zhao: NO-GO too risky" in text(runs.client().get("/runs/r1").text)


def test_verdict_differences_and_notes(runs):
    folder = runs.open("r1")
    counts = {"tables": 2, "rows": 12345, "files": 1, "routes": 0}
    runs.write(
        folder,
        ("fingerprint.taken", {"when": "before", "counts": counts}),
        ("fingerprint.taken", {"when": "after", "counts": counts, "differences": ["old.x grew"]}),
        ("run.noted", {"text": "printer is out of paper", "severity": "S2"}),
        ("run.closed", {"exit": 1, "verdict": "failed", "reasons": ["not as before: old.x grew"]}),
    )
    html = runs.client().get("/runs/r1").text
    seen = text(html)
    assert "Verdict FAILED not as before: old.x grew" in seen
    assert "These differ from before: old.x grew" in seen
    assert "2 tables, 12,345 rows, 1 files, 0 routes" in seen
    assert "S2 golive: printer is out of paper" in seen
    assert 'class="next"' not in html


def test_chinese_pages_have_no_english_word_of_ours(runs, ended):
    folder = runs.open("r1")
    runs.write(folder, *ended(Status.FAILED, "载入失败"))
    html = runs.client().get("/runs/r1?lang=zh").text
    assert '<html lang="zh-CN">' in html
    seen = text(html)
    assert "现在" in seen
    assert "已失败：重试、豁免或回退" in seen
    ours = {english for english, _ in _WORDS.values() if " " in english and "{" not in english}
    assert [words for words in ours if words in seen] == []


def test_the_banner_tells_live_from_rehearsal(runs):
    runs.open("r1")
    runs.open("l1", mode="live")
    rehearsal, live = (runs.client().get(f"/runs/{name}").text for name in ("r1", "l1"))
    assert '<div class="banner rehearsal"' in rehearsal
    assert "REHEARSAL nothing here is the real cutover" in text(rehearsal)
    assert "<title>REHEARSAL " in rehearsal
    assert '<div class="banner live"' in live
    assert "LIVE CUTOVER this is the real cutover" in text(live)
    assert "<title>LIVE CUTOVER " in live
    assert "rehearsal" not in text(live).lower()


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("en", "DRY RUN, REHEARSAL nothing is done, nothing is proved"),
        ("zh", "试运行（演练） 不实际执行，不作为证明"),
    ],
)
def test_the_banner_and_the_list_tell_a_dry_run(runs, language, says):
    runs.open("d1", dry_run=True)
    assert says in text(runs.client().get(f"/runs/d1?lang={language}").text)
    assert word(language, "mode.dry") in text(runs.client().get(f"/?lang={language}").text)


def test_whatever_was_written_is_shown_and_never_run(runs, ended):
    folder = runs.open("r1")
    evil = "<img src=x onerror=alert(1)>"
    runs.write(
        folder,
        *ended(Status.FAILED, f"summary {evil}"),
        ("run.noted", {"text": f"note {evil}", "severity": ""}),
    )
    html = runs.client().get("/runs/r1").text
    assert "<img" not in html
    assert html.count("&lt;img src=x onerror=alert(1)&gt;") >= 3
    assert html.count("<script>") == 1
    assert "Load &lt;script&gt;" in html
    assert "A &lt;b&gt;small&lt;/b&gt; cutover" in html


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    ("prefix", "values"), [("state", TaskState), ("criterion", CriterionState), ("status", Status)]
)
def test_every_state_has_its_word(lang, prefix, values):
    assert all(word(lang, f"{prefix}.{item.value}") for item in values)
