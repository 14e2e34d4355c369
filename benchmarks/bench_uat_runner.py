"""1,000 scenarios of five trivial steps: golive beside behave, behavex, pytest-bdd and bare pytest.

golive's aims: less than pytest-bdd, and at most 1.7 times as much as 1,000 empty pytest tests, in
CPU seconds of the whole process tree; best of several runs that take turns. Of them golive alone
keeps a record: an Allure result with its five steps, and evidence and journal on the disk, for each
scenario. "pytest with Allure" is what tests without golive and behave pay for those steps, and
"golive without Allure" what is left when nobody wants them. Byte code is kept for everybody, as it
is for installed packages.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from measuring import best_of, peer, ratio, write

FILES, EACH = 50, 20
FEATURE = "Feature: f{file}\n" + "".join(
    f"  Scenario: s{{file}}-{number}\n    Given a stock of 9\n    When 1 are taken\n"
    "    And 2 are taken\n    And 3 are taken\n    Then 3 are left\n"
    for number in range(EACH)
)
STEPS = """
from behave import given, step, then
from behave.cucumber_expression import use_step_matcher_for_cucumber_expressions
use_step_matcher_for_cucumber_expressions()

@given("a stock of {int}")
def stock(context, n): context.n = n
@step("{int} are taken")
def take(context, n): context.n -= n
@then("{int} are left")
def left(context, n): assert context.n == n
"""
BDD = """
from pytest_bdd import given, parsers, scenarios, then, when
scenarios("../features")

@given(parsers.parse("a stock of {n:d}"), target_fixture="box")
def box(n): return [n]
@when(parsers.parse("{n:d} are taken"))
def take(box, n): box[0] -= n
@then(parsers.parse("{n:d} are left"))
def left(box, n): assert box[0] == n
"""
ALLURE = """import allure
import pytest

@pytest.mark.parametrize("number", range({each}))
def test_steps(number):
    for step in ("a stock of 9", "1 are taken", "2 are taken", "3 are taken", "3 are left"):
        with allure.step(step):
            pass
"""
PROJECT = """
[tool.golive]
environment = "demo"
[tool.golive.environments.demo]
kind = "demo"
[tool.behave]
paths = ["features"]
"""
#: Plugins of this environment that have no part in it.
QUIET = ("-p", "no:cacheprovider", "-p", "no:hypothesispytest", "-p", "no:locust", "-p", "no:anyio")


def lay_out(root: Path) -> None:
    """Write the same scenarios for everybody, and as many empty tests."""
    for folder in ("features", "steps", "bdd", "empty", "steps_only"):
        (root / folder).mkdir()
    (root / "pyproject.toml").write_text(PROJECT)
    (root / "steps" / "own.py").write_text(STEPS)
    (root / "bdd" / "test_bdd.py").write_text(BDD)
    for file in range(FILES):
        (root / "features" / f"f{file}.feature").write_text(FEATURE.replace("{file}", str(file)))
        tests = "".join(f"def test_{number}(): pass\n" for number in range(EACH))
        (root / "empty" / f"test_f{file}.py").write_text(tests)
        (root / "steps_only" / f"test_s{file}.py").write_text(ALLURE.format(each=EACH))


def runners(root: Path) -> Mapping[str, Sequence[str | Path]]:
    """Return the programs that take turns."""
    bdd = peer("pytest-bdd", "pytest-bdd==9.0.1", "pytest>=9")
    behave = peer("behave", "behave==1.3.3", "cucumber-expressions")
    behavex = peer("behavex", "behavex==4.6.8", "behave==1.3.3", "cucumber-expressions")
    pytest_ = (sys.executable, "-m", "pytest", "-q", *QUIET)
    return {
        "golive": (*pytest_, "features"),
        "golive without Allure": (*pytest_, "-p", "no:allure_pytest", "features"),
        "empty pytest": (*pytest_, "empty"),
        "pytest with Allure": (*pytest_, "--alluredir=allure", "steps_only"),
        "pytest-bdd": (bdd, "-m", "pytest", "-q", "-p", "no:cacheprovider", "bdd"),
        "behave": (behave, "-m", "behave", "-f", "null", "--no-summary"),
        "behavex": (behavex.with_name("behavex"), "features"),
    }


def main() -> int:
    """Let them take turns; write the best CPU seconds of each and golive's ratios."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        lay_out(root)
        programs = runners(root)
        best = best_of(rounds, programs, cwd=root, by=lambda usage: usage.cpu)
    ours = best["golive"].cpu
    figures = {
        "scenarios": FILES * EACH,
        "steps": FILES * EACH * 5,
        "rounds": rounds,
        "cpu seconds": {name: round(usage.cpu, 2) for name, usage in best.items()},
        "golive to": {
            name: ratio(ours, usage.cpu)
            for name, usage in best.items()
            if not name.startswith("golive")
        },
    }
    write("uat_runner", figures, packages=("behave", "pytest"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
