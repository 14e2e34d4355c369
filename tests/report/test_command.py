"""golive report: from the record alone, the same again, and honest about damage."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.report.recorded import FAILED, PASSED, RUN, Recorder, record_rehearsal

from golive.cli.report import report
from golive.errors import GoliveError


@pytest.fixture
def night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """A workspace with one failed rehearsal, and nothing but its record."""
    (tmp_path / "pyproject.toml").write_text('[tool.golive]\nlanguage = "zh"\n')
    monkeypatch.chdir(tmp_path)
    return record_rehearsal(tmp_path, FAILED)


def call(*words: str) -> Result:
    return CliRunner().invoke(report, list(words))


def files(folder: Path) -> dict[str, bytes]:
    """Return every file with the two times a page is made replaced."""
    return {
        path.relative_to(folder).as_posix(): re.sub(
            rb"D:\d{14}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", b"TIME", path.read_bytes()
        )
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_run_that_failed_is_reported_and_the_report_itself_succeeds(night: Recorder) -> None:
    said = call("--without", "pdf", "--without", "allure")
    assert said.exit_code == 0, said.output
    assert f"reports/rendered/{RUN}/index.zh.html" in said.output
    page = Path(f"reports/rendered/{RUN}/index.zh.html").read_text(encoding="utf-8")
    assert "未通过" in page
    assert "凭证 V001 应为“已审批”，实际为“待审批”" in page


def test_deleted_and_made_again_it_is_identical_but_for_the_time(night: Recorder) -> None:
    folder = Path("reports/rendered") / RUN
    assert call("--without", "allure").exit_code == 0
    before = files(folder)
    shutil.rmtree("reports/rendered")
    assert call("--without", "allure").exit_code == 0
    after = files(folder)
    assert {"index.html", "index.zh.html", "page.en.pdf", "page.zh.pdf", "junit.xml",
            "document.json"} <= set(before)  # fmt: skip
    assert [name for name in before if after.get(name) != before[name]] == []
    assert set(after) == set(before)


def test_an_old_rendering_leaves_nothing_behind(night: Recorder) -> None:
    folder = Path("reports/rendered") / RUN
    folder.mkdir(parents=True)
    (folder / "old.html").write_text("old")
    assert call("--without", "pdf", "--without", "allure").exit_code == 0
    assert not (folder / "old.html").exists()
    assert [path.name for path in folder.parent.iterdir()] == [RUN]


def test_json_prints_the_document_and_writes_nothing(night: Recorder) -> None:
    said = call("aaaa", "--json")
    assert said.exit_code == 0
    data = json.loads(said.stdout)
    assert (data["kind"], data["verdict"]) == ("run", "failed")
    assert not Path("reports/rendered").exists()


def test_damaged_evidence_is_said_on_the_page_and_ends_with_1(night: Recorder) -> None:
    path = next(p for p in (night.store.root / "sha256").rglob("*") if p.is_file())
    path.chmod(0o644)
    path.write_bytes(b"changed")
    said = call("--without", "pdf", "--without", "allure")
    assert said.exit_code == 1
    assert "has changed" in said.stderr
    page = Path(f"reports/rendered/{RUN}/index.html").read_text(encoding="utf-8")
    assert "The record is damaged" in page


def test_a_changed_journal_is_refused_by_record(night: Recorder) -> None:
    path = night.folder / "journal.jsonl"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("nobody can book", "all may book"), encoding="utf-8")
    said = call("--json")
    assert isinstance(said.exception, GoliveError)
    assert said.exception.exit_code == 1
    assert re.search(r"record \d+", str(said.exception))


def test_an_unknown_name_is_refused_with_what_there_is(night: Recorder) -> None:
    said = call("wave-9")
    assert isinstance(said.exception, GoliveError)
    assert said.exception.exit_code == 2
    assert RUN in str(said.exception)


def test_a_green_run_is_green(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.golive]\n")
    monkeypatch.chdir(tmp_path)
    record_rehearsal(tmp_path, PASSED)
    data = json.loads(call("--json").stdout)
    assert (data["verdict"], data["reds"]) == ("passed", [])
    assert data["passed"]["percent"] == "100%"


def test_what_is_not_as_before_stands_on_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.golive]\n")
    monkeypatch.chdir(tmp_path)
    record_rehearsal(tmp_path, PASSED, differences=["old.orders: 1 row fewer"])
    data = json.loads(call("--json").stdout)
    assert data["rollbacks"][0]["differences"] == ["old.orders: 1 row fewer"]
    assert call("--without", "pdf", "--without", "allure").exit_code == 0
    page = Path(f"reports/rendered/{RUN}/index.html").read_text(encoding="utf-8")
    assert "the old system is NOT as before" in page
    assert "not as before: old.orders: 1 row fewer" in page
