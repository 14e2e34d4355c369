"""A spoiled run before Allure and before golive: the large table is in ``make prove``."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.report.conftest import ROOT
from tests.report.spoiling import CASES, answers

from golive.gate.assessment import Recommendation
from golive.report.explorer import Tools, find_tools

FEW = 34


@pytest.fixture(scope="module")
def tools() -> Tools:
    found = find_tools(ROOT)
    assert isinstance(found, Tools), found
    return found


def test_an_untouched_run_that_passed_is_go(tools: Tools, tmp_path: Path) -> None:
    told = answers("nothing, and all pass", tmp_path, tools, scenarios=FEW)
    assert (told.golive, told.causes) == (Recommendation.GO, ())
    assert (told.allure_status, told.allure_tests, told.failing) == ("passed", FEW, 0)
    assert told.allure_gate == 0


@pytest.mark.parametrize(
    "case", ["failing results and golive's record truncated", "everything emptied"]
)
def test_what_allure_lets_pass_golive_does_not(case: str, tools: Tools, tmp_path: Path) -> None:
    assert case in CASES
    told = answers(case, tmp_path, tools, scenarios=FEW)
    assert told.failing == 2
    assert told.golive is Recommendation.NO_GO
    assert "passed" not in told.states or told.states["passed"] < FEW
    assert told.causes, "and it says why"
    assert (told.allure_status, told.allure_gate) == ("passed", 0), "Allure does not see it"
