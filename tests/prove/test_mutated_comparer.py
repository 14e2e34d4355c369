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
#: Tests that are about one file, where the fast part is not: seconds each too.
TESTS_OF: Mapping[str, tuple[str, ...]] = {
    "accepting.py": ("test_accepting.py",),
    "register.py": ("test_register.py", "test_accepting.py"),
    "cycles.py": ("test_cycles.py",),
    "masking.py": ("test_personal.py", "test_live_rows.py"),
    "marks.py": ("test_personal.py",),
    "inflight.py": ("test_live_rows.py",),
    "rereading.py": ("test_live_rows.py",),
    "summing.py": ("test_summing.py", "test_cases.py"),
    "exact.py": ("test_exact.py",),
    "totals.py": ("test_exact.py", "test_personal.py", *TESTS),
    "grouped.py": ("test_cases.py", "test_personal.py"),
    "onesided.py": ("test_cases.py", "test_personal.py"),
    "classifying.py": ("test_accepting.py", *TESTS),
}
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
        "totals.py", "return self.difference.copy_abs() <= self.tolerance", "return True",
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
    "an acceptance is of any value of its key": (
        "accepting.py", "AND v.old IS NOT DISTINCT FROM old_value AND ", "AND ",
    ),
    "an acceptance is of any row of its key": (
        "accepting.py", '"AND v.content = differences.content"', '""',
    ),
    "an acceptance holds one day too long": (
        "register.py", "day.isoformat() <= self.expires", "True",
    ),
    "one difference more than was approved is accepted": (
        "accepting.py", "found.count > item.max_count", "found.count > item.max_count + 1",
    ),
    "more than the amount that was approved is accepted": (
        "accepting.py", "found.amount > Decimal(item.max_amount)", "False",
    ),
    "differences too small to be told are accepted without bound": (
        "accepting.py", 'f"greatest(abs(amount), {_LEAST})"', '"abs(amount)"',
    ),
    "an amount too large to be told counts as nothing": (
        "classifying.py",
        "ELSE TRY_CAST({value} AS {_AMOUNT}) END",
        "ELSE coalesce(TRY_CAST({value} AS {_AMOUNT}), 0) END",
    ),
    "who asked approves": (
        "register.py", "if found.requested_by == actor.person:", "if False:",
    ),
    "a day nobody compared does not break the streak": (
        "cycles.py", "streak = streak if state is DayState.PENDING else 0", "",
    ),
    "another basis does not restart the streak": (
        "cycles.py", "1 if changed else streak + 1", "streak + 1",
    ),
    "a red day does not break the streak": (
        "cycles.py", "else DayState.BROKEN), 0", "else DayState.BROKEN), streak",
    ),
    "a special day is forgotten": (
        "cycles.py", "self.streak >= self.required and not self.special_missing",
        "self.streak >= self.required",
    ),
    "personal amounts are told": (
        "masking.py", "SET amount = NULL, size = NULL WHERE", "SET size = NULL WHERE",
    ),
    "personal values are told": ("masking.py", 'f"UPDATE differences SET {marks}, "',
        'f"UPDATE differences SET "',
    ),
    "personal keys are told": (
        "masking.py", "if not any(part.pii for part in parts):", "if True:",
    ),
    "a mark is that of every column": (
        "marks.py", "{literal(self.key + _BETWEEN)} || {name} || ", "{literal(self.key)} || ",
    ),
    "a personal total is told": (
        "totals.py", "hidden=comparison.column(total.column).pii", "hidden=False",
    ),
    "a personal group is told": ("grouped.py", " if column.pii else value", " if False else value"),
    "a personal last day is told": ("onesided.py", "HIDDEN if dated.pii else day", "day"),
    "zeros at the start are no cause": (
        "causes.py", 'Pattern(cause="leading_zeros", test=same("leading_zeros"))',
        'Pattern(cause="leading_zeros", test="false")',
    ),
    "a reversed sign is no cause": (
        "causes.py", 'test=f"{old} = -{new} AND {old} <> 0"', 'test="false"',
    ),
    "day and month exchanged is any other month": (
        "causes.py", "AND month({one}) = day({two}) AND day({one}) = month({two})", "",
    ),
    "what arrives wrong was in flight": (
        "inflight.py", "other.place != found.place and other.place in told", "True",
    ),
    "rows long at rest are waited for": (
        "inflight.py", "(o.c{index} >= ? OR n.c{index} >= ?)", "(? IS NOT NULL OR ? IS NOT NULL)",
    ),
    "the first reading is told": (
        "inflight.py", "take_over(stage, moved & there, later.reading)",
        "take_over(stage, set(), later.reading)",
    ),
    "which of several rows it is is guessed": (
        "rereading.py", "HAVING count(DISTINCT (d.old_row, d.new_row)) = 1", "",
    ),
    "one of several customers stands for all": (
        "summing.py", "        if row and row[0]:", "        if False:",
    ),
    "rows without a key are added up": (
        "summing.py", 'alone = [f"{key} IS NULL" for key in _keys(stage)]', "alone = []",
    ),
    "sums are rounded at 28 digits": ("exact.py", "prec=400, traps=[Inexact]", "prec=28"),
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
    more = {name for names in TESTS_OF.values() for name in names}
    assert red(sources, *sorted({*TESTS, *more})) == ""


@pytest.mark.prove
@pytest.mark.parametrize("name", MUTANTS)
def test_each_mistake_turns_the_tests_red(sources: Path, name: str) -> None:
    file, stands, mistake = MUTANTS[name]
    path = sources / "golive" / "compare" / file
    right = path.read_text(encoding="utf-8")
    assert right.count(stands) >= 1, f"{file} no longer has {stands!r}"
    path.write_text(right.replace(stands, mistake), encoding="utf-8")
    try:
        by = red(sources, *TESTS_OF.get(file, TESTS))
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
