"""The commands as one types them: codes, sentences, JSON, and what pytest alone leaves behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from golive.record.runs import list_runs, open_journal

STEPS = """
from behave import given, then

@given("an order")
def order(context):
    context.state = "approved"

@then("it is approved")
def approved(context):
    assert context.state == "approved"

@then("it is refused")
def refused(context):
    assert context.state == "refused", "should be refused, is approved"
"""


def call(site: Any, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("GOLIVE_")}
    return subprocess.run(
        [sys.executable, "-m", *words], cwd=site.root, capture_output=True, text=True,
        timeout=240, check=False, env={**kept, **variables},
    )  # fmt: skip


def test_gate_says_no_go_with_1_and_its_json_is_whole(site: Any):
    # The targets of this workspace have no address, so no build can be told.
    done = call(site, "golive", "gate", "--json")
    assert done.returncode == 1, done.stderr
    data = json.loads(done.stdout)
    assert data["recommendation"] == "no-go"
    assert {one["id"] for one in data["findings"] if one["state"] != "met"} == {"build", "sites"}
    told = call(site, "golive", "gate", "--lang", "zh")
    assert told.returncode == 1
    assert "不可上线（NO-GO）" in told.stdout
    assert "记录是否完整？" in told.stdout


def test_a_cutover_without_a_go_is_refused_with_every_reason(site: Any):
    done = call(site, "golive", "cutover", "--system", "Small East")
    assert done.returncode == 2
    assert "has no GO: steer: 0 of 2 have said go" in done.stderr
    assert not [path for path in list_runs(site.project.runs) if "-cutover-" in path.name]


def _settle_condition(site: Any, said: list[str]) -> None:
    """Nothing else begins before the condition is done, and only its owner may say so."""
    run = list_runs(site.project.runs)[-1].name
    assert "start     MOVE" not in "".join(said)
    other = call(site, "golive", "task", run, "CONDITION-1", "complete", "--as", "li")
    assert other.returncode == 2
    mine = call(site, "golive", "task", run, "CONDITION-1", "complete", "--as", "mei")
    assert mine.returncode == 0, mine.stderr


def test_with_its_go_and_its_name_typed_the_demo_cuts_over_conditions_first(site: Any):
    why = ("--reason", "no target to ask")
    given = "printers checked|mei|2030-01-01T00:00:00+08:00"
    for words in (
        ("zhao", "conditional", "--condition", given), ("claire", "go"),
    ):  # fmt: skip
        person, decision, *more = words
        done = call(site, "golive", "decide", "wave-1", decision, "--as", person, *more, *why)
        assert done.returncode == 0, done.stderr
    assert "decided: CONDITIONAL GO" in done.stdout
    wrong = call(site, "golive", "cutover", "--system", "Small West")
    assert (wrong.returncode, "is not the name of the system" in wrong.stderr) == (2, True)
    said: list[str] = []
    with subprocess.Popen(
        [sys.executable, "-m", "golive", "cutover", "--system", "Small East"],
        cwd=site.root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as controller:  # fmt: skip
        assert controller.stdout is not None
        try:
            for line in controller.stdout:
                said.append(line)
                if "CONDITION-1" in line and "waiting" in line:
                    _settle_condition(site, said)
        except BaseException:
            # It would wait for its condition for ever.
            controller.kill()
            raise
    assert controller.returncode == 0, "".join(said)
    assert "THIS IS THE DEMO" in "".join(said)
    labels = open_journal(list_runs(site.project.runs)[-1]).records()[0].data["labels"]
    assert (labels["release"], labels["decided"]) == ("wave-1", "conditional")
    # From here on the release owes its dual run.
    assert "0 of 3 clean business days in a row" in call(site, "golive", "gate").stdout


def test_freezing_twice_and_decisions_by_strangers_are_refused(site: Any):
    done = call(site, "golive", "release", "freeze", "wave-1", "--as", "zhao")
    assert (done.returncode, "add --change ID" in done.stderr) == (2, True)
    done = call(site, "golive", "decide", "wave-1", "go", "--as", "ghost", "--reason", "x")
    assert (done.returncode, "is not in the team" in done.stderr) == (2, True)
    for words in ("two", "a|b", "a||2030-01-01T00:00:00+08:00", "a|li|tomorrow"):
        done = call(
            site, "golive", "decide", "wave-1", "conditional", "--as", "zhao", "--condition", words
        )
        assert (done.returncode, done.stderr.startswith("--condition: ")) == (2, True), words


def test_verify_misses_records_cut_off_a_closed_run(site: Any):
    run = site.run_of("rehearsal")
    assert call(site, "golive", "verify", run.name).returncode == 0
    path = run / "journal.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]))
    done = call(site, "golive", "verify", run.name)
    assert done.returncode == 1
    assert "which is known from elsewhere" in done.stderr


@pytest.mark.parametrize(
    ("select", "code", "status"),
    [("", 1, "failed"), ("@REQ-1", 0, "passed"), ("@none", 2, "broken")],
)
def test_pytest_alone_leaves_a_run(site: Any, select: str, code: int, status: str):
    (site.root / "steps").mkdir(exist_ok=True)
    (site.root / "steps" / "orders.py").write_text(STEPS, encoding="utf-8")
    words = [f"--select={select}"] if select else []
    done = call(site, "pytest", "features", "-q", "-p", "no:cacheprovider", *words)
    assert done.returncode == code, done.stdout
    run = list_runs(site.project.runs)[-1]
    assert f"run: reports/runs/{run.name}" in done.stdout
    records = open_journal(run).records()
    kinds = [record.type for record in records if not record.type.startswith("controller.")]
    assert kinds == ["run.opened", "task.starting", "task.finished", "run.closed"]
    outcome = next(record.data["outcome"] for record in records if "outcome" in record.data)
    assert outcome["status"] == status
    assert "results.json" in {item["name"] for item in outcome["evidence"]}
    assert call(site, "golive", "verify", run.name).returncode == 0


def test_inside_an_attempt_pytest_opens_nothing(site: Any):
    (site.root / "steps").mkdir(exist_ok=True)
    (site.root / "steps" / "orders.py").write_text(STEPS, encoding="utf-8")
    before = list_runs(site.project.runs)
    folder = site.root / "attempt"
    folder.mkdir()
    done = call(
        site, "pytest", "features", "-q", "-p", "no:cacheprovider", "--select=@REQ-1",
        GOLIVE_ATTEMPT_DIR=str(folder),
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert list_runs(site.project.runs) == before
    assert (folder / "results.json").is_file()
