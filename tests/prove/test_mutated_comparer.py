"""The comparer spoiled in one place at a time: its own tests go red for every one of the mistakes.

Part of ``make prove``. Writes its dated figures to ``docs/proof/mutated-comparer.json``.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.demo.workspace import ROOT

PROOF = ROOT / "docs" / "proof" / "mutated-comparer.json"
#: The fast part of the comparison's tests; seconds each.
TESTS = ("test_edges.py", "test_cases.py", "test_comparing.py", "test_properties.py")
#: name -> (file below ``src/golive/compare``, what stands there, what a mistake would write).
MUTANTS: Mapping[str, tuple[str, str, str]] = {
    "no value equals anything": (
        "matching.py",
        'test = f"{expected(spec, index)} IS DISTINCT FROM n.c{index}"',
        'test = f"{expected(spec, index)} <> n.c{index}"',
    ),
    "rows only in the new system are dropped": ("matching.py", "FULL OUTER JOIN", "LEFT JOIN"),
    "rows only in the old system are dropped": ("matching.py", "FULL OUTER JOIN", "RIGHT JOIN"),
    "keys without value are not paired": ("matching.py", " OR n.copies > 1 OR {valueless}", ""),
    "a key that is there twice is joined": (
        "matching.py", "o.copies > 1 OR n.copies > 1 OR", "o.copies > 2 OR n.copies > 2 OR",
    ),
    "copies without value are not cancelled": (
        "matching.py", "o.{name} IS NOT DISTINCT FROM n.{name}", "o.{name} = n.{name}",
    ),
    "exact copies are not paired first": ("matching.py", 'in ("xv", "v", "")', 'in ("",)'),
    "a code the map does not have passes": ("matching.py", "OR {raw} OR o.u{index})", "OR {raw})"),
    "both sides saying the old code passes": (
        "matching.py", "({test} OR {raw} OR o.u{index})", "(({test} OR o.u{index}) AND {raw})",
    ),
    "the tolerance ends before its edge": (
        "classifying.py",
        'abs({one}::{wide} - {two}::{wide}) <= {allowed}"',
        'abs({one}::{wide} - {two}::{wide}) < {allowed}"',
    ),
    "the tolerance is off by one": (
        "classifying.py",
        'abs({one}::{wide} - {two}::{wide}) <= {allowed}"',
        'abs({one}::{wide} - {two}::{wide}) <= {allowed} + 0.01"',
    ),
    "the sign of a difference counts": (
        "classifying.py",
        'abs({one}::{wide} - {two}::{wide}) <= {allowed}"',
        '{one}::{wide} - {two}::{wide} <= {allowed}"',
    ),
    "a rule cleans the other end too": ("rules.py", 'f"rtrim({value}, ', 'f"trim({value}, '),
    "one more than the limit passes": ("verdict.py", "count > limit,", "count > limit + 1,"),
    "a total that is off passes": (
        "totals.py", "return abs(self.difference) <= self.tolerance", "return True",
    ),
    "a value that is not of its type becomes none": (
        "staging.py", "if found != wanted:", "if False:",
    ),
    "a word that is not of its type becomes none": (
        "translating.py", "    if count:", "    if False:",
    ),
    "empty text is read as no value": (
        "csvfile.py", "allow_quoted_nulls=false", "allow_quoted_nulls=true",
    ),
    "a changed row is counted as equal": (
        "matching.py", "THEN 'changed' ELSE 'equal' END", "THEN 'equal' ELSE 'equal' END",
    ),
    "two empty sides pass": ("comparing.py", "if not old.rows and not new.rows:", "if False:"),
}  # fmt: skip


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mutated") / "src"
    shutil.copytree(ROOT / "src", folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def red(sources: Path, *tests: str) -> str:
    """Run the tests on other sources; return the first that failed, empty when none did."""
    done = subprocess.run(
        [
            sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider",
            *(f"tests/compare/{name}" for name in tests),
        ],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(sources), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert done.returncode in {0, 1}, done.stdout + done.stderr
    failed = [line for line in done.stdout.splitlines() if line.startswith("FAILED ")]
    assert bool(failed) == (done.returncode == 1)
    return failed[0].removeprefix("FAILED ").partition(" - ")[0] if failed else ""


@pytest.mark.prove
def test_the_unspoiled_comparer_is_green(sources: Path) -> None:
    where = subprocess.run(
        [sys.executable, "-c", "import golive; print(golive.__file__)"],
        env={**os.environ, "PYTHONPATH": str(sources)}, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert Path(where.strip()).is_relative_to(sources), "the copy is what is tested"
    assert red(sources, *TESTS) == ""


@pytest.mark.prove
@pytest.mark.parametrize("name", MUTANTS)
def test_each_mistake_turns_the_tests_red(sources: Path, name: str) -> None:
    file, stands, mistake = MUTANTS[name]
    path = sources / "golive" / "compare" / file
    right = path.read_text(encoding="utf-8")
    assert right.count(stands) >= 1, f"{file} no longer has {stands!r}"
    path.write_text(right.replace(stands, mistake), encoding="utf-8")
    try:
        by = red(sources, *TESTS)
    finally:
        path.write_text(right, encoding="utf-8")
    assert by, f"no test noticed: {name}"
    keep(name, by)


def keep(name: str, by: str) -> None:
    proof = json.loads(PROOF.read_text(encoding="utf-8")) if PROOF.exists() else {"caught": {}}
    proof["claim"] = "each mistake put into the comparer turns its fast tests red"
    proof["date"] = datetime.now(UTC).date().isoformat()
    proof["python"] = platform.python_version()
    proof["caught"] = dict(sorted({**proof["caught"], name: by}.items()))
    PROOF.write_text(json.dumps(proof, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
