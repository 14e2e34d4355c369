"""The one page to sign: always one A4 page, never boxes in place of Chinese."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from pypdf import PdfReader
from tests.report.conftest import Case

from golive.browser import Browser
from golive.errors import SetupError
from golive.report.document import Red
from golive.report.pdf import print_page

A4 = (595, 842)


def _pages(path: Path) -> list[str]:
    reader = PdfReader(path)
    sizes = {tuple(round(float(one)) for one in page.mediabox[2:]) for page in reader.pages}
    assert sizes == {A4}
    return [re.sub(r"\s+", " ", page.extract_text()) for page in reader.pages]


def test_however_much_is_wrong_it_stays_one_page_and_counts_the_rest(
    browser: Browser, red: Case, tmp_path: Path
) -> None:
    much = tuple(Red(sentence=f"reason {number} " + "very long " * 30) for number in range(40))
    document = replace(red.document, reds=much, waivers=red.document.waivers * 20)
    print_page(browser, document, "en", tmp_path / "page.pdf")
    (text,) = _pages(tmp_path / "page.pdf")
    shown = len(re.findall(r"reason \d+ ", text))
    assert 0 < shown < 40
    assert f"{40 - shown} more in the full report" in text
    assert "What speaks against it (40)" in text


def test_it_carries_the_digests_and_room_for_signatures(
    browser: Browser, red: Case, tmp_path: Path
) -> None:
    print_page(browser, red.document, "en", tmp_path / "page.pdf")
    (text,) = _pages(tmp_path / "page.pdf")
    for wanted in (
        red.document.evidence_root, red.document.ledger_hash, red.document.lock_sha256,
        "Signature / seal", "Conditional GO", "Sponsor", "against the recommendation",
    ):  # fmt: skip
        assert wanted in text


def test_what_cannot_fit_at_all_is_said_and_nothing_is_written(
    browser: Browser, go: Case, tmp_path: Path
) -> None:
    document = replace(go.document, title="a title without end " * 400)
    with pytest.raises(SetupError, match="does not fit one page"):
        print_page(browser, document, "en", tmp_path / "page.pdf")
    assert not (tmp_path / "page.pdf").exists()


def test_with_one_the_characters_differ(browser: Browser) -> None:
    assert browser.draws_chinese()
