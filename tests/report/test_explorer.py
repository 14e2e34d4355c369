"""Allure's explorer is a view: it shows what golive counted, and says so when it does not."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.report.assessed import AT
from tests.report.conftest import ROOT, Case

from golive.browser import Browser
from golive.gate.assessment import ItemState, Lane
from golive.report.allure import write_allure_results
from golive.report.explorer import Explorer, Tools, draw_explorer, find_tools, quiet
from golive.report.rendering import render


@pytest.fixture(scope="module")
def tools() -> Tools:
    found = find_tools(ROOT)
    assert isinstance(found, Tools), found
    return found


def _written(case: Case, folder: Path) -> dict[str, dict]:
    write_allure_results(case.document, case.materials, case.store, folder)
    found = {}
    for path in folder.glob("*-result.json"):
        data = json.loads(path.read_text(encoding="utf-8"))
        found[data["name"]] = data
    return found


def _label(result: dict, name: str) -> list[str]:
    return [label["value"] for label in result["labels"] if label["name"] == name]


def test_each_row_is_one_result_in_its_lane(red: Case, tmp_path: Path) -> None:
    results = _written(red, tmp_path)
    assert len(results) == len(list(red.document.rows()))
    lanes = {_label(result, "parentSuite")[0] for result in results.values()}
    assert lanes == {"UAT", "Load", "Rehearsal", "Dual run"}
    assert len({result["historyId"] for result in results.values()}) == len(results)
    statuses = {name: results[f"Scenario {name}"]["status"] for name in ("not run", "stale")}
    assert statuses == {"not run": "broken", "stale": "broken"}


def test_a_scenario_keeps_the_steps_and_pictures_its_own_run_wrote(
    red: Case, tmp_path: Path
) -> None:
    result = _written(red, tmp_path)["录入订单后由主管审批"]
    assert [step["name"] for step in result["steps"]] == ["Then it is so"]
    source = result["steps"][0]["attachments"][0]["source"]
    assert (tmp_path / source).read_bytes().startswith(b"\x89PNG")
    assert (_label(result, "suite"), _label(result, "subSuite")) == (["order to cash"], ["Feature"])


def test_golives_state_wins_over_what_a_run_wrote_itself(go: Case, tmp_path: Path) -> None:
    """A run's own result says passed; the release says it is of another build."""
    lane = go.document.lanes[0]
    group = lane.groups[0]
    stale = replace(group.rows[0], state=ItemState.STALE, sentence="of build 1.0, not 1.1")
    lanes = (replace(lane, groups=(replace(group, rows=(stale,)),)),)
    case = Case(go.workspace, replace(go.document, lanes=lanes), go.materials, go.store)
    (result,) = _written(case, tmp_path).values()
    assert result["status"] == "broken"
    assert result["statusDetails"]["message"] == "of build 1.0, not 1.1"
    assert result["steps"], "it is still the run's own result"


def test_a_comparison_shows_each_thing_it_is_judged_by(go: Case, tmp_path: Path) -> None:
    junit = tmp_path / "junit.xml"
    junit.write_text(
        '<testsuites><testsuite><testcase name="open differences">'
        '<failure message="open differences: 3 (limit 0)" /></testcase>'
        '<testcase name="control total value" /></testsuite></testsuites>'
    )
    kept = go.store.keep(junit, name="orders/junit.xml", media_type="application/xml")
    lane = next(lane for lane in go.document.lanes if lane.lane is Lane.DUAL_RUN)
    group = lane.groups[0]
    row = replace(group.rows[0], state=ItemState.FAILED, evidence=(kept.sha256,))
    proof = replace(
        go.document.evidence[0],
        name=kept.name, sha256=kept.sha256, size=kept.size, media_type=kept.media_type,
    )  # fmt: skip
    document = replace(
        go.document,
        lanes=(replace(lane, groups=(replace(group, rows=(row,)),)),),
        evidence=(*go.document.evidence, proof),
    )
    (tmp_path / "results").mkdir()
    case = Case(go.workspace, document, go.materials, go.store)
    (result,) = _written(case, tmp_path / "results").values()
    steps = [(step["name"], step["status"]) for step in result["steps"][:2]]
    assert steps == [("open differences", "failed"), ("control total value", "passed")]
    assert result["steps"][0]["statusDetails"]["message"] == "open differences: 3 (limit 0)"
    assert [item["name"] for item in result["attachments"]] == ["orders/junit.xml"]


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100])


def _shadow(path: Path) -> None:
    """Add a later passed result of the same test: the generator takes the first for a retry."""
    data = json.loads(path.read_text(encoding="utf-8"))
    later = data | {"uuid": "later", "status": "passed", "start": 9e12, "stop": 9e12 + 1}
    (path.parent / "later-result.json").write_text(json.dumps(later), encoding="utf-8")


