"""A number is the same number everywhere: page, JSON, JUnit, explorer and paper."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from pypdf import PdfReader
from tests.report.assessed import AT
from tests.report.conftest import ROOT, Case

from golive.report.allure import allure_status
from golive.report.rendering import Rendered, render
from golive.report.viewing import show_share


@pytest.fixture(scope="module", params=["red", "go", "bare"])
def made(request: pytest.FixtureRequest) -> tuple[Case, Rendered]:
    case: Case = request.getfixturevalue(request.param)
    folder = case.workspace / "reports" / "all" / case.document.id
    rendered = render(case.documents, case.materials, case.store, folder, workspace=ROOT, built=AT)
    assert rendered.problems == ()
    return case, rendered


def test_page_json_junit_explorer_and_paper_say_the_same(made: tuple[Case, Rendered]) -> None:
    case, rendered = made
    passed, expected = case.document.passed.count, case.document.passed.total
    assert _json(rendered.folder) == (passed, expected)
    assert _junit(rendered.folder, case) == (passed, expected)
    for language in ("en", "zh"):
        share = show_share(case.document.passed, language)
        page = "index.html" if language == "en" else "index.zh.html"
        assert share in (rendered.folder / page).read_text(encoding="utf-8")
        assert _plain(share) in _paper(rendered.folder / f"page.{language}.pdf")
    _same_in_explorer(case, rendered)


def _json(folder: Path) -> tuple[int, int]:
    data = json.loads((folder / "document.json").read_text(encoding="utf-8"))
    rows = [r for lane in data["lanes"] for group in lane["groups"] for r in group["rows"]]
    counted = [row for row in rows if row["state"] != "quarantined"]
    assert data["passed"]["count"] == sum(lane["passed"]["count"] for lane in data["lanes"])
    assert data["passed"]["count"] == sum(row["state"] == "passed" for row in counted)
    assert data["passed"]["total"] == len(counted)
    return data["passed"]["count"], data["passed"]["total"]


def _junit(folder: Path, case: Case) -> tuple[int, int]:
    root = ET.parse(folder / "junit.xml").getroot()
    lanes = tuple(f"{lane.lane} / " for lane in case.document.lanes)
    suites = [suite for suite in root if str(suite.get("name")).startswith(lanes)]

    def total(key: str) -> int:
        return sum(int(suite.get(key, 0)) for suite in suites)

    tests = total("tests") - total("skipped")
    for suite in suites:
        assert int(suite.get("tests", 0)) == len(suite.findall("testcase"))
        assert int(suite.get("errors", 0)) == len(suite.findall("testcase/error"))
    return tests - total("failures") - total("errors"), tests


def _paper(path: Path) -> str:
    reader = PdfReader(path)
    assert len(reader.pages) == 1
    return _plain(reader.pages[0].extract_text())


def _plain(text: str) -> str:
    """Return text without blanks, compatibility code points resolved (see report/pdf)."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


def _same_in_explorer(case: Case, rendered: Rendered) -> None:
    explorer = rendered.explorer
    assert explorer.complete, explorer
    rows = [allure_status(row.state) for row in case.document.rows()]
    assert explorer.counts == {status: rows.count(status) for status in set(rows)}
    assert explorer.counts.get("passed", 0) == case.document.passed.count


def test_a_build_server_sees_red_where_the_recommendation_is_not_go(
    made: tuple[Case, Rendered],
) -> None:
    case, rendered = made
    root = ET.parse(rendered.folder / "junit.xml").getroot()
    verdict = next(suite for suite in root if suite.get("name") == "verdict")
    good = case.document.recommendation == "go"
    assert (verdict[0].find("failure") is None) == good
    assert (int(root.get("failures", 0)) + int(root.get("errors", 0)) == 0) == good
