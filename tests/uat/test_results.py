"""The record is closed-world: nothing missing, foreign or empty passes."""

from __future__ import annotations

import json

import pytest

from golive.errors import ExitCode
from golive.uat.results import (
    BLOCKED,
    BROKEN,
    FAILED,
    NOT_WRITTEN,
    PASSED,
    Result,
    Results,
    close_world,
    exit_code,
    read_results,
    write_results,
)


def result(id_="a.feature::x", status=PASSED):
    return Result(
        id=id_,
        file="a.feature",
        line=1,
        name="x",
        feature="f",
        tags=("t",),
        language="en",
        status=status,
    )


def test_a_missing_result_is_broken_by_name():
    closed = close_world(["a.feature::x", "a.feature::y"], [result()])
    assert [(r.id, r.status) for r in closed] == [
        ("a.feature::x", PASSED),
        ("a.feature::y", BROKEN),
    ]


def test_a_result_nobody_expected_is_broken():
    assert [r.status for r in close_world([], [result()])] == [BROKEN]


@pytest.mark.parametrize(
    ("statuses", "code"),
    [
        ([], ExitCode.REFUSED),
        ([PASSED], ExitCode.PASSED),
        ([PASSED, FAILED], ExitCode.FAILED),
        ([PASSED, BROKEN], ExitCode.BROKEN),
        ([PASSED, BLOCKED], ExitCode.BROKEN),
        ([BLOCKED], ExitCode.BROKEN),
        ([FAILED, NOT_WRITTEN], ExitCode.REFUSED),
        ([FAILED, BROKEN], ExitCode.FAILED),
    ],
)
def test_exit_codes(statuses, code):
    assert exit_code([result(status=status) for status in statuses]) is code


def test_the_record_comes_back_as_written(tmp_path):
    written = Results(
        started="s",
        ended="e",
        select="@smoke",
        environment="demo",
        targets={"new": {"build": "b"}},
        browser={},
        expected=("a.feature::x",),
        scenarios=(result(),),
    )
    assert read_results(write_results(tmp_path, written)) == written


@pytest.mark.parametrize("change", [{"schema": "other"}, {"scenarios": [{"id": "x"}]}])
def test_a_record_that_is_none_is_refused(tmp_path, change):
    data = {"schema": "golive/uat-results/v1", "scenarios": []} | change
    (tmp_path / "results.json").write_text(json.dumps(data))
    with pytest.raises((ValueError, KeyError, TypeError)):
        read_results(tmp_path / "results.json")
