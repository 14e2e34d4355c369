"""golive report of a release: what was recorded is shown, in each language, months later too."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.report.assessed import GO, RELEASE, no_go
from tests.report.recorded import FAILED, GOLIVE, Recorder, person, record_rehearsal

from golive.cli.report import report
from golive.errors import GoliveError
from golive.gate.assessment import Assessment, ItemState, Recommendation
from golive.gate.lock import Lock, lock_to_json
from golive.gate.policy import Policy
from golive.project import load_project
from golive.record.ledger import Ledger
from golive.record.releases import ledger_path, write_lock
from golive.run.recording import record_assessment

LOCK = Lock(
    release=RELEASE, number=1, frozen_at="2026-12-01T09:00:00+00:00", frozen_by="mei",
    golive="0.1.0", environment="demo", environment_kind="demo",
    runbook="cutover_playbooks/runbook.yaml", system="ERP East",
    window=("2026-12-05T20:00:00+08:00", "2026-12-06T08:00:00+08:00"), fingerprint="ab" * 32,
    steps_sha256="cd" * 32, policy=Policy(quorum={"steering": 1}, simulated_people=True),
)  # fmt: skip


@pytest.fixture
def night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """A workspace of which nothing but the record is left: no runbook, no targets."""
    (tmp_path / "pyproject.toml").write_text(
        '[tool.golive]\n[tool.golive.environments.demo]\nkind = "demo"\n'
    )
    monkeypatch.chdir(tmp_path)
    return record_rehearsal(tmp_path, FAILED)


def freeze(night: Recorder, number: int = 1) -> str:
    reports = night.workspace / "reports"
    ledger = Ledger.open(ledger_path(reports), clock=night.clock)
    lock = replace(LOCK, number=number, change=f"CHG-{number}" if number > 1 else "")
    return write_lock(reports, RELEASE, number, lock_to_json(lock), ledger=ledger, actor=GOLIVE)


def assess(night: Recorder, lock_sha256: str, base: Assessment) -> None:
    chinese = replace(base, causes=tuple(f"原因：{cause}" for cause in base.causes))
    told: Mapping[str, Assessment] = {
        "en": replace(base, lock_sha256=lock_sha256),
        "zh": replace(chinese, lock_sha256=lock_sha256),
    }
    record_assessment(load_project(night.workspace), told, actor=GOLIVE)


def decide(night: Recorder, lock_sha256: str, decision: str) -> None:
    ledger = Ledger.open(ledger_path(night.workspace / "reports"), clock=night.clock)
    night.clock.at += timedelta(hours=5)
    ledger.append(
        "decision",
        {
            "release": RELEASE, "lock_sha256": lock_sha256, "decision": decision,
            "role": "steering", "reason": "so be it", "recommended": "no-go",
            "statement": "I have seen it", "conditions": [], "reds": [],
        },
        actor=person("zhao"),
    )  # fmt: skip


def call(*words: str) -> Result:
    return CliRunner().invoke(report, [*words, "--without", "pdf", "--without", "allure"])


def test_the_recorded_standing_is_shown_in_each_language(night: Recorder) -> None:
    assess(night, freeze(night), no_go())
    said = call(RELEASE)
    assert said.exit_code == 0, said.output
    folder = Path("reports/rendered") / RELEASE
    english = (folder / "index.html").read_text(encoding="utf-8")
    chinese = (folder / "index.zh.html").read_text(encoding="utf-8")
    assert "NO-GO" in english
    assert "the way back was not rehearsed" in english
    assert "原因：the way back was not rehearsed" in chinese
    assert "原因：" not in english


def test_the_only_release_is_meant_when_none_is_named(night: Recorder) -> None:
    assess(night, freeze(night), no_go())
    data = json.loads(call("--json").stdout)
    assert (data["kind"], data["id"], data["recommendation"]) == ("release", RELEASE, "no-go")
    run = json.loads(call("aaaa", "--json").stdout)
    assert run["kind"] == "run"


def test_a_word_given_since_stands_on_the_page_with_the_ledgers_head(night: Recorder) -> None:
    lock = freeze(night)
    assess(night, lock, no_go())
    before = json.loads(call("--json").stdout)
    assert before["decided"] == ""
    assert before["missing"]
    decide(night, lock, "go")
    after = json.loads(call("--json").stdout)
    assert (after["decided"], after["missing"]) == ("go", [])
    (given,) = [line for line in after["decisions"] if not line["gate"]]
    assert (given["against"], given["reason"]) == (True, "so be it")
    assert after["ledger_seq"] == before["ledger_seq"] + 1
    assert after["ledger_hash"] != before["ledger_hash"]


def test_what_is_better_and_what_is_new_since_the_last_meeting(night: Recorder) -> None:
    lock = freeze(night)
    assess(night, lock, no_go())
    assert json.loads(call("--json").stdout)["earlier"] is None
    item = replace(GO.items[1], state=ItemState.STALE, failure="34" * 32)
    assess(night, lock, replace(no_go(), items=(*GO.items[:1], item), findings=GO.findings))
    earlier = json.loads(call("--json").stdout)["earlier"]
    assert earlier["recommendation"] == "no-go"
    assert earlier["new"] == ["An invoice is paid in two parts"]
    assert "Was the way back rehearsed?" in earlier["solved"]
    assert "录入订单后由主管审批" in earlier["solved"]
    call(RELEASE)
    page = (Path("reports/rendered") / RELEASE / "index.zh.html").read_text(encoding="utf-8")
    assert "新出现" in page.partition("<main>")[0]


def test_a_standing_of_an_older_lock_is_not_shown(night: Recorder) -> None:
    """What was green before the scope grew is assessed anew: nothing of it is proved here."""
    assess(night, freeze(night), GO)
    assert json.loads(call("--json").stdout)["recommendation"] == Recommendation.GO
    freeze(night, 2)
    assert json.loads(call("--json").stdout)["recommendation"] == Recommendation.NO_GO


def test_a_run_that_is_gone_or_damaged_is_said_and_turns_it_red(night: Recorder) -> None:
    assess(night, freeze(night), GO)
    journal = night.folder / "journal.jsonl"
    journal.write_text(journal.read_text("utf-8").replace("nobody can", "all can"), "utf-8")
    said = call(RELEASE)
    assert said.exit_code == 1
    assert "record" in said.stderr
    page = (Path("reports/rendered") / RELEASE / "index.html").read_text(encoding="utf-8")
    assert "The record is damaged" in page


def test_a_lock_that_was_changed_is_refused(night: Recorder) -> None:
    assess(night, freeze(night), GO)
    path = Path("reports/releases") / RELEASE / "lock.json"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b"ERP East", b"ERP West"))
    said = call(RELEASE)
    assert isinstance(said.exception, GoliveError)
    assert said.exception.exit_code == 1
