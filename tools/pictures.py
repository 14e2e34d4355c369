"""Make the pictures of the README from the newest report under ``reports/rendered/``.

Run it after ``make demo``: ``.venv/bin/python tools/pictures.py``.
"""

from __future__ import annotations

import sys
from pathlib import Path

from golive.browser import Browser

ROOT = Path(__file__).resolve().parents[1]
#: Wide enough for three cards a row, narrow enough to read in a README.
_WIDTH, _HEIGHT = 1000, 760


def newest() -> Path:
    """Return the folder of the newest report; end with the next action when there is none."""
    found = sorted(
        (ROOT / "reports" / "rendered").glob("*/index.html"), key=lambda path: path.stat().st_mtime
    )
    if not found:
        sys.exit("there is no report yet: run 'make demo', then 'golive report'")
    return found[-1].parent


def main() -> None:
    """Photograph the first page in both languages."""
    folder, out = newest(), ROOT / "docs" / "images"
    out.mkdir(parents=True, exist_ok=True)
    browser = Browser.start()
    try:
        for language, file in (("en", "index.html"), ("zh", "index.zh.html")):
            with browser.context() as context:
                page = context.new_page()
                page.set_viewport_size({"width": _WIDTH, "height": _HEIGHT})
                page.goto((folder / file).as_uri())
                page.screenshot(path=out / f"report-{language}.png")
    finally:
        browser.close()


if __name__ == "__main__":
    main()
