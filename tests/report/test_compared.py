"""A comparison's own page, kept as evidence, is one click from the report and the explorer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.report.conftest import Case

from golive.gate.assessment import Lane
from golive.report.allure import write_allure_results
from golive.report.html import PAGES
from golive.report.rendering import render


def with_pages(case: Case, folder: Path) -> Case:
    """Return a case whose first row of the dual run kept a page in both languages."""
    lane = next(lane for lane in case.document.lanes if lane.lane is Lane.DUAL_RUN)
    group = lane.groups[0]
    proofs = []
    for name, text in (("comparison.html", "<p>AGREES</p>"), ("comparison.zh.html", "<p>一致</p>")):
        path = folder / name
        path.write_text(text, encoding="utf-8")
        kept = case.store.keep(path, name=f"orders/{name}", media_type="text/html")
        proofs.append(
            replace(
                case.document.evidence[0], name=kept.name, sha256=kept.sha256, size=kept.size,
                media_type=kept.media_type,
            )
        )  # fmt: skip
    row = replace(group.rows[0], evidence=tuple(proof.sha256 for proof in proofs))
    document = replace(
        case.document,
        lanes=(replace(lane, groups=(replace(group, rows=(row,)),)),),
        evidence=(*case.document.evidence, *proofs),
    )
    return Case(case.workspace, document, case.materials, case.store)


def test_the_report_links_the_page_in_its_language_and_has_it_beside(
    go: Case, tmp_path: Path
) -> None:
    case = with_pages(go, tmp_path)
    found = render(
        {"en": case.document, "zh": case.document}, case.materials, case.store,
        tmp_path / "rendered", workspace=case.workspace, built=case.document.at, language="en",
        without=("pdf", "allure"),
    )  # fmt: skip
    files = {path.read_text("utf-8"): path.name for path in (found.folder / "pages").iterdir()}
    for language, text, words in (
        ("en", "<p>AGREES</p>", "What differs, row by row, and the proof"),
        ("zh", "<p>一致</p>", "差异逐行对照与核对依据"),
    ):
        page = (found.folder / PAGES[language]).read_text("utf-8")
        assert f'<a href="pages/{files[text]}">{words}</a>' in page


def test_the_lane_of_the_explorer_has_it_attached(go: Case, tmp_path: Path) -> None:
    case = with_pages(go, tmp_path)
    (tmp_path / "lane").mkdir()
    write_allure_results(case.document, case.materials, case.store, tmp_path / "lane")
    kept = {path.read_text("utf-8") for path in (tmp_path / "lane").glob("*-attachment.html")}
    assert kept == {"<p>AGREES</p>", "<p>一致</p>"}
