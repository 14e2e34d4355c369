"""Judging a measurement: what it takes to pass, and what proves nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from golive.load.definition import Objective, Peak, Profile, Stage
from golive.load.measurement import Measurement, Requests
from golive.load.verdict import judge, sentence
from golive.outcome import Status

PROFILE = Profile(
    locustfile="load/user.py",
    target="new",
    stages=(Stage(users=5, spawn_rate=5, duration="10s"),),
    objectives=(
        Objective(metric="p95_ms", op="<=", value=100),
        Objective(metric="error_ratio", op="<=", value=0.01),
    ),
    peak=Peak(source="count", assumption="none", multiple=1),
)


def requests(count=100, errors=0, unanswered=0, edge=50_000):
    return Requests(
        requests=count,
        errors=errors,
        unanswered=unanswered,
        histogram={edge: count} if count else {},
    )


GOOD = Measurement(
    completed=True,
    seconds=10,
    peak_users=5,
    final_users=5,
    user_file_errors=0,
    names={"GET /a": requests()},
    cpu=0.2,
    lag_ms=5,
    generator="locust",
)


def test_good_run_passes_and_shows_what_was_met():
    verdict = judge(PROFILE, GOOD)
    assert verdict.status is Status.PASSED
    assert sentence("smoke", PROFILE, GOOD, verdict) == (
        "smoke: 5 users, 10 s, 100 requests; met p95_ms 50 (<= 100), error_ratio 0 (<= 0.01)"
    )
    assert sentence("smoke", PROFILE, GOOD, verdict, "zh") == (
        "smoke:5 个用户,10 秒,100 个请求;达标 p95_ms 50 (<= 100), error_ratio 0 (<= 0.01)"
    )


def test_missed_objective_fails_and_is_named_first():
    slow = replace(GOOD, names={"GET /a": requests(edge=101_000)})
    verdict = judge(PROFILE, slow)
    assert verdict.status is Status.FAILED
    assert "missed p95_ms 101 (<= 100); met error_ratio" in sentence(
        "smoke", PROFILE, slow, verdict
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"names": {}}, "not one request was made"),
        ({"names": {"GET /a": requests(5, 5, 5)}}, "answered no request at all"),
        ({"completed": False}, "stopped before its last stage"),
        ({"peak_users": 4}, "only 4 of 5 users"),
        ({"final_users": 4}, "only 4 of 5 users were still at work"),
        (
            {"user_file_errors": 2, "errors": (("KeyError: 'a'", 2),)},
            "the user file raised 2 errors, e.g. KeyError: 'a'",
        ),
        ({"cpu": 0.97}, "invalid measurement: the generator used 97% of its core"),
        ({"lag_ms": 900}, "invalid measurement: the generator's own timers were 900 ms late"),
    ],
)
def test_run_that_proves_nothing_is_broken_even_when_objectives_hold(change, reason):
    measured = replace(GOOD, **change)
    verdict = judge(PROFILE, measured)
    assert verdict.status is Status.BROKEN
    assert reason in sentence("smoke", PROFILE, measured, verdict)


def test_slow_and_generator_bound_is_broken_not_failed():
    measured = replace(GOOD, cpu=0.99, names={"GET /a": requests(edge=5_000_000)})
    assert judge(PROFILE, measured).status is Status.BROKEN


def test_objective_for_a_name_nobody_requested_is_broken():
    named = Objective(metric="p95_ms", op="<=", value=100, name="GET /b")
    profile = replace(PROFILE, objectives=(*PROFILE.objectives, named))
    assert judge(profile, GOOD).status is Status.BROKEN


def test_profile_without_objectives_never_passes():
    assert judge(replace(PROFILE, objectives=()), GOOD).status is Status.FAILED


def test_throughput_counts_only_answers_without_error():
    measured = replace(GOOD, names={"GET /a": requests(100, errors=90)})
    assert measured.value("requests_per_second") == 1.0
