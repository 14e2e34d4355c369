"""Exit codes and sentences: what the shell and the reader get."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import permutations

import pytest

from golive.errors import (
    Damaged,
    ExitCode,
    GoliveError,
    Problem,
    Refused,
    SetupError,
    SpecError,
    worst,
)
from golive.outcome import (
    Evidence,
    Metric,
    Outcome,
    Status,
    Subject,
    outcome_from_json,
    outcome_to_json,
)

NOW = datetime(2026, 12, 5, 12, tzinfo=UTC)


def test_the_worst_of_a_set_wins_in_any_order() -> None:
    """70 > 2 > 1 > 3 > 4 > 0, as the design has it."""
    order = [ExitCode(code) for code in (70, 2, 1, 3, 4, 0)]
    assert set(order) == set(ExitCode)
    for length in range(1, len(order) + 1):
        tail = order[-length:]
        assert all(worst(mixed) is tail[0] for mixed in permutations(tail))


def test_the_worst_of_nothing_is_passed() -> None:
    assert worst(()) is ExitCode.PASSED
    assert worst(code for code in (ExitCode.PASSED, ExitCode.STOPPED)) is ExitCode.STOPPED


@pytest.mark.parametrize(
    ("error", "code"),
    [(SpecError, 2), (Refused, 2), (SetupError, 3), (Damaged, 1), (GoliveError, 3)],
)
def test_each_mistake_has_its_exit_code(error: type[GoliveError], code: int) -> None:
    assert error.of("it", "is wrong").exit_code == code


@pytest.mark.parametrize(
    ("problem", "shown"),
    [
        (Problem(subject="task 'A'", message="has no owner", path="r.yaml", line=3, hint="add it"),
         "r.yaml:3: task 'A': has no owner (add it)"),
        (Problem(subject="task 'A'", message="has no owner", path="r.yaml"),
         "r.yaml: task 'A': has no owner"),
        (Problem(subject="", message="is no YAML", path="r.yaml", line=1), "r.yaml:1: is no YAML"),
        (Problem(subject="run 'x'", message="is closed"), "run 'x': is closed"),
    ],
)  # fmt: skip
def test_a_sentence_has_place_subject_and_hint(problem: Problem, shown: str) -> None:
    assert str(problem) == shown


def test_an_error_says_all_its_problems() -> None:
    problems = [Problem(subject=f"task '{name}'", message="is wrong") for name in "AB"]
    error = SpecError(*problems)
    assert error.problems == tuple(problems)
    assert str(error) == "task 'A': is wrong\ntask 'B': is wrong"


def test_only_a_pass_exits_with_zero() -> None:
    assert {status: int(status.exit_code) for status in Status} == {
        Status.PASSED: 0, Status.FAILED: 1, Status.BROKEN: 3, Status.SKIPPED: 3,
    }  # fmt: skip


OUTCOME = Outcome(
    status=Status.FAILED, summary="两行不一致", started=NOW, ended=NOW, retries=2,
    metrics=(Metric(name="rows", value=2.5, unit="rows"),),
    evidence=(Evidence(name="diff.csv", sha256="a" * 64, size=9, media_type="text/csv"),),
    subject=Subject(environment="demo", site="s", target_version="1", data_cut="d", digest="b"),
)  # fmt: skip


def test_an_outcome_goes_through_json() -> None:
    assert outcome_from_json(outcome_to_json(OUTCOME)) == OUTCOME


@pytest.mark.parametrize("key", ["status", "summary", "started", "metrics", "subject", "retries"])
def test_half_an_outcome_is_none(key: str) -> None:
    data = outcome_to_json(OUTCOME)
    del data[key]
    with pytest.raises(KeyError, match=key):
        outcome_from_json(data)


@pytest.mark.parametrize(
    "wrong", [{"status": "green"}, {"started": "yesterday"}, {"metrics": [{"name": "x"}]}]
)
def test_what_is_no_outcome_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises((ValueError, TypeError)):
        outcome_from_json(outcome_to_json(OUTCOME) | wrong)
