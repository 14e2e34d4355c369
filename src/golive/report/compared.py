"""The pages comparisons kept as evidence, shown beside a rendered report; pure."""

from __future__ import annotations

from collections.abc import Mapping

from golive.report.document import Document, Proof, Row

__all__ = ["compared_pages", "is_page", "page_file", "page_of"]

#: What the page of a comparison is kept as, in English and in Chinese.
_NAMES = ("/comparison.html", "/comparison.zh.html")


def is_page(proof: Proof) -> bool:
    """Return whether a piece of evidence is a comparison's page."""
    return proof.name.endswith(_NAMES)


def compared_pages(document: Document) -> dict[str, Proof]:
    """Return digest -> proof of the pages that are as they were written."""
    return {
        proof.sha256: proof for proof in document.evidence if is_page(proof) and not proof.damaged
    }


def page_file(digest: str) -> str:
    """Return where a page lies beside the rendered report."""
    return f"pages/{digest[:24]}.html"


def page_of(pages: Mapping[str, Proof], language: str, row: Row) -> str:
    """Return the file of a row's page in the language; empty when it has none."""
    wanted = _NAMES[language == "zh"]
    found = (one for one in row.evidence if one in pages and pages[one].name.endswith(wanted))
    return next(map(page_file, found), "")
