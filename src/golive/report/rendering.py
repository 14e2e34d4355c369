"""Write all views of a document into ``reports/rendered/<id>/``, which can be deleted at any time.

``index.html index.zh.html pictures/ pages/ page.en.pdf page.zh.pdf junit.xml document.json`` and
``allure/``.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from golive.browser import Browser
from golive.errors import GoliveError, Problem
from golive.record.evidence import EvidenceStore
from golive.report.allure import write_allure_results
from golive.report.compared import compared_pages, page_file
from golive.report.document import Document, document_to_json
from golive.report.explorer import Explorer, draw_explorer, find_tools
from golive.report.html import PAGES, render_page
from golive.report.junit import junit_xml
from golive.report.material import RunMaterial
from golive.report.pdf import FILES, print_page

__all__ = ["EXPLORER", "Rendered", "json_text", "render"]

EXPLORER = "allure/index.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """Where the views are, what could not be made and why."""

    folder: Path
    explorer: Explorer
    #: Views that are missing though they were asked for.
    problems: tuple[Problem, ...]


def render(
    documents: Mapping[str, Document],
    materials: Sequence[RunMaterial],
    store: EvidenceStore,
    folder: Path,
    *,
    workspace: Path,
    built: datetime,
    language: str = "en",
    without: Collection[str] = (),
) -> Rendered:
    """Make every view anew beside the old ones, then put the folder in their place.

    ``documents`` hold one standing told in each language; views for machines and the explorer
    are in ``language``.
    ``without`` leaves out ``pdf`` or ``allure``. A view that cannot be made is told, and the
    others are made all the same.
    """
    document = documents[language]
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".drawing-", dir=folder.parent) as name:
        draft = Path(name) / folder.name
        draft.mkdir()
        _copy_pictures(document, store, draft)
        _copy_pages(document, store, draft)
        explorer = (
            Explorer(why_not="it was not asked for")
            if "allure" in without
            else _explore(document, materials, store, draft, workspace, language)
        )
        problems = () if "pdf" in without else _print(documents, draft)
        (draft / "junit.xml").write_text(junit_xml(document), encoding="utf-8")
        (draft / "document.json").write_text(json_text(document, built), encoding="utf-8")
        for tongue, file in PAGES.items():
            page = render_page(documents[tongue], tongue, built=built, views=_views(draft, tongue))
            (draft / file).write_text(page, encoding="utf-8")
        if folder.exists():
            shutil.rmtree(folder)
        draft.rename(folder)
    return Rendered(folder=folder, explorer=explorer, problems=problems)


def json_text(document: Document, built: datetime) -> str:
    """Return the document for machines, with the time it was made."""
    data = document_to_json(document) | {"built": built.isoformat(timespec="seconds")}
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def _copy_pictures(document: Document, store: EvidenceStore, draft: Path) -> None:
    """Copy each picture that is shown: the page must open where the store is not."""
    (draft / "pictures").mkdir()
    for picture in {shot.file: shot for row in document.rows() for shot in row.pictures}.values():
        shutil.copyfile(store.path(picture.sha256), draft / picture.file)


def _copy_pages(document: Document, store: EvidenceStore, draft: Path) -> None:
    """Copy each comparison's page: a file without an ending is no page to a browser."""
    (draft / "pages").mkdir()
    for digest in compared_pages(document):
        shutil.copyfile(store.path(digest), draft / page_file(digest))


def _explore(
    document: Document,
    materials: Sequence[RunMaterial],
    store: EvidenceStore,
    draft: Path,
    workspace: Path,
    language: str,
) -> Explorer:
    tools = find_tools(workspace)
    if isinstance(tools, str):
        return Explorer(why_not=tools)
    with tempfile.TemporaryDirectory(prefix="golive-results-") as name:
        write_allure_results(document, materials, store, Path(name))
        return draw_explorer(document, Path(name), draft / "allure", tools, language=language)


def _print(documents: Mapping[str, Document], draft: Path) -> tuple[Problem, ...]:
    """Print the one page in both languages; return why one is missing."""
    problems: list[Problem] = []
    try:
        browser = Browser.start()
    except GoliveError as error:
        return error.problems
    try:
        for language, file in FILES.items():
            try:
                print_page(browser, documents[language], language, draft / file)
            except GoliveError as error:
                problems += error.problems
    finally:
        browser.close()
    return tuple(problems)


def _views(draft: Path, language: str) -> tuple[tuple[str, str], ...]:
    files = (
        ("page", FILES[language]),
        ("allure", EXPLORER),
        ("junit", "junit.xml"),
        ("json", "document.json"),
    )
    return tuple((key, file) for key, file in files if (draft / file).exists())
