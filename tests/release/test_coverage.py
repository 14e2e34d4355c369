"""golive uat coverage: a requirement is proven by what checks it, on the build there is now."""

from __future__ import annotations

import json
import os
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from golive.cli.main import cli
from golive.errors import Refused, SpecError
from golive.record.actors import this_actor
from golive.run.gathering import gather
from golive.run.suites import import_suite

LISTED = """id,process,requirement,priority
REQ-1,sales,"Orders are approved",must
REQ-2,sales,"Orders are refused",must
REQ-3,sales,"Orders are archived",may
"""
SUITE = """<?xml version="1.0"?><testsuites><testsuite name="pricing" tests="4">
<testcase classname="test_price.REQ-1" name="test_sum"/>
<testcase classname="t" name="test_REQ_2_limit">
<failure message="1 is not 2">Traceback</failure></testcase>
<testcase classname="t" name="test_REQ-12"/>
<testcase classname="t" name="test_later"><properties><property name="requirement" value="REQ-3"/>
</properties><skipped message="not yet"/></testcase>
</testsuite></testsuites>"""


def call(site: Any, *words: str) -> Result:
    before = Path.cwd()
    os.chdir(site.root)
    try:
        return CliRunner().invoke(cli, ["uat", *words], env={"GOLIVE_ENV": "test"})
    finally:
        os.chdir(before)


@pytest.fixture
def listed(site: Any) -> Any:
    (site.root / "features/requirements.csv").write_text(LISTED, encoding="utf-8")
    (site.root / "pricing.xml").write_text(SUITE, encoding="utf-8")
    return site


def test_requirements_by_process_and_level_with_what_proves_them(listed: Any):
    taken = call(
        listed, "junit", "pricing.xml", "--level", "unit", "--build", "b1", "--as", "li"
    )  # fmt: skip
    assert taken.exit_code == 0, taken.exception
    assert "2 passed, 1 failed, 1 not run" in taken.output
    shown = call(listed, "coverage", "--html", "cover.html")
    assert "sales: 1 of 3 requirements proven" in shown.output
    assert "unit: 3 of 3 requirements checked, 1 of 3 checks passed" in shown.output
    assert "UAT: 2 of 3 requirements checked, 2 of 2 checks passed" in shown.output
    why = "(unit 0/1, load 1/1, UAT 1/1): test_REQ_2_limit: 1 is not 2"
    assert f"[failed] REQ-2 Orders are refused {why}" in shown.output
    # The objective that names it is of its process; the other is of none.
    assert "load: 1 of 3 requirements checked, 1 of 1 checks passed" in shown.output
    chinese = call(listed, "coverage", "--lang", "zh").output
    assert "sales：3 项需求中 1 项已证明" in chinese
    data = json.loads(call(listed, "coverage", "--json").output)
    first, _, third = data["requirements"]
    assert {check["build"] for check in first["checks"]} == {"b1"}
    assert third["state"] == "not run"
    # REQ-12 is another requirement than REQ-1.
    assert {check["name"] for check in data["untraced"]} > {"test_REQ-12"}
    for name, words in (("cover.html", "Orders are archived"), ("cover.zh.html", "已证明")):
        page = (listed.root / name).read_text("utf-8")
        assert words in page
        assert "Traceback" not in page


def test_a_later_import_takes_an_earlier_ones_place(listed: Any):
    words = ("junit", "pricing.xml", "--level", "unit", "--build", "b1", "--as", "li")
    call(listed, *words)
    good = SUITE.replace('<failure message="1 is not 2">Traceback</failure>', "")
    (listed.root / "pricing.xml").write_text(good, encoding="utf-8")
    call(listed, *words)
    data = json.loads(call(listed, "coverage", "--json").output)
    assert data["requirements"][1]["state"] == "passed"


def test_a_pass_of_another_build_is_stale_until_the_build_there_is_tested(
    listed: Any, monkeypatch: pytest.MonkeyPatch
):
    # The targets answer, with build b1.
    monkeypatch.setattr("golive.cli.coverage.gather", partial(gather, ask=listed.ask))

    def unit_checks() -> dict[str, tuple[str, str]]:
        data = json.loads(call(listed, "coverage", "--json").output)
        every = [*data["untraced"], *(c for one in data["requirements"] for c in one["checks"])]
        return {c["name"]: (c["state"], str(c["reason"])) for c in every if c["level"] == "unit"}

    words = ("junit", "pricing.xml", "--level", "unit", "--as", "li", "--build")
    call(listed, *words, "b0")
    found = unit_checks()
    assert found["test_REQ-12"][0] == "stale"
    assert "of build b0; now there is b1" in found["test_REQ-12"][1]
    # What failed has failed, whichever build it was.
    assert found["test_REQ_2_limit"][0] == "failed"
    assert "[stale] REQ-1" in call(listed, "coverage").output
    call(listed, *words, "b1")
    assert unit_checks()["test_REQ-12"][0] == "passed"
    assert "sales: 1 of 3 requirements proven" in call(listed, "coverage").output


def test_what_nothing_checks_is_not_covered(listed: Any):
    data = json.loads(call(listed, "coverage", "--json").output)
    assert data["requirements"][2]["state"] == "not covered"
    assert data["processes"][0]["levels"]["unit"] == {"requirements": [0, 3], "checks": [0, 0]}


@pytest.mark.parametrize(
    ("content", "build", "words"),
    [
        ("<testsuites>", "b1", "pricing.xml:1: is no XML"),
        ("<html/>", "b1", "begins with <html>"),
        ("<testsuite/>", "b1", "holds no test"),
        ("<!DOCTYPE x><testsuite/>", "b1", "has a DOCTYPE"),
        (SUITE, " ", "results are of a build"),
    ],
)
def test_what_is_no_suite_is_refused(listed: Any, content: str, build: str, words: str):
    path = listed.root / "pricing.xml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises((SpecError, Refused), match=words):
        import_suite(
            listed.project, path, suite="", level="unit", build=build,
            actor=this_actor("zhao", assurance="claimed"),
        )  # fmt: skip