@pytest.mark.parametrize("spoil", [_truncate, Path.unlink, _shadow])
def test_a_view_with_other_counts_than_golives_says_so_in_both_languages(
    red: Case, tools: Tools, tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    results = tmp_path / "results"
    results.mkdir()
    write_allure_results(red.document, red.materials, red.store, results)
    failed = next(
        path for path in sorted(results.glob("*-result.json"))
        if json.loads(path.read_text(encoding="utf-8"))["status"] == "failed"
    )  # fmt: skip
    spoil(failed)
    explorer = draw_explorer(red.document, results, tmp_path / "allure", tools, language="zh")
    page = (tmp_path / "allure" / "index.html").read_text(encoding="utf-8")
    assert not explorer.complete
    assert "This view is incomplete: it shows" in page
    assert "本视图不完整" in page
    assert "NO-GO" in page


def test_it_opens_from_a_file_and_calls_nobody(red: Case, browser: Browser, tmp_path: Path) -> None:
    folder = tmp_path / "rendered"
    rendered = render(
        red.documents, red.materials, red.store, folder, workspace=ROOT, built=AT, without=("pdf",)
    )
    assert rendered.explorer.complete, rendered.explorer
    asked: list[str] = []
    said: list[str] = []
    with browser.context() as context:
        context.on("request", lambda request: asked.append(request.url))
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.goto((folder / "allure" / "index.html").as_uri())
        page.get_by_text("Dual run", exact=True).wait_for()
        for lane in ("UAT", "Load", "Rehearsal", "Dual run"):
            assert page.get_by_text(lane, exact=True).is_visible()
        banner = page.locator("#golive-verdict").inner_text()
    outside = [url for url in asked if not url.startswith(("file://", "data:", "blob:"))]
    assert (outside, said) == ([], [])
    assert "NO-GO" in banner
    assert "6 of 15 passed" in banner


def test_made_again_it_holds_the_same_results_and_attachments(
    red: Case, tools: Tools, tmp_path: Path
) -> None:
    """Allure gives its widgets random ids, and results that never began any place in order."""
    held = []
    for name in ("once", "again"):
        results = tmp_path / name
        results.mkdir()
        write_allure_results(red.document, red.materials, red.store, results)
        draw_explorer(red.document, results, tmp_path / f"{name}-drawn", tools, language="en")
        page = (tmp_path / f"{name}-drawn" / "index.html").read_text(encoding="utf-8")
        files = dict(re.findall(r'd\("(data/[^"]+)", ?"([^"]*)"\)', page))
        held.append({key: _without_order(key, text) for key, text in files.items()})
    assert len([key for key in held[0] if "test-results/" in key]) == 16
    assert held[0] == held[1]


def _without_order(name: str, content: str) -> object:
    if "test-results/" not in name:
        return content
    return json.loads(base64.b64decode(content)) | {"order": None}


def test_only_what_reports_to_others_is_taken_out() -> None:
    page = (
        '<meta charset="utf-8"><body><script src="data:x"></script>'
        '<script async src="https://www.googletagmanager.com/gtag/js"></script>'
        "<script>function gtag(){}</script><script>kept()</script>"
    )
    made = quiet(page, "<b>verdict</b>")
    assert "gtag" not in made
    assert 'src="data:x"' in made
    assert "kept()" in made
    assert "Content-Security-Policy" in made
    assert "<body>\n<b>verdict</b>" in made


def test_without_a_node_that_is_new_enough_the_next_action_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("golive.report.explorer.sys.executable", str(tmp_path / "python"))
    assert "no Node 20 or newer" in str(find_tools(ROOT, {"PATH": str(tmp_path)}))
    node = tmp_path / "node"
    node.write_text("#!/bin/sh\necho v18.0.0\n")
    node.chmod(0o755)
    assert "no Node 20 or newer" in str(find_tools(ROOT, {"PATH": str(tmp_path)}))
    node.write_text("#!/bin/sh\necho v20.1.0\n")
    found = find_tools(ROOT, {"PATH": str(tmp_path)})
    assert isinstance(found, Tools)
    assert found.node == node


def test_without_the_generator_the_report_is_whole_but_for_it(
    red: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("golive.report.explorer.CHECKOUT", tmp_path)
    rendered = render(
        red.documents, red.materials, red.store, tmp_path / "rendered", workspace=tmp_path,
        built=AT, without=("pdf",),
    )  # fmt: skip
    assert rendered.explorer.why_not == "the Allure generator is not installed (make setup)"
    assert rendered.problems == ()
    assert "allure/index.html" not in (tmp_path / "rendered" / "index.html").read_text("utf-8")


def test_a_generator_that_fails_leaves_no_view_and_its_last_words(
    red: Case, tmp_path: Path
) -> None:
    broken = tmp_path / "cli.js"
    broken.write_text("console.error('out of memory'); process.exit(7)")
    tools = find_tools(ROOT)
    assert isinstance(tools, Tools)
    explorer = draw_explorer(
        red.document, tmp_path, tmp_path / "allure", Tools(node=tools.node, generator=broken),
        language="en",
    )  # fmt: skip
    assert explorer == Explorer(why_not="the Allure generator ended with 7: out of memory")
    assert not (tmp_path / "allure").exists()
