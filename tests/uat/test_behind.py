"""A scenario's digest covers what stands behind its sentences, and nothing of its neighbours."""

from __future__ import annotations

from pathlib import Path

import pytest

from golive.uat.behave.reading import read_case_file

FEATURE = """Feature: F
  Scenario: by a concept
    When I order
    Then I should see "a"

  Scenario: with a file
    When I upload "terms.txt" to "Terms"
    Then I should see "a"

  Scenario: plain
    When I open "A"
    Then I should see "a"
"""
CONCEPTS = """Concept: I order
  When I begin
  And I click "Save"

Concept: I begin
  When I open "Orders"

Concept: I end
  When I open "Exit"
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in (
        ("features/f.feature", FEATURE), ("steps/concepts/orders.concept", CONCEPTS),
        ("features/data/terms.txt", "30 days"),
    ):  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def digests(root: Path) -> dict[str, str]:
    read = read_case_file(root / "features/f.feature", root)
    assert read.problems == ()
    return {case.name: case.digest for case in read.cases}


@pytest.mark.parametrize(
    ("name", "old", "new", "changed"),
    [
        ("steps/concepts/orders.concept", 'click "Save"', 'click "Send"', {"by a concept"}),
        ("steps/concepts/orders.concept", 'open "Orders"', 'open "Sales"', {"by a concept"}),
        ("steps/concepts/orders.concept", 'open "Exit"', 'open "Way out"', set()),
        ("features/data/terms.txt", "30", "60", {"with a file"}),
        ("features/f.feature", 'open "A"', 'open "B"', {"plain"}),
    ],
)
def test_only_what_uses_it_is_another(root, name, old, new, changed):
    before = digests(root)
    text = (root / name).read_text()
    assert old in text
    (root / name).write_text(text.replace(old, new))
    after = digests(root)
    assert {case for case in before if before[case] != after[case]} == changed
