"""What a row folds away says where a result came from."""

from __future__ import annotations

from dataclasses import replace

from golive.gate.assessment import Item, ItemState, Lane
from golive.report.rowing import _technical
from golive.uat.results import PASSED, Result

RESULT = Result(
    id="a.feature::S", file="a.feature", line=2, name="S", feature="F", tags=(), language="en",
    status=PASSED,
)  # fmt: skip
ITEM = Item(id=RESULT.id, lane=Lane.UAT, title="S", group="", state=ItemState.PASSED)


def test_a_result_taken_up_from_an_earlier_run_says_so():
    assert list(_technical(ITEM, RESULT)) == ["a.feature::S"]
    resumed = replace(RESULT, resumed="2026-11-28T20:00:00+00:00")
    _id, told = _technical(ITEM, resumed)
    before = "its steps before a person's judgement were done in an earlier run"
    assert told == f"{before}, 2026-11-28T20:00:00+00:00"
