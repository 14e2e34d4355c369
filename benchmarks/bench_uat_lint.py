"""Reading and linting 1,000 features of 5 scenarios, beside ``behave --dry-run`` of the same."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from measuring import measure, ratio, write

FEATURES, SCENARIOS = 1000, 5
LINT = """
import sys
from pathlib import Path
from golive.uat.advice import advice
from golive.uat.catalogue import make_catalogue
from golive.uat.workbook import load_workbook
from golive.uat.gherkin import read_features
from golive.uat.lint import scenario_problems
root = Path(sys.argv[1])
book = load_workbook(root)
features = read_features(root)
found = [p for f in features for s in f.scenarios for p in scenario_problems(f, s, book)]
found += advice(features, book, make_catalogue(book, (), features), None, "en")
print(sum(len(f.scenarios) for f in features), len(found))
"""


def _write(root: Path) -> None:
    for folder in ("features", "steps"):
        (root / folder).mkdir()
    for number in range(FEATURES):
        scenarios = "".join(
            f"  @REQ-{number}\n  Scenario: {number}-{row}\n"
            '    Given I am signed in as "clerk"\n'
            f'    When I open "Order {number}"\n'
            f'    And I enter "{row}" in "Quantity"\n'
            '    And I click "Save"\n'
            f'    Then the field "Status" should be "Approved {number}"\n'
            for row in range(SCENARIOS)
        )
        path = root / "features" / f"f{number:04d}.feature"
        path.write_text(f"Feature: F{number}\n{scenarios}", encoding="utf-8")


def main() -> None:
    """Measure both three times and keep the best of each."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        _write(root)
        ours = [measure([sys.executable, "-c", LINT, root]) for _time in range(3)]
        dry = [
            sys.executable,
            "-m",
            "behave",
            "--dry-run",
            "-f",
            "null",
            "--no-summary",
            "--no-snippets",
        ]
        # behave ends with 1: it knows none of the sentences. It reads them all.
        theirs = [measure([*dry, "features"], cwd=root) for _time in range(3)]
    lint, behave = min(run.cpu for run in ours), min(run.cpu for run in theirs)
    write(
        "uat_lint",
        {
            "features": FEATURES,
            "scenarios": FEATURES * SCENARIOS,
            "found": ours[0].said.strip(),
            "lint_cpu_seconds": round(lint, 2),
            "behave_dry_run_cpu_seconds": round(behave, 2),
            "lint_to_behave": ratio(lint, behave),
        },
        packages=("behave", "cucumber-expressions"),
    )


if __name__ == "__main__":
    main()
