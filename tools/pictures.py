"""Photograph what business users see, in both languages, from a workspace that has a report.

The report's first page (the README's picture), its first failure, the acceptance sheet and the
catalogue of sentences. Run it after ``make demo``: ``.venv/bin/python tools/pictures.py
[WORKSPACE]``; pictures go to ``docs/images/``. The failure's picture stays as it was where the
report has none.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page

from golive.browser import Browser

ROOT = Path(__file__).resolve().parents[1]
#: Wide enough for three cards a row, narrow enough to read in a README.
_WIDTH, _HEIGHT = 1000, 760


def newest(workspace: Path) -> Path:
    """Return the folder of the newest report; end with the next action when there is none."""
    found = sorted(
        (workspace / "reports" / "rendered").glob("*/index.html"),
        key=lambda path: path.stat().st_mtime,
    )
    if not found:
        sys.exit("there is no report yet: run 'make demo', then 'golive report'")
    return found[-1].parent


def written(workspace: Path, folder: Path) -> dict[str, dict[str, Path]]:
    """Have golive write its pages; return them by what they show and by language."""
    report, sheet = newest(workspace), folder / "acceptance.html"
    _golive(workspace, "signoff", "list", "--html", str(sheet), "--release", report.name)
    catalogue = {}
    for language in ("en", "zh"):
        catalogue[language] = folder / f"catalogue.{language}.html"
        _golive(workspace, "steps", "--lang", language, "--html", str(catalogue[language]))
    pages = {"en": report / "index.html", "zh": report / "index.zh.html"}
    acceptance = {"en": sheet, "zh": sheet.with_suffix(".zh.html")}
    return {"report": pages, "failure": pages, "acceptance": acceptance, "catalogue": catalogue}


def _golive(workspace: Path, *words: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "golive", *words],
        cwd=workspace, check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip


def photograph(page: Page, shown: str, path: Path) -> None:
    """Photograph the top of a page, or a report's first failure with its picture."""
    if shown != "failure":
        page.screenshot(path=path)
        return
    failures = page.locator("article.row.red:has(figure)")
    if not failures.count():
        sys.stderr.write(f"{path.name}: the report shows no failed scenario\n")
        return
    failures.first.scroll_into_view_if_needed()
    failures.first.screenshot(path=path)


def main() -> None:
    """Photograph all of them in both languages."""
    workspace = Path(sys.argv[1]).resolve() if sys.argv[1:] else ROOT
    out = ROOT / "docs" / "images"
    out.mkdir(parents=True, exist_ok=True)
    browser = Browser.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            for shown, pages in written(workspace, Path(folder)).items():
                for language, file in pages.items():
                    with browser.context() as context:
                        page = context.new_page()
                        page.set_viewport_size({"width": _WIDTH, "height": _HEIGHT})
                        page.goto(file.as_uri())
                        photograph(page, shown, out / f"{shown}-{language}.png")
    finally:
        browser.close()


if __name__ == "__main__":
    main()
