"""Plain ``behave`` with our Runner: the same guards, the same exit codes, no Python snippets."""

from __future__ import annotations

import subprocess
import sys

import pytest

STEPS = """
from behave import step

@step("{count:d} are left")
def left(context, count):
    assert count == 3, f"3 are left, not {count}"

@step("it breaks")
def breaks(context):
    raise OSError("gone")
"""
PASSES = "Feature: a\n  @smoke\n  Scenario: b\n    Then 3 are left\n"


@pytest.fixture
def behave(workspace):
    workspace.steps(STEPS)

    def run(text, *args):
        workspace.feature("s.feature", text)
        command = [sys.executable, "-m", "behave", "-f", "progress", "--no-color", *args]
        done = subprocess.run(
            command, cwd=workspace.root, capture_output=True, text=True, check=False, timeout=120
        )
        return done.returncode, done.stdout + done.stderr

    return run


@pytest.mark.parametrize(
    ("text", "args", "code", "said"),
    [
        (PASSES, (), 0, "1 scenario passed"),
        (
            PASSES.replace("3", "4"),
            (),
            1,
            "features/s.feature:4: b: Then 4 are left: 3 are left, not 4",
        ),
        (PASSES.replace("3 are left", "it breaks"), (), 3, "the step itself broke: OSError: gone"),
        (PASSES, ("--tags=@nothing",), 2, "no scenario was selected"),
        (PASSES, ("--name=nothing",), 2, "no scenario was selected"),
        (PASSES, ("features/s.feature:3",), 0, "1 scenario passed"),
        (
            "Feature: a\n  Scenario: empty\n",
            (),
            2,
            "features/s.feature:2: scenario 'empty': has no steps",
        ),
        ("Feature: a\n  Scenario: b\n    Given 3 are left\n", (), 2, "no 'Then'"),
        ("功能：甲\n  场景：空\n", (), 2, "没有步骤"),
        ("功能: 甲\n  情景: 空\n    那么 3 are left\n", (), 2, "请写成 “场景: …”"),
        (
            "Feature: a\n  Scenario Outline: b\n    Then <n> are left\n    Examples:\n    | n |\n",
            (),
            2,
            "nothing is run",
        ),
        (
            'Feature: a\n  Scenario: b\n    Then I shoud see "x"\n',
            (),
            2,
            "did you mean: I should see",
        ),
        (PASSES, ("--dry-run",), 0, "1 untested"),
        ("Feature: a\n  Scenario: b\n    Then what\n", ("--dry-run",), 2, "does not know"),
    ],
)
def test_exit_code_and_sentence(behave, text, args, code, said):
    returned, output = behave(text, *args)
    assert said in output
    assert returned == code, output
    assert "Traceback" not in output
    assert "@then" not in output


def test_the_full_width_scenario_behave_would_lose_is_run(behave):
    code, output = behave(
        "功能：甲\n  场景：乙\n    那么 3 are left\n  场景：丙\n    那么 4 are left\n"
    )
    assert code == 1
    assert "1 scenario passed, 1 failed" in output
